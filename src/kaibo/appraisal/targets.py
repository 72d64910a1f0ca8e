"""A person's part of the rooms' month targets: by hours due in a role, as integers that add up to the target.

Leave takes its part away from the person and gives it to nobody: colleagues' parts do not grow by it. Who answers for
a room has what it aims at on those days (its day plan), the whole of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property

from django.utils import timezone

from kaibo.appraisal.roster import Roster
from kaibo.kpi.credit import split
from kaibo.kpi.rooms import Held
from kaibo.live.day_plans import days_of
from kaibo.live.due import DueShift
from kaibo.live.models import Account
from kaibo.measurement.broadcast_plan import BroadcastPlan, groups_of, plan_of
from kaibo.measurement.closed import Closed
from kaibo.measurement.day_against_plan import day_targets
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import due_in
from kaibo.measurement.target_rates import target_factors
from kaibo.measurement.targets import target_amounts
from kaibo.org.models import Person


@dataclass(frozen=True)
class RoomPart:
    """One room's part: its month target × own ms due ÷ everyone's planned ms in the role, the team's minor units.

    `amount_minor` and `to_date_minor` are None where the room has no target, or one that `lacks_rate`. `away_ms`: own
    leave, which is not in `own_ms`; everyone's leave is in `all_ms`, and its part of the target is nobody's.
    By days (`all_days` is not 0): what the room aims at on the `own_days` for which one answers, of the `all_days`.
    """

    account: Account
    room_minor: int | None
    own_ms: int
    all_ms: int
    amount_minor: int | None
    to_date_minor: int | None
    away_ms: int = 0
    lacks_rate: bool = False
    own_days: int = 0
    all_days: int = 0


@dataclass(frozen=True)
class PersonTarget:
    """`to_date_minor`: the part of shifts that began already."""

    parts: list[RoomPart]

    @property
    def by_days(self) -> bool:
        return any(part.all_days for part in self.parts)

    @property
    def missing(self) -> list[Account]:
        """Rooms that the person was planned in and that have no target: without them the sum would be too low."""
        return [part.account for part in self.parts if part.amount_minor is None]

    @property
    def amount_minor(self) -> int | None:
        return _total(part.amount_minor for part in self.parts)

    @property
    def to_date_minor(self) -> int | None:
        return _total(part.to_date_minor for part in self.parts)


@dataclass
class _Plan:
    """Milliseconds of one person in one room: due, of those begun already, and on leave."""

    due: int = 0
    to_date: int = 0
    away: int = 0


_RoomPlans = dict[int, dict[int, _Plan]]


class Plans:
    """Who is planned how long in which room, and what the rooms aim at: two queries, when first asked."""

    def __init__(self, month: date, until: datetime, closed: Closed) -> None:
        self._month, self._until, self._closed = month, until, closed
        self._of: dict[str, _RoomPlans] | None = None
        self._rooms: dict[int, tuple[Account, int | None]] | None = None
        self._days: dict[int, dict[date, int]] | None = None
        self._split: dict[tuple[str, int], dict[int, int]] = {}
        self._factors: dict[str, Fraction | None] = {}

    def of(self, role: str) -> _RoomPlans:
        """Room → person → time in the role."""
        if self._of is None:
            self._of = _plans(self.due, self._until)
        return self._of.get(role, {})

    @cached_property
    def due(self) -> list[DueShift]:
        """Everyone's shifts of the month as they are due."""
        return due_in(self._month, next_month(self._month), closed=self._closed)

    @cached_property
    def broadcasts(self) -> BroadcastPlan:
        """What they plan to put on air."""
        return plan_of(self.due, groups_of(self._month, self._closed.get(self._month)))

    @property
    def rooms(self) -> dict[int, tuple[Account, int | None]]:
        """Every room, and what it aims at in the month, in its own money."""
        if self._rooms is None:
            amounts = target_amounts(self._month, next_month(self._month), self._closed)
            every = Account.everyone.in_bulk()
            self._rooms = {pk: (room, amounts.get((pk, self._month))) for pk, room in every.items()}
        return self._rooms

    def room(self, pk: int) -> Account:
        return self.rooms[pk][0]

    def lacks_rate(self, pk: int) -> bool:
        """Whether the room aims at something in a currency that has no rate this month."""
        room, said = self.rooms[pk]
        return said is not None and self._factor(room.currency) is None

    def target(self, pk: int) -> int | None:
        """The room's target in the team's minor units, half-even; None where it has none or no rate."""
        return self._in_team_money(pk, self.rooms[pk][1])

    def by_days(self, room: int, answers: Sequence[Held]) -> RoomPart:
        """What the room aims at on the days on which these hold; to date: of the days that the data reaches."""
        days = days_of(self._month)
        mine = [day for day in days if any(one.holds(room, day) for one in answers)]
        plan = self._day_targets().get(room)
        # the day after the last one that has begun
        reached = timezone.localdate(self._until - timedelta(microseconds=1)) + timedelta(days=1)
        whole = sum(plan[day] for day in mine) if plan else None
        to_date = sum(plan[day] for day in mine if day < reached) if plan else None
        return RoomPart(
            self.room(room), self.target(room), 0, 0, self._in_team_money(room, whole),
            self._in_team_money(room, to_date), lacks_rate=self.lacks_rate(room), own_days=len(mine),
            all_days=len(days),
        )  # fmt: skip

    def _day_targets(self) -> dict[int, dict[date, int]]:
        """Room → day → what it aims at, in its own money; of a closed month as at closing."""
        if self._days is None:
            self._days = day_targets(self._month, self._closed.get(self._month))
        return self._days

    def _in_team_money(self, room: int, amount: int | None) -> int | None:
        factor = self._factor(self.room(room).currency)
        return None if amount is None or factor is None else round(amount * factor)

    def _factor(self, currency: str) -> Fraction | None:
        if currency not in self._factors:
            self._factors[currency] = target_factors([(currency, self._month)])[currency, self._month]
        return self._factors[currency]

    def amounts(self, role: str, room: int) -> dict[int, int] | None:
        """Person → their part of the room's target, which adds up to it with the parts of leave; None without one."""
        plans, target = self.of(role), self.target(room)
        if target is None:
            return None
        if (role, room) not in self._split:
            ids = sorted(plans[room])
            # everyone's hours due, then everyone's leave: one split, so that all parts add up to the target
            weights = [plans[room][key].due for key in ids] + [plans[room][key].away for key in ids]
            self._split[role, room] = dict(zip(ids, split(target, weights), strict=False))
        return self._split[role, room]


