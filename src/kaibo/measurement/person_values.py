"""The values of KPIs of people in a month, by crew role: of their credit, their plan and what names them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.values import Pool, Value, immature_until, merged, ordered_until, pools, value_of
from kaibo.measurement.broadcast_plan import broadcast_plan
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.covered import Coverage, coverage, days_of_month
from kaibo.measurement.finders import BEGAN, Part, computation_of, credits_of_month, in_pieces, parts
from kaibo.measurement.months import next_month
from kaibo.measurement.named import Named, if_named, named_of
from kaibo.measurement.planned import due_in, due_ms, planned_on, room_platforms
from kaibo.org.models import Person

# (person, crew role) → of what they were due in: the room's platform, and when it began
Planned = Mapping[tuple[int, str], Collection[tuple[str, datetime]]]
NOWHERE: Planned = MappingProxyType({})


def kpi_values(
    people: Iterable[Person],
    month: date,
    closed: Closed | None = None,
    *,
    due: Mapping[tuple[int, str], int] | None = None,
    broadcasts: Mapping[tuple[int, str], int] | None = None,
    definitions: Mapping[str, Kpi] | None = None,
    named: Named | None = None,
    imported: Coverage | None = None,
    on: Planned = NOWHERE,
) -> dict[tuple[int, str], dict[str, Value]]:
    """(person, crew role) → KPI key → Value, for whoever has credit or a plan in the month; five queries, one where
    files tell some segments of a session only, and three for the plan of broadcasts.

    Where the caller knows it already: `due`, what is planned (measurement.planned), with `on` which platforms;
    `broadcasts`: how many were planned, `named`: what rows tell by name, `imported`: which files there are.
    `definitions`: those of another time.
    """
    ids = [person.pk for person in people]
    closed = closed_months() if closed is None else closed
    mine = credits_of_month(month, closed).filter(person__in=ids)
    sessions = of_people(in_pieces(parts(mine, *OF_SESSIONS), mine, *OF_SESSIONS))
    # without a computation nothing is known yet: a plan alone would look like an achievement of zero
    computed = bool(sessions or computation_of(month))
    if due is None and computed:
        owed = due_in(month.replace(day=1), next_month(month), people=ids, closed=closed)
        due = due_ms(owed)
        on = planned_on(owed, room_platforms()) if due.keys() - sessions.keys() else NOWHERE
    planned = (due or {}) if computed else {}
    shows = broadcast_plan(month, closed).counts() if broadcasts is None and computed else broadcasts or {}
    named = named_of(ids, month) if named is None else named
    imported = (imported or coverage(closed)).of(month)
    return values_from(sessions, planned, imported, month, definitions, named, broadcasts=shows, on=on)


# what a person's month is made of; platform and beginning say which files speak of the session
PLATFORM = "session__account__platform"
OF_SESSIONS = ("person", "role", "session", PLATFORM, BEGAN)


def of_people(by_session: Iterable[Part]) -> dict[tuple[int, str], list[Part]]:
    """(person, crew role) → their Parts, one for each session."""
    found: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for part in by_session:
        found[part.person or 0, part.role].append(part)
    return dict(found)


def told_apart(of_sessions: Iterable[Part], imported: Coverage, month: date) -> list[Part]:
    """The parts with what lacks of the files of each one's platform and day (in its keys) in the month."""
    return [
        replace(part, silent=imported.silent(month, _platform(part), part.keys.get(BEGAN), part.session))
        for part in of_sessions
    ]


def _platform(part: Part) -> str:
    """Of its room, as its keys say it; "" where they do not."""
    return str(part.keys.get(PLATFORM, ""))


def values_from(
    sessions: Mapping[tuple[int, str], Sequence[Part]],
    planned: Mapping[tuple[int, str], int],
    imported: Coverage,
    month: date,
    definitions: Mapping[str, Kpi] | None = None,
    named: Named | None = None,
    *,
    broadcasts: Mapping[tuple[int, str], int],
    on: Planned = NOWHERE,
) -> dict[tuple[int, str], dict[str, Value]]:
    """(person, crew role) → KPI key → Value, of what was credited, what was planned, and what is imported.

    `sessions`: see `of_people`; each says its room's platform in its keys (OF_SESSIONS): orders of one shop do not make
    a 0 of sales elsewhere, and sessions without are left out of what needs them. `definitions`: those of another time;
    else the catalog's. `named`: what rows say of people by name. `broadcasts`: how many were planned. `on`: on which
    platforms and when, since only their files tell that whoever was in no session sold nothing.
    """
    found = {key: _together(of_key) for key, of_key in sessions.items()}
    apart = of_people(told_apart((part for of_key in sessions.values() for part in of_key), imported, month))
    known = {
        key: pools(Pool(1, part.amounts, part.silent, part.pieces) for part in of_key) for key, of_key in apart.items()
    }
    last = {key: part.last for key, part in found.items() if part.last}
    days = days_of_month(month)
    named = named or Named()
    # whoever is on no shift that is known here is asked what any file tells
    platforms = {key: {_platform(part) for part in of_key} for key, of_key in sessions.items()}
    covered = {
        key: imported.heard(imported.tables(*days, of), (part.silent for part in apart[key])) | named.tables
        for key, of in platforms.items()
    }
    if imported.leaves_out:
        covered |= {
            key: _where_planned(imported, month, of) | named.tables for key, of in on.items() if key not in covered
        }
    anything = imported.tables(*days) | named.tables
    keys = {*found, *planned}
    keys |= {(p, r) for p, r in named.roles.items() if p in named.amounts and p not in {person for person, _ in keys}}
    immature = {
        key: immature_until(ordered_until(day), imported.refund_days, imported.after_sales_until(platforms[key]))
        for key, day in last.items()
    }

    def value(key: tuple[int, str], declared: Kpi) -> Value:
        of_rows = named.amounts.get(key[0])
        value = value_of(
            declared.key,
            (of_rows or {}) if declared.is_direct else known.get(key, {}),
            covered=covered.get(key, anything),
            planned_ms=planned.get(key),
            planned_broadcasts=broadcasts.get(key),
            provisional=key in found and found[key].provisional and not declared.is_direct,
            immature_until=immature.get(key),
            definition=declared if definitions else None,
        )
        return if_named(value, of_rows)

    return {key: {one: value(key, kpi) for one, kpi in (definitions or KPIS).items()} for key in sorted(keys)}


def _where_planned(imported: Coverage, month: date, planned: Collection[tuple[str, datetime]]) -> set[str]:
    """The tables that tell of what somebody was due in: (the room's platform, when it began)."""
    there = imported.tables(*days_of_month(month), {platform for platform, _at in planned})
    return imported.heard(there, (imported.silent(month, platform, at) for platform, at in planned))


def _together(of_key: Sequence[Part]) -> Part:
    """One Part of the parts by session."""
    return replace(
        of_key[0],
        amounts=merged(part.amounts for part in of_key),
        provisional=any(part.provisional for part in of_key),
        last=max((part.last for part in of_key if part.last), default=None),
        session=None,
    )
