"""Who calibrates: who approves reviews, those whose scores they may see; never their own or a superior's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from kaibo.appraisal.calibration.models import CalibrationLock, PreviewRating
from kaibo.appraisal.cycle.access import no_cycle, visible_reviews
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.review_models import Review, ReviewLine
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import require, superiors_of


def find_cycle_to_calibrate(user: User, month: date) -> Cycle:
    """The month's cycle, for who approves reviews; else Http404."""
    require(user, Right.APPROVE_REVIEWS)
    found = Cycle.objects.filter(month=month).first()
    if found is None:
        raise no_cycle(month)
    return found


def reviews_to_calibrate(user: User, cycle: Cycle) -> QuerySet[Review]:
    """Reviews of the cycle that stand on this user's board."""
    there = visible_reviews(user).filter(cycle=cycle).exclude(person__user=user)
    return there.exclude(person__in=superiors_of(user).values("pk"))


def find_review_to_calibrate(user: User, pk: int) -> Review:
    """One of them; else Http404."""
    require(user, Right.APPROVE_REVIEWS)
    found = Review.objects.select_related("cycle").filter(pk=pk).first()
    if found is None:
        raise Http404
    chosen = reviews_to_calibrate(user, found.cycle).select_related("person", "cycle", "reviewer", "department")
    there = chosen.filter(pk=pk).first()
    if there is None:
        raise Http404
    return there


def find_line_to_calibrate(user: User, pk: int) -> ReviewLine:
    """A line of one of them; else Http404."""
    require(user, Right.APPROVE_REVIEWS)
    line = ReviewLine.objects.filter(pk=pk, gone=False).first()
    if line is None:
        raise Http404
    line.review = find_review_to_calibrate(user, line.review_id)
    return line


@dataclass(frozen=True)
class Previews:
    """`mine`: what this user would give; `shown`: everybody's, once they have said theirs; `given`: how many did."""

    mine: PreviewRating | None
    shown: Sequence[PreviewRating]
    given: int


def previews_of(user: User, review: Review) -> Previews:
    """Others' are shown to who has given theirs; one query, none where they were read with the review."""
    found = list(review.previews.all())
    mine = next((one for one in found if one.by_id == user.pk), None)
    return Previews(mine, found if mine else [], len(found))


def open_ones(reviews: Sequence[Review]) -> set[int]:
    """Those whose scores can be calibrated: at that stage, not published, their group not locked; one query."""
    locks = CalibrationLock.objects.filter(cycle__in={one.cycle_id for one in reviews}, opened_at=None)
    locked = set(locks.values_list("cycle", "role"))
    return {
        one.pk
        for one in reviews
        if one.cycle.state == CycleState.CALIBRATION
        and (one.cycle_id, one.role) not in locked
        and one.published_at is None
    }


def is_open(review: Review) -> bool:
    """Whether the scores of this one can be."""
    return bool(open_ones([review]))
