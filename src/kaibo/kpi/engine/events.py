"""Events of viewers: which segments they lie in, how many of each kind, who was there, how many were inside.

Slice by slice, over sorted columns. People are counted exactly, each once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from kaibo.facts.schema import EVENT, EVENT_KINDS
from kaibo.kpi import counted, reports
from kaibo.kpi.crowd import ACTIVE, COUNTED, COUNTED_PEOPLE, FIRST, MOVES, Crowd, kinds_of
from kaibo.kpi.engine import came_back, event_columns, event_files, inside
from kaibo.kpi.engine.event_columns import Events, Slice
from kaibo.kpi.engine.event_files import CODE
from kaibo.kpi.engine.event_people import MEASURES, People
from kaibo.kpi.engine.event_spans import Span
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import CrowdIn, FactOut, SegmentOut, SessionIn
from kaibo.kpi.kept_crowds import Numbers, recall, sets_of
from kaibo.kpi.levels import watched_by
from kaibo.kpi.measures import ONLINE, ONLINE_KNOWN, PEAK, WATCH

# kind of event → the sum that it makes
MEASURE = {kind: measure for measure, kind in COUNTED.items()}


def read(run: Run) -> tuple[Crowd, list[CrowdIn]]:
    """What the month's sessions have of events, and the same to be kept; nothing where there are none.

    Sessions about which nothing differs since the computation `before` have what they had.
    """
    crowd, before = Crowd(), Crowd()
    marks = event_files.marks(run)
    known = counted.same(run.before, marks.counts, before)
    if run.events.told:
        run.shown = marks.shown
        count(run, crowd, [one for one in run.inputs.sessions if one.id not in known])
        crowd.take(before)
    counted.write(run.out_dir, run.events.ends, marks.counts, crowd)
    batches = _batches(run, crowd) if run.events.told else {}
    return crowd, recall(crowd, run.inputs.crowds, run.month.segments, batches)


def count(run: Run, crowd: Crowd, sessions: Collection[SessionIn]) -> None:
    """Puts into `crowd` what these sessions have of events."""
    segments: dict[int, list[SegmentOut]] = defaultdict(list)
    for one in run.month.segments:
        segments[one.session].append(one)
    faces = came_back.Faces()
    every: set[int] = set()
    for some in event_files.slices(run, sessions):
        chosen = Slice(some, [event_files.parts_of(one, segments[one.id]) for one in some])
        found = event_columns.place(run, chosen)
        people = People(chosen, found)
        named = _sums(crowd, chosen, found)
        _people(crowd, chosen, people, named)
        _met(crowd, chosen, people, named, sets_of([one for s in some for one in segments[s.id]], named))
        moved = [index for index, one in enumerate(some) if named.get(one.id, set()) >= set(MOVES)]
        inside.read(crowd, chosen, people, moved)
        faces.remember(people, named)
        every.update(named)
    if every:
        came_back.read(run, crowd, faces, sessions, every)


def _batches(run: Run, crowd: Crowd) -> dict[int, set[int]]:
    """Session → the batches that speak of its room in its time, and of the broadcasts before it that were looked at."""
    of_room: dict[int, list[Span]] = defaultdict(list)
    for span in run.events.counting:
        of_room[span.room].append(span)
    return {
        session.id: {
            span.batch
            for span in of_room[session.account]
            if span.first_ms < session.end_ms and span.end_ms > crowd.back.get(session.id, session.start_ms)
        }
        for session in run.inputs.sessions
    }


def _sums(crowd: Crowd, chosen: Slice, found: Events) -> dict[int, set[str]]:
    """Of each part and kind lines and sums. Gives session → the kinds of events of which some name a viewer: of a kind
    whose events name nobody it is not known how many people there were.
    """
    size, kinds = len(chosen.parts), len(EVENT_KINDS) + 1
    cell = found.part * kinds + found.kind
    shape = (size, kinds)
    lines = np.bincount(cell, minlength=size * kinds).reshape(shape) * chosen.on_air[:, None]
    sums = lines.copy()
    several = np.flatnonzero((found.n != 1) & chosen.on_air[found.part])
    np.add.at(sums.reshape(-1), cell[several], found.n[several] - 1)
    named = np.bincount(cell[found.named], minlength=size * kinds).reshape(shape) * chosen.on_air[:, None]
    first, last = _span(chosen, found)
    by_kind, lines_by_kind, there = sums.T.tolist(), lines.T.tolist(), lines[:, 1:].any(axis=1).tolist()
    named_kinds: dict[int, set[str]] = {}
    for index, session in enumerate(chosen.sessions):
        own = chosen.own(index)
        places = [(place, chosen.parts[place].segment) for place in own if there[place]]
        if not places:
            continue
        crowd.span[session.id] = (first[index], last[index])
        some = named[own.start : own.stop].any(axis=0).tolist()
        if any(some[1:]):
            named_kinds[session.id] = {kind for kind, code in CODE.items() if some[code]}
        for kind, code in CODE.items():
            told = lines_by_kind[code]
            of_kind = {segment: told[place] for place, segment in places if told[place]}
            # a kind that the session's events do not have at all was perhaps not recorded
            if of_kind:
                crowd.lines[session.id, kind] = of_kind
                if kind in MEASURE:
                    told = by_kind[code]
                    crowd.sums[session.id, MEASURE[kind]] = {segment: told[place] for place, segment in places}
    return named_kinds


def _span(chosen: Slice, found: Events) -> tuple[list[int], list[int]]:
    """When each session's first and last event was on air."""
    known = np.flatnonzero((found.kind > 0) & chosen.on_air[found.part])
    within, at = chosen.within[found.part[known]], np.append(found.at[known], 0)
    ends = np.searchsorted(within, np.arange(len(chosen.sessions) + 1))
    return at[ends[:-1]].tolist(), at[ends[1:] - 1].tolist()


