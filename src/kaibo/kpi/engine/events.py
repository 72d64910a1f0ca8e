"""Events of viewers: which segments they lie in, how many of each kind, who was there, how many were inside.

Slice by slice one pass groups by part of a session and viewer; the rest is a roll-up of that. People are counted
exactly, each once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis

from kaibo.facts.schema import EVENT, EVENT_KINDS
from kaibo.kpi import counted, reports
from kaibo.kpi.crowd import ACTIVE, COUNTED, COUNTED_PEOPLE, FIRST, PRESENT, Crowd, kinds_of
from kaibo.kpi.engine import came_back, event_files, inside
from kaibo.kpi.engine.event_files import CODE, PARTS, Part
from kaibo.kpi.engine.event_spans import Span
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, total
from kaibo.kpi.inputs import CrowdIn, FactOut, SegmentOut, SessionIn
from kaibo.kpi.kept_crowds import recall, sets_of
from kaibo.kpi.levels import watched_by
from kaibo.kpi.measures import ONLINE, ONLINE_KNOWN, PEAK, WATCH

# people by segment, and the flag of a viewer there
FLAGS = {measure: f"is_{measure}" for measure in COUNTED_PEOPLE}
PRESENT_CODES = [CODE[kind] for kind in PRESENT]


@dataclass
class Slice:
    """Some sessions at a time. `parts`: of each; `named`: session → kinds of events of which some name a viewer;
    `spans`: sets of segments whose people are counted once, by number; `whole`: those that are a whole broadcast.
    """

    sessions: Sequence[SessionIn]
    parts: Sequence[Sequence[Part]]
    named: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    spans: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    whole: dict[int, int] = field(default_factory=dict)

    def part(self, of: int) -> Part:
        return self.parts[of // PARTS][of % PARTS - 1]


def read(run: Run) -> tuple[Crowd, list[CrowdIn]]:
    """What the month's sessions have of events, and the same to be kept; nothing where there are none.

    Sessions about which nothing differs since the computation `before` have what they had.
    """
    crowd, before = Crowd(), Crowd()
    marks = event_files.marks(run)
    known = counted.same(run.before, marks, before)
    if run.events.told:
        with run.in_any_order():
            count(run, crowd, [one for one in run.inputs.sessions if one.id not in known])
        crowd.take(before)
    counted.write(run.out_dir, run.events.ends, marks, crowd)
    batches = _batches(run, crowd) if run.events.told else {}
    return crowd, recall(crowd, run.inputs.crowds, run.month.segments, batches)


def count(run: Run, crowd: Crowd, sessions: Collection[SessionIn]) -> None:
    """Puts into `crowd` what these sessions have of events."""
    segments: dict[int, list[SegmentOut]] = defaultdict(list)
    for one in run.month.segments:
        segments[one.session].append(one)
    named: set[int] = set()
    for some in event_files.slices(run, sessions):
        chosen = Slice(some, [event_files.parts_of(one, segments[one.id]) for one in some])
        columns = {"of": INTEGER, "segment": INTEGER, "start": INTEGER, "end": INTEGER}
        rows = [
            (index * PARTS + number, part.segment, part.start_ms, part.end_ms)
            for index, parts in enumerate(chosen.parts)
            for number, part in enumerate(parts, 1)
        ]
        run.make("event_parts", columns, rows)
        found = event_files.place(run, "event", some, chosen.parts)
        _sums(run, crowd, chosen, found)
        _people(run, crowd, chosen, found)
        _met(run, crowd, chosen, segments)
        inside.read(run, crowd, chosen, found)
        came_back.remember(run, chosen)
        named.update(chosen.whole.values())
        run.drop("event_parts", "event_sets", "event_first", "event_stays")
        event_files.forget(run, "event")
    if named:
        came_back.read(run, crowd, sessions, named)


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


def _sums(run: Run, crowd: Crowd, chosen: Slice, found: Any) -> None:
    kinds = found.group_by("of", "kind").aggregate(
        lines=found.count(), n=total(found.n), named=found.viewer.notnull().any(), first=found["at"].min(),
        last=found["at"].max(),
    )  # fmt: skip
    sums: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    said: dict[int, set[str]] = defaultdict(set)
    for row in run.rows(kinds):
        part = chosen.part(row["of"])
        if not part.segment or row["kind"] is None:
            continue
        session, kind = part.session, EVENT_KINDS[row["kind"] - 1]
        said[session].add(kind)
        # of a kind whose events name nobody it is not known how many people there were
        if row["named"]:
            chosen.named[session].add(kind)
        crowd.lines.setdefault((session, kind), {})[part.segment] = row["lines"]
        sums[session, part.segment][kind] = row["n"]
        first, last = crowd.span.get(session, (row["first"], row["last"]))
        crowd.span[session] = (min(first, row["first"]), max(last, row["last"]))
    for (session, segment), told in sorted(sums.items()):
        for measure, kind in COUNTED.items():
            # a kind that the session's events do not have at all was perhaps not recorded
            if kind in said[session]:
                crowd.sums.setdefault((session, measure), {})[segment] = told.get(kind, 0)


def _people(run: Run, crowd: Crowd, chosen: Slice, found: Any) -> None:
    """Step `event_sets`: each viewer of each segment; and how many these are."""
    parts = run.table("event_parts")
    on_air = parts.filter(parts.segment > 0)
    seen = found.filter(found.viewer.notnull())
    if any(not part.segment for parts in chosen.parts for part in parts):
        seen = seen.semi_join(on_air, "of")
    flags = {
        FLAGS[measure]: (seen.kind.isin(PRESENT_CODES) if measure == "viewers" else seen.kind == CODE[kind]).any()
        for measure, kind in COUNTED_PEOPLE.items()
    }
    sets = run.keep("event_sets", seen.group_by("of", "viewer").aggregate(**flags))
    sums = {measure: total(sets[flag].cast("int64")) for measure, flag in FLAGS.items()}
    for row in run.rows(sets.group_by("of").aggregate(**sums)):
        part = chosen.part(row["of"])
        for measure, kind in COUNTED_PEOPLE.items():
            if kind in chosen.named[part.session]:
                crowd.people.setdefault((part.session, measure), {})[part.segment] = row[measure]


def _met(run: Run, crowd: Crowd, chosen: Slice, segments: Mapping[int, Sequence[SegmentOut]]) -> None:
    """Of every set of several segments that somebody had in a role: whom they met in which for the first time.

    And of the whole broadcast, where everyone first did something, clicked, ordered.
    """
    sets = run.table("event_sets")
    named = {one.id for one in chosen.sessions if chosen.named[one.id]}
    told = {session for session, _measure in crowd.people} & named
    own = sets_of([one for session in sorted(told) for one in segments[session]], told)
    # the whole broadcast is one more such set, whether anybody had it or not
    every = {
        session: own.get(session, set()) | {tuple(one.number for one in segments[session])} for session in sorted(named)
    }
    chosen.spans = [(session, numbers) for session in sorted(every) for numbers in sorted(every[session])]
    places = {
        (part.session, part.segment): index * PARTS + number
        for index, parts in enumerate(chosen.parts)
        for number, part in enumerate(parts, 1)
    }
    chosen.whole = {
        number: session
        for number, (session, numbers) in enumerate(chosen.spans)
        if len(numbers) == len(segments[session])
    }
    rows = [(number, places[session, n]) for number, (session, numbers) in enumerate(chosen.spans) for n in numbers]
    stays = run.make("event_stays", {"span": INTEGER, "of": INTEGER}, rows)
    found = sets.join(stays, "of")
    firsts = {m: ibis.cases((found[flag], found.of), else_=None).min() for m, flag in FLAGS.items()}
    first = run.keep("event_first", found.group_by("span", "viewer").aggregate(**firsts))
    for session, numbers in chosen.spans:
        for measure in FLAGS:
            if (session, measure) in crowd.people and numbers in own.get(session, ()):
                crowd.met[session, numbers, measure] = {}
            if _tells(chosen, session, measure):
                crowd.behaviour[session, _first_of(chosen, session, measure)] = {}
    for measure in FLAGS:
        known = first.filter(first[measure].notnull())
        for row in run.rows(known.group_by("span", of=known[measure]).aggregate(n=known.count())):
            session, numbers = chosen.spans[row["span"]]
            segment = chosen.part(row["of"]).segment
            if (session, numbers, measure) in crowd.met:
                crowd.met[session, numbers, measure][segment] = row["n"]
            if row["span"] in chosen.whole and _tells(chosen, session, measure):
                crowd.behaviour[session, _first_of(chosen, session, measure)][segment] = row["n"]


def _tells(chosen: Slice, session: int, measure: str) -> bool:
    return measure == "viewers" or COUNTED_PEOPLE[measure] in chosen.named[session]


def _first_of(chosen: Slice, session: int, measure: str) -> str:
    return ACTIVE if measure == "viewers" and "enter" not in chosen.named[session] else FIRST[measure]


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
