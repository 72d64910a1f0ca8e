"""Whom the events of a slice name: who was in which segment, whom somebody met first where. People count once each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from kaibo.kpi.crowd import COUNTED_PEOPLE, PRESENT
from kaibo.kpi.engine.event_columns import Events, Flags, Slice, begins
from kaibo.kpi.engine.event_files import CODE
from kaibo.kpi.engine.event_reading import Column

MEASURES = tuple(COUNTED_PEOPLE)
# of a measure of people the bit that says that an event, or someone in a segment, counts for it
BIT = {measure: 1 << place for place, measure in enumerate(MEASURES)}
# by a kind's CODE the bits of the measures that it counts for
BITS = np.array(
    [
        sum(
            bit
            for measure, bit in BIT.items()
            if (kind in PRESENT if measure == "viewers" else kind == COUNTED_PEOPLE[measure])
        )
        for kind in ("", *CODE)
    ],
    dtype=np.uint8,
)


@dataclass(frozen=True)
class Sets:
    """Every viewer of every segment, by session, viewer and segment. `visitor` numbers the viewers of sessions."""

    visitor: Column
    part: Column
    bits: Column

    def of(self, measure: str) -> Column:
        """Where those are that count for the measure."""
        return np.flatnonzero(self.bits & BIT[measure])


class People:
    """The events that name a viewer. `event`: their places among all events, by session, viewer and time; `visitor`:
    a number of that viewer in that session.
    """

    def __init__(self, chosen: Slice, found: Events) -> None:
        self.chosen, self.found = chosen, found
        within, self.event = _by_viewer(chosen, found)
        self.visitor = np.cumsum(within, dtype=np.int32) - 1 if len(within) else np.zeros(0, dtype=np.int32)
        self.part = found.part[self.event]
        self._bits = np.where(chosen.on_air[self.part], BITS[found.kind[self.event]], 0).astype(np.uint8)

    @cached_property
    def sets(self) -> Sets:
        start = np.flatnonzero(begins(self.visitor, self.part))
        if not len(start):
            return Sets(self.visitor, self.part, self._bits)
        return Sets(self.visitor[start], self.part[start], np.bitwise_or.reduceat(self._bits, start))

    @cached_property
    def arrivals(self) -> Column:
        """The events by which someone was first there in a session, in the order of session and time."""
        there = np.flatnonzero(self._bits & BIT["viewers"])
        return np.sort(self.event[there[begins(self.visitor[there])]])

    def counts(self) -> tuple[Column, Flags]:
        """Measure × part: how many people; and which parts have any event that names somebody."""
        parts, kinds = len(self.chosen.parts), 1 << len(MEASURES)
        cells = self.sets.part.astype(np.int64) * kinds + self.sets.bits
        table = np.bincount(cells, minlength=parts * kinds).reshape(parts, kinds)
        which = np.arange(kinds)
        of = [table[:, (which & bit) > 0].sum(axis=1) for bit in BIT.values()]
        return np.array(of), np.asarray(table.any(axis=1))

    def firsts(self) -> Column:
        """Measure × part: of how many people of the session it is the first."""
        found = []
        for measure in MEASURES:
            of = self.sets.of(measure)
            first = of[begins(self.sets.visitor[of])]
            found.append(np.bincount(self.sets.part[first], minlength=len(self.chosen.parts)))
        return np.array(found)

    def met(self, spans: Mapping[int, Sequence[Sequence[int]]]) -> dict[int, Column]:
        """`spans`: place of a session → sets of its parts. Place → measure × the parts of its sets, one set after the
        other: how many people of the set were first in that part.
        """
        stays = [(place, number) for sets in spans.values() for number, of in enumerate(sets) for place in of]
        if not stays:
            return {}
        part, number = np.array(stays, dtype=np.int64).T
        # by part: where it stands in sets
        order = np.argsort(part, kind="stable")
        first = np.searchsorted(part[order], np.arange(len(self.chosen.parts) + 1))
        many = np.diff(first)[self.sets.part]
        row = np.repeat(np.arange(len(many)), many)
        stay = order[np.arange(len(row)) + np.repeat(first[self.sets.part] - (np.cumsum(many) - many), many)]
        visitor = self.sets.visitor[row].astype(np.int64)
        by_set = _sorted(visitor, stay, len(stays))
        row, stay, visitor = row[by_set], stay[by_set], visitor[by_set]
        found = []
        for measure in MEASURES:
            of = np.flatnonzero(self.sets.bits[row] & BIT[measure])
            new = of[begins(visitor[of], number[stay[of]])]
            found.append(np.bincount(stay[new], minlength=len(stays)))
        counts, ends = np.array(found), np.cumsum([sum(map(len, sets)) for sets in spans.values()])
        return dict(zip(spans, np.split(counts, ends[:-1], axis=1), strict=True))


def _sorted(one: Column, other: Column, below: int) -> Column:
    """The order by `one`, then `other`, which is less than `below`."""
    bits = len(one).bit_length()
    key = one * below + other
    if not len(key) or int(key.max()).bit_length() + bits > 62:
        return np.argsort(key, kind="stable")
    return np.sort((key << bits) | np.arange(len(key))) & ((1 << bits) - 1)


def _by_viewer(chosen: Slice, found: Events) -> tuple[Flags, Column]:
    """Where another viewer or session begins, and places of events, by session, viewer and time.

    Numbers are sorted by themselves: that takes a third of sorting their places.
    """
    named = found.named.all()
    where = np.arange(len(found), dtype=np.int64) if named else np.flatnonzero(found.named)
    viewers = found.viewer if named else found.viewer[where]
    code = pa.array(viewers).dictionary_encode().indices.to_numpy().astype(np.int64)
    within = chosen.within[found.part if named else found.part[where]]
    size = len(where).bit_length()
    place = max(1, len(found)).bit_length()
    if size + place + len(chosen.sessions).bit_length() > 62:
        order = np.lexsort((where, code, within))
        return begins(within[order], code[order]), where[order]
    key = np.sort((((within << size) | code) << place) | where)
    return begins(key >> place), key & ((1 << place) - 1)
