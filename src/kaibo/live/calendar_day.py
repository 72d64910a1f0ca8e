"""One day of the calendar as lanes: hours across, a lane a role, where each shift lies in percent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.live.business_days import business_start
from kaibo.live.calendar import ROLES, Block, Board, Cell, Span
from kaibo.live.models import CrewRole, Session

HOUR = timedelta(hours=1)
LEAST = 8 * HOUR
# a lane's row and the gap below it, in pixels
ROW, GAP = 26, 4


@dataclass(frozen=True)
class Place:
    """Where a stretch is on the axis: percent from the left, percent wide, pixels from the top."""

    left: str
    width: str
    top: int = 0


@dataclass(frozen=True)
class Placed:
    """`ghost`: where it was planned, if it was confirmed otherwise."""

    block: Block
    at: Place
    ghost: Place | None = None


@dataclass(frozen=True)
class Lane:
    role: str
    placed: Sequence[Placed]
    height: int

    @property
    def label(self) -> str:
        return str(CrewRole(self.role).label)


@dataclass(frozen=True)
class RoomDay:
    cell: Cell
    lanes: Sequence[Lane]
    sessions: Sequence[tuple[Session, Place]]
    holes: Sequence[tuple[Span, Place]]


@dataclass(frozen=True)
class Tick:
    label: str
    left: str


@dataclass(frozen=True)
class DayPage:
    """`start` and `minutes`: the axis, for who drags. `whole`: all 24 hours are shown."""

    start: datetime
    minutes: int
    ticks: Sequence[Tick]
    rooms: Sequence[RoomDay]
    whole: bool


def day_page(found: Board, *, whole: bool) -> DayPage:
    """The lanes of the board's one day; of the hours only those with something in them, unless `whole`."""
    cells = found.of_day(found.asked.day)
    start, end = _axis(found.asked.day, cells, whole)
    rooms = [_room(cell, (start, end)) for cell in cells]
    minutes = int((end - start) / timedelta(minutes=1))
    return DayPage(start, minutes, _ticks(start, end, found.asked.day), rooms, whole)


def _axis(day: date, cells: Iterable[Cell], whole: bool) -> Span:
    first, last = business_start(day), business_start(day + timedelta(days=1))
    spans = [(b.start, b.end) for c in cells for b in [*c.blocks, *c.hidden]]
    spans += [b.planned for c in cells for b in c.blocks if b.planned]
    spans += [(s.start, s.end) for c in cells for s in c.sessions]
    over = max([last, *(end for _start, end in spans)])
    if whole or not spans:
        return first, _up(over)
    start = max(first, _down(min(begin for begin, _end in spans) - HOUR))
    end = _up(max(end for _begin, end in spans) + HOUR)
    if end - start < LEAST:
        start = max(first, end - LEAST)
    return start, max(end, start + LEAST)


def _down(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _up(at: datetime) -> datetime:
    return _down(at) if at == _down(at) else _down(at) + HOUR


def _ticks(start: datetime, end: datetime, day: date) -> list[Tick]:
    hours = int((end - start) / HOUR)
    step = 1 if hours <= 14 else 2
    found = []
    for n in range(0, hours, step):
        at = timezone.localtime(start + n * HOUR)
        text = f"{at:%H:%M}"
        if at.date() > day and at.hour == 0:
            text = _("next day %(clock)s") % {"clock": text}
        found.append(Tick(text, f"{n * 100 / hours:.3f}"))
    return found


def _room(cell: Cell, axis: Span) -> RoomDay:
    roles = sorted({b.shift.role for b in [*cell.blocks, *cell.hidden]}, key=lambda role: ROLES.get(role, 99))
    return RoomDay(
        cell,
        [_lane(role, [b for b in [*cell.blocks, *cell.hidden] if b.shift.role == role], axis) for role in roles],
        [(session, _at((session.start, session.end), axis)) for session in cell.sessions],
        [(hole, _at(hole, axis)) for hole in cell.holes],
    )


def _lane(role: str, blocks: Iterable[Block], axis: Span) -> Lane:
    """The first row that is free takes the next shift."""
    ends: list[datetime] = []
    placed = []
    for block in sorted(blocks, key=lambda b: (b.start, b.shift.pk)):
        row = next((i for i, end in enumerate(ends) if end <= block.start), len(ends))
        ends[row : row + 1] = [block.end]
        top = row * (ROW + GAP)
        ghost = _at(block.planned, axis, top) if block.planned else None
        placed.append(Placed(block, _at((block.start, block.end), axis, top), ghost))
    return Lane(role, placed, max(1, len(ends)) * (ROW + GAP) - GAP)


def _at(span: Span, axis: Span, top: int = 0) -> Place:
    whole = axis[1] - axis[0]
    left, right = ((min(max(at, axis[0]), axis[1]) - axis[0]) / whole * 100 for at in span)
    return Place(f"{left:.3f}", f"{right - left:.3f}", top)
