"""The ways in which a review's points change by hand: beside what they were, who changed them and why."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.told import not_about_oneself, reason_of, require_unpublished
from kaibo.appraisal.appeals.models import Appeal
from kaibo.appraisal.cycle.graded import named_parts
from kaibo.appraisal.cycle.review_models import ChangeKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import (
    MOST_TIMES,
    TEAM_OUT,
    differences,
    mark_of_times,
    said_of,
    save_sums,
    text,
    told_sums,
)
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.audit.record import record
from kaibo.audit.seen import Changed, who_changed
from kaibo.login.models import User

GRADED = ("grade", "gate", "coefficient")
# what an appeal is told besides: its decision says what the review came to
SCORED = (*GRADED, "outside_points", "hundred")


def change_points(
    *, by: User | None, line: ReviewLine, points: Fraction | None, kind: ChangeKind, reason: str = "", waiting: str = ""
) -> ReviewChange | None:
    """Part of a verb, inside its transaction and before its audit row: the line's points are others from now on.

    Writes the change beside it and sums the review up. None where they are what they were.
    """
    if line.points == points:
        return None
    before, after = {"points": text(line.points)}, {"points": text(points)}
    line.points, line.waiting = points, waiting if points is None else ""
    line.save(update_fields=["points", "waiting"])
    grades = regraded(line.review, SCORED if kind == ChangeKind.APPEALED else GRADED)
    made = ReviewChange.objects.create(
        review=line.review, line=line, kind=kind, by=by, before=before | grades[0], after=after | grades[1],
        reason=reason[:500],
    )  # fmt: skip
    return made


def regraded(review: Review, told: Sequence[str] = GRADED) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Sum the review up; what of these sums, its grade at least, it said before and says now, where that differs."""
    was = {name: one for name, one in told_sums(review).items() if name in told}
    save_sums(review)
    return differences(was, {name: getattr(review, name) for name in told})


@transaction.atomic
def write_times(
    *, by: User | None, review: Review, key: str, times: Decimal | None, reason: str, seen: str = ""
) -> ReviewChange:
    """Write down how often something outside the hundred, or what a gate counts, happened; None: nobody knows yet.

    `seen`: what the writer saw of it (scores.mark_of_times). Raises ValidationError: somebody else wrote it down
    meanwhile (`Changed`), published, one's own review, no such item, less than never, no reason, or it is so already.
    """
    review = _open_and_locked(by, review)
    card = terms_of(review).card
    if key not in {one.key for one in named_parts(card)}:
        raise ValidationError(_("The scorecard has no such item."))
    if times is not None and not 0 <= times <= MOST_TIMES:
        raise ValidationError(_("How often: from 0 to %(most)d.") % {"most": MOST_TIMES})
    if seen and seen != mark_of_times(review, key):
        raise Changed(who_changed(review))
    why = reason_of(reason)
    was, now = review.written.get(key), text(times)
    if was == now:
        raise ValidationError(_("It is so already."))
    made = put_in_writing(by=by, review=review, key=key, now=now, kind=ChangeKind.WRITTEN, reason=why)
    record(by=by, verb="write_times", target=review, item=key, former=was, times=now, reason=why)
    return made


@transaction.atomic
def leave_team_out(*, by: User | None, review: Review, reason: str) -> ReviewChange:
    """The team's figure does not come: the coefficient is the grade's own. Raises ValidationError: no reason, …"""
    return _team(by=by, review=review, reason=reason, out=True)


@transaction.atomic
def count_team_again(*, by: User | None, review: Review, reason: str) -> ReviewChange:
    """The team's part counts after all. Raises ValidationError."""
    return _team(by=by, review=review, reason=reason, out=False)


def _team(*, by: User | None, review: Review, reason: str, out: bool) -> ReviewChange:
    review = _open_and_locked(by, review)
    if terms_of(review).card.team is None:
        raise ValidationError(_("The scorecard has no part of the team."))
    why = reason_of(reason)
    if (TEAM_OUT in review.written) == out:
        raise ValidationError(_("It is so already."))
    now = "out" if out else None
    made = put_in_writing(by=by, review=review, key=TEAM_OUT, now=now, kind=ChangeKind.WRITTEN, reason=why)
    record(by=by, verb="leave_team_out" if out else "count_team_again", target=review, reason=why)
    return made


def _open_and_locked(by: User | None, review: Review) -> Review:
    """Raises ValidationError for one's own and a published one."""
    found = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person", "terms").get(pk=review.pk)
    not_about_oneself(by, found)
    require_unpublished(found)
    return found


def put_in_writing(
    *, by: User | None, review: Review, key: str, now: str | None, kind: ChangeKind, reason: str
) -> ReviewChange:
    """Part of a verb: what a person says beside the lines is this from now on, and the review is summed up again."""
    was = said_of(review, key)
    review.written = {name: told for name, told in review.written.items() if name != key}
    if now is not None:
        review.written[key] = now
    review.save(update_fields=["written"])
    before, after = regraded(review, SCORED if kind == ChangeKind.APPEALED else GRADED)
    return ReviewChange.objects.create(
        review=review, kind=kind, by=by, before=before | {key: was}, after=after | {key: said_of(review, key)},
        why=[key], reason=reason[:500],
    )  # fmt: skip


def published_of(appeal: Appeal) -> Review:
    """The appeal's review, locked, and its line as it is now. Raises ValidationError while the review is open again."""
    review = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(pk=appeal.review_id)
    if review.published_at is None:
        raise ValidationError(_("The review is open again. Decide once it is published."))
    if appeal.line is not None:
        appeal.line.refresh_from_db()
        appeal.line.review = review
    appeal.review = review
    return review


def count_after_all(*, by: User, line: ReviewLine, reason: str) -> ReviewChange | None:
    """Part of a verb: an item that had been left out counts again, by an appeal; None where it counted all along."""
    if not line.left_out:
        return None
    former, line.left_out = line.left_out, ""
    line.save(update_fields=["left_out"])
    before, after = regraded(line.review, SCORED)
    return ReviewChange.objects.create(
        review=line.review, line=line, kind=ChangeKind.APPEALED, by=by, reason=reason[:500],
        before={"left_out": former, "points": text(line.points), **before},
        after={"left_out": None, "points": text(line.points), **after},
    )  # fmt: skip
