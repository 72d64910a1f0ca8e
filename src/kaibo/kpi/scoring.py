"""Scores: a line's value and target become points, and the line can say how.

All arithmetic is exact: numbers are Fractions, points are Decimals that are never rounded before show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from kaibo.kpi.catalog import KPIS, Direction
from kaibo.kpi.rules import Band, Bands, Counted, Line, Linear, On, PerOccurrence, Rated, Step
from kaibo.kpi.values import Value

Number = Fraction | Decimal | int

NOT_RATED = "not_rated"
# the card contradicts itself: nobody is scored by it
CARD_FAULT = "card_fault"
# a newcomer's line that does not count: it waits for nothing
NOT_COUNTED = "not_counted"


@dataclass(frozen=True)
class LineScore:
    """`points` None: the line waits, and `waiting` says for what.

    That is a `missing` of values, `no_target`, `no_band` or `not_rated`; `not_counted` waits for nothing. `steps`: of a
    rule by steps, how many above the base that count, negative below it. `measured_points`: from the measured part of
    the value alone, where that differs from the whole.
    """

    line: Line
    value: Value
    target: Fraction | None = None
    attainment: Fraction | None = None
    capped: bool = False
    band: Band | None = None
    steps: Fraction | None = None
    points: Fraction | None = None
    measured_points: Fraction | None = None
    waiting: str = ""

    @property
    def max_points(self) -> Decimal:
        """The most the line can give."""
        return self.line.max_points


@dataclass(frozen=True)
class CardScore:
    """Σ points over the lines that have any, and Σ of their weights; waiting lines are beside, never zero.

    `left_out_weights`: of a newcomer's lines that do not count.
    """

    lines: tuple[LineScore, ...]
    points: Fraction = field(init=False)
    weights: Decimal = field(init=False)
    waiting_weights: Decimal = field(init=False)
    left_out_weights: Decimal = field(init=False)

    def __post_init__(self) -> None:
        counted = [score for score in self.lines if score.points is not None]
        waiting = [score for score in self.lines if score.points is None and score.waiting != NOT_COUNTED]
        left_out = [score for score in self.lines if score.waiting == NOT_COUNTED]
        object.__setattr__(self, "points", sum((s.points or Fraction(0) for s in counted), Fraction(0)))
        object.__setattr__(self, "weights", sum((s.line.weight for s in counted), Decimal(0)))
        object.__setattr__(self, "left_out_weights", sum((s.line.weight for s in left_out), Decimal(0)))
        object.__setattr__(self, "waiting_weights", sum((s.line.weight for s in waiting), Decimal(0)))

    @property
    def per_hundred(self) -> Fraction | None:
        """Points per 100 of the weight that can be counted; None where no line can."""
        return self.points * 100 / Fraction(self.weights) if self.weights else None


def score(line: Line, value: Value, target: Number | None = None) -> LineScore:
    """The points of a line. `target` goes before the line's own.

    Raises ValueError where value and line disagree, and for a rated line: its points are given, see `rated`.
    """
    if isinstance(line.rule, Rated):
        raise ValueError(f"{line.kpi} is rated by a person, no value scores it")
    if value.kpi != line.kpi:
        raise ValueError(f"a value of {value.kpi} cannot score a line on {line.kpi}")
    aim = _fraction(target) if target is not None else line.target
    number = value.number
    if number is None:
        return LineScore(line, value, aim, waiting=value.missing)
    if line.needs_target and not aim:
        return LineScore(line, value, aim, waiting="no_target")
    whole = _points(line, number, aim, value.declared.direction)
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
        steps=whole.steps,
        points=whole.points,
        measured_points=_points(line, part, aim, value.declared.direction).points if part is not None else None,
    )


def as_newcomer(line: Line, value: Value, target: Number | None = None) -> LineScore:
    """The score of a line for who is protected: by its eased rule and target, or not counted at all."""
    if line.newcomer is None:
        return score(line, value, target)
    aim = None if target is None else _fraction(target) * Fraction(line.newcomer.part)
    if line.newcomer.counts:
        return score(line.eased, value, aim)
    return LineScore(line.eased, value, aim if aim is not None else line.eased.target, waiting=NOT_COUNTED)


def unscored(found: LineScore) -> LineScore:
    """The same value without points, because its card contradicts itself."""
    return LineScore(found.line, found.value, found.target, waiting=CARD_FAULT)


def rated(line: Line, given: Number | None) -> LineScore:
    """The score of a rated line: what the rater gave, or waiting until somebody has rated it.

    Raises ValueError for a line that is not rated, and for points outside its anchors.
    """
    if not isinstance(line.rule, Rated):
        raise ValueError(f"{line.kpi} is not rated, a value scores it")
    value = Value(line.kpi, missing=NOT_RATED)
    if given is None:
        return LineScore(line, value, waiting=NOT_RATED)
    points = [anchor.points for anchor in line.rule.anchors]
    if not min(points) <= given <= max(points):
        raise ValueError(f"{line.kpi}: {given} points are not between {min(points)} and {max(points)}")
    return LineScore(line, value, points=_fraction(given))


def points_at(
    line: Line, number: Number, target: Number | None = None, *, direction: Direction | None = None
) -> Fraction | None:
    """What the line would give at another value; None where the rule gives no points there or lacks a target.

    `direction`: of the KPI as it was defined at another time; else the catalog's.
    """
    aim = _fraction(target) if target is not None else line.target
    better = direction or KPIS[line.kpi].direction
    return None if line.needs_target and not aim else _points(line, _fraction(number), aim, better).points


def total(scores: Sequence[LineScore]) -> CardScore:
    return CardScore(tuple(scores))


def attainment(direction: Direction, number: Fraction, target: Fraction) -> Fraction | None:
    """Actual ÷ target, or target ÷ actual where less is better; None (beyond any cap) where that divides by zero."""
    if direction is Direction.UP:
        return number / target
    return target / number if number > 0 else None


@dataclass(frozen=True)
class _Points:
    points: Fraction | None
    attainment: Fraction | None = None
    capped: bool = False
    band: Band | None = None
    steps: Fraction | None = None


def _points(line: Line, number: Fraction, target: Fraction | None, direction: Direction) -> _Points:
    if isinstance(line.rule, Linear):
        assert target is not None  # noqa: S101 -- `score` lets a line without target wait
        reached, cap = attainment(direction, number, target), Fraction(line.rule.cap)
        counted = cap if reached is None else min(max(reached, Fraction(0)), cap)
        capped = reached is None or reached > cap
        return _Points(counted * Fraction(line.weight), reached, capped)
    if isinstance(line.rule, PerOccurrence):
        return _per_occurrence(line.rule, number)
    if isinstance(line.rule, Step):
        return _by_steps(line.rule, number, target, direction)
    assert isinstance(line.rule, Bands)  # noqa: S101 -- what is rated has no value
    if line.rule.on is On.VALUE:
        return _in_band(line.rule, number, None)
    assert target is not None  # noqa: S101 -- as above
    reached = attainment(direction, number, target)
    if reached is None:
        top = next((band for band in line.rule.bands if band.below is None), None)
        return _Points(Fraction(top.points) if top else None, None, band=top)
    return _in_band(line.rule, reached, reached)


def _per_occurrence(rule: PerOccurrence, number: Fraction) -> _Points:
    return _held(rule, Fraction(rule.start) + Fraction(rule.each) * number)


def _by_steps(rule: Step, number: Fraction, target: Fraction | None, direction: Direction) -> _Points:
    if rule.on is On.ATTAINMENT:
        assert target is not None  # noqa: S101 -- `score` lets a line without target wait
        reached = attainment(direction, number, target)
        if reached is None:
            return _Points(Fraction(rule.cap), None, True)
        place, base = reached, Fraction(1) if rule.base is None else Fraction(rule.base)
    else:
        reached, place = None, number
        base = Fraction(rule.base) if rule.base is not None else target or Fraction(0)
    above, below = (count_steps(rule, distance) for distance in (place - base, base - place))
    points = Fraction(rule.start) + Fraction(rule.above) * above + Fraction(rule.below) * below
    return replace(_held(rule, points), attainment=reached, steps=above - below)


def count_steps(rule: Step, distance: Fraction) -> Fraction:
    """How many steps of a distance count; none of a negative one."""
    steps = max(distance, Fraction(0)) / Fraction(rule.step)
    if rule.counted is Counted.PART:
        return steps
    return Fraction(floor(steps) if rule.counted is Counted.WHOLE else ceil(steps))


def _held(rule: Step | PerOccurrence, points: Fraction) -> _Points:
    """Between floor and cap."""
    low, high = Fraction(rule.floor), Fraction(rule.cap)
    return _Points(min(max(points, low), high), capped=points > high)


def _in_band(rule: Bands, number: Fraction, reached: Fraction | None) -> _Points:
    # bands begin at 0; more refunds than sales are no better than none
    hit = next((band for band in rule.bands if band.holds(max(number, Fraction(0)))), None)
    return _Points(Fraction(hit.points) if hit else None, reached, band=hit)


def _fraction(number: Number) -> Fraction:
    return Fraction(number)
