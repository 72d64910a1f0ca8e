"""Which months' numbers a change of shifts, sessions or orders touches."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from kaibo.kpi.inputs import Settings
from kaibo.live.models import Session

# a shift's credit belongs to the month its session starts in; sessions run up to a day and a bit, others are looked up
LOOK_BACK = timedelta(hours=26)
# so long after a broadcast what is bought is still its own (下播后成交)
AFTER = timedelta(days=Settings.after_days)

Interval = tuple[datetime, datetime]


def months_of(intervals: Iterable[tuple[datetime | None, datetime | None]]) -> list[str]:
    """Local months (YYYY-MM, sorted) of these stretches, and of sessions that may have begun before them."""
    whole = _whole(intervals)
    months: set[str] = set()
    long = _long_sessions(whole)
    for start, end in whole:
        reaching = [begun for begun, over in long if begun <= end and over >= start]
        at = timezone.localtime(min([start - LOOK_BACK, *reaching]))
        last = timezone.localtime(end)
        while (at.year, at.month) <= (last.year, last.month):
            months.add(f"{at:%Y-%m}")
            at = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
    return sorted(months)


def months_of_sales(intervals: Iterable[tuple[datetime | None, datetime | None]]) -> list[str]:
    """The same for sessions and orders: what is bought off air belongs to the room's last session before it."""
    whole = _whole(intervals)
    months = set(months_of(whole))
    if not whole:
        return []
    edges = {edge for interval in whole for edge in interval}
    ended: dict[int, list[Interval]] = {}
    near = Session.objects.filter(gone=False, end__gte=min(edges) - AFTER, end__lte=max(edges))
    for account, start, end in near.order_by("end").values_list("account", "start", "end"):
        ended.setdefault(account, []).append((end, start))
    for sessions in ended.values():
        for edge in edges:
            before = bisect_right(sessions, edge, key=lambda session: session[0])
            if before and edge - sessions[before - 1][0] <= AFTER:
                months.add(f"{timezone.localtime(sessions[before - 1][1]):%Y-%m}")
    return sorted(months)


def _whole(intervals: Iterable[tuple[datetime | None, datetime | None]]) -> list[Interval]:
    return [(start, end) for start, end in intervals if start is not None and end is not None]


def _long_sessions(intervals: list[Interval]) -> list[Interval]:
    """The sessions on air in these stretches that run longer than is looked back anyway."""
    if not intervals:
        return []
    first, last = min(start for start, _ in intervals), max(end for _, end in intervals)
    there = Session.objects.filter(gone=False, start__lte=last, end__gte=first, end__gt=F("start") + LOOK_BACK)
    return list(there.values_list("start", "end"))
