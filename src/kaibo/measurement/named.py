"""What rows of files say of people by name: their amounts, and the values that these give."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Case, DateField, F, QuerySet, Sum, When
from django.db.models import Value as Constant

from kaibo.database.prepared import among
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.team_people import OF_THE_COMPANY, NamedTeams, Said, TeamPeople
from kaibo.kpi.values import MEASURED, MISSING, NOT_NAMED, Amounts, Value
from kaibo.measurement.models import Computation, ComputationState, DirectCredit
from kaibo.measurement.months import next_month
from kaibo.org.models import WEIGHT, Appointment


def direct_credits(month: date) -> QuerySet[DirectCredit]:
    """What rows of the month say of people by name."""
    first = month.replace(day=1)
    current_ones = DirectCredit.objects.filter(computation__state=ComputationState.CURRENT)
    return current_ones.filter(computation__month=first, date__gte=first, date__lt=next_month(first))


@dataclass(frozen=True)
class Named:
    """What rows say of people by name: person → amounts, the tables of which there is any row, person → position.

    `everyone`: the amounts of all rows, whomever they name and whether they count: the team of months closed before it
    had people.
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


def named_teams(named: Named, people: TeamPeople | None, month: date, kpis: Iterable[Kpi]) -> NamedTeams:
    """What rows say by name of teams, of those of these KPIs that are told by name; one query, none for none of them.

    `people`: where everybody belongs; None of a month that was closed before that was kept.
    """
    wanted = {kpi.key: kpi for kpi in kpis if kpi.is_direct}
    measures = {measure for kpi in wanted.values() for measure in kpi.measures}
    said = list(_said(month, people, measures)) if wanted and people else []
    return NamedTeams(people, said, named.tables, named.everyone, wanted)


def _said(month: date, people: TeamPeople, measures: Collection[str]) -> Iterator[Said]:
    """By person, and by day only where it matters on which of them it is."""
    rows = of_teams(month, measures).order_by().annotate(day=day_alike(people))
    for person, day, measure, amount in rows.values_list("person", "day", "measure").annotate(Sum("amount")):
        yield Said(person, day, measure, amount)


def of_teams(month: date, measures: Collection[str]) -> QuerySet[DirectCredit]:
    """The rows that teams are made of: those of names that nobody here has are the company's."""
    return direct_credits(month).filter(measure__in=measures, reason__in=OF_THE_COMPANY)


def day_alike(people: TeamPeople) -> Case:
    """Of a row: its day, where the person it names moved in the month; else the first of the days that are alike."""
    moving, edges = sorted(people.moving), [Constant(day, DateField()) for day in people.edges]
    moved = [When(among("person", moving), then=F("date"))] if moving else []
    between = [When(date__gte=edge, then=edge) for edge in reversed(edges[1:])]
    return Case(*moved, *between, default=edges[0], output_field=DateField())


def positions_in(month: date, people: Collection[int]) -> dict[int, str]:
    """Person → the key of the position held in the month: the newest main one, without one what stands beside."""
    first = month.replace(day=1)
    there = Appointment.objects.filter(person__in=people, start__lt=next_month(first)).exclude(end__lte=first)
    return dict(there.order_by(WEIGHT, "start", "pk").values_list("person", "position__key"))


def if_named(value: Value, amounts: Amounts | None) -> Value:
    """Files that name others, or tell something else, say nothing of this person: unknown, not 0."""
    kpi = value.declared
    if not kpi.is_direct or value.missing in MISSING.values():
        return value
    known = {measure for measure, _ in amounts or {}}
    return value if known >= set(kpi.measures) else replace(value, missing=NOT_NAMED)
