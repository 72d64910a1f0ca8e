"""A person's part of the rooms' month targets: by planned hours in a role, as integers that add up to the target."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db.models import FilteredRelation, Q

from kaibo.appraisal.roster import Roster, ms
from kaibo.kpi.credit import split
from kaibo.live.models import Account
from kaibo.measurement.closed import Closed
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import planned_in, planned_now
from kaibo.measurement.target_rates import target_factors
from kaibo.org.models import Person


@dataclass(frozen=True)
class RoomPart:
    """One room's part: its month target × own planned ms ÷ everyone's planned ms in the role, the team's minor units.

    `amount_minor` and `to_date_minor` are None where the room has no target, or one that `lacks_rate`.
    """

    account: Account
    room_minor: int | None
    own_ms: int
    all_ms: int
    amount_minor: int | None
    to_date_minor: int | None
    lacks_rate: bool = False


@dataclass(frozen=True)
class PersonTarget:
    """`to_date_minor`: the part of shifts that began already."""

    parts: list[RoomPart]

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
    """Planned milliseconds of one person in one room."""

    whole: int = 0
    to_date: int = 0


class Plans:
    """Who is planned how long in which room, and what the rooms aim at: one query for each crew role asked for."""

    def __init__(self, month: date, until: datetime, closed: Closed) -> None:
        self._month, self._until, self._closed = month, until, closed
        self._of: dict[str, tuple[_RoomPlans, _RoomTargets]] = {}
        self._split: dict[tuple[str, int], dict[int, int]] = {}
        self._factors: dict[str, Fraction | None] = {}

    def of(self, role: str) -> tuple["_RoomPlans", "_RoomTargets"]:
        """Room → person → planned time in the role, and room → its target of the month, in its own currency."""
        if role not in self._of:
            self._of[role] = _plans(self._month, role, self._until, self._closed)
        return self._of[role]

    def lacks_rate(self, role: str, room: Account) -> bool:
        """Whether the room aims at something in a currency that has no rate this month."""
        return self.of(role)[1].get(room.pk) is not None and self._factor(room.currency) is None

    def target(self, role: str, room: Account) -> int | None:
        """The room's target in the team's minor units, half-even; None where it has none or no rate."""
        said, factor = self.of(role)[1].get(room.pk), self._factor(room.currency)
        return None if said is None or factor is None else round(said * factor)

    def _factor(self, currency: str) -> Fraction | None:
        if currency not in self._factors:
            self._factors[currency] = target_factors([(currency, self._month)])[currency, self._month]
        return self._factors[currency]

    def amounts(self, role: str, room: Account) -> dict[int, int] | None:
        """Person → their part of the room's target, which the parts add up to; None where it has no target."""
        target = self.target(role, room)
        if target is None:
            return None
        key = (role, room.pk)
        if key not in self._split:
            people = self.of(role)[0][room.pk]
            ids = sorted(people)
            parts = split(target, [people[person].whole for person in ids])
            self._split[key] = dict(zip(ids, parts, strict=True))
        return self._split[key]


_RoomPlans = dict[int, dict[int, _Plan]]
_RoomTargets = dict[int, int | None]


def target_of(person: Person, role: str, roster: Roster, plans: Plans) -> PersonTarget:
    """The person's target in a role; `roster`: the person's own."""
    rooms = {shift.account_id: shift.account for shift in roster.shifts if shift.role == role and shift.planned_start}
    in_order = sorted(rooms.values(), key=lambda room: (room.name, room.pk))
    return PersonTarget([_part(room, role, plans, person.pk) for room in in_order])


def _plans(month: date, role: str, until: datetime, closed: Closed) -> tuple[_RoomPlans, _RoomTargets]:
    plans: _RoomPlans = {}
    targets: _RoomTargets = {}
    for account, person, start, end, target in _planned(month, role, closed):
        if start and end:
            targets[account] = target
            plan = plans.setdefault(account, {}).setdefault(person, _Plan())
            plan.whole += ms(end - start)
            plan.to_date += ms(end - start) if start < until else 0
    return plans, targets


def _planned(
    month: date, role: str, closed: Closed
) -> Iterable[tuple[int, int, datetime | None, datetime | None, int | None]]:
    """(room, person, planned start and end, the room's target) of every shift; of a closed month as at closing."""
    kept, after = closed.get(month), next_month(month)
    if kept:
        shifts = planned_in(month, after, role=role, closed=closed)
        targets = kept.targets
        return [(s.account_id, s.person_id, s.planned_start, s.planned_end, targets.get(s.account_id)) for s in shifts]
    of_month = FilteredRelation("account__targets", condition=Q(account__targets__month=month))
    planned = planned_now(month, after).filter(role=role).order_by().annotate(target=of_month)
    columns = ("account", "person", "planned_start", "planned_end", "target__amount_minor")
    return planned.values_list(*columns)


def _part(room: Account, role: str, plans: Plans, person: int) -> RoomPart:
    people, amounts = plans.of(role)[0][room.pk], plans.amounts(role, room)
    own, everyone = people[person], sum(plan.whole for plan in people.values())
    amount = None if amounts is None else amounts[person]
    # without any planned time there is nothing to be measured against
    to_date = None if amount is None else amount * own.to_date // own.whole if own.whole else 0
    target = plans.target(role, room)
    return RoomPart(room, target, own.whole, everyone, amount, to_date, plans.lacks_rate(role, room))


def _total(amounts: Iterable[int | None]) -> int | None:
    """The sum; None where one is unknown or where there is nothing to add."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return sum(known) if found and len(known) == len(found) else None
