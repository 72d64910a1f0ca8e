"""Who held which position in a month: what they are reviewed in, on shift or not. Of a closed month as at closing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from kaibo.measurement.closed import Closed, ClosedMonth
from kaibo.measurement.months import next_month
from kaibo.org.models import WEIGHT, Appointment


@dataclass(frozen=True)
class Holding:
    """`department`: None of a closed month, which does not keep it. `on_last`: still held on the month's last day.

    `start`, `end`, `weight` (the main position has the most): likewise.
    """

    person: int
    position: str
    department: int | None = None
    on_last: bool = True
    start: date | None = None
    end: date | None = None
    weight: int = 0


def holdings_in(month: date, closed: Closed, people: Collection[int] | None = None) -> list[Holding]:
    """Main positions before second ones before acting, newer ones first. One query, none for a closed month."""
    first, after = month.replace(day=1), next_month(month)
    one = closed.get(first)
    if one is not None:
        return _frozen(one, people)
    last = after - timedelta(days=1)
    rows = Appointment.objects.filter(Q(end__isnull=True) | Q(end__gt=first), start__lt=after)
    if people is not None:
        rows = rows.filter(person__in=people)
    found = rows.order_by(WEIGHT.desc(), "-start", "-pk")
    return [
        Holding(person, position, department, end is None or end > last, start, end, weight)
        for person, position, department, end, start, weight in found.values_list(
            "person", "position__key", "department", "end", "start", WEIGHT
        )
    ]


def _frozen(one: ClosedMonth, people: Collection[int] | None) -> list[Holding]:
    """A month that was closed before this was kept says of nobody what they held."""
    rows = one.frozen.get("held", ())
    return [Holding(person, position) for person, position in rows if people is None or person in people]
