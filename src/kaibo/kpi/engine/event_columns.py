"""The events of some sessions as columns, in the order of session and time: each in the part of its session, once.

Passes over sorted columns, not joins and windows of the database (ADR 49).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kaibo.kpi.engine import event_reading
from kaibo.kpi.engine.event_files import Part
from kaibo.kpi.engine.event_reading import Column, Raw
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import SessionIn

Flags = np.ndarray[Any, np.dtype[np.bool_]]

# a room and an instant in one number: this many bits for the milliseconds since the slice began
TIME_BITS = 44


class Slice:
    """Some sessions at a time. `parts`: of one session after the other; a part is known by its place there.

    `begin`: where each session's parts begin, and where the last one's end; `within`: the place of each part's session.
    """

    def __init__(self, sessions: Sequence[SessionIn], parts: Sequence[Sequence[Part]]) -> None:
        self.sessions = sessions
        self.parts = [part for own in parts for part in own]
        self.begin = [0, *np.cumsum([len(own) for own in parts]).tolist()]
        self.within = np.repeat(np.arange(len(parts), dtype=np.int64), np.diff(self.begin))
        self.on_air = np.array([part.segment > 0 for part in self.parts], dtype=bool)
        self.start = np.array([part.start_ms for part in self.parts], dtype=np.int64)
        self.end = np.array([part.end_ms for part in self.parts], dtype=np.int64)

    def own(self, index: int) -> range:
        """The parts of the session at that place."""
        return range(self.begin[index], self.begin[index + 1])


@dataclass(frozen=True)
class Events:
    """`kind`: its CODE, 0: unknown. `named`: whether there is a `viewer`. `n`: how many at once."""

    part: Column
    at: Column
    kind: Column
    viewer: Column
    named: Flags
    n: Column

    def __len__(self) -> int:
        return len(self.part)


def place(run: Run, chosen: Slice) -> Events:
    """Every event of these sessions that counts, once, by session, instant, batch and row."""
    rooms = {room: place for place, room in enumerate(sorted({one.account for one in chosen.sessions}))}
    low, high = min(one.start_ms for one in chosen.sessions), max(one.end_ms for one in chosen.sessions)
    raw = event_reading.read(run, rooms, low, high)
    order, key = _order(raw, low)
    base = np.array([rooms[one.account] for one in chosen.sessions], dtype=np.int64)[chosen.within] << TIME_BITS
    first = np.searchsorted(key, base | (chosen.start - low))
    count = np.searchsorted(key, base | (chosen.end - low)) - first
    part = np.repeat(np.arange(len(count), dtype=np.int32), count)
    # sessions of one room may overlap: then an event is there twice
    take = order[np.arange(len(part)) + np.repeat(first - (np.cumsum(count) - count), count)]
    if (later := _told_before(run, chosen, raw, part, take)) is not None:
        part, take = np.delete(part, later), np.delete(take, later)
    columns = (getattr(raw, name) for name in ("at", "kind", "viewer", "named", "n"))
    return Events(part, *(event_reading.taken(column, take) for column in columns))


def _order(raw: Raw, low: int) -> tuple[Column, Column]:
    """The rows by room, instant, batch and row; and of each in this order room and instant as one number.

    Files stand one after the other and are sorted by instant, so that it mostly is enough to tell rooms apart.
    """
    order = np.argsort(raw.room.astype(np.uint16 if raw.others < 2**16 else np.uint32), kind="stable")
    order = order[: len(order) - np.count_nonzero(raw.room == raw.others)]
    key = (raw.room[order].astype(np.int64) << TIME_BITS) | (raw.at[order] - low)
    batch = event_reading.taken(raw.batch, order)
    if (key[1:] < key[:-1]).any() or ((key[1:] == key[:-1]) & (batch[1:] < batch[:-1])).any():
        again = np.lexsort((order, batch, key))
        order, key = order[again], key[again]
    return order, key


def _told_before(run: Run, chosen: Slice, raw: Raw, part: Column, take: Column) -> Column | None:
    """Those that were told before in their session: the earliest of an id counts. Digests say which may be, the ids
    themselves decide.
    """
    twice = raw.twice(run)
    if raw.ids is None or not len(twice):
        return None
    here = np.flatnonzero(np.isin(take, twice))
    ids = raw.ids.take(pa.array(take[here])).combine_chunks().dictionary_encode()
    # the first of each is the earliest, since these are in the order of time
    of = chosen.within[part[here]] * len(ids.dictionary) + ids.indices.to_numpy()
    later = np.ones(len(here), dtype=bool)
    later[np.unique(of, return_index=True)[1]] = False
    return here[later]


def begins(*keys: Column) -> Flags:
    """Where a row of sorted columns differs from the one before it."""
    found = np.zeros(len(keys[0]), dtype=bool)
    found[:1] = True
    for key in keys:
        found[1:] |= key[1:] != key[:-1]
    return found
