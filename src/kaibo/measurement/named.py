"""What rows of files say of people by name: their amounts, and the values that these give."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import QuerySet, Sum

from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.values import MEASURED, MISSING, NOT_NAMED, NOT_SAID, Amounts, Value, value_of
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


def values_of_everyone(named: Named, kpis: Iterable[Kpi]) -> dict[str, Value]:
    """KPI key → what rows say of everybody whom they name, together; of KPIs that are told by name."""
    found = {}
    for kpi in kpis:
        if kpi.is_direct:
            other = None if KPIS.get(kpi.key) is kpi else kpi
            value = value_of(kpi.key, named.everyone, covered=named.tables, definition=other)
            found[kpi.key] = if_named(value, named.everyone, NOT_SAID)
    return found


def positions_in(month: date, people: Collection[int]) -> dict[int, str]:
    """Person → the key of the position held in the month: the newest main one, without one what stands beside."""
    first = month.replace(day=1)
    there = Appointment.objects.filter(person__in=people, start__lt=next_month(first)).exclude(end__lte=first)
    return dict(there.order_by(WEIGHT, "start", "pk").values_list("person", "position__key"))


def if_named(value: Value, amounts: Amounts | None, otherwise: str = NOT_NAMED) -> Value:
    """Files that name others, or tell something else, say nothing of this person, or of anybody: unknown, not 0."""
    kpi = value.declared
    if not kpi.is_direct or value.missing in MISSING.values():
        return value
    known = {measure for measure, _ in amounts or {}}
    return value if known >= set(kpi.measures) else replace(value, missing=otherwise)
