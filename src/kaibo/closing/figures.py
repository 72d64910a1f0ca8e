"""KPI values of a month as text that can be compared: exact integers and fractions, never rounded. No database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from kaibo.kpi import rooms
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.inputs import AnswerIn, CreditOut, DirectOut, FactOut
from kaibo.kpi.values import MEASURED, Value, merged
from kaibo.live.models import Shift
from kaibo.live.simulcasts import Group
from kaibo.measurement.broadcast_plan import BroadcastPlan, counted, plan_of
from kaibo.measurement.covered import Coverage, days_of_month
from kaibo.measurement.finders import Part
from kaibo.measurement.months import next_month
from kaibo.measurement.named import Named
from kaibo.measurement.person_values import PLATFORM, of_people, values_from
from kaibo.measurement.planned import due_as_closed, due_ms, planned_on

Values = Mapping[tuple[int, str], Mapping[str, Value]]


def values_of(
    credits: Iterable[CreditOut], plan: Iterable[Shift], imported: Coverage, month: date, kpis: Mapping[str, Kpi],
    named: Named, broadcasts: BroadcastPlan, platforms: Mapping[str, str], of_rooms: Mapping[str, str],
) -> Values:  # fmt: skip
    """(person, role) → KPI → value, from rows alone: what person_values.kpi_values asks the database for.

    `platforms`: session → its room's, `of_rooms`: room → its own.
    """
    first, after = month.isoformat(), next_month(month).isoformat()
    amounts: dict[tuple[int, str, int], dict[tuple[str, str], int]] = defaultdict(dict)
    provisional: dict[tuple[int, str, int], bool] = defaultdict(bool)
    last: dict[tuple[int, str, int], str] = {}
    for one in credits:
        if one.person is None or not first <= one.date < after:
            continue
        key = (one.person, one.role, one.session)
        amounts[key] = merged([amounts[key], {(one.measure, one.basis): one.amount}])
        provisional[key] |= one.provisional
        last[key] = max(last.get(key, ""), one.date)
    by_session = [
        Part(
            sums, provisional[key], key[0], key[1], key[2], last=date.fromisoformat(last[key]),
            keys={PLATFORM: platforms.get(str(key[2]), "")},
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


def rooms_of(
    facts: Iterable[FactOut], answers: Iterable[AnswerIn], imported: Coverage, month: date, kpis: Mapping[str, Kpi],
    broadcasts: BroadcastPlan, platforms: Mapping[str, str],
) -> Values:  # fmt: skip
    """(person, duty) → KPI → value of the rooms that they answer for: what room_values asks the database for.

    `platforms`: room → its platform.
    """
    first, after = month.replace(day=1), next_month(month)

    def silent(room: int, session: int | None, day: date) -> frozenset[str]:
        platform = platforms.get(str(room), "")
        if session is None:
            return imported.silent_on(first, platform, day)
        return imported.silent(first, platform, None, session)

    days = rooms.by_room(rooms.days_of(facts, first, after, silent))
    held = [one for one in rooms.held(answers) if one.start < after and (one.end is None or one.end > first)]
    return {
        key: rooms.values_of(
            of_days, kpis.values(),
            covered=imported.heard(imported.tables(*days_of_month(first), theirs), rooms.silent_of(of_days)),
            refund_days=imported.refund_days, after_sales_until=imported.after_sales_until(theirs),
            planned_broadcasts=counted(broadcasts.of_rooms(of)), frozen=True,
        )
        for key, of in rooms.of_duties(held).items()
        for theirs, of_days in [({platforms.get(str(one.account), "") for one in of}, rooms.days_held(days, of))]
    }  # fmt: skip


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
                "immature_until": value.immature_until and value.immature_until.isoformat(), **more,
            }  # fmt: skip
