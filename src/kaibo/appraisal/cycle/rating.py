"""What a rated line may be given, who gives it, and what its raters' points come to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kaibo.appraisal.cycle.copying import MANAGER_ALONE
from kaibo.appraisal.cycle.review_models import RaterKind, Rating, ReviewLine
from kaibo.kpi.scoring import mean, weighed

# raters who are not the manager are told apart by nobody below this many
ANONYMOUS_FROM = 3
# (rater kind, points) of a line, from forms that are handed in
Given = Sequence[tuple[str, Decimal]]


def range_of(line: ReviewLine) -> tuple[Decimal, Decimal]:
    """The least and the most points of its anchors."""
    points = [Decimal(anchor["points"]) for anchor in line.anchors]
    return min(points, default=Decimal(0)), max(points, default=line.weight)


def owes_evidence(line: ReviewLine, points: Decimal) -> bool:
    """Both ends of the anchors are extremes."""
    return points in range_of(line)


def shares(raters: Mapping[str, str], without: Collection[str] = ()) -> dict[str, Fraction]:
    """Rater kind → its weight; those that do without have given theirs to the others."""
    told = raters or MANAGER_ALONE
    return {kind: Fraction(weight) for kind, weight in told.items() if Fraction(weight) and kind not in without}


def shares_of(line: ReviewLine) -> dict[str, Fraction]:
    return shares(line.raters, line.without)


def rated_by(lines: Iterable[ReviewLine], kind: RaterKind) -> list[ReviewLine]:
    """Those that a rater of the kind gives points: with a weight of theirs; oneself says how one sees every one."""
    return [line for line in lines if kind is RaterKind.SELF or kind in shares_of(line)]


def points_of(shares: Mapping[str, Fraction], given: Given) -> Fraction | None:
    """Of each kind the mean, by the weights, exact (`weighed`); None until each kind that has one has handed in."""
    by_kind: dict[str, list[Decimal]] = {}
    for kind, points in given:
        by_kind.setdefault(kind, []).append(points)
    return weighed(shares, {kind: mean(found) for kind, found in by_kind.items()})


def combined(line: ReviewLine) -> Fraction | None:
    """The line's points by what is handed in now. One query."""
    return points_of(shares_of(line), handed_in([line.pk]).get(line.pk, []))


def handed_in(lines: Collection[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """Line → what it was given in forms that are handed in; from below only what is counted. One query at most."""
    found: dict[int, list[tuple[str, Decimal]]] = {}
    rows = Rating.objects.filter(line__in=lines).exclude(assessment__submitted_at=None)
    rows = rows.exclude(assessment__kind=RaterKind.UPWARD, assessment__review__from_below_at=None).order_by("pk")
    for line, kind, points in rows.values_list("line", "assessment__kind", "points") if lines else ():
        found.setdefault(line, []).append((kind, points))
    return {line: enough(given) for line, given in found.items()}


def enough(given: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Without what came from below, where too few gave it for nobody to be told apart."""
    told = list(given)
    few = sum(kind == RaterKind.UPWARD for kind, _points in told) < ANONYMOUS_FROM
    return [one for one in told if not few or one[0] != RaterKind.UPWARD]