def _people(crowd: Crowd, chosen: Slice, people: People, named: Mapping[int, set[str]]) -> None:
    """How many viewers each segment has."""
    counts, there = people.counts()
    by_measure, on_air = counts.tolist(), (there & chosen.on_air).tolist()
    for index, session in enumerate(chosen.sessions):
        if session.id in named:
            places = [(place, chosen.parts[place].segment) for place in chosen.own(index) if on_air[place]]
            for measure, of in zip(MEASURES, by_measure, strict=True):
                if COUNTED_PEOPLE[measure] in named[session.id]:
                    crowd.people[session.id, measure] = {segment: of[place] for place, segment in places}


def _met(
    crowd: Crowd, chosen: Slice, people: People, named: Mapping[int, set[str]], own: Mapping[int, set[Numbers]]
) -> None:
    """Of every set of several segments that somebody had in a role: whom they met in which for the first time.

    And of the whole broadcast, where everyone first did something, clicked, ordered.
    """
    firsts = people.firsts().tolist()
    sets: dict[int, list[Numbers]] = {}
    spans: dict[int, list[list[int]]] = {}
    for index, session in enumerate(chosen.sessions):
        if session.id not in named:
            continue
        places = {chosen.parts[place].segment: place for place in chosen.own(index) if chosen.on_air[place]}
        of = {measure: _told(places, column) for measure, column in zip(MEASURES, firsts, strict=True)}
        for measure, told in of.items():
            if measure == "viewers" or COUNTED_PEOPLE[measure] in named[session.id]:
                first = ACTIVE if measure == "viewers" and "enter" not in named[session.id] else FIRST[measure]
                crowd.behaviour[session.id, first] = told
        whole = tuple(places)
        if whole in own.get(session.id, ()):
            _put_met(crowd, session.id, whole, of)
        if some := sorted(own.get(session.id, set()) - {whole}):
            sets[index], spans[index] = some, [[places[number] for number in numbers] for numbers in some]
    for index, counts in people.met(spans).items():
        columns, at = counts.tolist(), 0
        for numbers in sets[index]:
            stays = {number: at + place for place, number in enumerate(numbers)}
            of = {measure: _told(stays, column) for measure, column in zip(MEASURES, columns, strict=True)}
            _put_met(crowd, chosen.sessions[index].id, numbers, of)
            at += len(numbers)


def _told(places: Mapping[int, int], column: Sequence[int]) -> dict[int, int]:
    return {number: column[place] for number, place in places.items() if column[place]}


def _put_met(crowd: Crowd, session: int, numbers: Numbers, of: Mapping[str, dict[int, int]]) -> None:
    for measure, told in of.items():
        if (session, measure) in crowd.people:
            crowd.met[session, numbers, measure] = told


def rows(run: Run) -> Any:
    """Placed rows of events; None: there are none."""
    return run.table("event_rows") if run.has("event_rows") else None


def place_rows(run: Run, facts: Sequence[FactOut]) -> None:
    """Step `event_rows`: of a segment's fact that was counted from events one row stands for all, without a line of its
    own; its label names the batches they are in.
    """
    if not run.crowd.span:
        return
    batches = {one.session: " ".join(map(str, one.batches)) for one in run.crowds}
    starts = {(one.session, one.number): one.start_ms for one in run.month.segments}
    told = _made_by_events(run)
    sums: dict[tuple[int, int, str], tuple[FactOut, int]] = {}
    for fact in facts:
        if fact.place == "segment" and (fact.session, fact.measure) in told:
            key = (fact.session or 0, fact.segment or 0, fact.measure)
            first, so_far = sums.get(key, (fact, 0))
            sums[key] = (first, so_far + (fact.amount if fact.basis != "allocated" else 0))
    made = [
        (
            EVENT, "segment", "", fact.account, session, number, starts[session, number], fact.date, measure, amount,
            "approximated" if fact.basis == "approximated" else "measured", batches.get(session, ""),
            sum(run.crowd.lines.get((session, kind), {}).get(number, 0) for kind in kinds_of(measure)),
        )
        for (session, number, measure), (fact, amount) in sorted(sums.items())
    ]  # fmt: skip
    columns = {
        "table": TEXT, "place": TEXT, "kind": TEXT, "account": INTEGER, "session": INTEGER, "segment": INTEGER,
        "instant_ms": INTEGER, "date": TEXT, "measure": TEXT, "amount": INTEGER, "basis": TEXT, "label": TEXT,
        "count": INTEGER,
    }  # fmt: skip
    run.make("event_rows", columns, made)


def _made_by_events(run: Run) -> set[tuple[int, str]]:
    """(session, measure) of the facts that events made, of whatever there was."""
    minutes = {session for session, _segment in run.seen}
    said = reports.totals(run.reports)
    found = {*run.crowd.sums, *run.crowd.people}
    for session in {session for session, _segment in run.crowd.online} - minutes:
        found |= {(session, measure) for measure in (ONLINE, ONLINE_KNOWN, PEAK)}
        if watched_by(said.get(session, {})) is None:
            found.add((session, WATCH))
    return found
