"""Rows of one Taobao broadcast on several days: parts are added up, repetitions count once, anything else is rejected.

Whether the platform splits such a broadcast is not confirmed, so the rows themselves have to show it: a part ends at
the midnight after its day.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from kaibo.message import Message
from kaibo.sources.cells import CellError, day
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import as_json
from kaibo.sources.reading import Fact, Reading, Rejected

# people cannot be added up over days
PEOPLE = ("viewers", "product_click_users", "buyers", "refund_users", "mean_stay_ms")
SUMS = (
    "views", "new_followers", "watch_ms", "product_clicks", "gmv_minor", "items", "orders", "refund_orders",
    "refund_minor",
)  # fmt: skip
GRACE_MS = 60_000
DAY = timedelta(days=1)


def join_days(reading: Reading, facts: Iterable[Fact], clock: Clock, column: str) -> None:
    """Gives the reading one fact for the rows of one broadcast. `column`: the title of the day."""
    broadcasts: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in facts:
        broadcasts[fact["account"], fact["start_ms"]].append(fact)
    joined: list[Fact] = []
    added = 0
    for rows in broadcasts.values():
        one = rows[0] if len(rows) == 1 else _joined(rows, clock, column)
        if one is not None:
            joined.append(one)
            added += len(rows) > 1
            continue
        reading.rejects += [
            Rejected(
                fact["row"], column, json.loads(fact["raw"]).get(column, ""),
                Message("The broadcast stands on several lines, and they do not show whether they are its parts."),
                fact["gmv_minor"],
            )
            for fact in rows
        ]  # fmt: skip
    reading.facts = joined
    reading.rejects.sort(key=lambda reject: reject.line)
    if added:
        reading.warnings.append(
            Message(
                "Broadcasts over midnight whose days were added up: %(count)s. Their people are unknown, as people do "
                "not add up.",
                {"count": added},
            )
        )


def _joined(rows: Sequence[Fact], clock: Clock, column: str) -> Fact | None:
    """The broadcast of its rows; None where they do not show what they are."""
    raws = [json.loads(fact["raw"]) for fact in rows]
    try:
        days = [day(raw.get(column, "")) for raw in raws]
    except CellError:
        return None
    if any(one is None for one in days) or len({fact["session_key"] for fact in rows}) > 1:
        return None
    if all({**raw, column: ""} == {**raws[0], column: ""} for raw in raws):
        return rows[0]
    order = sorted(range(len(rows)), key=lambda n: str(days[n]))
    ordered, dates = [rows[n] for n in order], [datetime.fromisoformat(str(days[n])) for n in order]
    starts = [ordered[0]["start_ms"], *(clock.ms(date) for date in dates[1:])]
    if dates[0] != _midnight(clock, starts[0]) or any(later - before != DAY for before, later in pairwise(dates)):
        return None
    # each part but the last fills its day up to midnight
    lengths = [fact["end_ms"] - fact["start_ms"] for fact in ordered]
    ends = [begin + length for begin, length in zip(starts, lengths, strict=True)]
    if any(abs(end - begin) > GRACE_MS for end, begin in zip(ends, starts[1:], strict=False)):
        return None
    return _added([{**fact} for fact in ordered], [raws[n] for n in order], ends[-1])


def _midnight(clock: Clock, ms: int) -> datetime:
    return clock.local(ms).replace(hour=0, minute=0, second=0, microsecond=0)


def _added(parts: Sequence[Fact], raws: Sequence[dict[str, str]], end_ms: int) -> Fact:
    one = {**parts[0], "end_ms": end_ms, **dict.fromkeys(PEOPLE)}
    for name in SUMS:
        amounts = [part[name] for part in parts]
        one[name] = None if None in amounts else sum(amounts)
    titles = list(dict.fromkeys(title for raw in raws for title in raw))
    texts = {title: [raw.get(title, "—") for raw in raws] for title in titles}
    # what the days agree on stands once, figures as they were added
    same = {title: found[:1] if len(set(found)) == 1 else found for title, found in texts.items()}
    one["raw"] = as_json({title: " + ".join(found) for title, found in same.items()})
    return one
