"""Who is inside, over time, from events of entering and leaving: levels, who was carried into a segment, who stayed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kaibo.kpi.crowd import CARRIED_IN, STAY_MS, Crowd, Online
from kaibo.kpi.engine.event_columns import Events, Flags, Slice, begins
from kaibo.kpi.engine.event_files import CODE
from kaibo.kpi.engine.event_people import People
from kaibo.kpi.engine.event_reading import Column

# what a step in the order of time is: a mark where a part begins, somebody in, somebody out at once or later
MARK, CAME, LEFT_AT_ONCE, LEFT = range(4)
STEP = np.array([0, 1, -1, -1], dtype=np.int64)
NEVER = 2**62


@dataclass(frozen=True)
class Visits:
    """From a coming in to the next going, as places of events; going: -1 where there is none. `first`: whether it is
    the viewer's first.
    """

    came: Column
    left: Column
    first: Flags


def read(crowd: Crowd, chosen: Slice, people: People, leavers: Sequence[int]) -> None:
    """`leavers`: the places of the sessions whose events tell both, coming and going."""
    if leavers:
        visits = _visits(chosen, people, leavers)
        _levels(crowd, chosen, people.found, leavers, visits)
        _stays(crowd, chosen, people.found, visits)


def _visits(chosen: Slice, people: People, leavers: Sequence[int]) -> Visits:
    """Entering twice is being inside; a leave of someone who is not inside says nothing."""
    kind = people.found.kind[people.event]
    moves = (kind == CODE["enter"]) | (kind == CODE["leave"])
    if len(leavers) < len(chosen.sessions):
        moves &= np.isin(chosen.within, leavers)[people.part]
    moving = np.flatnonzero(moves)
    event, visitor, enters = people.event[moving], people.visitor[moving], kind[moving] == CODE["enter"]
    # a viewer is outside before the first
    turns = enters != (np.concatenate(([False], enters[:-1])) & ~begins(visitor))
    event, visitor, enters = event[turns], visitor[turns], enters[turns]
    new = begins(visitor)
    left = np.append(event[1:], -1)[: len(event)]
    left[np.append(new[1:], True)[: len(event)]] = -1
    return Visits(event[enters], left[enters], new[enters])


def _levels(crowd: Crowd, chosen: Slice, found: Events, leavers: Sequence[int], visits: Visits) -> None:
    """How many are inside: the steps of every instant together, and a mark at the start of each part."""
    parts = np.flatnonzero(np.isin(chosen.within, leavers))
    came, left = visits.came, visits.left[visits.left >= 0]
    later = found.at[left] > found.at[visits.came[visits.left >= 0]]
    # places in the order of time, each part's mark before its events
    steps = np.sort(
        np.concatenate((
            ((np.searchsorted(found.part, parts) + parts) << 2) | MARK,
            ((came + found.part[came] + 1) << 2) | CAME,
            ((left + found.part[left] + 1) << 2) | np.where(later, LEFT, LEFT_AT_ONCE),
        ))
    )  # fmt: skip
    what = steps & 3
    mark = np.flatnonzero(what == MARK)
    of = parts[np.cumsum(what == MARK) - 1]
    at = np.empty(len(steps), dtype=np.int64)
    at[mark] = chosen.start[parts]
    moved = np.flatnonzero(what != MARK)
    at[moved] = found.at[(steps[moved] >> 2) - of[moved] - 1]
    # what happens at one instant belongs together, and to the part that begins then
    starts = np.flatnonzero(begins(chosen.within[of], at))
    of, at = np.maximum.reduceat(of, starts), at[starts]
    step, gone = np.add.reduceat(STEP[what], starts), np.add.reduceat(what == LEFT, starts, dtype=np.int64)
    new, first = np.flatnonzero(begins(of)), np.flatnonzero(begins(chosen.within[of]))
    level = np.cumsum(step)
    # each session begins with nobody
    level -= np.repeat(level[first] - step[first], np.diff(np.append(first, len(level))))
    following = np.append(at[1:], NEVER)
    following[np.append(first[1:], len(at)) - 1] = NEVER
    length = np.minimum(following, chosen.end[of]) - at
    columns = (
        parts, np.add.reduceat(level * length, new), np.add.reduceat(length, new), np.maximum.reduceat(level, new),
        (level - step - gone)[new],
    )  # fmt: skip
    for place, level_ms, known_ms, peak, carried in zip(*(one.tolist() for one in columns), strict=True):
        part = chosen.parts[place]
        if part.segment:
            crowd.online[part.session, part.segment] = Online(level_ms, known_ms, peak)
            crowd.behaviour.setdefault((part.session, CARRIED_IN), {})[part.segment] = carried


def _stays(crowd: Crowd, chosen: Slice, found: Events, visits: Visits) -> None:
    """Who came first in which segment, and how many of them stayed so long, where the broadcast was on so long."""
    came, left = visits.came[visits.first], visits.left[visits.first]
    of, since = found.part[came], found.at[came]
    end = chosen.end[np.array(chosen.begin[1:])[chosen.within[of]] - 1]
    until = np.where(left < 0, end, np.minimum(found.at[left], end))
    could, stayed = end - since, until - since
    counts = {"came": of}
    counts |= {f"could_stay_{key}": of[could >= ms] for key, ms in STAY_MS.items()}
    counts |= {f"stayed_{key}": of[stayed >= ms] for key, ms in STAY_MS.items()}
    size = len(chosen.parts)
    there = np.flatnonzero(np.bincount(of, minlength=size) * chosen.on_air).tolist()
    for measure, which in counts.items():
        numbers = np.bincount(which, minlength=size).tolist()
        for place in there:
            part = chosen.parts[place]
            crowd.behaviour.setdefault((part.session, measure), {})[part.segment] = numbers[place]
