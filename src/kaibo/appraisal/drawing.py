"""Geometry of the small drawings: sparklines, the sketch of a rule, bars per session. Numbers only, for SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from kaibo.appraisal.trend import TrendPoint
from kaibo.kpi.band import ZERO, Edge, by_start
from kaibo.kpi.catalog import Direction
from kaibo.kpi.rules import Bands, Benchmarked, Counted, Linear, On, PerOccurrence, Step
from kaibo.kpi.scoring import LineScore
from kaibo.look import numbers


@dataclass(frozen=True)
class Spark:
    """A polyline in a box; `reference`: the height of the target's dashed line; empty `points`: nothing to draw."""

    points: str
    last_x: str = "0"
    last_y: str = "0"
    reference: str = ""
    width: int = 120
    height: int = 32


def spark(trend: Sequence[TrendPoint], target: Fraction | None) -> Spark:
    """Days run from the first to the last with data; at least two are needed for a line."""
    known = [(point.day.toordinal(), float(point.value)) for point in trend if point.value is not None]
    if len(known) < 2:
        return Spark("")
    box = Spark("")
    first, last = known[0][0], known[-1][0]
    levels = [value for _, value in known] + ([float(target)] if target else [])
    low, high = min(levels), max(levels)
    span = (high - low) or 1.0

    def y(value: float) -> str:
        return f"{4 + (box.height - 8) * (1 - (value - low) / span):.1f}"

    def x(day: int) -> str:
        return f"{4 + (box.width - 8) * (day - first) / (last - first):.1f}"

    return Spark(
        points=" ".join(f"{x(day)},{y(value)}" for day, value in known),
        last_x=x(last),
        last_y=y(known[-1][1]),
        reference=y(float(target)) if target else "",
    )


@dataclass(frozen=True)
class Tick:
    x: str
    label: str


@dataclass(frozen=True)
class Sketch:
    """Points over attainment, value or times, and the person's place. x in 0–`width`, y down in 0–`height`."""

    line: str
    ticks: Sequence[Tick]
    x: str = ""
    y: str = ""
    at_end: bool = False
    width: int = 240
    height: int = 84


def sketch(score: LineScore, written: Callable[[Decimal], str] = str) -> Sketch | None:
    """Of a linear rule, steps or occurrences; None for another form. What lies beyond the drawing stands at its edge.

    `written`: an edge of the rule in words.
    """
    rule = score.line.rule
    if isinstance(rule, Step | PerOccurrence):
        return _stairs(score, rule, written)
    if not isinstance(rule, Linear):
        return None
    cap = float(rule.cap)
    right = max(cap, 1.0) * 1.1
    box = Sketch("", ())

    def x(attainment: float) -> float:
        return min(attainment, right) / right * (box.width - 16) + 8

    def y(attainment: float) -> float:
        return box.height - 6 - min(attainment, cap) / cap * (box.height - 30)

    corners = [(0.0, 0.0), (cap, cap), (right, right)]
    ticks = [Tick(f"{x(0):.1f}", "0"), Tick(f"{x(1):.1f}", "100")]
    if cap > 1:
        ticks.append(Tick(f"{x(cap):.1f}", f"{rule.cap * 100:.0f} %"))
    else:
        ticks[-1] = Tick(f"{x(1):.1f}", "100 %")
    reached = None if score.points is None else right if score.attainment is None else max(float(score.attainment), 0.0)
    return Sketch(
        line=" ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in corners),
        ticks=ticks,
        x="" if reached is None else f"{x(reached):.1f}",
        y="" if reached is None else f"{y(reached):.1f}",
        at_end=reached is not None and reached > right * 0.75,
    )


# steps drawn to either side of the base at the most; a rule with more of them looks the same
MOST_STAIRS = 12


def _stairs(score: LineScore, rule: Step | PerOccurrence, written: Callable[[Decimal], str]) -> Sketch:
    """From where the floor begins to where the cap does, and a step more on either side."""
    corners, marks = _corners(rule, score)
    low, high = corners[0][0], corners[-1][0]
    box = Sketch("", ())
    top = float(rule.cap) or 1.0

    def x(place: Fraction) -> float:
        return 8 + (box.width - 16) * float((min(max(place, low), high) - low) / (high - low))

    def y(points: Fraction) -> float:
        return box.height - 6 - float(points) / top * (box.height - 30)

    by_attainment = isinstance(rule, Step) and rule.on is On.ATTAINMENT
    place = score.attainment if by_attainment else score.value.number
    if score.points is not None and place is None:
        place = high
    reached = None if score.points is None or place is None else x(place)
    return Sketch(
        line=" ".join(f"{x(at):.1f},{y(points):.1f}" for at, points in corners),
        ticks=[Tick(f"{x(Fraction(mark)):.1f}", written(mark)) for mark in marks],
        x="" if reached is None else f"{reached:.1f}",
        y="" if reached is None else f"{y(score.points or Fraction(0)):.1f}",
        at_end=reached is not None and reached > box.width * 0.75,
    )


