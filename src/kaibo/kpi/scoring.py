"""Scores: a line's value and target become points, and the line can say how.

All arithmetic is exact: numbers are Fractions, points are Decimals that are never rounded before show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from kaibo.kpi.catalog import KPIS, Direction
from kaibo.kpi.rules import Band, Bands, Line, Linear, On
from kaibo.kpi.values import Value

Number = Fraction | Decimal | int


@dataclass(frozen=True)
class LineScore:
    """`points` None: the line waits, and `waiting` says for what (a `missing` of values, `no_target`, `no_band`).

    `measured_points`: from the measured part of the value alone, where that differs from the whole.
    """

    line: Line
    value: Value
    target: Fraction | None = None
    attainment: Fraction | None = None
    capped: bool = False
    band: Band | None = None
    points: Fraction | None = None
    measured_points: Fraction | None = None
    waiting: str = ""

    @property
    def max_points(self) -> Decimal:
        """The most the line can give."""
        rule = self.line.rule
        if isinstance(rule, Linear):
            return self.line.weight * rule.cap
        return max((band.points for band in rule.bands), default=Decimal(0))


@dataclass(frozen=True)
class CardScore:
    """Σ points over the lines that have any, and Σ of their weights; waiting lines are beside, never zero."""

    lines: tuple[LineScore, ...]
    points: Fraction = field(init=False)
    weights: Decimal = field(init=False)
    waiting_weights: Decimal = field(init=False)

    def __post_init__(self) -> None:
        counted = [score for score in self.lines if score.points is not None]
        waiting = [score for score in self.lines if score.points is None]
        object.__setattr__(self, "points", sum((s.points or Fraction(0) for s in counted), Fraction(0)))
        object.__setattr__(self, "weights", sum((s.line.weight for s in counted), Decimal(0)))
        object.__setattr__(self, "waiting_weights", sum((s.line.weight for s in waiting), Decimal(0)))

    @property
    def per_hundred(self) -> Fraction | None:
        """Points per 100 of the weight that can be counted; None where no line can."""
        return self.points * 100 / Fraction(self.weights) if self.weights else None


def score(line: Line, value: Value, target: Number | None = None) -> LineScore:
    """The points of a line. `target` goes before the line's own. Raises ValueError where value and line disagree."""
    if value.kpi != line.kpi:
        raise ValueError(f"a value of {value.kpi} cannot score a line on {line.kpi}")
    aim = _fraction(target) if target is not None else line.target
    number = value.number
    if number is None:
        return LineScore(line, value, aim, waiting=value.missing)
    if line.needs_target and not aim:
        return LineScore(line, value, aim, waiting="no_target")
    whole = _points(line, number, aim)
    if whole.points is None:
        return LineScore(line, value, aim, whole.attainment, waiting="no_band")
    part = value.measured_number if value.allocated else None
    return LineScore(
        line=line,
        value=value,
        target=aim,
        attainment=whole.attainment,
        capped=whole.capped,
        band=whole.band,
        points=whole.points,
        measured_points=_points(line, part, aim).points if part is not None else None,
    )


def total(scores: Sequence[LineScore]) -> CardScore:
    return CardScore(tuple(scores))


def attainment(kpi: str, number: Fraction, target: Fraction) -> Fraction | None:
    """Actual ÷ target, or target ÷ actual where less is better; None (beyond any cap) where that divides by zero."""
    if KPIS[kpi].direction is Direction.UP:
        return number / target
    return target / number if number > 0 else None


@dataclass(frozen=True)
class _Points:
    points: Fraction | None
    attainment: Fraction | None = None
    capped: bool = False
    band: Band | None = None


def _points(line: Line, number: Fraction, target: Fraction | None) -> _Points:
    if isinstance(line.rule, Linear):
        assert target is not None  # noqa: S101 -- `score` lets a line without target wait
        reached, cap = attainment(line.kpi, number, target), Fraction(line.rule.cap)
        counted = cap if reached is None else min(max(reached, Fraction(0)), cap)
        capped = reached is None or reached > cap
        return _Points(counted * Fraction(line.weight), reached, capped)
    if line.rule.on is On.VALUE:
        return _in_band(line.rule, number, None)
    assert target is not None  # noqa: S101 -- as above
    reached = attainment(line.kpi, number, target)
    if reached is None:
        top = next((band for band in line.rule.bands if band.below is None), None)
        return _Points(Fraction(top.points) if top else None, None, band=top)
    return _in_band(line.rule, reached, reached)


def _in_band(rule: Bands, number: Fraction, reached: Fraction | None) -> _Points:
    # bands begin at 0; more refunds than sales are no better than none
    hit = next((band for band in rule.bands if band.holds(max(number, Fraction(0)))), None)
    return _Points(Fraction(hit.points) if hit else None, reached, band=hit)


def _fraction(number: Number) -> Fraction:
    return Fraction(number)
