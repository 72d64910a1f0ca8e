"""Who was in the room before: in a broadcast that began up to BACK_MS earlier, of this month or another."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from kaibo.kpi import counted
from kaibo.kpi.crowd import BACK_MS, CAME_BACK, Crowd, Returned
from kaibo.kpi.engine import event_columns, event_files
from kaibo.kpi.engine.event_columns import Slice, begins
from kaibo.kpi.engine.event_people import People
from kaibo.kpi.engine.event_reading import Column
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import SessionIn


class Faces:
    """Who was in each broadcast, by room, in the order of time. `segment`: in which first; 0: it is not asked."""

    def __init__(self) -> None:
        self.sessions: list[SessionIn] = []
        self._of: dict[int, list[tuple[Column, Column, Column]]] = defaultdict(list)
        self._people: dict[int, int] = {}

    def remember(self, people: People, named: Collection[int] | None = None) -> None:
        """Of these sessions of a slice, else of all, which then are not counted."""
        chosen, event = people.chosen, people.arrivals
        part = people.found.part[event]
        ends = np.searchsorted(chosen.within[part], np.arange(len(chosen.sessions) + 1))
        segment = np.array([one.segment if named is not None else 0 for one in chosen.parts], dtype=np.int32)[part]
        viewer = people.found.viewer[event]
        for index, session in enumerate(chosen.sessions):
            here = slice(ends[index], ends[index + 1])
            if here.start < here.stop and (named is None or session.id in named):
                number = np.full(here.stop - here.start, len(self.sessions), dtype=np.int32)
                self._of[session.account].append((number, viewer[here], segment[here]))
                self.sessions.append(session)
                self._people[session.id] = here.stop - here.start

    def digits(self, session: int) -> int:
        """How long the text of their bits is."""
        return -(-self._people.get(session, 0) // 8) * 2

    def starts(self) -> dict[int, list[int]]:
        """Room → when those of its broadcasts began in which somebody was, in this order."""
        found: dict[int, list[int]] = defaultdict(list)
        for one in sorted(self.sessions, key=lambda one: one.start_ms):
            found[one.account].append(one.start_ms)
        return found

    def put(self, crowd: Crowd, marks: Mapping[int, str], known: Mapping[int, Returned]) -> None:
        """Puts into `crowd` who had been there before, of the sessions of which that is asked."""
        begun = np.array([one.start_ms for one in self.sessions], dtype=np.int64)
        for faces in self._of.values():
            asked = [column for column in faces if column[2][0]]
            ids = [self.sessions[column[0][0]].id for column in asked]
            if all(session in known for session in ids):
                for session, (_number, _viewer, segment) in zip(ids, asked, strict=True):
                    packed = np.frombuffer(bytes.fromhex(known[session].bits), dtype=np.uint8)
                    _tell(crowd, session, segment[np.unpackbits(packed, count=len(segment)) > 0], known[session])
                continue
            number, viewer, segment = (np.concatenate(column) for column in zip(*faces, strict=True))
            back, ends = _back(viewer, begun[number]), np.cumsum([len(column[0]) for column in faces])
            for (numbers, _viewer, segment), mine in zip(faces, np.split(back, ends[:-1]), strict=True):
                session = self.sessions[numbers[0]].id
                if segment[0]:
                    bits = np.packbits(mine).tobytes().hex()
                    _tell(crowd, session, segment[mine], Returned(marks[session], crowd.back.get(session), bits))


def _tell(crowd: Crowd, session: int, segment: Column, returned: Returned) -> None:
    """`segment`: of everyone who had been there before, in which they were first."""
    crowd.returned[session] = returned
    if returned.back_ms is not None:
        crowd.back[session] = returned.back_ms
        counts = enumerate(np.bincount(segment).tolist())
        crowd.behaviour[session, CAME_BACK] = {number: n for number, n in counts if n}


def _back(viewer: Column, start: Column) -> Column:
    """Of each whether the same viewer was there earlier; two that begin at once are none before the other."""
    code = pa.array(viewer).dictionary_encode().indices.to_numpy().astype(np.int64)
    starts, rank = np.unique(start, return_inverse=True)
    order = np.argsort(code * len(starts) + rank)
    code, rank = code[order], rank[order]
    first = np.flatnonzero(begins(code, rank))
    before = np.concatenate(([0], starts[rank[first]][:-1]))
    near = ~begins(code[first]) & (starts[rank[first]] - before <= BACK_MS)
    found = np.empty(len(viewer), dtype=bool)
    found[order] = np.repeat(near, np.diff(np.append(first, len(code))))
    return found


def read(run: Run, crowd: Crowd, faces: Faces, sessions: Collection[SessionIn], named: Collection[int]) -> None:
    """Of those of these sessions in which some viewer is `named`; without events of an earlier one nobody knows.

    Where only segments differ from the computation `before`, who had been there before does not.
    """
    own = [one for one in sessions if one.id in named]
    known = counted.returned(run.before, {one.id: run.shown[one.id] for one in own})
    known = {session: one for session, one in known.items() if len(one.bits) == faces.digits(session)}
    # a room's broadcasts are looked at all or not at all
    rooms = {one.account for one in own if one.id not in known}
    own, ids = [one for one in own if one.account in rooms], {one.id for one in sessions}
    near = _near(own, [one for one in (*run.inputs.sessions, *run.inputs.neighbours) if one.id not in ids])
    for some in event_files.slices(run, near):
        chosen = Slice(some, [event_files.stretches_of(one) for one in some])
        faces.remember(People(chosen, event_columns.place(run, chosen)))
    starts = faces.starts()
    for session in own:
        of_room = starts.get(session.account, [])
        first = bisect_left(of_room, session.start_ms - BACK_MS)
        if first < bisect_left(of_room, session.start_ms):
            crowd.back[session.id] = of_room[first]
            crowd.behaviour[session.id, CAME_BACK] = {}
    faces.put(crowd, run.shown, known)


def _near(own: Collection[SessionIn], others: Collection[SessionIn]) -> list[SessionIn]:
    """Those that some of one's own may have come back from."""
    starts: dict[int, list[int]] = defaultdict(list)
    for session in own:
        starts[session.account].append(session.start_ms)
    return [
        one for one in others
        if any(at - BACK_MS <= one.start_ms < at for at in starts.get(one.account, ()))
    ]  # fmt: skip
