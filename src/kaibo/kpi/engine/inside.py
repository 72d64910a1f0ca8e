"""Who is inside, over time, from events of entering and leaving: levels, who was carried into a segment, who stayed.

One pass over sorted columns: as windows over thousands of small broadcasts it took five times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kaibo.kpi.crowd import CARRIED_IN, MOVES, STAY_MS, Crowd, Online
from kaibo.kpi.engine.event_files import CODE, PARTS
from kaibo.kpi.engine.run import Run

if TYPE_CHECKING:
    from kaibo.kpi.engine.events import Slice

Column = np.ndarray[Any, np.dtype[np.int64]]
NEVER = 2**62


@dataclass(frozen=True)
class Visits:
    """From a coming in to the next going (NEVER: none). `within`: place of the session in the slice, `of`: the part in
    which it began, `first`: whether it is the viewer's first.
    """

    within: Column
    of: Column
    since: Column
    until: Column
    first: np.ndarray[Any, np.dtype[np.bool_]]


def read(run: Run, crowd: Crowd, chosen: "Slice", found: Any) -> None:
    """`found`: the events of a slice. Of sessions whose events tell both, coming and going."""
    leavers = [index for index, one in enumerate(chosen.sessions) if chosen.named[one.id] >= set(MOVES)]
    if leavers:
        visits = _visits(run, found, leavers)
        _levels(crowd, chosen, leavers, visits)
        _stays(crowd, chosen, visits)


def _visits(run: Run, found: Any, leavers: Sequence[int]) -> Visits:
    """Entering twice is being inside; a leave of someone who is not inside says nothing."""
    found = found.filter(found.kind.isin((CODE["enter"], CODE["leave"])) & found.viewer.notnull())
    found = found.select("of", "viewer", "at", "batch", "row", enters=found.kind == CODE["enter"])
    moves = {name: column.to_numpy() for name, column in zip(found.columns, run.columns(found), strict=True)}
    moves = _chosen(moves, np.isin(moves["of"] // PARTS, leavers))
    moves["within"] = moves["of"] // PARTS
    moves = _chosen(moves, np.lexsort([moves[name] for name in ("row", "batch", "at", "viewer", "within")]))
    begins = _begins(moves["within"], moves["viewer"])
    # a viewer is outside before the first
    turns = moves["enters"] != (np.concatenate(([False], moves["enters"][:-1])) & ~begins)
    moves = _chosen(moves, turns)
    begins = _begins(moves["within"], moves["viewer"])
    until = np.concatenate((moves["at"][1:], [NEVER]))
    until[np.concatenate((begins[1:], [True]))[: len(until)]] = NEVER
    came = moves["enters"]
    return Visits(moves["within"][came], moves["of"][came], moves["at"][came], until[came], begins[came])


def _chosen(columns: dict[str, Any], by: Any) -> dict[str, Any]:
    return {name: column[by] for name, column in columns.items()}


def _begins(*keys: Column) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a row of sorted columns differs from the one before it."""
    found = np.zeros(len(keys[0]), dtype=bool)
    found[:1] = True
    for key in keys:
        found[1:] |= key[1:] != key[:-1]
    return found


def _levels(crowd: Crowd, chosen: "Slice", leavers: Sequence[int], visits: Visits) -> None:
    """How many are inside: the steps of every instant together, and a mark at the start of each part."""
    marks = [
        (index, index * PARTS + number, part.start_ms, part.end_ms)
        for index in leavers
        for number, part in enumerate(chosen.parts[index], 1)
    ]
    in_session, of, start, end = np.array(marks, dtype=np.int64).T
    gone = visits.until < NEVER
    none, one = np.zeros(len(marks), dtype=np.int64), np.ones(len(visits.of), dtype=np.int64)
    # gone at an instant, and inside before it
    left = (visits.since < visits.until)[gone].astype(np.int64)
    rows = {
        "within": np.concatenate((in_session, visits.within, visits.within[gone])),
        "at": np.concatenate((start, visits.since, visits.until[gone])),
        "step": np.concatenate((none, one, -one[gone])),
        "left": np.concatenate((none, one * 0, left)),
        "of": np.concatenate((of, one * 0, one[gone] * 0)),
    }
    rows = _chosen(rows, np.lexsort((rows["at"], rows["within"])))
    starts = np.flatnonzero(_begins(rows["within"], rows["at"]))
    within, at = rows["within"][starts], rows["at"][starts]
    step, left = np.add.reduceat(rows["step"], starts), np.add.reduceat(rows["left"], starts)
    marked = np.maximum.reduceat(rows["of"], starts)
    first = np.flatnonzero(_begins(within))
    level = np.cumsum(step)
    # each session begins with nobody
    level -= np.repeat(level[first] - step[first], np.diff(np.append(first, len(level))))
    # a session begins with a mark, and its parts have higher numbers than those of sessions before it
    place = np.maximum.accumulate(marked)
    until = end[np.searchsorted(of, place)]
    following = np.append(at[1:], NEVER)
    following[np.append(first[1:], len(at)) - 1] = NEVER
    length = np.minimum(following, until) - at
    carried = np.where(marked > 0, level - step - left, 0)
    runs = np.flatnonzero(_begins(place))
    columns = (
        place[runs], np.add.reduceat(level * length, runs), np.add.reduceat(length, runs),
        np.maximum.reduceat(level, runs), np.add.reduceat(carried, runs),
    )  # fmt: skip
    for number, level_ms, known_ms, peak, came_along in zip(*(one.tolist() for one in columns), strict=True):
        part = chosen.part(number)
        if part.segment:
            crowd.online[part.session, part.segment] = Online(level_ms, known_ms, peak)
            crowd.behaviour.setdefault((part.session, CARRIED_IN), {})[part.segment] = came_along


def _stays(crowd: Crowd, chosen: "Slice", visits: Visits) -> None:
    """Who came first in which segment, and how many of them stayed so long, where the broadcast was on so long."""
    # a broadcast may be cut away altogether by its breaks: then it has no part, and nobody was in it
    over = np.array([max((part.end_ms for part in parts), default=0) for parts in chosen.parts], dtype=np.int64)
    end, since = over[visits.within[visits.first]], visits.since[visits.first]
    could, stayed = end - since, np.minimum(visits.until[visits.first], end) - since
    places, which = np.unique(visits.of[visits.first], return_inverse=True)
    counts = {"came": np.bincount(which, minlength=len(places))}
    counts |= {
        f"could_stay_{key}": np.bincount(which[could >= ms], minlength=len(places)) for key, ms in STAY_MS.items()
    }
    counts |= {f"stayed_{key}": np.bincount(which[stayed >= ms], minlength=len(places)) for key, ms in STAY_MS.items()}
    for measure, column in counts.items():
        for number, n in zip(places.tolist(), column.tolist(), strict=True):
            part = chosen.part(number)
            if part.segment:
                crowd.behaviour.setdefault((part.session, measure), {})[part.segment] = n
