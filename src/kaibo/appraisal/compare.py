"""Two to four people side by side in one role and month: the same lines, and how differently they worked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kaibo.appraisal.kept import Around, RoomPart, around
from kaibo.appraisal.month import MyMonth, month_from
from kaibo.appraisal.month_data import read
from kaibo.appraisal.slots import slots_of
from kaibo.kpi.values import Value
from kaibo.org.models import Person

FEWEST, MOST = 2, 4
# what two people's shares of a slot may differ by and still be about the same
ALIKE = Fraction(5, 100)


@dataclass(frozen=True)
class Side:
    """One of them. `month` None: not in this role in this month. `slots`: slot → milliseconds on air."""

    person: Person
    month: MyMonth | None
    airtime: Value | None
    planned_ms: int | None
    rooms: Sequence[RoomPart]
    slots: Mapping[str, int]

    @property
    def sessions(self) -> int:
        return sum(room.sessions for room in self.rooms)

    def share(self, slot: str) -> Fraction | None:
        """Of their time on air; None without any."""
        whole = sum(self.slots.values())
        return Fraction(self.slots[slot], whole) if whole else None


@dataclass(frozen=True)
class Comparison:
    """`role` empty: none of them has one in this month."""

    month: date
    role: str
    roles: Sequence[str]
    sides: Sequence[Side]

    @property
    def same_rooms(self) -> bool:
        return len({frozenset(room.account for room in side.rooms) for side in self._there}) <= 1

    @property
    def same_slots(self) -> bool:
        """Whether nobody's share of any slot is more than a little off another's."""
        shares = [[side.share(slot) or Fraction(0) for slot in side.slots] for side in self._there]
        return all(max(column) - min(column) <= ALIKE for column in zip(*shares, strict=True))

    @property
    def _there(self) -> list[Side]:
        return [side for side in self.sides if side.rooms]


def compare(people: Sequence[Person], month: date, role: str = "") -> Comparison:
    """The people in the order given; without a `role`, in the one that most of them have first."""
    data = read(people, month)
    first = {person.pk: month_from(data, person) for person in people}
    roles = list(dict.fromkeys(name for mine in first.values() for name in mine.roles))
    roles.sort(key=lambda name: -sum(name in mine.roles for mine in first.values()))
    chosen = role if role in roles else next(iter(roles), "")
    ids = [person.pk for person in people]
    beside: Around = around(ids, month, [one for theirs in data.held.values() for one in theirs])
    slots = slots_of(ids, month, chosen)
    return Comparison(
        month,
        chosen,
        roles,
        [
            Side(
                person,
                month_from(data, person, role=chosen) if chosen in first[person.pk].roles else None,
                data.values.get(person.pk, {}).get(chosen, {}).get("airtime"),
                data.rosters[person.pk].planned_to_date_ms(chosen),
                beside.rooms.get((person.pk, chosen), ()),
                slots[person.pk],
            )
            for person in people
        ],
    )
