"""Clock, splits and unions in the slowest and most obvious way, for the reference."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo


def local(ms: int, zone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone))


def as_ms(when: datetime) -> int:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def mornings(start_ms: int, end_ms: int, zone: str, hour: int) -> list[int]:
    """The instants inside (start, end) at which the clock shows the hour."""
    found, day = [], local(start_ms, zone).date() - timedelta(days=1)
    while day <= local(end_ms, zone).date():
        at = as_ms(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)))
        found += [at] if start_ms < at < end_ms else []
        day += timedelta(days=1)
    return found


def shares(total: int, weights: list[int]) -> list[int]:
    """Largest remainder with exact fractions; ties to the earlier."""
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    exact = [Fraction(total * w, whole) for w in weights]
    parts = [int(x // 1) for x in exact]
    while sum(parts) < total:
        best = max(range(len(parts)), key=lambda i: (exact[i] - parts[i] if parts[i] == exact[i] // 1 else -1, -i))
        parts[best] += 1
    return parts


def union(intervals: list[tuple[int, int]]) -> int:
    total, reached = 0, None
    for start, end in sorted(intervals):
        begin = start if reached is None else max(start, reached)
        total += max(0, end - begin)
        reached = end if reached is None else max(reached, end)
    return total


def newest(rows: list, key: tuple[str, ...]) -> list:
    """Of each key the row with the highest (as_of, batch)."""
    found: dict = {}
    for batch, as_of, fact in rows:
        name = tuple((fact[k] or "douyin") if k == "platform" else fact[k] for k in key)
        if name not in found or (as_of, batch, fact["row"]) > (found[name][1], found[name][0], found[name][2]["row"]):
            found[name] = (batch, as_of, fact)
    return list(found.values())
