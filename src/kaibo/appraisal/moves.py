"""What would move a running month's score: the next band or the target, and the points it would bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kaibo.appraisal.month import MonthLine
from kaibo.kpi.catalog import Direction
from kaibo.kpi.rules import Band, Bands, On


@dataclass(frozen=True)
class Move:
    """`goal`: the value to reach, in the KPI's unit; `gain`: points more than now."""

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
    goal = _goal(line)
    if goal is None:
        return None
    gain = _points_at(line, goal) - points
    return Move(line, now, goal, gain) if gain > 0 else None


def _goal(line: MonthLine) -> Fraction | None:
    """The target, or the near edge of the next better band."""
    rule, target = line.line.rule, line.score.target
    if not isinstance(rule, Bands):
        return target
    if line.score.band is None:
        return None
    better = _next_better(rule, line.score.band, down=line.kpi.direction is Direction.DOWN and rule.on is On.VALUE)
    if better is None:
        return None
    edge = better.below if line.kpi.direction is Direction.DOWN and rule.on is On.VALUE else better.at_least
    if edge is None:
        return None
    return Fraction(edge) if rule.on is On.VALUE else Fraction(edge) * target if target else None


def _next_better(rule: Bands, band: Band, *, down: bool) -> Band | None:
    in_order = sorted(rule.bands, key=lambda b: (b.at_least is not None, b.at_least or 0), reverse=down)
    place = in_order.index(band)
    return next((b for b in in_order[place + 1 :] if b.points > band.points), None)


def _points_at(line: MonthLine, number: Fraction) -> Fraction:
    """The points at another value, by the rule."""
    rule, weight = line.line.rule, Fraction(line.line.weight)
    if not isinstance(rule, Bands):
        return min(Fraction(1), Fraction(rule.cap)) * weight
    reached = number
    if rule.on is On.ATTAINMENT and line.score.target:
        reached = number / line.score.target
    if line.kpi.direction is Direction.DOWN and rule.on is On.VALUE:
        # just inside the band whose upper edge this is
        hit = next((b for b in rule.bands if b.below is not None and Fraction(b.below) == reached), None)
    else:
        hit = next((b for b in rule.bands if b.holds(reached)), None)
    return Fraction(hit.points) if hit else Fraction(0)
