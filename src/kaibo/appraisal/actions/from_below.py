"""Ratings from below: counted once, together, when rating ends, and only where enough people gave them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle import writing
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.rating import ANONYMOUS_FROM, handed_in, points_of, shares_of
from kaibo.appraisal.cycle.review_models import (
    Assessment,
    ChangeKind,
    LineKind,
    RaterKind,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.cycle.scores import SUMS, differences, sum_up, told_sums
from kaibo.audit.record import record
from kaibo.kpi.scoring import NOT_RATED
from kaibo.login.models import User


@transaction.atomic
def ask_from_below(*, by: User | None, cycle: Cycle, asks: bool) -> None:
    """Whether everybody may write, without a name, what they say of who rates them; items that a scorecard has rated
    from below are asked for whatever this says. Raises ValidationError once rating is over.
    """
    cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
    if cycle.since(CycleState.CALIBRATION):
        raise ValidationError(_("The cycle is at “%(stage)s”: rating is over.") % {"stage": cycle.get_state_display()})
    if cycle.words_from_below == asks:
        raise ValidationError(_("It is so already."))
    cycle.words_from_below = asks
    cycle.save(update_fields=["words_from_below"])
    record(by=by, verb="ask_from_below", target=cycle, month=f"{cycle.month:%Y-%m}", asks=asks)


def count_from_below(*, cycle: Cycle, of: Review | None = None) -> None:
    """Part of a verb: rating ends. Of a review that enough people rated from below that counts from now on, and no
    form comes or goes any more; so nobody watches a mean move by one person. As many queries for many as for one.
    What somebody gave from below who rates as the manager by now is taken out first: nobody rates a review twice.

    `cycle`: locked, as `save_assessment` locks it. `of`: of this review alone, which was not in the cycle then.
    """
    reviews = _rated_by_enough(cycle, of)
    if not reviews:
        return
    now = timezone.now()
    Review.objects.filter(pk__in=[one.pk for one in reviews]).update(from_below_at=now)
    of_review: dict[int, list[ReviewLine]] = {}
    for line in ReviewLine.objects.filter(review__in=reviews):
        of_review.setdefault(line.review_id, []).append(line)
    moved, changes = _moved([line for lines in of_review.values() for line in lines], now)
    for review in reviews:
        was = told_sums(review)
        sum_up(review, of_review.get(review.pk, ()))
        before, after = differences(was, told_sums(review))
        if before or after:
            changes.append(ReviewChange(review=review, kind=ChangeKind.RATED, before=before, after=after, at=now))
        review.from_below_at = now
    writing.update(moved, ["points", "waiting"])
    writing.update(reviews, SUMS)
    writing.insert(changes)


def _rated_by_enough(cycle: Cycle, of: Review | None) -> list[Review]:
    """The open reviews, locked, whose forms from below are so many that nobody is told apart."""
    forms = Assessment.objects.filter(kind=RaterKind.UPWARD)
    open_ones = Review.objects.select_for_update(of=("self",)).filter(
        Exists(forms.filter(review=OuterRef("pk"))), cycle=cycle, from_below_at=None, published_at=None, dropped_at=None
    )
    if of is not None:
        open_ones = open_ones.filter(pk=of.pk)
    # locked before they are counted: a form that is being handed in now comes first, or not at all
    asked_of = list(open_ones.select_related("terms").order_by("pk"))
    if asked_of:
        forms.filter(review__in=asked_of, rater=F("review__reviewer")).delete()
    handed = forms.filter(review__in=asked_of).exclude(submitted_at=None).order_by()
    count = Counter(handed.values_list("review", flat=True)) if asked_of else Counter()
    return [one for one in asked_of if count[one.pk] >= ANONYMOUS_FROM]


def _moved(lines: Iterable[ReviewLine], at: datetime) -> tuple[list[ReviewLine], list[ReviewChange]]:
    """Those whose points are others once what came from below counts, with them, and what is written down of it."""
    asked = [
        line for line in lines
        if line.kind == LineKind.RATED and not line.gone and RaterKind.UPWARD in shares_of(line)
    ]  # fmt: skip
    given = handed_in([line.pk for line in asked])
    changes, moved = [], []
    for line in asked:
        points = points_of(shares_of(line), given.get(line.pk, ()))
        if points != line.points:
            before, after = differences({"points": line.points}, {"points": points})
            line.points, line.waiting = points, NOT_RATED if points is None else ""
            moved.append(line)
            told = {"kind": ChangeKind.RATED, "before": before, "after": after, "at": at}
            changes.append(ReviewChange(review_id=line.review_id, line=line, **told))
    return moved, changes
