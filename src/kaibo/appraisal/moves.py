"""What would move a running month's score: the next band or the target, and the points it would bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from kaibo.appraisal.month_lines import MonthLine
from kaibo.kpi.band import by_start
from kaibo.kpi.catalog import Direction
from kaibo.kpi.rules import Band, Bands, Benchmarked, Counted, On, PerOccurrence, Step, Together
from kaibo.kpi.scoring import count_steps, points_at


@dataclass(frozen=True)
class Move:
    """`goal`: the value to reach (of a band: its edge), in the KPI's unit; `gain`: points more than now.

    Of occurrences that take points off: the next one, with what it would take (`gain` below 0).
    """

    line: MonthLine
    now: Fraction
    goal: Fraction
    gain: Fraction


def moves(lines: Sequence[MonthLine], most: int = 3) -> list[Move]:
    """The steps that bring most, biggest first."""
    found = [move for line in lines if (move := _move(line)) is not None]
    return sorted(found, key=lambda move: -move.gain)[:most]


def _move(line: MonthLine) -> Move | None:
    now, points = line.value.number, line.score.points
    if now is None or points is None:
        return None
    goal = _goal(line, now)
    if goal is None:
        return None
    after = _points_at(line, goal)
    gain = None if after is None else after - points
    # another occurrence is worth knowing although it takes points off: it can be kept from happening
    worth = gain is not None and (gain > 0 or (gain < 0 and isinstance(line.line.rule, PerOccurrence)))
    return Move(line, now, goal, gain) if gain is not None and worth else None


def _goal(line: MonthLine, now: Fraction) -> Fraction | None:
    """The target, the near edge of the next better band, the next step, one occurrence more."""
    rule, target = line.line.rule, line.score.target
    if isinstance(rule, PerOccurrence):
        return now + 1
    if isinstance(rule, Step):
        return _next_step(line, rule, now)
    if isinstance(rule, Together):
        # one value of several says nothing
        return None
    if not isinstance(rule, Bands | Benchmarked):
        return target
    if line.score.band is None:
        return None
    down = _less_is_better(line, rule)
    better = _next_better(rule, line.score.band, down=down)
    if better is None:
        return None
    edge = better.end if down else better.start
    if edge is None:
        return None
    number = Fraction(edge.number)
    return number if rule.on is On.VALUE else _value_of_attainment(line, number)


def _less_is_better(line: MonthLine, rule: Bands | Benchmarked | Step) -> bool:
    return line.kpi.direction is Direction.DOWN and rule.on is On.VALUE


def _value_of_attainment(line: MonthLine, attained: Fraction) -> Fraction | None:
    target = line.score.benchmark or line.score.target
    if not target or not attained:
        return None
    return target / attained if line.kpi.direction is Direction.DOWN else target * attained


def _next_step(line: MonthLine, rule: Step, now: Fraction) -> Fraction | None:
    """Where the next better step is complete; with parts of steps: the base, or beyond it the cap."""
    sign = -1 if _less_is_better(line, rule) else 1
    gains, losses = (rule.below, rule.above) if sign < 0 else (rule.above, rule.below)
    attained = rule.on is On.ATTAINMENT
    place = line.score.attainment if attained else now
    base = Fraction(rule.base) if rule.base is not None else Fraction(1) if attained else line.score.target
    if place is None or base is None:
        return None
    size, ahead = Fraction(rule.step), (place - base) * sign
    if ahead < 0 and losses:
        # steps lost beyond the floor bring nothing back until the last of those that count
        most = ceil(Fraction(rule.start - rule.floor) / -Fraction(losses))
        lost = min(count_steps(rule, -ahead), Fraction(most))
        goal = Fraction(0) if rule.counted is Counted.PART else -max(lost - 1, Fraction(0)) * size
    else:
        goal = Fraction(0)
    if goal <= ahead or not losses:
        if not gains:
            return None
        whole = count_steps(rule, ahead) + 1
        goal = (Fraction(rule.cap - rule.start) / Fraction(gains) if rule.counted is Counted.PART else whole) * size
    reached = base + sign * goal
    return _value_of_attainment(line, reached) if attained else reached


def _next_better(rule: Bands | Benchmarked, band: Band, *, down: bool) -> Band | None:
    in_order = sorted(rule.bands, key=by_start, reverse=down)
    place = in_order.index(band)
    return next((b for b in in_order[place + 1 :] if b.points > band.points), None)


def _points_at(line: MonthLine, number: Fraction) -> Fraction | None:
    """The points at another value, by the rule; of a band's edge those just inside, whether it belongs to it or not."""
    rule = line.line.rule
    if isinstance(rule, Bands | Benchmarked) and line.score.band is not None:
        better = _next_better(rule, line.score.band, down=_less_is_better(line, rule))
        return Fraction(better.points) if better else None
    return points_at(line.line, number, line.score.benchmark or line.score.target, direction=line.kpi.direction)
