"""A month's target over its days: whole minor units that add up to it, by weights."""

from collections.abc import Mapping, Sequence
from datetime import date

from kaibo.kpi.credit import split

NORMAL = 100


def day_shares(
    total: int, days: Sequence[date], weekdays: Sequence[int], special: Mapping[date, int]
) -> dict[date, int]:
    """Day → its part of `total`, by largest remainder; together they are `total`.

    `weekdays`: seven weights, Monday first; `special`: other weights for single days. Where no day weighs anything,
    all weigh the same.
    """
    weights = [special.get(day, weekdays[day.weekday()]) for day in days]
    return dict(zip(days, split(total, weights), strict=True))
