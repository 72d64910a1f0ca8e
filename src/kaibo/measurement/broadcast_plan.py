"""Planned broadcasts: what the roster plans to put on air, counted by room and by person.

A room's planned broadcast is a stretch in which its hosts are planned without a gap, on one business day; a person's
are those that their own shifts touch, in whatever crew role, less leave. The published roster counts, as for hours due.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.timezone import localdate

from kaibo.kpi.due import Stretch, merged
from kaibo.kpi.rooms import Held
from kaibo.live.business_days import business_day
from kaibo.live.due import DueShift
from kaibo.live.instants import to_instant, to_ms
from kaibo.live.models import CrewRole
from kaibo.live.simulcasts import Group, groups_between
from kaibo.measurement.closed import Closed, ClosedMonth, closed_months
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import due_in


@dataclass(frozen=True, order=True)
class PlannedBroadcast:
    """Half-open [start, end)."""

    start: datetime
    end: datetime
    account: int

    @property
    def day(self) -> date:
        return business_day(self.start)


@dataclass(frozen=True)
class BroadcastPlan:
    """`rooms`: account → its planned broadcasts; `people`: (person, crew role) → those they are planned for.

    Who or what has no shift in the month is absent: nothing was planned, which is not 0.
    """

    rooms: Mapping[int, Sequence[PlannedBroadcast]] = field(default_factory=dict)
    people: Mapping[tuple[int, str], Sequence[PlannedBroadcast]] = field(default_factory=dict)

    def counts(self) -> dict[tuple[int, str], int]:
        """(person, crew role) → how many in the month."""
        return {key: len(found) for key, found in self.people.items()}

    def of(self, person: int, role: str, until: datetime | None = None) -> list[PlannedBroadcast]:
        """A person's that begin before `until`, by start."""
        return [one for one in self.people.get((person, role), ()) if until is None or one.start < until]

    def of_rooms(self, answers: Iterable[Held], until: datetime | None = None) -> list[PlannedBroadcast] | None:
        """Those of the rooms on the days on which these hold; None where nothing was planned in any of the rooms."""
        held = list(answers)
        rooms = {one.account for one in held} & set(self.rooms)
        if not rooms:
            return None
        return sorted(
            planned
            for room in rooms
            for planned in self.rooms[room]
            if any(one.holds(room, planned.day) for one in held) and (until is None or planned.start < until)
        )


def counted(planned: Sequence[PlannedBroadcast] | None) -> int | None:
    """How many; None where nothing was planned."""
    return None if planned is None else len(planned)


def plan_of(due: Iterable[DueShift], groups: Iterable[Group] = ()) -> BroadcastPlan:
    """What these shifts, everyone's of a month, plan. `groups`: rooms that one crew serves at once."""
    shifts, together = list(due), list(groups)
    hosts: dict[tuple[int, date], list[Stretch]] = defaultdict(list)
    for shift in shifts:
        if shift.role == CrewRole.HOST:
            day = business_day(shift.start)
            # which rooms one crew serves is said by the calendar, as for what they are credited with
            for room in _rooms(shift.account, localdate(shift.start), together):
                hosts[room, day].append(shift.whole)
    planned = {
        (room, day): [PlannedBroadcast(to_instant(start), to_instant(end), room) for start, end in merged(of_day)]
        for (room, day), of_day in hosts.items()
    }
    rooms: dict[int, list[PlannedBroadcast]] = defaultdict(list)
    for (room, _day), found in sorted(planned.items()):
        rooms[room] += found
    people: dict[tuple[int, str], set[PlannedBroadcast]] = defaultdict(set)
    for shift in shifts:
        near = planned.get((shift.account, business_day(shift.start)), ())
        people[shift.person, shift.role].update(one for one in near if _touches(shift, one))
    return BroadcastPlan(dict(rooms), {key: sorted(found) for key, found in sorted(people.items())})


def broadcast_plan(month: date, closed: Closed | None = None) -> BroadcastPlan:
    """The month's, of everyone; of a closed month as it was at closing. Three queries."""
    closed = closed_months() if closed is None else closed
    first, after = month.replace(day=1), next_month(month)
    return plan_of(due_in(first, after, closed=closed), groups_of(first, closed.get(first)))


def groups_of(month: date, closed: ClosedMonth | None) -> list[Group]:
    """The simulcasts of the month, of a closed one as they were."""
    if closed is not None and "simulcasts" in closed.frozen:
        return groups_from(closed.frozen["simulcasts"])
    return groups_then(month)


def groups_then(month: date) -> list[Group]:
    """The simulcasts of the month's business days, whose last night is of the next month's first day."""
    return groups_between(month, next_month(month) + timedelta(days=1))


def frozen_groups(groups: Iterable[Group]) -> list[list[object]]:
    """As a bundle keeps them."""
    return [[first.isoformat(), end.isoformat() if end else None, sorted(rooms)] for first, end, rooms in groups]


def groups_from(frozen: Iterable[Sequence[object]]) -> list[Group]:
    return [
        (date.fromisoformat(str(first)), date.fromisoformat(str(end)) if end else None, frozenset(rooms))  # type: ignore[call-overload]
        for first, end, rooms in frozen
    ]


def _rooms(account: int, day: date, groups: Iterable[Group]) -> set[int]:
    found = {account}
    for first, end, rooms in groups:
        if account in rooms and first <= day and (end is None or day < end):
            found |= rooms
    return found


def _touches(shift: DueShift, broadcast: PlannedBroadcast) -> bool:
    start, end = to_ms(broadcast.start), to_ms(broadcast.end)
    return any(a < end and b > start for a, b in shift.pieces)
