"""KPI values of a month as text that can be compared: exact integers and fractions, never rounded. No database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date
from typing import Any

from kaibo.kpi import rooms
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.inputs import AnswerIn, CreditOut, DirectOut, FactOut
from kaibo.kpi.rooms import Held
from kaibo.kpi.team_people import OF_THE_COMPANY, NamedTeams, Said
from kaibo.kpi.teams import Teams
from kaibo.kpi.values import MEASURED, Value, merged, pieces_of, untold_in
from kaibo.live.models import Shift
from kaibo.live.simulcasts import Group
from kaibo.measurement.broadcast_plan import BroadcastPlan, counted, plan_of
from kaibo.measurement.covered import Coverage, days_of_month
from kaibo.measurement.finders import Part
from kaibo.measurement.months import next_month
from kaibo.measurement.named import Named
from kaibo.measurement.person_values import PLATFORM, of_people, values_from
from kaibo.measurement.planned import due_as_closed, due_ms, planned_on
from kaibo.measurement.teams import people_from, teams_from

Values = Mapping[tuple[int, str], Mapping[str, Value]]


def values_of(
    credits: Iterable[CreditOut], plan: Iterable[Shift], imported: Coverage, month: date, kpis: Mapping[str, Kpi],
    named: Named, broadcasts: BroadcastPlan, platforms: Mapping[str, str], of_rooms: Mapping[str, str],
) -> Values:  # fmt: skip
    """(person, role) → KPI → value, from rows alone: what person_values.kpi_values asks the database for.

    `platforms`: session → its room's, `of_rooms`: room → its own.
    """
    first, after = month.isoformat(), next_month(month).isoformat()
    segments: dict[tuple[int, str, int], dict[int, dict[tuple[str, str], int]]] = defaultdict(lambda: defaultdict(dict))
    provisional: dict[tuple[int, str, int], bool] = defaultdict(bool)
    last: dict[tuple[int, str, int], str] = {}
    for one in credits:
        if one.person is None or not first <= one.date < after:
            continue
        key = (one.person, one.role, one.session)
        segment = segments[key][one.segment]
        segments[key][one.segment] = merged([segment, {(one.measure, one.basis): one.amount}])
        provisional[key] |= one.provisional
        last[key] = max(last.get(key, ""), one.date)
    amounts = {key: merged(of.values()) for key, of in segments.items()}
    by_session = [
        Part(
            sums, provisional[key], key[0], key[1], key[2], last=date.fromisoformat(last[key]),
            keys={PLATFORM: platforms.get(str(key[2]), "")},
            pieces=pieces_of(of for _number, of in sorted(segments[key].items())) if untold_in(sums) else (),
        )
        for key, sums in sorted(amounts.items())
    ]  # fmt: skip
    owed = [due for shift in plan for due in [due_as_closed(shift)] if due]
    return values_from(
        of_people(by_session), due_ms(owed), imported, month, kpis, named, broadcasts=broadcasts.counts(),
        on=planned_on(owed, {int(room): platform for room, platform in of_rooms.items()}),
    )  # fmt: skip


def broadcasts_of(plan: Iterable[Shift], groups: Iterable[Group]) -> BroadcastPlan:
    """The planned broadcasts of a closed month's shifts."""
    return plan_of((due for shift in plan for due in [due_as_closed(shift)] if due), groups)


