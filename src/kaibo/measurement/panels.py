"""The panels under the crew ribbon: people online, what they did, paid orders, as SVG paths on one axis of time.

A panel is drawn in a box 1000 wide and `height` high; what is text stands beside it in HTML, so that it keeps its size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.facts.minute_rows import ONLINE
from kaibo.live.models import Session
from kaibo.look import numbers
from kaibo.measurement.crew import percent
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.session_minutes import MINUTE_MS, SessionMinutes, Slice, Stretch

ONLINE_HEIGHT, SECOND_HEIGHT, ORDERS_HEIGHT = 120, 76, 66
TICKS = (15, 30, 60, 120, 180, 240, 360)
MOST_TICKS = 12
# the second panel shows the first of these that the files know
SECOND = ("entries", "enter_users", "comments")
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Tick:
    at: datetime
    left: str


@dataclass(frozen=True)
class Level:
    """A line of the grid: its number, and how far from the panel's top it is, in pixels."""

    number: int
    top: str


@dataclass(frozen=True)
class Peak:
    number: int
    at: datetime
    left: str
    top: str


@dataclass(frozen=True)
class Panel:
    """`kind`: line or bars. `paths`: what is drawn, `area`: below a line, `axis`: the ground, where data is known.

    `said`: one sentence with the finding, for readers.
    """

    key: str
    title: str
    unit: str
    kind: str
    height: int
    said: str
    path: str = ""
    area: str = ""
    axis: str = ""
    grid: str = ""
    levels: Sequence[Level] = ()
    peak: Peak | None = None
    accent: bool = False


@dataclass(frozen=True)
class Gap:
    """A stretch without minutes, as text."""

    start: datetime
    end: datetime

    @property
    def times(self) -> str:
        return numbers.clock_range(self.start, self.end)


@dataclass(frozen=True)
class Panels:
    """`minutes`: how many one bar has. `gaps`: where the files of minutes say nothing."""

    minutes: int
    slices: Sequence[Slice] = ()
    shown: Sequence[Panel] = ()
    ticks: Sequence[Tick] = ()
    gaps: Sequence[Gap] = ()
    gap_minutes: int = 0
    lost: bool = False
    has_minutes: bool = False
    # for the comparison: what each panel's top stands for
    tops: dict[str, int] = field(default_factory=dict)


def panels(
    session: Session,
    found: SessionMinutes,
    parts: Sequence[Slice],
    every: int,
    off_air: Iterable[Stretch] = (),
    tops: dict[str, int] | None = None,
    until_ms: int | None = None,
) -> Panels:
    """`parts`: session_minutes.slices. To compare two sessions: `tops`, at least so high; `until_ms`, so far."""
    axis = _Axis(found.start_ms, until_ms or found.end_ms)
    wanted = tops or {}
    shown = [
        panel
        for panel in (
            _online(axis, found, parts, every, wanted.get(ONLINE, 0)),
            _second(axis, found, parts, every, wanted),
            _orders(axis, parts, every, wanted.get("orders", 0)),
        )
        if panel is not None
    ]
    first = next((m for m in (ONLINE, *SECOND) if found.knows(m)), "")
    gaps = found.unknown(first, off_air) if first else []
    return Panels(
        minutes=every,
        slices=parts,
        shown=shown,
        ticks=ticks(session),
        gaps=[Gap(from_ms(a), from_ms(b)) for a, b in gaps],
        gap_minutes=sum(b - a for a, b in gaps) // MINUTE_MS,
        lost=found.lost,
        has_minutes=bool(found.rows),
        tops={panel.key: max((level.number for level in panel.levels), default=0) for panel in shown},
    )