def target_of(person: Person, role: str, roster: Roster, plans: Plans) -> PersonTarget:
    """The person's target in a role; `roster`: the person's own."""
    rooms = {one.account: plans.room(one.account) for one in roster.owed if one.role == role}
    return PersonTarget([_part(room, role, plans, person.pk) for room in _in_order(rooms.values())])


def rooms_target(answers: Sequence[Held], plans: Plans) -> PersonTarget:
    """What the rooms aim at on the days for which one answers for them."""
    rooms = {one.account: plans.room(one.account) for one in answers}
    return PersonTarget([plans.by_days(room.pk, answers) for room in _in_order(rooms.values())])


def _in_order(rooms: Iterable[Account]) -> list[Account]:
    return sorted(rooms, key=lambda room: (room.name, room.pk))


def _plans(due: Iterable[DueShift], until: datetime) -> dict[str, _RoomPlans]:
    """Crew role → room → person → time."""
    plans: dict[str, _RoomPlans] = {}
    for one in due:
        plan = plans.setdefault(one.role, {}).setdefault(one.account, {}).setdefault(one.person, _Plan())
        plan.due += one.due_ms
        plan.away += one.away_ms
        plan.to_date += one.due_ms if one.start < until else 0
    return plans


def _part(room: Account, role: str, plans: Plans, person: int) -> RoomPart:
    people, amounts = plans.of(role)[room.pk], plans.amounts(role, room.pk)
    own, everyone = people[person], sum(plan.due + plan.away for plan in people.values())
    amount = None if amounts is None else amounts[person]
    # without any time due there is nothing to be measured against
    to_date = None if amount is None else amount * own.to_date // own.due if own.due else 0
    target, lacking = plans.target(room.pk), plans.lacks_rate(room.pk)
    return RoomPart(room, target, own.due, everyone, amount, to_date, own.away, lacking)


def _total(amounts: Iterable[int | None]) -> int | None:
    """The sum; None where one is unknown or where there is nothing to add."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return sum(known) if found and len(known) == len(found) else None
