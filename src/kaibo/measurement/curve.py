"""Paid orders over a session, minute by minute, as bars of an inline SVG with its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaibo.live.models import Session
from kaibo.measurement.crew import percent
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import to_ms

MINUTE = 60_000
# bars that still can be told apart on a desk
MOST_BARS = 480
WIDTHS = (1, 2, 5, 10, 15, 30, 60)
HEIGHT = 66
TICKS = (15, 30, 60, 120, 180, 240, 360)
MOST_TICKS = 12


@dataclass(frozen=True)
class Bar:
    start: datetime
    end: datetime
    count: int
    amount: int


@dataclass(frozen=True)
class Tick:
    at: datetime
    left: str


@dataclass(frozen=True)
class Curve:
    """`path`: all bars in a box 1000 wide and HEIGHT high. `peak`: the busiest bar. `minutes`: a bar's width."""

    bars: Sequence[Bar]
    minutes: int
    path: str
    top: int
    ticks: Sequence[Tick]
    peak: Bar | None = None
    height: int = HEIGHT
    half: int = HEIGHT // 2


def bar_minutes(session: Session) -> int:
    """The width of a bar: one minute, more where a session is so long that bars would melt together."""
    length = (session.end - session.start) / timedelta(minutes=1)
    return next((m for m in WIDTHS if length / m <= MOST_BARS), WIDTHS[-1])


def curve(session: Session, sums: Iterable[tuple[int, int, int]]) -> Curve:
    """`sums`: (start in ms, orders, minor units) per bar, as facts.reader.placed_sums gives them."""
    width = bar_minutes(session)
    step = timedelta(minutes=width)
    bars = [
        Bar(max(from_ms(at), session.start), min(from_ms(at) + step, session.end), count, amount)
        for at, count, amount in sums
        if count > 0 or amount
    ]
    top = _round_top(max((bar.count for bar in bars), default=0))
    peak = max(bars, key=lambda bar: bar.count, default=None)
    return Curve(bars, width, _path(session, bars, width, top), top, ticks(session), peak)


def ticks(session: Session) -> list[Tick]:
    """Round clock times under the curve, at most MOST_TICKS."""
    length = (session.end - session.start) / timedelta(minutes=1)
    every = next((m for m in TICKS if length / m <= MOST_TICKS), TICKS[-1]) * MINUTE
    first = -(-to_ms(session.start) // every) * every
    instants = [from_ms(ms) for ms in range(first, to_ms(session.end) + 1, every)]
    return [Tick(at, percent(session, at)) for at in instants]


def _round_top(highest: int) -> int:
    """An even number, so that its half is whole too."""
    return max(2, highest + highest % 2)


def _path(session: Session, bars: Iterable[Bar], minutes: int, top: int) -> str:
    length = to_ms(session.end) - to_ms(session.start)
    full = minutes * MINUTE * 1000 / length
    pieces = []
    for bar in bars:
        left = (to_ms(bar.start) - to_ms(session.start)) * 1000 / length
        width = max(0.4, min(full, (to_ms(bar.end) - to_ms(bar.start)) * 1000 / length) * 0.82)
        height = bar.count * HEIGHT / top
        pieces.append(f"M{left:.2f} {HEIGHT}v-{height:.1f}h{width:.2f}v{height:.1f}z")
    return "".join(pieces)
