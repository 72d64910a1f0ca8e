"""A review's sums from its lines, and what differs between two of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaibo.appraisal.cycle.review_models import LineKind, Review, ReviewLine
from kaibo.kpi.scoring import NOT_COUNTED

# what a review says besides its lines
SUMS = ("points", "points_order", "weights", "waiting_weights", "waiting", "provisional", "immature_until")


@dataclass(frozen=True)
class Sums:
    """Σ of the lines that count; see Review."""

    points: Fraction
    weights: Decimal
    waiting_weights: Decimal
    waiting: int

    @property
    def per_hundred(self) -> Fraction | None:
        return self.points * 100 / Fraction(self.weights) if self.weights else None


def counts(line: ReviewLine) -> bool:
    """Whether the line is part of the score at all: what does not apply has given its weight to the others."""
    return not line.gone and not line.left_out and line.kind != LineKind.LATER and line.waiting != NOT_COUNTED


def sums(lines: Iterable[ReviewLine]) -> Sums:
    points, weights, waiting_weights, waiting = Fraction(0), Decimal(0), Decimal(0), 0
    for line in lines:
        if not counts(line):
            continue
        if line.points is None:
            waiting_weights += line.weight
            waiting += 1
        else:
            points += line.points
            weights += line.weight
    return Sums(points, weights, waiting_weights, waiting)


def sum_up(review: Review, lines: Iterable[ReviewLine]) -> None:
    """Set the review's sums from its lines; saves nothing."""
    lines = list(lines)
    found = sums(lines)
    review.points, review.weights = found.points, found.weights
    review.waiting_weights, review.waiting = found.waiting_weights, found.waiting
    hundred = found.per_hundred
    review.points_order = None if found.waiting or hundred is None else float(hundred)
    counted = [line for line in lines if counts(line)]
    review.provisional = any(line.provisional for line in counted)
    review.immature_until = max((line.immature_until for line in counted if line.immature_until), default=None)


def save_sums(review: Review) -> None:
    """Read the review's lines anew, sum them up and save the sums."""
    sum_up(review, review.lines.all())
    review.save(update_fields=SUMS)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """What differs, as text, before and after."""
    names = [name for name in before if before[name] != after[name]]
    return {name: text(before[name]) for name in names}, {name: text(after[name]) for name in names}


def text(value: object) -> str | None:
    """A number as text, without digits that say nothing."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)
