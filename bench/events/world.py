"""Generated events: sessions all over a month, six shifts each, and a stream of what viewers do."""

from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa

from kaibo.facts.arrow import arrow_schema
from kaibo.facts.schema import EVENT
from kaibo.facts.store import table_path, writing
from kaibo.kpi.inputs import AccountIn, BatchIn, MonthInputs, SessionIn, ShiftIn

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# 1 October 2026, 00:00 in Shanghai
START = 1_790_784_000_000
DAYS = 31
# of 62,000 sessions with 100 million events
PER_SESSION = 1_613
KINDS = ("enter", "leave", "like", "comment", "click", "order", "share", "follow", "gift")
SHARES = (0.16, 0.14, 0.40, 0.15, 0.10, 0.02, 0.01, 0.01, 0.01)
VIEWERS = 20_000
# of a broadcast with PER_SESSION events; each comes for a stretch of it and does some eight things
VISITS = 200


def sessions(seed: int, events: int) -> list[SessionIn]:
    rng, number = Random(seed), max(1, events // PER_SESSION)
    rooms = max(1, number // 100)
    per_room = -(-number // rooms)
    gap = DAYS * DAY // per_room
    found = []
    for index in range(number):
        room, place = index % rooms + 1, index // rooms
        start = START + place * gap + rng.randrange(max(1, gap // 20))
        found.append(SessionIn(index + 1, room, start, start + int(gap * rng.uniform(0.5, 0.9))))
    return found


def shifts(seed: int, found: list[SessionIn]) -> list[ShiftIn]:
    """Three hosts one after the other, the first one again for a while beside the last, and three over all of it."""
    rng, made = Random(seed), []
    for session in found:
        third = (session.end_ms - session.start_ms) // 3
        edges = [session.start_ms + n * third for n in range(3)] + [session.end_ms]
        people = [rng.randrange(1, 5_000) for _ in range(6)]
        plan = [("host", people[n], edges[n], edges[n + 1]) for n in range(3)]
        plan += [("host", people[0], edges[2] + third // 4, edges[2] + third // 2)] if rng.random() < 0.2 else []
        plan += [(role, people[3 + n], session.start_ms, session.end_ms)
                 for n, role in enumerate(("co_host", "floor_manager", "control"))]  # fmt: skip
        made += [ShiftIn(len(made) + n, session.account, person, role, start, end)
                 for n, (role, person, start, end) in enumerate(plan, 1)]  # fmt: skip
    return made


def inputs(seed: int, events: int, folder: Path) -> MonthInputs:
    found = sessions(seed, events)
    rooms = [AccountIn(n, (f"room{n}",), "Asia/Shanghai", "CNY") for n in sorted({s.account for s in found})]
    batches = [BatchIn(1, EVENT, START, folder)]
    return MonthInputs("2026-10", rooms, found, (), shifts(seed, found), batches)


def write(seed: int, events: int, folder: Path) -> None:
    """One batch, sorted by instant, written by the store."""
    rng, found = np.random.default_rng(seed), sessions(seed, events)
    folder.mkdir(parents=True)
    visits = len(found) * VISITS
    visit = np.sort(rng.integers(0, visits, events))
    of = visit // VISITS
    came = (rng.random(visits) * 0.95)[visit]
    # a twelfth of the broadcast on average, to its end at the most
    stayed = np.minimum(rng.exponential(1 / 12, visits)[visit], 1 - came)
    starts = np.array([s.start_ms for s in found])[of]
    lengths = np.array([s.end_ms - s.start_ms for s in found])[of]
    at = starts + ((came + rng.random(events) * stayed) * lengths).astype("int64")
    rooms = np.array([s.account for s in found])[of]
    kinds = rng.choice(len(KINDS), events, p=SHARES)
    # some viewers come again and again
    viewers = (rng.random(visits) ** 2 * VIEWERS).astype("int64")[visit] * 1_000_003 + rooms
    order = np.argsort(at, kind="stable")
    names = pa.array([f"room{n}" for n in range(int(rooms.max()) + 1)])
    told = pa.array(np.isin(kinds, [3, 4, 5])[order])
    numbers = pa.array(np.arange(events, dtype="int64")[order] + 7_000_000_000_000_000_000)
    columns = {
        "row": pa.array(np.arange(1, events + 1, dtype="int64")),
        "raw": pa.DictionaryArray.from_arrays(pa.array(np.zeros(events, "int32")), pa.array(["{}"])),
        "platform": pa.DictionaryArray.from_arrays(pa.array(np.zeros(events, "int32")), pa.array(["douyin"])),
        "account": pa.DictionaryArray.from_arrays(pa.array(rooms[order].astype("int32")), names),
        "instant_ms": pa.array(at[order]),
        "kind": pa.DictionaryArray.from_arrays(pa.array(kinds[order].astype("int32")), pa.array(KINDS)),
        "viewer": pa.array(viewers[order]),
        "event_id": pa.compute.if_else(told, numbers.cast("string"), pa.scalar(None, "string")),
    }
    schema = arrow_schema(EVENT)
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(events, field.type)
        for field in schema
    ]
    with writing(table_path(folder, EVENT), EVENT) as put:
        put(pa.Table.from_arrays(arrays, schema=schema))
