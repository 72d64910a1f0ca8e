"""Verbs on reviews: another reviewer, a line that does not apply, raters that it does without, publication."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.cycles import locked, step
from kaibo.appraisal.actions.inviting import rates_instead
from kaibo.appraisal.actions.points import change_points, regraded
from kaibo.appraisal.actions.told import not_about_oneself, reason_of, require_unpublished
from kaibo.appraisal.calibration.guard import require_not_settled
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.publishing import Held, held_back, to_publish
from kaibo.appraisal.cycle.rating import combined, shares
from kaibo.appraisal.cycle.review_models import ChangeKind, RaterKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import text
from kaibo.audit.record import record, record_each
from kaibo.kpi.scoring import NOT_RATED
from kaibo.login.models import User
from kaibo.org.access import superiors_of
from kaibo.org.models import Person


@dataclass(frozen=True)
class Published:
    """How many reviews were published, and which were held back, each with why."""

    count: int
    held: Sequence[Held]
    done: bool


@transaction.atomic
def change_reviewer(*, by: User | None, reviews: Sequence[Review], reviewer: Person, reason: str) -> int:
    """Another person rates these reviews; gives how many. A draft of the former reviewer's goes with the change.

    Raises ValidationError: nobody rates themselves or their own superior, ratings handed in stay, no reason, or the
    reviewer has left.
    """
    reason = reason_of(reason)
    if not reviewer.active:
        raise ValidationError({"reviewer": _("%(name)s left. Choose somebody else.") % {"name": reviewer.name}})
    ids = [review.pk for review in reviews]
    rows = list(Review.objects.select_for_update(of=("self",)).filter(pk__in=ids).select_related("person", "cycle"))
    above = _superiors_among(reviewer, [review.person_id for review in rows])
    changed = []
    for review in rows:
        if review.person_id in above:
            text_ = _("%(name)s does not rate %(person)s, their own superior. Choose somebody else for this review.")
            raise ValidationError({"reviewer": text_ % {"name": reviewer.name, "person": review.person.name}})
        if review.person_id == reviewer.pk:
            text_ = _("%(name)s cannot rate themselves. Choose somebody else for this review.")
            raise ValidationError({"reviewer": text_ % {"name": reviewer.name}})
        require_unpublished(review)
        not_about_oneself(by, review)
        manager = review.assessments.filter(kind=RaterKind.MANAGER)
        if manager.exclude(submitted_at=None).exists():
            text_ = _("%(name)s is rated already. Give the ratings back first.")
            raise ValidationError(text_ % {"name": review.person.name})
        if review.reviewer_id != reviewer.pk:
            rates_instead(by, review, reviewer)
            manager.delete()
            changed.append(review)
    each = [(review, {"former": review.reviewer_id}) for review in changed]
    record_each(by=by, verb="change_reviewer", each=each, reason=reason, reviewer=reviewer.pk)
    Review.objects.filter(pk__in=[review.pk for review in changed]).update(reviewer=reviewer)
    return len(changed)


def _superiors_among(reviewer: Person, people: Sequence[int]) -> set[int]:
    """Those whose review would answer this person that there is none; without a sign-in nobody is told anything."""
    if reviewer.user is None:
        return set()
    return set(superiors_of(reviewer.user).filter(pk__in=people).values_list("pk", flat=True))


@transaction.atomic
def leave_line_out(*, by: User | None, line: ReviewLine, reason: str) -> None:
    """The line does not apply to this person this month: its weight moves to the others. Raises ValidationError."""
    _apply(by=by, line=line, left_out=reason_of(reason), reason=reason_of(reason))


@transaction.atomic
def count_line_again(*, by: User | None, line: ReviewLine, reason: str) -> None:
    """The line applies after all. Raises ValidationError."""
    _apply(by=by, line=line, left_out="", reason=reason_of(reason))


@transaction.atomic
def do_without_raters(*, by: User | None, line: ReviewLine, kind: RaterKind, reason: str) -> None:
    """A kind of rater does not rate this line this time: its weight is the other kinds'. Raises ValidationError: the
    card does not ask for it, no other is left, no reason, or it is so already.
    """
    _raters(by=by, line=line, kind=kind, reason=reason_of(reason), without=True)


@transaction.atomic
def ask_raters_again(*, by: User | None, line: ReviewLine, kind: RaterKind, reason: str) -> None:
    """It rates the line after all, which waits until it has. Raises ValidationError."""
    _raters(by=by, line=line, kind=kind, reason=reason_of(reason), without=False)


def _raters(*, by: User | None, line: ReviewLine, kind: RaterKind, reason: str, without: bool) -> None:
    review = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(pk=line.review_id)
    not_about_oneself(by, review)
    require_unpublished(review)
    require_not_settled(review)
    line.refresh_from_db()
    line.review = review
    if line.gone or line.left_out or kind not in shares(line.raters):
        raise ValidationError(_("The scorecard does not ask this kind of rater for the item."))
    if (kind in line.without) == without:
        raise ValidationError(_("It is so already."))
    left = {name: why for name, why in line.without.items() if name != kind} | ({kind: reason} if without else {})
    if not shares(line.raters, left):
        raise ValidationError(_("Nobody else rates this item. Say instead that it does not apply, and why."))
    line.without = left
    line.save(update_fields=["without"])
    change_points(by=by, line=line, points=combined(line), kind=ChangeKind.RATED, reason=reason, waiting=NOT_RATED)
    record(
        by=by, verb="do_without_raters" if without else "ask_raters_again", target=review, line=line.key, rater=kind,
        reason=reason,
    )  # fmt: skip


def _apply(*, by: User | None, line: ReviewLine, left_out: str, reason: str) -> None:
    review = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(pk=line.review_id)
    not_about_oneself(by, review)
    require_unpublished(review)
    require_not_settled(review)
    line.refresh_from_db()
    line.review = review
    if line.gone or bool(line.left_out) == bool(left_out):
        raise ValidationError(_("It is so already."))
    former = line.left_out
    line.left_out = left_out
    line.save(update_fields=["left_out"])
    before, after = regraded(review)
    ReviewChange.objects.create(
        review=review, line=line, kind=ChangeKind.LEFT_OUT, by=by, reason=reason,
        before={"left_out": former or None, "points": text(line.points), **before},
        after={"left_out": left_out or None, "points": text(line.points), **after},
    )  # fmt: skip
    record(
        by=by, verb="leave_line_out" if left_out else "count_line_again", target=review, line=line.key, reason=reason
    )


@transaction.atomic
def publish_reviews(*, by: User, cycle: Cycle) -> Published:
    """Let everyone read their review; those that are not ready, or that `by` must not approve, are held back, named.

    Once none is left the cycle is published. Raises ValidationError at the wrong stage, and where none can be.
    """
    cycle = locked(cycle)
    if cycle.state != CycleState.CALIBRATION:
        text_ = _("The cycle is at “%(stage)s”. Reviews are published after calibration.")
        raise ValidationError(text_ % {"stage": CycleState(cycle.state).label})
    waiting = to_publish(by, cycle, locked=True)
    held = held_back(by, waiting)
    kept = {one.review.pk for one in held}
    ready = [review.pk for review in waiting if review.pk not in kept]
    if not ready and waiting:
        raise ValidationError(
            _("No review can be published: %(why)s") % {"why": " ".join(dict.fromkeys(one.why for one in held))}
        )
    now = timezone.now()
    Review.objects.filter(pk__in=ready).update(published_at=now, published_by=by, version=F("version") + 1)
    if not held:
        step(cycle, CycleState.PUBLISHED, by=by)
    record(
        by=by, verb="publish_reviews", target=cycle, month=f"{cycle.month:%Y-%m}", count=len(ready), held=len(held),
        members=ready,
    )  # fmt: skip
    return Published(len(ready), held, not held)
