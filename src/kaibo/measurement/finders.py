"""What other rooms and the pages ask of the current computations. Read only; sums are made in the database.

A person's month is every credit whose business date lies in it, whichever month's computation wrote it: the last
evening's session may begin at 02:00 of the next month, and a 26-hour session may reach into it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from django.db.models import Exists, IntegerField, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast

from kaibo.database.prepared import among
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.measures import is_peak
from kaibo.kpi.values import (
    MEASURED,
    MISSING,
    NOT_NAMED,
    NOT_SAID,
    Amounts,
    Pool,
    Value,
    immature_until,
    merged,
    pools,
    value_of,
)
from kaibo.measurement.broadcast_plan import broadcast_plan
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.covered import Coverage, coverage, days_of_month
from kaibo.measurement.models import Computation, ComputationState, Credit, DirectCredit, Segment, SegmentFact
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import due_in, due_ms, planned_on, room_platforms
from kaibo.measurement.sweeping import derived_root
from kaibo.org.models import WEIGHT, Appointment, Person

# a field called date may not name its own type
Day = date
Row = TypeVar("Row", Credit, SegmentFact)
# (person, crew role) → of what they were due in: the room's platform, and when it began
Planned = Mapping[tuple[int, str], Collection[tuple[str, datetime]]]
NOWHERE: Planned = MappingProxyType({})


def total(amounts: Amounts, measure: str, *bases: str) -> int | None:
    """The sum of a measure, of these bases only if any are named; None where there is no row of it at all."""
    found = [v for (m, basis), v in amounts.items() if m == measure and (not bases or basis in bases)]
    return sum(found) if found else None


@dataclass(frozen=True)
class Part:
    """Credit summed over what its keys say: one role of a person in a month, a session, a segment, a day.

    `provisional`: an unconfirmed shift is in it. `person` None: unassigned. `last`: the newest business date in it.
    `silent`: see kpi.values.Pool, where `told_apart` said it.
    """

    amounts: Amounts
    provisional: bool = False
    person: int | None = None
    role: str = ""
    session: int | None = None
    segment: int | None = None
    shift: int | None = None
    date: Day | None = None
    silent: frozenset[str] = frozenset()
    reason: str = ""
    weight: int | None = None
    weights: int | None = None
    last: Day | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)

    def total(self, measure: str, *bases: str) -> int | None:
        return total(self.amounts, measure, *bases)


# Computations


def current() -> QuerySet[Computation]:
    """The computations that count, one a month."""
    return Computation.objects.filter(state=ComputationState.CURRENT)


def has_data() -> Q:
    """Of a computation, whether it found anything: a month of which files tell nothing is computed, and empty."""
    own = OuterRef("pk")
    return Q(
        Exists(Segment.objects.filter(computation=own))
        | Exists(SegmentFact.objects.filter(computation=own))
        | Exists(DirectCredit.objects.filter(computation=own))
    )


def computation_of(month: date) -> Computation | None:
    return current().filter(month=month.replace(day=1)).first()


def computed_months() -> list[date]:
    """The months that have a current computation with anything in it, newest first."""
    return list(current().filter(has_data()).order_by("-month").values_list("month", flat=True))


def rows_path(computation: Computation) -> Path:
    """The file of placed rows (kpi.inputs.PLACED_ROW), for facts.reader."""
    return derived_root() / computation.folder / "rows.parquet"


def data_until() -> dict[str, datetime]:
    """Source table → the newest instant that any current computation saw in it."""
    until: dict[str, int] = {}
    for seen in current().values_list("coverage", flat=True):
        for table, about in seen.items():
            if about.get("until_ms") is not None:
                until[table] = max(until.get(table, 0), about["until_ms"])
    return {table: from_ms(ms) for table, ms in until.items()}


def from_ms(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


# Credit: what people are measured by


def credits_in(start: date, end: date, closed: Closed | None = None) -> QuerySet[Credit]:
    """The current credits with a business date in [start, end).

    To the days of a closed month only closed computations give credit: a neighbouring month that is still open may
    have come to reach into it since.
    """
    return _in_days(Credit.objects.all(), start, end, closed)


def facts_in(start: date, end: date, closed: Closed | None = None) -> QuerySet[SegmentFact]:
    """The current facts of these business dates, in the same way."""
    return _in_days(SegmentFact.objects.all(), start, end, closed)


def _in_days(rows: "QuerySet[Row]", start: date, end: date, closed: Closed | None) -> "QuerySet[Row]":
    found = rows.filter(computation__state=ComputationState.CURRENT, date__gte=start, date__lt=end)
    closed = closed_months() if closed is None else closed
    fixed = [one.computation for one in closed.values()]
    for month in closed:
        if month < end and next_month(month) > start:
            inside = Q(date__gte=month, date__lt=next_month(month))
            found = found.filter(~inside | Q(computation__in=fixed))
    return found


def credits_of_month(month: date, closed: Closed | None = None) -> QuerySet[Credit]:
    return credits_in(month.replace(day=1), next_month(month), closed)


def person_credits(person: Person, month: date, role: str = "") -> list[Part]:
    """A person's month: one Part for each crew role (or the one asked for)."""
    mine = credits_of_month(month).filter(person=person)
    return parts(mine.filter(role=role) if role else mine, "person", "role")


