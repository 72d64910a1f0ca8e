"""The calendar: which rooms, days and shifts were asked for, and what stands in them.

A day is a business day; a shift stands on the day it begins, a night shift too. Leads see the shifts of their own
people; of other departments they see that somebody is there, not who.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Max, Min, Q
from django.utils import timezone

from kaibo.live.access import visible_leaves, visible_shifts
from kaibo.live.air_time import CREDITING
from kaibo.live.business_days import business_day, business_start
from kaibo.live.day_plans import day_plans
from kaibo.live.models import Account, CrewRole, Leave, LeaveState, Session, Shift, ShiftState
from kaibo.live.publications import changed_ids
from kaibo.live.simulcasts import Group, groups_between
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.dates import in_range

DAY, WEEK, MONTH = "day", "week", "month"
# while any of these is there, somebody must be the host
ON_THE_FLOOR = (CrewRole.HOST, CrewRole.CO_HOST, CrewRole.FLOOR_MANAGER, CrewRole.OPERATOR, CrewRole.CONTROL)
ROLES = {role: place for place, role in enumerate(CrewRole.values)}
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Asked:
    """What the address asks for; nonsense in it asks for this week and narrows nothing."""

    view: str
    day: date
    room: int | None = None
    person: int | None = None
    role: str = ""

    @property
    def first(self) -> date:
        if self.view == WEEK:
            return self.day - timedelta(days=self.day.weekday())
        return self.day.replace(day=1) if self.view == MONTH else self.day

    @property
    def last(self) -> date:
        """Included."""
        if self.view == MONTH:
            return (self.first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return self.first + timedelta(days=6 if self.view == WEEK else 0)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Asked":
        return self.at(self.first - timedelta(days=1))

    @property
    def after(self) -> "Asked":
        return self.at(self.last + timedelta(days=1))

    def at(self, day: date, view: str = "") -> "Asked":
        """The same filters on another day, in another view."""
        return Asked(view or self.view, day, self.room, self.person, self.role)

    @property
    def filters(self) -> dict[str, str]:
        named = {"room": self.room, "person": self.person, "role": self.role}
        return {name: str(value) for name, value in named.items() if value}

    @property
    def query(self) -> str:
        return "?" + urlencode({"view": self.view, "day": self.day.isoformat(), **self.filters})


@dataclass(frozen=True)
class Block:
    """A shift on its day. `start`, `end`: confirmed where confirmed, else planned.

    `planned`: what was planned, where it was confirmed otherwise. `known`: the reader may see whose it is.
    """

    shift: Shift
    start: datetime
    end: datetime
    known: bool
    may_move: bool
    planned: Span | None = None
    # otherwise than published
    changed: bool = False

    @property
    def confirmed(self) -> bool:
        return self.shift.state == ShiftState.CONFIRMED


@dataclass
class Cell:
    """One room on one day. `holes`: stretches in which a crew is there, or a broadcast, and no host."""

    room: Account
    day: date
    blocks: list[Block] = field(default_factory=list)
    hidden: list[Block] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    holes: list[Span] = field(default_factory=list)
    beside: tuple[Account, ...] = ()
    # what the room aims at on the day, minor units: 0 where nothing is planned, which is not shown; None without a
    # target, and for who does not plan
    aim: int | None = None


@dataclass(frozen=True)
class Row:
    room: Account
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Board:
    asked: Asked
    rows: Sequence[Row]

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row.cells]

    @property
    def holes(self) -> list[tuple[Cell, Span]]:
        return [(cell, hole) for cell in self.cells for hole in cell.holes]

    @property
    def count(self) -> int:
        return sum(len(cell.blocks) for cell in self.cells)

    def of_day(self, day: date) -> list[Cell]:
        return [cell for cell in self.cells if cell.day == day]


def asked_calendar(query: Mapping[str, str], *, usual: str = WEEK) -> Asked:
    """What the address asks for. `usual`: the view where it names none."""
    view = query.get("view", "")
    try:
        day = in_range(date.fromisoformat(query.get("day", "")))
    except ValueError:
        day = business_day(timezone.now())
    role = query.get("role", "")
    return Asked(
        view if view in (DAY, WEEK, MONTH) else usual,
        day,
        _number(query.get("room", "")),
        _number(query.get("person", "")),
        role if role in CrewRole.values else "",
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def board(user: User, asked: Asked) -> Board:
    """The rooms of these days. Eleven queries, whatever the range."""
    start, end = business_start(asked.first), business_start(asked.last + timedelta(days=1))
    begins = Q(planned_start__gte=start, planned_start__lt=end) | Q(
        planned_start__isnull=True, confirmed_start__gte=start, confirmed_start__lt=end
    )
    mine = visible_shifts(user).filter(begins).exclude(state=ShiftState.CANCELLED)
    known = set(mine.order_by().values_list("pk", flat=True))
    everyone = Shift.objects.filter(begins).exclude(state=ShiftState.CANCELLED)
    if not user.can(Right.SEE_ROSTER):
        everyone = everyone.filter(pk__in=known)
    shifts = list(everyone.select_related("person").order_by("planned_start", "confirmed_start", "pk"))
    rooms = _rooms(user, asked, shifts)
    sessions = Session.objects.filter(gone=False, start__gte=start, start__lt=end).order_by("start")
    cells = {(room.pk, day): Cell(room, day) for room in rooms for day in asked.days}
    for session in sessions if user.can(Right.SEE_ROSTER) else ():
        if cell := cells.get((session.account_id, business_day(session.start))):
            cell.sessions.append(session)
    _simulcasts(cells.values(), groups_between(asked.first, asked.last + timedelta(days=1)), rooms)
    changed = changed_ids([shift for shift in shifts if shift.pk in known])
    _place(cells, shifts, asked, known, user, changed)
    if user.can(Right.SEE_ROSTER):
        _holes(cells, shifts)
        plans = day_plans(asked.days)
        for (room, day), cell in cells.items():
            plan = plans.get((room, day.replace(day=1)))
            cell.aim = plan.days[day] if plan else None
    return Board(asked, [Row(room, [cells[room.pk, day] for day in asked.days]) for room in rooms])


def leaves_of(user: User, asked: Asked) -> dict[date, list[Leave]]:
    """Who is, or asks to be, on leave on each day: one's own, one's people's; days without are left out."""
    start, end = business_start(asked.first), business_start(asked.last + timedelta(days=1))
    standing = visible_leaves(user).filter(state__in=[LeaveState.ASKED, LeaveState.APPROVED])
    found: dict[date, list[Leave]] = {}
    near = standing.filter(start__lt=end, end__gt=start).select_related("person").order_by("person__name", "start")
    for leave in near if not asked.person else near.filter(person=asked.person):
        for day in asked.days:
            if leave.start < business_start(day + timedelta(days=1)) and leave.end > business_start(day):
                found.setdefault(day, []).append(leave)
    return found


