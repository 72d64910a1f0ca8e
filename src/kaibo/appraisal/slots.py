"""When someone was on air: their time in a role by part of the day, as context. Nothing is judged by it here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaibo.measurement.finders import credits_of_month, segments_of

# (name, local hour it begins at); each ends where the next begins, the last at midnight
SLOTS: Sequence[tuple[str, int]] = (("late", 0), ("morning", 6), ("afternoon", 12), ("prime", 18))
WORDS: Mapping[str, str | Promise] = {
    "late": _("Late, 0:00–6:00"),
    "morning": _("Morning, 6:00–12:00"),
    "afternoon": _("Afternoon, 12:00–18:00"),
    "prime": _("Evening, 18:00–24:00"),
}

Interval = tuple[datetime, datetime]


def slots_of(people: Sequence[int], month: date, role: str) -> dict[int, dict[str, int]]:
    """Person → slot → milliseconds on air in the role, an hour in two rooms at once counted once. Two queries."""
    mine = credits_of_month(month).filter(person__in=people, role=role, measure="air_ms").order_by()
    places = set(mine.values_list("person", "session", "segment"))
    found = segments_of(sorted({session for _person, session, _segment in places}))
    spans = {(s.session_id, s.number): (s.start, s.end) for s in found}
    intervals: dict[int, list[Interval]] = defaultdict(list)
    for person, session, segment in places:
        if (session, segment) in spans:
            intervals[person].append(spans[session, segment])
    return {person: by_slot(union(intervals[person])) for person in people}


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps, in order."""
    whole: list[Interval] = []
    for start, end in sorted(intervals):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def by_slot(intervals: Iterable[Interval]) -> dict[str, int]:
    """Milliseconds of each slot, all of them named; local clock time."""
    found = {name: 0 for name, _hour in SLOTS}
    for start, end in intervals:
        at = start
        while at < end:
            name, over = _slot(at)
            upto = min(end, over)
            found[name] += (upto - at) // timedelta(milliseconds=1)
            at = upto
    return found


def _slot(instant: datetime) -> tuple[str, datetime]:
    """The slot that holds an instant, and when it is over."""
    local = timezone.localtime(instant)
    place = max(number for number, (_name, hour) in enumerate(SLOTS) if hour <= local.hour)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = SLOTS[place + 1][1] if place + 1 < len(SLOTS) else 24
    # wall clock arithmetic: a slot ends at its hour, however long the day is
    over = (midnight.replace(tzinfo=None) + timedelta(hours=hours)).replace(tzinfo=local.tzinfo)
    return SLOTS[place][0], over
