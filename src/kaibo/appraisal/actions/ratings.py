"""Verbs on what is rated: one's own assessment, everybody else's ratings, and giving a form back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.points import change_points
from kaibo.appraisal.actions.told import not_about_oneself, reason_of, require_unpublished
from kaibo.appraisal.calibration.guard import require_not_settled
from kaibo.appraisal.cycle.access import asked_from_below
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleState
from kaibo.appraisal.cycle.rater_models import INVITED, Invitation, InvitationState
from kaibo.appraisal.cycle.rating import combined, owes_evidence, range_of, rated_by, shares_of
from kaibo.appraisal.cycle.review_models import (
    Assessment,
    ChangeKind,
    LineKind,
    RaterKind,
    Rating,
    Review,
    ReviewLine,
)
from kaibo.audit.record import record
from kaibo.kpi.scoring import NOT_RATED
from kaibo.login.models import User
from kaibo.org.access import own_person
from kaibo.org.models import Person

# when a form may be saved, and when it may be handed in
RATING = (CycleState.SELF, CycleState.MANAGER)
SAVED_IN = dict.fromkeys(RaterKind, RATING)
HANDED_IN = {**SAVED_IN, RaterKind.MANAGER: (CycleState.MANAGER,)}
# of these there is one form a review, else one a rater
ALONE = (RaterKind.SELF, RaterKind.MANAGER)


@dataclass(frozen=True)
class Given:
    """What a rater says of a line; `points` None: nothing yet."""

    points: Decimal | None
    comment: str = ""
    evidence: str = ""


@transaction.atomic
def save_assessment(
    *,
    by: User,
    review: Review,
    kind: RaterKind,
    given: Mapping[str, Given],
    strengths: str = "",
    next_steps: str = "",
    hand_in: bool = False,
) -> Assessment:
    """Keep a rater's form, and hand it in: from then on its points count by the card's weights, once every kind of
    rater that a line names has handed in. `given`: the line's key → points.

    Raises ValidationError by line: points outside the anchors; and to hand in, a line without points or an end of the
    anchors without evidence. Also for who is no such rater, and at the wrong time.
    """
    # before the review, as whoever ends rating does: else a form comes into a cycle that has gone on meanwhile
    cycle = Cycle.objects.select_for_update(of=("self",)).get(reviews=review.pk)
    review = Review.objects.select_for_update(of=("self",)).select_related("person").get(pk=review.pk)
    review.cycle = cycle
    rater = _rater(by, review, kind)
    _require_time(review, kind, hand_in=hand_in)
    if kind in INVITED:
        _require_not_from_below(review, rater)
    lines = rated_by(_rated(review, left_out=""), kind)
    _check(lines, given, hand_in=hand_in)
    there = Assessment.objects.select_for_update().filter(review=review, kind=kind)
    alone = there if kind in ALONE else there.filter(rater=rater)
    found = alone.first() or Assessment(review=review, kind=kind)
    if found.submitted_at and not hand_in:
        raise ValidationError(_("It is handed in already. Hand in the corrected form instead."))
    found.rater, found.strengths, found.next_steps = rater, strengths.strip()[:4000], next_steps.strip()[:4000]
    found.saved_at = timezone.now()
    if hand_in:
        found.submitted_at = found.saved_at
    found.save()
    _keep(found, lines, given)
    if hand_in:
        rated_anew(by=by, review=review, kind=kind, lines=lines)
    _record(by, review, kind, given, hand_in=hand_in)
    return found


def _record(by: User, review: Review, kind: RaterKind, given: Mapping[str, Given], *, hand_in: bool) -> None:
    """Whose form it is that comes from below is told nowhere, nor which points anybody but the manager gave."""
    month = f"{review.cycle.month:%Y-%m}"
    if kind is RaterKind.UPWARD:
        if hand_in:
            record(by=by, verb="hand_in_from_below", target=review.cycle, month=month)
        else:
            record(by=by, verb="save_from_below", target=review.cycle, month=month)
    elif hand_in:
        told = {key: str(one.points) for key, one in given.items() if one.points is not None and kind in ALONE}
        record(by=by, verb="hand_in_assessment", target=review, kind=kind, given=told)
    else:
        record(by=by, verb="save_assessment", target=review, kind=kind)


@transaction.atomic
def hand_back(*, by: User | None, assessment: Assessment, reason: str) -> None:
    """Give a form back to who handed it in, to be corrected; its points count no longer. Raises ValidationError."""
    review = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(
        pk=assessment.review_id
    )  # fmt: skip
    not_about_oneself(by, review)
    require_unpublished(review)
    require_not_settled(review)
    reason = reason_of(reason)
    if assessment.submitted_at is None:
        raise ValidationError(_("It is not handed in."))
    if assessment.kind == RaterKind.UPWARD:
        raise ValidationError(_("What was rated from below has no name, and is given back to nobody."))
    assessment.submitted_at = None
    assessment.save(update_fields=["submitted_at"])
    kind = RaterKind(assessment.kind)
    rated_anew(by=by, review=review, kind=kind, lines=_rated(review), reason=reason)
    record(by=by, verb="hand_back_assessment", target=review, kind=assessment.kind, reason=reason)


def rated_anew(
    *, by: User | None, review: Review, kind: RaterKind, lines: Sequence[ReviewLine], reason: str = ""
) -> None:
    """Part of a verb: the lines in which this kind of rater has a weight get the points that they come to now.

    What comes from below counts later, together; see from_below.
    """
    for line in lines if kind is not RaterKind.UPWARD else ():
        if kind in shares_of(line):
            line.review = review
            change_points(
                by=by, line=line, points=combined(line), kind=ChangeKind.RATED, reason=reason, waiting=NOT_RATED
            )


def _rated(review: Review, **narrowed: str) -> list[ReviewLine]:
    return list(review.lines.filter(kind=LineKind.RATED, gone=False, **narrowed))


def _rater(by: User, review: Review, kind: RaterKind) -> Person:
    """Who `by` is. Raises ValidationError where they are not this rater of this review."""
    person = own_person(by)
    if person is None or not _is_rater(by, person, review, kind):
        raise ValidationError(_("This form is somebody else's."))
    if kind is RaterKind.MANAGER:
        not_about_oneself(by, review)
    return person


def _require_not_from_below(review: Review, rater: Person) -> None:
    """Raises ValidationError. It is said to the rater alone: whoever invites must not learn who rated from below."""
    if rated_from_below(review, rater):
        raise ValidationError(_("You have rated this person from below already, and nobody rates a review twice."))


def rated_from_below(review: Review, rater: Person) -> bool:
    """Whether it is handed in, though another person may be the rater's manager by now."""
    forms = Assessment.objects.filter(review=review, kind=RaterKind.UPWARD, rater=rater)
    return forms.exclude(submitted_at=None).exists()