def ticks(session: Session) -> list[Tick]:
    """Round clock times under the panels, at most MOST_TICKS."""
    length = (session.end - session.start) / timedelta(minutes=1)
    every = next((m for m in TICKS if length / m <= MOST_TICKS), TICKS[-1]) * MINUTE_MS
    first = -(-to_ms(session.start) // every) * every
    instants = [from_ms(ms) for ms in range(first, to_ms(session.end) + 1, every)]
    return [Tick(at, percent(session, at)) for at in instants]


@dataclass(frozen=True)
class _Axis:
    start_ms: int
    end_ms: int

    def x(self, ms: float) -> float:
        return (min(max(ms, self.start_ms), self.end_ms) - self.start_ms) * 1000 / (self.end_ms - self.start_ms)


def per(unit: str, every: int) -> str:
    """次/分, or 次/5 分 where a bar has more than a minute."""
    return _("%(unit)s/min") % {"unit": unit} if every == 1 else _("%(unit)s/%(n)s min") % {"unit": unit, "n": every}


def _online(axis: _Axis, found: SessionMinutes, parts: Sequence[Slice], every: int, least: int) -> Panel | None:
    highest, mean = found.peak(), found.mean()
    if highest is None or mean is None:
        return None
    number = highest.values[ONLINE]
    step, top = scale(max(number, least), most=4)
    at = from_ms(max(highest.start_ms, axis.start_ms))
    said = _("People online: %(mean)s on average, at most %(peak)s at %(when)s") % {
        "mean": numbers.count(round(mean)),
        "peak": numbers.count(number),
        "when": numbers.clock(at),
    }
    height = ONLINE_HEIGHT
    runs = _runs(parts)
    points = [
        [(axis.x((one.start_ms + one.end_ms) / 2), height - float(one.online or 0) * height / top) for one in run]
        for run in runs
    ]
    # the line reaches the edges of what is known, and a single minute can be seen
    for run, line in zip(runs, points, strict=True):
        line.insert(0, (axis.x(run[0].start_ms), line[0][1]))
        line.append((axis.x(run[-1].end_ms), line[-1][1]))
    lines = ["M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) for line in points]
    areas = [f"{path}V{height}H{line[0][0]:.1f}z" for path, line in zip(lines, points, strict=True)]
    middle = (highest.start_ms + highest.end_ms) / 2
    peak = Peak(number, at, f"{axis.x(middle) / 10:.3f}", f"{height - number * height / top:.1f}")
    said = _with_unknown(said, [one.online is not None for one in parts])
    return Panel(
        ONLINE, _("Online"), _("people"), "line", height, said,
        path="".join(lines), area="".join(areas), axis=f"M0 {height}H1000", grid=_grid(step, top, height),
        levels=_levels(step, top, height), peak=peak,
    )  # fmt: skip


def _runs(parts: Sequence[Slice]) -> list[list[Slice]]:
    """Neighbours with a known level; a slice without one breaks the line."""
    runs: list[list[Slice]] = []
    for before, one in pairwise([None, *parts]):
        if one is None or one.online is None:
            continue
        if before is None or before.online is None:
            runs.append([])
        runs[-1].append(one)
    return runs


def _second(
    axis: _Axis, found: SessionMinutes, parts: Sequence[Slice], every: int, tops: dict[str, int]
) -> Panel | None:
    words = {
        "entries": (_("Views"), _("times")),
        "enter_users": (_("Entered"), _("people")),
        "comments": (_("Comments"), _("comments")),
    }
    measure = next((name for name in SECOND if found.knows(name)), "")
    if not measure:
        return None
    title, unit = words[measure]
    amounts = [one.sums.get(measure) for one in parts]
    return _bars(axis, parts, amounts, every, (measure, title, unit), SECOND_HEIGHT, tops.get(measure, 0))


def _orders(axis: _Axis, parts: Sequence[Slice], every: int, least: int) -> Panel | None:
    amounts = [one.orders for one in parts]
    if all(amount is None for amount in amounts):
        return None
    about = ("orders", _("Paid"), _("orders"))
    return replace(_bars(axis, parts, amounts, every, about, ORDERS_HEIGHT, least), accent=True)


def _bars(
    axis: _Axis,
    parts: Sequence[Slice],
    amounts: Sequence[int | None],
    every: int,
    about: tuple[str, str, str],
    height: int,
    least: int,
) -> Panel:
    key, title, unit = about
    known = [(one, amount) for one, amount in zip(parts, amounts, strict=True) if amount is not None]
    most = max(known, key=lambda pair: pair[1])
    step, top = scale(max(most[1], least), most=3)
    pieces = []
    for one, amount in known:
        if amount > 0:
            left, right = axis.x(one.start_ms), axis.x(one.end_ms)
            tall = amount * height / top
            pieces.append(f"M{left:.2f} {height}v-{tall:.1f}h{max(0.4, (right - left) * 0.82):.2f}v{tall:.1f}z")
    ground = "".join(f"M{axis.x(start):.1f} {height}H{axis.x(end):.1f}" for start, end in _joined(known))
    if most[1] <= 0:
        said = _("%(what)s: none") % {"what": title}
    else:
        said = _("%(what)s, %(unit)s: at most %(peak)s at %(when)s, %(sum)s in all") % {
            "what": title,
            "unit": per(unit, every),
            "peak": numbers.count(most[1]),
            "when": numbers.clock(from_ms(most[0].start_ms)),
            "sum": numbers.count(sum(amount for _one, amount in known)),
        }
    said = _with_unknown(said, [amount is not None for amount in amounts])
    middle = (most[0].start_ms + most[0].end_ms) / 2
    left_of = f"{axis.x(middle) / 10:.3f}"
    peak = Peak(most[1], from_ms(most[0].start_ms), left_of, f"{height - most[1] * height / top:.1f}")
    return Panel(
        key, title, per(unit, every), "bars", height, said, path="".join(pieces), axis=ground,
        grid=_grid(step, top, height), levels=_levels(step, top, height), peak=peak if most[1] > 0 else None,
    )  # fmt: skip


def _joined(known: Iterable[tuple[Slice, int]]) -> list[tuple[int, int]]:
    """Neighbours as one stretch, so that the ground is one line where everything is known."""
    whole: list[tuple[int, int]] = []
    for one, _amount in known:
        if whole and whole[-1][1] == one.start_ms:
            whole[-1] = (whole[-1][0], one.end_ms)
        else:
            whole.append((one.start_ms, one.end_ms))
    return whole


def _with_unknown(said: str, known: Sequence[bool]) -> str:
    missing = len(known) - sum(known)
    if not missing:
        return said
    rest = ngettext("%(n)s of %(all)s stretches is unknown", "%(n)s of %(all)s stretches are unknown", missing)
    return _("%(said)s; %(rest)s") % {"said": said, "rest": rest % {"n": missing, "all": len(known)}}


def scale(highest: int, most: int) -> tuple[int, int]:
    """(step, top): round steps of 1, 2 or 5 × 10ⁿ, at most `most` of them, that reach `highest`; all whole."""
    power = 1
    while True:
        for first in STEPS:
            step = first * power
            if step * most >= max(1, highest):
                return step, step * max(1, -(-highest // step))
        power *= 10


def _levels(step: int, top: int, height: int) -> list[Level]:
    return [Level(n, f"{float(height - Fraction(n, top) * height):.1f}") for n in range(step, top + 1, step)]


def _grid(step: int, top: int, height: int) -> str:
    return "".join(f"M0 {float(height - Fraction(n, top) * height):.1f}H1000" for n in range(step, top + 1, step))
