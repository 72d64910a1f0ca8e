"""Scores: a line's value and target become points, and the line can say how.

All arithmetic is exact: numbers are Fractions, points are Decimals that are never rounded before show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TypeVar

from kaibo.kpi.catalog import KPIS, Direction
from kaibo.kpi.rules import (
    Band,
    Bands,
    Benchmarked,
    Counted,
    Line,
    Linear,
    On,
    PerOccurrence,
    Rated,
    Rater,
    Rung,
    Step,
    Together,
)
from kaibo.kpi.standing import NOWHERE, Standing, known_in_part, looked_up
from kaibo.kpi.values import Value

Number = Fraction | Decimal | int
Kind = TypeVar("Kind")

NOT_RATED = "not_rated"
# the card contradicts itself: nobody is scored by it
CARD_FAULT = "card_fault"
# a newcomer's line that does not count: it waits for nothing
NOT_COUNTED = "not_counted"
# the card says what then becomes of its weight
NOT_APPLICABLE = "not_applicable"
NO_BENCHMARK = "no_benchmark"

NO_VALUES: Mapping[str, Value] = {}


@dataclass(frozen=True)
class LineScore:
    """`points` None: the line waits, and `waiting` says for what.

    That is a `missing` of values, `no_target`, `no_benchmark`, `no_band` or `not_rated`; `not_counted` and
    `not_applicable` wait for nothing. `steps`: of a
    rule by steps, how many above the base that count, negative below it. `measured_points`: from the measured part of
    the value alone, where that differs from the whole. `benchmark`: what bands were laid on; `rung`: which conditions
    held; `given`: what each kind of rater gave.
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
    benchmark: Fraction | None = None
    rung: Rung | None = None
    given: Mapping[Rater, Fraction] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether points are still to come."""
        return self.points is None and self.waiting not in (NOT_COUNTED, NOT_APPLICABLE)

    @property
    def max_points(self) -> Decimal:
        """The most the line can give."""
        return self.line.max_points


@dataclass(frozen=True)
class CardScore:
    """Σ points over the lines that have any, and Σ of their weights; waiting lines are beside, never zero.

    `left_out_weights`: of lines that count for nobody this month. `moved`: line → its weight where that is another than
    its own, since a line that is not applicable gave it some, or its section scales it.
    """

    lines: tuple[LineScore, ...]
    moved: Mapping[str, Fraction] = field(default_factory=dict)
    points: Fraction = field(init=False)
    weights: Decimal = field(init=False)
    waiting_weights: Decimal = field(init=False)
    left_out_weights: Decimal = field(init=False)

    def __post_init__(self) -> None:
        counted = [score for score in self.lines if score.points is not None]
        waiting = [score for score in self.lines if score.waits]
        left_out = [score for score in self.lines if score.points is None and not score.waits]
        object.__setattr__(self, "points", sum((self.points_of(one) or Fraction(0) for one in counted), Fraction(0)))
        for name, of in (("weights", counted), ("left_out_weights", left_out), ("waiting_weights", waiting)):
            object.__setattr__(self, name, as_decimal(sum((self.weight_of(one) for one in of), Fraction(0))))

    def weight_of(self, one: LineScore) -> Fraction:
        return self.moved.get(one.line.kpi, Fraction(one.line.weight))

    def points_of(self, one: LineScore) -> Fraction | None:
        """The line's points as they count: with more weight they are more by as much."""
        if one.points is None or one.line.kpi not in self.moved:
            return one.points
        return one.points * self.moved[one.line.kpi] / Fraction(one.line.weight)

    @property
    def per_hundred(self) -> Fraction | None:
        """Points per 100 of the weight that can be counted; None where no line can."""
        counted = sum((self.weight_of(one) for one in self.lines if one.points is not None), Fraction(0))
        return self.points * 100 / counted if counted else None


def as_decimal(exact: Fraction) -> Decimal:
    """For showing and keeping: a third of a weight has three places."""
    found = Decimal(exact.numerator) / Decimal(exact.denominator)
    return found if Fraction(found) == exact else found.quantize(Decimal("0.001"))