@dataclass(frozen=True)
class RoomFigures:
    """What a month's rooms gave, from rows alone: what measurement.room_values asks the database for.

    `platforms`: room → its platform.
    """

    facts: InitVar[Iterable[FactOut]]
    imported: Coverage
    month: date
    kpis: Mapping[str, Kpi]
    broadcasts: BroadcastPlan
    platforms: Mapping[str, str]
    days: Mapping[int, Sequence[rooms.RoomDay]] = field(init=False)

    def __post_init__(self, facts: Iterable[FactOut]) -> None:
        first, after = self.month.replace(day=1), next_month(self.month)
        object.__setattr__(self, "days", rooms.by_room(rooms.days_of(facts, first, after, self._silent)))

    def _silent(self, room: int, session: int | None, day: date) -> frozenset[str]:
        platform = self.platforms.get(str(room), "")
        if session is None:
            return self.imported.silent_on(self.month, platform, day)
        return self.imported.silent(self.month, platform, None, session)

    def of_duties(self, answers: Iterable[AnswerIn]) -> Values:
        """(person, duty) → KPI → value of the rooms that they answer for."""
        first, after = self.month.replace(day=1), next_month(self.month)
        held = [one for one in rooms.held(answers) if one.start < after and (one.end is None or one.end > first)]
        return {key: self._worth(of) for key, of in rooms.of_duties(held).items()}

    def of_teams(
        self, kept: Mapping[str, Any], people: Iterable[tuple[int, str]], direct: Iterable[DirectOut]
    ) -> Values:
        """(person, position) → KPI → value of their team, of the KPIs that the position's card reads of it.

        `kept`: the teams as the month's context has them. `people`: who has a month in which position. `direct`: what
        rows tell by name.
        """
        teams, lines = teams_from(kept, self.month), kept["lines"]
        named = self._named(kept, teams, direct)
        known: dict[tuple[Held, ...], Mapping[str, Value]] = {}
        found: dict[tuple[int, str], Mapping[str, Value]] = {}
        for person, position in sorted(set(people)):
            if position not in lines:
                continue
            told = {kpi: named.value(kpi, person, position) for kpi in lines[position] if named}
            held = tuple(teams.of(person, position))
            if held:
                if held not in known:
                    known[held] = self._worth(held)
                told |= {kpi: known[held].get(kpi) for kpi in lines[position] if kpi in known[held]}
            worth = {kpi: value for kpi, value in told.items() if value is not None}
            if held or worth:
                found[person, position] = worth
        return found

    def _named(self, kept: Mapping[str, Any], teams: Teams, direct: Iterable[DirectOut]) -> NamedTeams | None:
        """None of a bundle of before teams had people: it has no value of them."""
        people = people_from(kept, teams)
        if people is None:
            return None
        rows = list(direct)
        said = [
            Said(one.person, date.fromisoformat(one.date), one.measure, one.amount)
            for one in rows if one.reason in OF_THE_COMPANY
        ]  # fmt: skip
        by_name = {key: kpi for key, kpi in self.kpis.items() if kpi.is_direct}
        every = merged({(one.measure, MEASURED): one.amount} for one in rows)
        return NamedTeams(people, said, frozenset(one.table for one in rows), every, by_name)

    def _worth(self, of: Sequence[Held]) -> Mapping[str, Value]:
        theirs = {self.platforms.get(str(one.account), "") for one in of}
        of_days = rooms.days_held(self.days, of)
        there = self.imported.tables(*days_of_month(self.month), theirs)
        return rooms.values_of(
            of_days, self.kpis.values(), covered=self.imported.heard(there, rooms.silent_of(of_days)),
            refund_days=self.imported.refund_days, after_sales_until=self.imported.after_sales_until(theirs),
            planned_broadcasts=counted(self.broadcasts.of_rooms(of)), frozen=True,
            last_orders=self.imported.last_orders,
        )  # fmt: skip


def named_from(rows: Iterable[DirectOut], positions: Mapping[int, str]) -> Named:
    """What named.named_of asks the database for."""
    amounts: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    tables = set()
    for one in rows:
        tables.add(one.table)
        if one.person is not None:
            key = (one.measure, MEASURED)
            amounts[one.person][key] = amounts[one.person].get(key, 0) + one.amount
    return Named(amounts, frozenset(tables), {person: positions[person] for person in amounts if person in positions})


def told(values: Values, **more: str) -> Iterator[dict[str, Any]]:
    """One line for each person, role (by room: duty) and KPI, in order. `more`: stands in every line."""
    for (person, role), of_person in sorted(values.items()):
        for kpi, value in sorted(of_person.items()):
            yield {
                "person": person, "role": role, "kpi": kpi, "version": value.declared.version,
                "numerator": dict(sorted(value.numerator.items())),
                "denominator": dict(sorted(value.denominator.items())),
                "number": None if value.number is None else str(value.number),
                "missing": value.missing, "sessions": value.sessions, "of_sessions": value.of_sessions,
                "provisional": value.provisional,
                "immature_until": value.immature_until and value.immature_until.isoformat(),
                **({"in_part": value.in_part} if value.in_part else {}), **more,
            }  # fmt: skip