def nearest_shift(user: User, asked: Asked) -> Asked | None:
    """Where there is something: the day of the last shift before the days asked for, else of the first one ever."""
    shifts = visible_shifts(user).exclude(state=ShiftState.CANCELLED).filter(planned_start__isnull=False).order_by()
    last = shifts.filter(planned_start__lt=business_start(asked.first)).aggregate(at=Max("planned_start"))["at"]
    at = last or shifts.aggregate(at=Min("planned_start"))["at"]
    return asked.at(business_day(at)) if at else None


def _rooms(user: User, asked: Asked, shifts: Iterable[Shift]) -> list[Account]:
    """All rooms for who plans; else those of one's own shifts. A person or role asked for leaves only theirs."""
    rooms = Account.objects.order_by("name", "pk")
    if asked.room:
        rooms = rooms.filter(pk=asked.room)
    if not user.can(Right.SEE_ROSTER) or asked.person:
        own = {s.account_id for s in shifts if not asked.person or s.person_id == asked.person}
        rooms = rooms.filter(pk__in=own)
    return list(rooms)


def _place(
    cells: Mapping[tuple[int, date], Cell],
    shifts: Iterable[Shift],
    asked: Asked,
    known: set[int],
    user: User,
    changed: set[int],
) -> None:
    for shift in shifts:
        block = replace(_block(shift, shift.pk in known, user), changed=shift.pk in changed)
        cell = cells.get((shift.account_id, business_day(shift.planned_start or block.start)))
        if cell is None or (asked.role and shift.role != asked.role):
            continue
        if not block.known:
            cell.hidden.append(block)
        elif not asked.person or shift.person_id == asked.person:
            cell.blocks.append(block)
    for cell in cells.values():
        cell.blocks.sort(key=lambda b: (b.start, ROLES.get(b.shift.role, 99), b.shift.person.name))