def score(
    line: Line,
    value: Value,
    target: Number | None = None,
    *,
    standing: Standing = NOWHERE,
    others: Mapping[str, Value] = NO_VALUES,
) -> LineScore:
    """The points of a line. `standing` picks its variant, figure and benchmark.

    The target: the own one of the variant, which says what these people are measured against instead; else `target`,
    which was set for the person elsewhere; else the figure of the line's table; else the line's number. Of whichever
    it is, the variant's `part` is enough.
    `others`: the person's values by KPI, for rules that ask for several. Raises ValueError where value and line
    disagree, and for a rated line: its points are given, see `rated`.
    """
    if isinstance(line.rule, Rated):
        raise ValueError(f"{line.kpi} is rated by a person, no value scores it")
    if value.kpi != line.kpi:
        raise ValueError(f"a value of {value.kpi} cannot score a line on {line.kpi}")
    varied = line.variant(standing)
    if varied is not None:
        changed = line.varied(varied)
        given = target if varied.target is None else None
        part = None if given is None else _fraction(given) * Fraction(varied.part)
        if not varied.counts:
            return LineScore(changed, value, _aim(changed, part, standing), waiting=NOT_COUNTED)
        return score(changed, value, part, standing=standing, others=others)
    aim = _aim(line, target, standing)
    if value.missing in line.not_applicable and value.missing:
        return LineScore(line, value, aim, waiting=NOT_APPLICABLE)
    if isinstance(line.rule, Together):
        return _together(line, line.rule, {**others, line.kpi: value}, aim)
    return _by_number(line, value, aim, standing)


def _by_number(line: Line, value: Value, aim: Fraction | None, standing: Standing) -> LineScore:
    """The points of a rule that takes one number; waits while value, target, benchmark or band is not known."""
    number = value.number
    if number is None:
        return LineScore(line, value, aim, waiting=value.missing)
    if line.needs_target and not aim:
        return LineScore(line, value, aim, waiting="no_target")
    benchmark = looked_up(line.rule.benchmark, standing) if isinstance(line.rule, Benchmarked) else None
    if isinstance(line.rule, Benchmarked) and not benchmark:
        return LineScore(line, value, aim, waiting=NO_BENCHMARK)
    whole = _points(line, number, benchmark or aim, value.declared.direction)
    if whole.points is None:
        return LineScore(line, value, aim, whole.attainment, waiting="no_band", benchmark=benchmark)
    part = value.measured_number if value.allocated else None
    of_part = None if part is None else _points(line, part, benchmark or aim, value.declared.direction).points
    return LineScore(
        line=line, value=value, target=aim, attainment=whole.attainment, capped=whole.capped, band=whole.band,
        steps=whole.steps, points=whole.points, benchmark=benchmark, measured_points=of_part,
    )  # fmt: skip


def _aim(line: Line, target: Number | None, standing: Standing) -> Fraction | None:
    """The target: given, of the line's table (form 18), or the line's; None where the table knows some rooms only."""
    if target is not None:
        return _fraction(target)
    if line.targets is None:
        return line.target
    found = looked_up(line.targets, standing)
    return line.target if found is None and not known_in_part(line.targets, standing) else found


def _together(line: Line, rule: Together, values: Mapping[str, Value], aim: Fraction | None) -> LineScore:
    """Form 8: waits until every KPI of every condition is known."""
    known: dict[str, Fraction] = {}
    for kpi in sorted(rule.kpis):
        value = values.get(kpi)
        number = None if value is None else value.number
        if number is None:
            return LineScore(line, values[line.kpi], aim, waiting=value.missing if value is not None else "not_said")
        known[kpi] = number
    best = sorted(rule.rungs, key=lambda rung: -rung.points)
    rung = next((one for one in best if all(c.holds(known[c.kpi]) for c in one.conditions)), None)
    points = Fraction(rule.otherwise if rung is None else rung.points)
    return LineScore(line, values[line.kpi], aim, points=points, rung=rung)


def as_newcomer(
    line: Line,
    value: Value,
    target: Number | None = None,
    *,
    standing: Standing = NOWHERE,
    others: Mapping[str, Value] = NO_VALUES,
) -> LineScore:
    """The score of a line for who is protected: by its eased rule and target, or not counted at all.

    What a newcomer is spared goes before what a room or a level is: where a line says both, no variant is looked for.
    """
    if line.newcomer is None:
        return score(line, value, target, standing=standing, others=others)
    eased = replace(line.eased, variants=())
    aim = None if target is None else _fraction(target) * Fraction(line.newcomer.part)
    if line.newcomer.counts:
        return score(eased, value, aim, standing=standing, others=others)
    return LineScore(eased, value, _aim(eased, aim, standing), waiting=NOT_COUNTED)