def _is_rater(by: User, person: Person, review: Review, kind: RaterKind) -> bool:
    if kind is RaterKind.SELF:
        return person.pk == review.person_id
    if person.pk == review.person_id:
        return False
    if kind is RaterKind.MANAGER:
        return person.pk == review.reviewer_id
    if kind is RaterKind.UPWARD:
        return asked_from_below(by).filter(pk=review.pk).exists()
    return Invitation.objects.filter(review=review, rater=person, kind=kind, state=InvitationState.INVITED).exists()


def _require_time(review: Review, kind: RaterKind, *, hand_in: bool) -> None:
    if review.dropped_at is not None:
        raise ValidationError(_("This review was taken out of the cycle."))
    require_unpublished(review)
    state = CycleState(review.cycle.state)
    if state not in (HANDED_IN if hand_in else SAVED_IN)[kind]:
        text = _("The cycle is at “%(stage)s”: this form is not open now.")
        said = text % {"stage": state.label}
        if review.cycle.place > STATES.index(CycleState.MANAGER):
            back = _("Who runs the cycle can take it back to “%(stage)s”, with a reason.")
            said += " " + back % {"stage": CycleState.MANAGER.label}
        raise ValidationError(said)
    if kind is RaterKind.UPWARD and review.from_below_at is not None:
        raise ValidationError(_("What was rated from below is counted already; nothing is added to it."))
    if kind is RaterKind.SELF and self_is_over(review):
        raise ValidationError(_("The manager has rated already: the self-assessment is over."))


def self_is_over(review: Review) -> bool:
    """Once the manager has rated a self-assessment stays as it is; where an item waits for one it still can come."""
    handed_in = set(review.assessments.exclude(submitted_at=None).values_list("kind", flat=True))
    if RaterKind.MANAGER not in handed_in:
        return False
    waits = any(RaterKind.SELF in shares_of(line) for line in _rated(review, left_out=""))
    return RaterKind.SELF in handed_in or not waits


def _check(lines: Sequence[ReviewLine], given: Mapping[str, Given], *, hand_in: bool) -> None:
    wrong: dict[str, str] = {}
    for line in lines:
        said = given.get(line.key, Given(None))
        least, most = range_of(line)
        if said.points is None:
            if hand_in:
                wrong[line.key] = _("Give points for this item.")
        elif not least <= said.points <= most:
            text = _("From %(least)s to %(most)s points, as the anchors say.")
            wrong[line.key] = text % {"least": f"{least.normalize():f}", "most": f"{most.normalize():f}"}
        elif hand_in and owes_evidence(line, said.points) and not said.evidence.strip():
            wrong[line.key] = _("The highest and the lowest points need evidence: say what happened, and when.")
    if unknown := given.keys() - {line.key for line in lines}:
        wrong[next(iter(unknown))] = _("This item is not rated.")
    if wrong:
        raise ValidationError(wrong)


def _keep(assessment: Assessment, lines: Sequence[ReviewLine], given: Mapping[str, Given]) -> None:
    for line in lines:
        said = given.get(line.key, Given(None))
        if said.points is None:
            Rating.objects.filter(assessment=assessment, line=line).delete()
            continue
        told = {
            "points": said.points, "comment": said.comment.strip()[:500], "evidence": said.evidence.strip()[:500],
            "at": assessment.saved_at,
        }  # fmt: skip
        Rating.objects.update_or_create(assessment=assessment, line=line, defaults=told)
