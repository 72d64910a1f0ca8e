"""Which months' numbers a change of shifts or sessions touches."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

# a shift's credit belongs to the month its session starts in; sessions run up to a day and a bit
LOOK_BACK = timedelta(hours=26)


def months_of(intervals: Iterable[tuple[datetime | None, datetime | None]]) -> list[str]:
    """Local months (YYYY-MM, sorted) of these stretches, and of sessions that may have begun before them."""
    months: set[str] = set()
    for start, end in intervals:
        if start is None or end is None:
            continue
        at = timezone.localtime(start - LOOK_BACK)
        last = timezone.localtime(end)
        while (at.year, at.month) <= (last.year, last.month):
            months.add(f"{at:%Y-%m}")
            at = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
    return sorted(months)
