"""What was rated from below, as it may be shown: together, without names and times, and only once it is published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.crypto import salted_hmac

from kaibo.appraisal.cycle.rating import ANONYMOUS_FROM
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Rating, Review
from kaibo.kpi.scoring import mean


@dataclass(frozen=True)
class FromBelow:
    """`n`: how many rated. `means`: line → mean and of how many. Words stand in an order that tells nothing."""

    n: int
    means: Mapping[int, tuple[Fraction, int]]
    strengths: Sequence[str]
    next_steps: Sequence[str]
    words: Mapping[int, Sequence[str]]


def from_below(review: Review, forms: Iterable[Assessment], ratings: Iterable[Rating]) -> FromBelow | None:
    """None before the review is published, and where too few rated for nobody to be told apart. No query.

    `forms`, `ratings`: of the review, those that are handed in.
    """
    below = [one for one in forms if one.kind == RaterKind.UPWARD and one.submitted_at]
    if review.published_at is None or review.from_below_at is None or len(below) < ANONYMOUS_FROM:
        return None
    points: dict[int, list[Decimal]] = {}
    words: dict[int, list[tuple[int, str]]] = {}
    for one in ratings:
        if one.assessment.kind == RaterKind.UPWARD:
            points.setdefault(one.line_id, []).append(one.points)
            told = words.setdefault(one.line_id, [])
            told += [(one.pk, text) for text in (one.comment, one.evidence) if text]
    enough = {line: given for line, given in points.items() if len(given) >= ANONYMOUS_FROM}
    return FromBelow(
        len(below),
        {line: (mean(given), len(given)) for line, given in enough.items()},
        _mixed(review, "strengths", [(one.pk, one.strengths) for one in below if one.strengths]),
        _mixed(review, "next_steps", [(one.pk, one.next_steps) for one in below if one.next_steps]),
        {line: _mixed(review, f"line {line}", words[line]) for line in enough},
    )  # fmt: skip


def _mixed(review: Review, what: str, told: Iterable[tuple[int, str]]) -> list[str]:
    """In the same order each time, which is neither that of coming nor the same for any two things."""

    def place(one: tuple[int, str]) -> str:
        return salted_hmac("from below", f"{review.pk} {what} {one[0]} {one[1]}").hexdigest()

    return [text for _pk, text in sorted(told, key=place)]
