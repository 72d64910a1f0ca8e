"""A person's reviews of the months before, in the same position: scores, what was given, lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kaibo.appraisal.cycle.review_models import LineKind, Review, ReviewLine
from kaibo.appraisal.drawing import Spark, spark
from kaibo.appraisal.period import previous_month
from kaibo.appraisal.trend import TrendPoint
from kaibo.look import numbers


@dataclass(frozen=True)
class Past:
    """A month before, of the same person in the same position: never somebody else's."""

    review: Review
    score: str
    given: Mapping[str, str] = field(default_factory=dict)


def past_of(review: Review, months: int = 3) -> list[Past]:
    """The person's own last published reviews in the position, the newest first; one query."""
    rows = Review.objects.filter(
        person=review.person_id, role=review.role, cycle__month__lt=review.cycle.month, published_at__isnull=False
    ).select_related("cycle")
    newest = rows.order_by("-cycle__month")[:months]
    return [Past(one, numbers.points(one.per_hundred)) for one in newest]


def with_given(past: Sequence[Past]) -> list[Past]:
    """The same with what was given for each rated item; one query."""
    lines = ReviewLine.objects.filter(
        review__in=[one.review.pk for one in past], kind=LineKind.RATED, points__isnull=False
    )
    given: dict[int, dict[str, str]] = {}
    for line in lines:
        given.setdefault(line.review_id, {})[line.key] = numbers.points(line.points)
    return [replace(one, given=given.get(one.review.pk, {})) for one in past]


def line_of(reviews: Sequence[Review]) -> tuple[Spark, str]:
    """The person's own scores over the months as a small line, and what it says; nothing to draw below two of them."""
    known = sorted(
        ((one.cycle.month, one.per_hundred) for one in reviews if one.per_hundred is not None), key=lambda pair: pair[0]
    )
    if len(known) < 2:
        return Spark(""), ""
    ends = [f"{numbers.month(month)} {numbers.points(score)}" for month, score in (known[0], known[-1])]
    return spark([TrendPoint(month, score) for month, score in known], None), " → ".join(ends)


def past_points(past: Sequence[Past], line: ReviewLine) -> str:
    """“September 7.0, August 10.0”: the person's own points for the item; "" where there are none."""
    comma = "，" if numbers.in_chinese() else ", "
    return comma.join(
        f"{numbers.month(one.review.cycle.month)} {one.given[line.key]}" for one in past if line.key in one.given
    )


def former_lines(review: Review) -> dict[str, ReviewLine]:
    """The lines of the month before, if that was published; one query."""
    before = ReviewLine.objects.filter(
        review__person=review.person_id, review__role=review.role, gone=False,
        review__cycle__month=previous_month(review.cycle.month), review__published_at__isnull=False,
    )  # fmt: skip
    return {line.key: line for line in before}


def lines_of(review: Review, past: Sequence[Past]) -> tuple[list[ReviewLine], dict[str, ReviewLine]]:
    """The review's lines, and those of the month before if that is among its past, as `former_lines`; one query."""
    month = previous_month(review.cycle.month)
    before = [one.review.pk for one in past if one.review.cycle.month == month]
    found = list(ReviewLine.objects.filter(review__in=[review.pk, *before]))
    lines = [line for line in found if line.review_id == review.pk]
    for line in lines:
        line.review = review
    return lines, {line.key: line for line in found if line.review_id in before and not line.gone}