def unscored(found: LineScore) -> LineScore:
    """The same value without points, because its card contradicts itself."""
    return LineScore(found.line, found.value, found.target, waiting=CARD_FAULT)


def rated(line: Line, given: Number | None) -> LineScore:
    """The score of a rated line: what the rater gave, or waiting until somebody has rated it.

    Raises ValueError for a line that is not rated, and for points outside its anchors.
    """
    points = None if given is None else _in_anchors(line, given)
    value = Value(line.kpi, missing=NOT_RATED)
    _in_anchors(line, None)
    return LineScore(line, value, points=points, waiting=NOT_RATED if points is None else "")


def rated_by(line: Line, given: Mapping[Rater, Sequence[Number]]) -> LineScore:
    """Form 10: what each kind of rater gave, weighed as the line says; several of a kind count by their mean.

    Waits until every kind has given some; `given` of it says who has. A line without `raters` takes the superior's.
    Raises ValueError for a line that is not rated, for points outside its anchors and for a rater it does not ask.
    """
    shares = {one.rater: Fraction(one.weight) for one in line.raters} or {Rater.SUPERIOR: Fraction(1)}
    if unasked := given.keys() - shares.keys():
        raise ValueError(f"{line.kpi} is not rated by {', '.join(sorted(unasked))}")
    _in_anchors(line, None)
    told = {rater: [_in_anchors(line, one) for one in points] for rater, points in given.items() if points}
    means = {rater: mean(points) for rater, points in told.items()}
    value = Value(line.kpi, missing=NOT_RATED)
    points = weighed(shares, means)
    return LineScore(line, value, points=points, waiting=NOT_RATED if points is None else "", given=means)


def weighed(shares: Mapping[Kind, Fraction], means: Mapping[Kind, Fraction]) -> Fraction | None:
    """Form 10: Σ weight × mean of the kind ÷ Σ weights, exact; None until every kind has given some points.

    Kinds that have no share count nothing.
    """
    if not shares or shares.keys() - means.keys():
        return None
    return sum((means[kind] * share for kind, share in shares.items()), Fraction(0)) / sum(shares.values())


def mean(points: Sequence[Number]) -> Fraction:
    """Exact. Raises ZeroDivisionError for none."""
    return sum((Fraction(one) for one in points), Fraction(0)) / len(points)


def _in_anchors(line: Line, given: Number | None) -> Fraction:
    if not isinstance(line.rule, Rated):
        raise ValueError(f"{line.kpi} is not rated, a value scores it")
    points = [anchor.points for anchor in line.rule.anchors]
    if given is not None and not min(points) <= given <= max(points):
        raise ValueError(f"{line.kpi}: {given} points are not between {min(points)} and {max(points)}")
    return _fraction(given or 0)


def points_at(
    line: Line, number: Number, target: Number | None = None, *, direction: Direction | None = None
) -> Fraction | None:
    """What the line would give at another value; None where the rule gives no points there or lacks a target.

    `target`: of a rule against a benchmark that one. Several conditions at once say nothing of one value.
    `direction`: of the KPI as it was defined at another time; else the catalog's.
    """
    aim = _fraction(target) if target is not None else line.target
    better = direction or KPIS[line.kpi].direction
    if isinstance(line.rule, Together) or ((line.needs_target or isinstance(line.rule, Benchmarked)) and not aim):
        return None
    return _points(line, _fraction(number), aim, better).points


def total(scores: Sequence[LineScore], moved: Mapping[str, Fraction] | None = None) -> CardScore:
    """`moved`: see CardScore; kpi.card_result.weights_of says them."""
    return CardScore(tuple(scores), moved or {})


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
    assert isinstance(line.rule, Bands | Benchmarked)  # noqa: S101 -- what is rated has no value
    if line.rule.on is On.VALUE:
        return _in_band(line.rule, number, None)
    assert target is not None  # noqa: S101 -- as above
    reached = attainment(direction, number, target)
    if reached is None:
        top = next((band for band in line.rule.bands if band.end is None), None)
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


def _in_band(rule: Bands | Benchmarked, number: Fraction, reached: Fraction | None) -> _Points:
    # bands begin at 0; more refunds than sales are no better than none
    hit = next((band for band in rule.bands if band.holds(max(number, Fraction(0)))), None)
    return _Points(Fraction(hit.points) if hit else None, reached, band=hit)


def _fraction(number: Number) -> Fraction:
    return Fraction(number)
