"""What a rated line may be given, and what its raters' points come to."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kaibo.appraisal.cycle.copying import MANAGER_ALONE
from kaibo.appraisal.cycle.review_models import Rating, ReviewLine

# raters who are not the manager are told apart by nobody below this many
ANONYMOUS_FROM = 3


def range_of(line: ReviewLine) -> tuple[Decimal, Decimal]:
    """The least and the most points of its anchors."""
    points = [Decimal(anchor["points"]) for anchor in line.anchors]
    return min(points, default=Decimal(0)), max(points, default=line.weight)


def owes_evidence(line: ReviewLine, points: Decimal) -> bool:
    """Both ends of the anchors are extremes."""
    return points in range_of(line)


def combined(line: ReviewLine) -> Fraction | None:
    """The line's points: of each kind of rater the mean, by the card's weights; see `mean`. One query."""
    handed_in = Rating.objects.filter(line=line).exclude(assessment__submitted_at=None)
    return mean(list(handed_in.values_list("assessment__kind", "points")), line.raters)


def mean(given: Sequence[tuple[str, Decimal]], raters: dict[str, str] | None) -> Fraction | None:
    """Σ weight × mean of the kind ÷ Σ weights of the kinds that have rated; None while the manager has not.

    A kind that nobody of has rated gives its weight to the others.
    """
    weights = {kind: Fraction(weight) for kind, weight in (raters or MANAGER_ALONE).items() if Fraction(weight)}
    by_kind: dict[str, list[Decimal]] = {}
    for kind, points in given:
        if kind in weights:
            by_kind.setdefault(kind, []).append(points)
    if "manager" in weights and "manager" not in by_kind:
        return None
    whole = sum((weights[kind] for kind in by_kind), Fraction(0))
    if not whole:
        return None
    parts = (weights[kind] * Fraction(sum(found)) / len(found) for kind, found in by_kind.items())
    return sum(parts, Fraction(0)) / whole