def _corners(rule: Step | PerOccurrence, score: LineScore) -> tuple[list[tuple[Fraction, Fraction]], list[Decimal]]:
    """The corners of the line, (place, points) from left to right, and the places that are named below it."""
    # a step beyond either end is drawn as well, so that floor and cap are seen to go on
    if isinstance(rule, PerOccurrence):
        room = rule.start - rule.floor if rule.each < 0 else rule.cap - rule.start
        size, base, left, right = Decimal(1), Decimal(0), 0, _stairs_to(room, rule.each)
        counted, low, high = Counted.WHOLE, Decimal(0), Decimal(0)
    else:
        down = score.value.declared.direction is Direction.DOWN and rule.on is On.VALUE
        gains, losses = (rule.below, rule.above) if down else (rule.above, rule.below)
        up, lost = _stairs_to(rule.cap - rule.start, gains), _stairs_to(rule.start - rule.floor, losses)
        left, right = (up, lost) if down else (lost, up)
        size, counted = rule.step, rule.counted
        base = _base_of(rule, score)
        # nothing that is counted lies below 0
        left = min(left, int(base / size))
        low, high = rule.below, rule.above
    found: list[tuple[Fraction, Fraction]] = []
    for number in range(-left - (base >= size * (left + 1)), right + 2):
        each = rule.each if isinstance(rule, PerOccurrence) else high if number > 0 else low
        points = Fraction(min(max(rule.start + each * abs(number), rule.floor), rule.cap))
        at = Fraction(base) + Fraction(size) * number
        if found and counted is not Counted.PART:
            # whole steps hold until the next one is complete; those that count as begun change at once
            holds = (number > 0) == (counted is Counted.WHOLE)
            found.append((at, found[-1][1]) if holds else (found[-1][0], points))
        found.append((at, points))
    marks = [*([base - size * left] if left else []), base, *([base + size * right] if right else [])]
    return found, marks


def _stairs_to(room: Decimal, each: Decimal) -> int:
    """How many steps of `each` points fill the room."""
    return min(MOST_STAIRS, ceil(Fraction(room) / abs(Fraction(each)))) if each else 0


def _base_of(rule: Step, score: LineScore) -> Decimal:
    if rule.base is not None:
        return rule.base
    if rule.on is On.ATTAINMENT:
        return Decimal(1)
    target = score.target or Fraction(0)
    return Decimal(target.numerator) / Decimal(target.denominator)


@dataclass(frozen=True)
class BandPart:
    """A band as the shared include draws it: `width` in percent, `edge` the number it begins at."""

    points: Decimal
    width: str
    edge: str
    current: bool


def band_parts(score: LineScore, written: Callable[[Decimal], str]) -> list[BandPart]:
    """The bands on a real scale, edges as `written`; empty for another form.

    The open one at the end is as wide as the widest other.
    """
    rule = score.line.rule
    if not isinstance(rule, Bands | Benchmarked):
        return []
    bands = sorted(rule.bands, key=by_start)
    widths = [float(b.end.number - (b.start or ZERO).number) if b.end else 0.0 for b in bands]
    widest = max(widths, default=0.0) or 1.0
    widths = [width if band.end else widest for width, band in zip(widths, bands, strict=True)]
    # narrow bands keep room for their points
    floor = sum(widths) * 0.12
    widths = [max(width, floor) for width in widths]
    return [
        BandPart(
            band.points,
            f"{width * 100 / sum(widths):.2f}",
            _beginning(band.start, written),
            band == score.band,
        )
        for band, width in zip(bands, widths, strict=True)
    ]


def _beginning(edge: Edge | None, written: Callable[[Decimal], str]) -> str:
    """The number that a band begins at; with a sign where it does not belong to it."""
    if edge is None:
        return ""
    return f">{numbers.GAP}{written(edge.number)}" if edge.after else written(edge.number)


@dataclass(frozen=True)
class SessionBar:
    """A session's value as a bar, in percent of the drawing's height: the measured part below, the rest on top."""

    measured: str
    shared: str
    missing: bool


def session_bars(
    values: Sequence[tuple[Fraction | None, Fraction | None]], target: Fraction | None
) -> tuple[list[SessionBar], str]:
    """Bars for (value, measured share) from zero up, and the height of the target's line (empty without one)."""
    levels = [float(value) for value, _ in values if value is not None]
    top = max([*levels, float(target) if target else 0.0], default=0.0) * 1.08 or 1.0
    bars = []
    for value, share in values:
        height = max(0.0, float(value or 0)) * 100 / top
        measured = height * float(1 if share is None else share)
        bars.append(SessionBar(f"{measured:.2f}", f"{height - measured:.2f}", value is None))
    return bars, f"{float(target) * 100 / top:.2f}" if target else ""
