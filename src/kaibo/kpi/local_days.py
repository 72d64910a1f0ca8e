"""Local dates of instants in a zone, as whole days since 1970-01-01, without a float or an engine's time functions."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ZERO = date(1970, 1, 1)


def offset_ms(ms: int, zone: str) -> int:
    """How far the zone's clock is ahead of UTC at an instant."""
    offset = (_EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone)).utcoffset()
    return (offset or timedelta()) // timedelta(milliseconds=1)


def local_day(ms: int, zone: str) -> int:
    return (ms + offset_ms(ms, zone)) // DAY_MS


def business_day(ms: int, zone: str, starts_at: int) -> int:
    """The local date of the working day of an instant: before `starts_at` o'clock it is still yesterday's."""
    return (ms + offset_ms(ms, zone) - starts_at * HOUR_MS) // DAY_MS


@lru_cache(maxsize=4096)
def iso(day: int) -> str:
    return (_DAY_ZERO + timedelta(days=day)).isoformat()


def day_of(when: date) -> int:
    return (when - _DAY_ZERO).days


def month_days(month: str) -> tuple[int, int]:
    """The first day of `month` (YYYY-MM) and the first day after it."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    return day_of(first), day_of(after)


def clock_instants(start_ms: int, end_ms: int, zone: str, hour: int) -> list[int]:
    """The instants strictly inside (start, end) at which the zone's clock shows `hour`:00."""
    place, found = ZoneInfo(zone), []
    for day in range(local_day(start_ms, zone), local_day(end_ms, zone) + 1):
        when = _DAY_ZERO + timedelta(days=day)
        at = datetime(when.year, when.month, when.day, hour, tzinfo=place)
        ms = (at.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
        if start_ms < ms < end_ms:
            found.append(ms)
    return found


def offsets(start_ms: int, end_ms: int, zone: str) -> list[tuple[int, int]]:
    """(from instant, offset) for each stretch of constant offset over [start, end]; the first begins at `start_ms`."""
    days = [*range(start_ms, end_ms, DAY_MS), end_ms]
    found = [(start_ms, offset_ms(start_ms, zone))]
    for low, high in pairwise(days):
        if offset_ms(high, zone) != found[-1][1]:
            at = _change(low, high, zone)
            found.append((at, offset_ms(at, zone)))
    return found


def _change(low: int, high: int, zone: str) -> int:
    """The first instant after `low` with another offset; halves a day until it is found."""
    before = offset_ms(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_ms(middle, zone) == before else (low, middle)
    return high