def credits_by_session(person: Person, month: date, role: str) -> list[Part]:
    """A person's month in a role, one Part for each session."""
    return parts(credits_of_month(month).filter(person=person, role=role), "person", "role", "session")


def credits_by_segment(person: Person, month: date, role: str, session: int) -> list[Part]:
    """A person's month in a role within a session, one Part for each segment, with their share of the role's split."""
    mine = credits_of_month(month).filter(person=person, role=role, session=session)
    return parts(mine, "person", "role", "session", "segment", "weight", "weights")


def kpi_values(
    people: Iterable[Person],
    month: date,
    closed: Closed | None = None,
    *,
    due: Mapping[tuple[int, str], int] | None = None,
    broadcasts: Mapping[tuple[int, str], int] | None = None,
    definitions: Mapping[str, Kpi] | None = None,
    named: "Named | None" = None,
    imported: Coverage | None = None,
    on: Planned = NOWHERE,
) -> dict[tuple[int, str], dict[str, Value]]:
    """(person, crew role) → KPI key → Value, for whoever has credit or a plan in the month; five queries
    and three for the plan of broadcasts.

    Where the caller knows it already: `due`, what is planned (measurement.planned), with `on` which platforms;
    `broadcasts`: how many were planned, `named`: what rows tell by name, `imported`: which files there are.
    `definitions`: those of another time.
    """
    ids = [person.pk for person in people]
    closed = closed_months() if closed is None else closed
    mine = credits_of_month(month, closed).filter(person__in=ids)
    sessions = of_people(parts(mine, *OF_SESSIONS))
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
PLATFORM, BEGAN = "session__account__platform", "session__start"
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
    named: "Named | None" = None,
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
    known = {key: pools(Pool(1, part.amounts, part.silent) for part in of_key) for key, of_key in apart.items()}
    last = {key: part.last for key, part in found.items() if part.last}
    days = days_of_month(month)
    named = named or Named()
    platforms = {key: {_platform(part) for part in of_key} for key, of_key in sessions.items()}
    covered = {
        key: imported.heard(imported.tables(*days, theirs), (part.silent for part in apart[key])) | named.tables
        for key, theirs in platforms.items()
    }
    if imported.leaves_out:
        planned_there = {key: theirs for key, theirs in on.items() if key not in covered}
        covered |= {key: _where_planned(imported, month, of) | named.tables for key, of in planned_there.items()}
    anything = imported.tables(*days) | named.tables
    keys = {*found, *planned}
    keys |= {(p, r) for p, r in named.roles.items() if p in named.amounts and p not in {person for person, _ in keys}}
    immature = {
        key: immature_until(day, imported.refund_days, imported.after_sales_until(platforms[key]))
        for key, day in last.items()
    }
    values = {
        key: {
            kpi: value_of(
                kpi,
                known.get(key, {}) if not declared.is_direct else named.amounts.get(key[0], {}),
                covered=covered.get(key, anything),
                planned_ms=planned.get(key),
                planned_broadcasts=broadcasts.get(key),
                provisional=key in found and found[key].provisional and not declared.is_direct,
                immature_until=immature.get(key),
                definition=declared if definitions else None,
            )
            for kpi, declared in (definitions or KPIS).items()
        }
        for key in sorted(keys)
    }
    return {
        key: {kpi: _if_named(value, named.amounts.get(key[0])) for kpi, value in of.items()}
        for key, of in values.items()
    }


def _where_planned(imported: Coverage, month: date, planned: Collection[tuple[str, datetime]]) -> set[str]:
    """The tables that tell of what somebody was due in: (the room's platform, when it began)."""
    there = imported.tables(*days_of_month(month), {platform for platform, _at in planned})
    return imported.heard(there, (imported.silent(month, platform, at) for platform, at in planned))


def _if_named(value: Value, amounts: Amounts | None, otherwise: str = NOT_NAMED) -> Value:
    """Files that name others, or tell something else, say nothing of this person, or of anybody: unknown, not 0."""
    kpi = value.declared
    if not kpi.is_direct or value.missing in MISSING.values():
        return value
    known = {measure for measure, _ in amounts or {}}
    return value if known >= set(kpi.measures) else replace(value, missing=otherwise)


def direct_credits(month: date) -> QuerySet[DirectCredit]:
    """What rows of the month say of people by name."""
    first = month.replace(day=1)
    current_ones = DirectCredit.objects.filter(computation__state=ComputationState.CURRENT)
    return current_ones.filter(computation__month=first, date__gte=first, date__lt=next_month(first))


@dataclass(frozen=True)
class Named:
    """What rows say of people by name: person → amounts, the tables of which there is any row, person → position.

    `everyone`: the amounts of all who are named, whoever was asked for.
    """

    amounts: Mapping[int, Amounts] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    roles: Mapping[int, str] = field(default_factory=dict)
    everyone: Amounts = field(default_factory=dict)


