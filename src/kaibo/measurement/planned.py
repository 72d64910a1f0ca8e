"""Planned hours: a shift counts on its business day, which begins at the boundary hour, not at midnight.

Of a closed month what was planned at closing is what was planned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from kaibo.live.models import Shift, ShiftState
from kaibo.measurement.closed import Closed, ClosedMonth, closed_months, closed_shifts
from kaibo.measurement.months import local_midnight, next_month


def planned_now(start: date, end: date) -> QuerySet[Shift]:
    """Shifts planned with a business date in [start, end); cancelled ones were no plan, absent ones were."""
    boundary = timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)
    return Shift.objects.exclude(state=ShiftState.CANCELLED).filter(
        planned_start__gte=local_midnight(start) + boundary, planned_start__lt=local_midnight(end) + boundary
    )


def planned_in(
    start: date, end: date, *, role: str = "", people: Collection[int] | None = None, closed: Closed | None = None
) -> list[Shift]:
    """The same with room and person, in the order of their planned start; of closed months as they were."""
    found: list[Shift] = []
    for first, after, one in _stretches(start, end, closed_months() if closed is None else closed):
        if one:
            shifts = closed_shifts(one.id, start=first, end=after, role=role, people=people)
            found += [shift for shift in shifts if shift.planned_start]
        else:
            open_ones = planned_now(first, after).select_related("person", "account").order_by("planned_start", "pk")
            open_ones = open_ones.filter(role=role) if role else open_ones
            found += open_ones if people is None else open_ones.filter(person__in=people)
    return found


def _stretches(start: date, end: date, months: Closed) -> Iterator[tuple[date, date, ClosedMonth | None]]:
    """[start, end) in pieces: each closed month by itself, and what lies between."""
    at = start
    for month, closed in sorted(months.items()):
        first, after = max(month, at), min(next_month(month), end)
        if first < after:
            if at < first:
                yield at, first, None
            yield first, after, closed
            at = after
    if at < end:
        yield at, end, None


def planned_ms(people: Collection[int], month: date, closed: Closed | None = None) -> dict[tuple[int, str], int]:
    """(person, role) → milliseconds planned in the month; who had no plan is absent.

    The union of their shifts, as time on air is: an hour planned in two rooms at once is one hour.
    """
    return union_ms(planned_in(month.replace(day=1), next_month(month), people=people, closed=closed))


def union_ms(shifts: Collection[Shift]) -> dict[tuple[int, str], int]:
    """(person, role) → milliseconds of the union of these shifts' plans."""
    planned: dict[tuple[int, str], int] = defaultdict(int)
    reached: dict[tuple[int, str], datetime] = {}
    for start, end, key in sorted(
        (s.planned_start, s.planned_end, (s.person_id, s.role)) for s in shifts if s.planned_start and s.planned_end
    ):
        reached_until = reached.get(key, start)
        begin = max(start, reached_until)
        reached[key] = max(end, reached_until)
        planned[key] += max(end - begin, timedelta()) // timedelta(milliseconds=1)
    return dict(planned)
