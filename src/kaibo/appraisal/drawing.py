"""Geometry of the small drawings: sparklines, the sketch of a rule, bars per session. Numbers only, for SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kaibo.appraisal.trend import TrendPoint
from kaibo.kpi.rules import Bands, Linear
from kaibo.kpi.scoring import LineScore


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
    """A linear rule: points over attainment, the person's place on it. x in 0–`width`, y down in 0–`height`."""

    line: str
    ticks: Sequence[Tick]
    x: str = ""
    y: str = ""
    at_end: bool = False
    width: int = 240
    height: int = 84


def sketch(score: LineScore) -> Sketch | None:
    """Of a linear rule; None for another form. Attainment beyond the drawing stands at its right edge."""
    rule = score.line.rule
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
    if not isinstance(rule, Bands):
        return []
    bands = sorted(rule.bands, key=lambda band: (band.at_least is not None, band.at_least or 0))
    widths = [float((b.below or 0) - (b.at_least or 0)) if b.below is not None else 0.0 for b in bands]
    widest = max(widths, default=0.0) or 1.0
    widths = [width or widest for width in widths]
    # narrow bands keep room for their points
    floor = sum(widths) * 0.12
    widths = [max(width, floor) for width in widths]
    return [
        BandPart(
            band.points,
            f"{width * 100 / sum(widths):.2f}",
            "" if band.at_least is None else written(band.at_least),
            band == score.band,
        )
        for band, width in zip(bands, widths, strict=True)
    ]


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
