"""Planned hours: a shift counts on its business day, which begins at the boundary hour, not at midnight."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from kaibo.live.models import Shift, ShiftState
from kaibo.measurement.months import local_midnight, next_month


def planned_in(start: date, end: date) -> QuerySet[Shift]:
    """Shifts planned with a business date in [start, end); cancelled ones were no plan, absent ones were."""
    boundary = timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)
    return Shift.objects.exclude(state=ShiftState.CANCELLED).filter(
        planned_start__gte=local_midnight(start) + boundary, planned_start__lt=local_midnight(end) + boundary
    )


def planned_ms(people: Collection[int], month: date) -> dict[tuple[int, str], int]:
    """(person, role) → milliseconds planned in the month; who had no plan is absent.

    The union of their shifts, as time on air is: an hour planned in two rooms at once is one hour.
    """
    shifts = planned_in(month.replace(day=1), next_month(month)).filter(person__in=people)
    planned: dict[tuple[int, str], int] = defaultdict(int)
    reached: dict[tuple[int, str], datetime] = {}
    columns = shifts.order_by("planned_start").values_list("person", "role", "planned_start", "planned_end")
    for person, role, start, end in columns:
        if start and end:
            key = (person, role)
            begin = max(start, reached.get(key, start))
            reached[key] = max(end, reached.get(key, end))
            planned[key] += max(end - begin, timedelta()) // timedelta(milliseconds=1)
    return dict(planned)
