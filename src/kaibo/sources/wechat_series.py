"""The series of a 视频号 broadcast: points in time. Whether a point is its step's own or the total so far is not
documented, so the broadcast's total has to show it; a series that fits neither is left out."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import CellError
from kaibo.sources.reading import Fact
from kaibo.sources.wechat_json import Node, instant_ms, whole

# a level needs no total; the others are named as the totals that prove them
LEVELS = {"online_watch_uv": "online", "online_audience_count": "online"}
SUMS = {
    "total_gmv": "gmv_minor", "total_pay_pv": "orders", "total_pay_uv": "buyers", "total_clk_pv": "product_clicks",
    "total_clk_uv": "product_click_users", "total_exp_pv": "product_impressions", "new_watch_uv": "enter_users",
    "new_follow_uv": "new_followers", "new_fans_club_uv": "fan_club",
}  # fmt: skip
NAMES = frozenset([*LEVELS, *SUMS])
LONGEST_STEP_S = 300


def minutes(series: Mapping[str, Node], totals: Mapping[str, int | None]) -> tuple[list[Fact], list[Message]]:
    """(the facts of table minute, without platform, account and row; what to tell the person importing)."""
    facts: dict[tuple[int, int], Fact] = {}
    left_out: list[str] = []
    for name, one in series.items():
        points = _points(one)
        values = _values(name, points, totals.get(name)) if points else None
        if points is None or values is None:
            left_out.append(name)
            continue
        step_ms = int(whole(one["step"]) or 0) * 1000
        for at, value in zip(points, values, strict=True):
            fact = facts.setdefault((at, step_ms), {"minute_ms": at, "length_ms": step_ms})
            fact.setdefault(LEVELS.get(name) or SUMS[name], value)
    warnings = []
    if left_out:
        warnings.append(
            Message(
                "Series left out, as their totals do not show how to read them: %(names)s.",
                {"names": ", ".join(left_out)},
            )
        )
    return [facts[key] for key in sorted(facts)], warnings


def _points(one: Node) -> dict[int, int] | None:
    """Instant → value in order; None where the series is not one of steps of at most five minutes."""
    try:
        step = whole(one.get("step"))
        found = {instant_ms(point["ts"]): whole(point["value"]) for point in one["points"]}
    except (CellError, KeyError, TypeError):
        return None
    if not step or step > LONGEST_STEP_S or not found or None in found or None in found.values():
        return None
    if len(found) < len(one["points"]):
        return None
    known: dict[Any, Any] = found
    return {at: known[at] for at in sorted(known)}


def _values(name: str, points: Mapping[int, int], total: int | None) -> list[int] | None:
    values = list(points.values())
    if name in LEVELS:
        return values
    if total is None:
        return None
    rising = all(before <= later for before, later in pairwise(values))
    if sum(values) == total:
        return values
    if rising and values[-1] == total:
        return [values[0], *(later - before for before, later in pairwise(values))]
    return None