def named_of(people: Collection[int], month: date, computation: Computation | None = None) -> Named:
    """Of these people; who is named nowhere is absent. `computation`: another one than the current; three queries."""
    credits = direct_credits(month)
    if computation is not None:
        credits = DirectCredit.objects.filter(computation=computation)
    amounts: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    rows = credits.filter(person__in=people).order_by().values("person", "measure").annotate(sum=Sum("amount"))
    for row in rows:
        amounts[row["person"]][row["measure"], MEASURED] = row["sum"]
    tables, everyone = set[str](), dict[tuple[str, str], int]()
    for table, measure, amount in credits.order_by().values_list("table", "measure").annotate(Sum("amount")):
        tables.add(table)
        everyone[measure, MEASURED] = everyone.get((measure, MEASURED), 0) + amount
    return Named(amounts, frozenset(tables), positions_in(month, amounts) if amounts else {}, everyone)


def values_of_everyone(named: "Named", kpis: Iterable[Kpi]) -> dict[str, Value]:
    """KPI key → what rows say of everybody whom they name, together; of KPIs that are told by name."""
    found = {}
    for kpi in kpis:
        if kpi.is_direct:
            other = None if KPIS.get(kpi.key) is kpi else kpi
            value = value_of(kpi.key, named.everyone, covered=named.tables, definition=other)
            found[kpi.key] = _if_named(value, named.everyone, NOT_SAID)
    return found


def positions_in(month: date, people: Collection[int]) -> dict[int, str]:
    """Person → the key of the position held in the month: the newest main one, without one what stands beside."""
    first = month.replace(day=1)
    there = Appointment.objects.filter(person__in=people, start__lt=next_month(first)).exclude(end__lte=first)
    return dict(there.order_by(WEIGHT, "start", "pk").values_list("person", "position__key"))


def _together(of_key: Sequence[Part]) -> Part:
    """One Part of the parts by session."""
    return replace(
        of_key[0],
        amounts=merged(part.amounts for part in of_key),
        provisional=any(part.provisional for part in of_key),
        last=max((part.last for part in of_key if part.last), default=None),
        session=None,
    )


def parts(credits: QuerySet[Credit], *by: str) -> list[Part]:
    """One Part for each combination of the columns `by`, summed in the database, in the order of the columns.

    Columns that are no fields of Part (`session__account`) stand in its `keys`.
    """
    sums = {"sum": Sum("amount"), "peak": Max("amount"), "last": Max("date")}
    unconfirmed = Max(Cast("provisional", IntegerField()))
    rows = credits.order_by().values(*by, "measure", "basis").annotate(**sums, unconfirmed=unconfirmed)
    amounts: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    provisional: dict[tuple[Any, ...], bool] = defaultdict(bool)
    last: dict[tuple[Any, ...], date] = {}
    for row in rows:
        key = tuple(row[column] for column in by)
        amounts[key][row["measure"], row["basis"]] = row["peak" if is_peak(row["measure"]) else "sum"]
        provisional[key] |= bool(row["unconfirmed"])
        last[key] = max(last.get(key, row["last"]), row["last"])
    return [
        _part(dict(zip(by, key, strict=True)), amounts[key], provisional[key], last[key]) for key in _sorted(amounts)
    ]


def _part(keys: dict[str, Any], amounts: Amounts, provisional: bool, last: date) -> Part:
    known = {name: value for name, value in keys.items() if "__" not in name}
    rest = {name: value for name, value in keys.items() if "__" in name}
    return Part(amounts=amounts, provisional=provisional, last=last, keys=rest, **known)


def _sorted(keys: Mapping[tuple[Any, ...], Any]) -> list[tuple[Any, ...]]:
    """Unknown last, the rest by value."""
    return sorted(keys, key=lambda key: [(value is None, "" if value is None else value) for value in key])


# Facts: what happened, whoever was there


def fact_sums(facts: QuerySet[SegmentFact], *by: str) -> dict[tuple[Any, ...], dict[tuple[str, str], int]]:
    """Amounts by (measure, basis) for each combination of the columns `by`, summed in the database."""
    found: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    for row in facts.order_by().values(*by, "measure", "basis").annotate(sum=Sum("amount"), peak=Max("amount")):
        amount = row["peak" if is_peak(row["measure"]) else "sum"]
        found[tuple(row[column] for column in by)][row["measure"], row["basis"]] = amount
    return dict(found)


def current_facts() -> QuerySet[SegmentFact]:
    return SegmentFact.objects.filter(computation__state=ComputationState.CURRENT)


def session_summary(sessions: list[int]) -> dict[int, Amounts]:
    """Session → what fell into its segments; sessions without a computation are absent."""
    facts = current_facts().filter(place="segment", session__in=sessions)
    return {session: amounts for (session,), amounts in fact_sums(facts, "session").items()}


def segments_of(sessions: list[int]) -> QuerySet[Segment]:
    """The current segments of these sessions, in order."""
    there = Segment.objects.filter(among("session", sessions), computation__state=ComputationState.CURRENT)
    return there.order_by("session", "start", "number")