def _block(shift: Shift, known: bool, user: User) -> Block:
    planned = (shift.planned_start, shift.planned_end) if shift.planned_start and shift.planned_end else None
    confirmed = (shift.confirmed_start, shift.confirmed_end) if shift.confirmed_start and shift.confirmed_end else None
    counts = (confirmed if shift.state == ShiftState.CONFIRMED else planned) or planned or confirmed
    if counts is None:
        raise ValueError(f"shift {shift.pk} has no whole times")
    movable = known and user.can(Right.PLAN_ROSTER) and shift.state == ShiftState.PLANNED and planned is not None
    return Block(shift, *counts, known, movable, planned if planned and planned != counts else None)


def _simulcasts(cells: Iterable[Cell], groups: Sequence[Group], rooms: Sequence[Account]) -> None:
    by_id = {room.pk: room for room in rooms}
    for cell in cells:
        together = {
            pk
            for first, end, accounts in groups
            if cell.room.pk in accounts and first <= cell.day and (end is None or cell.day < end)
            for pk in accounts
        }
        cell.beside = tuple(by_id[pk] for pk in sorted(together - {cell.room.pk}) if pk in by_id)


def _holes(cells: Mapping[tuple[int, date], Cell], shifts: Iterable[Shift]) -> None:
    """Where the room is manned or on air and nobody hosts; a room served with another has that one's hosts too."""
    crew: dict[tuple[int, date], list[Shift]] = defaultdict(list)
    for shift in shifts:
        begin = shift.planned_start or shift.confirmed_start
        if shift.state != ShiftState.ABSENT and begin:
            crew[shift.account_id, business_day(begin)].append(shift)
    for key, cell in cells.items():
        rooms = [key[0], *(room.pk for room in cell.beside)]
        there = [(s, _counting(s)) for pk in rooms for s in crew.get((pk, cell.day), [])]
        needed = [span for s, span in there if s.role in ON_THE_FLOOR and s.account_id == key[0]]
        needed += [(s.start, s.end) for s in cell.sessions if s.air_kind in CREDITING]
        cell.holes = gaps(needed, [span for s, span in there if s.role == CrewRole.HOST])


def _counting(shift: Shift) -> Span:
    """Planned and confirmed together: a host who came a minute late leaves no hole in the plan."""
    starts = [at for at in (shift.planned_start, shift.confirmed_start) if at]
    ends = [at for at in (shift.planned_end, shift.confirmed_end) if at]
    return min(starts), max(ends)


def gaps(needed: Iterable[Span], covered: Iterable[Span], *, least: timedelta = timedelta(minutes=16)) -> list[Span]:
    """What of `needed` no stretch of `covered` covers, in order. `least`: shorter ones are a hand-over, no hole."""
    found: list[Span] = []
    for begin, end in _merged(needed):
        at = begin
        for start, over in _merged(covered):
            if over <= at or start >= end:
                continue
            if start > at:
                found.append((at, start))
            at = max(at, over)
        if at < end:
            found.append((at, end))
    return [(start, end) for start, end in found if end - start >= least]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged
