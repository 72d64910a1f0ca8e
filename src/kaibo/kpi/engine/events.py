"""Events of viewers: which segments they lie in, how many of each kind, who was there, how many were inside.

One pass groups by segment and viewer; the rest is a roll-up of that. People are counted exactly, each once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import ibis

from kaibo.facts.schema import EVENT
from kaibo.kpi import reports
from kaibo.kpi.crowd import (
    ACTIVE,
    BACK_MS,
    CAME_BACK,
    COUNTED,
    COUNTED_PEOPLE,
    FIRST,
    PRESENT,
    Crowd,
    kinds_of,
)
from kaibo.kpi.engine import inside
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, total
from kaibo.kpi.inputs import CrowdIn, FactOut, SessionIn
from kaibo.kpi.kept_crowds import recall, sets_of
from kaibo.kpi.levels import watched_by
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.measures import ONLINE, ONLINE_KNOWN, PEAK, WATCH
from kaibo.kpi.segments import stretches

# people by segment, and the flag of a viewer there
FLAGS = {measure: f"is_{measure}" for measure in COUNTED_PEOPLE}


def read(run: Run) -> tuple[Crowd, list[CrowdIn]]:
    """What the month's sessions have of events, and the same to be kept; nothing where there are none."""
    crowd = Crowd()
    batches: dict[int, set[int]] = {}
    if run.rows(run.table(EVENT).limit(1)):
        _place(run)
        _count(run, crowd)
        _people(run, crowd)
        _met(run, crowd)
        _came_back(run, crowd)
        inside.read(run, crowd)
        batches = _batches(run, crowd)
    return crowd, recall(crowd, run.inputs.crowds, run.month.segments, batches)


def _batches(run: Run, crowd: Crowd) -> dict[int, set[int]]:
    """Session → the batches that speak of its room in its time, and of the broadcasts before it that were looked at."""
    names = accounts_by_name(run.inputs.accounts)
    scopes = dict(_scopes(run))
    of_room: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in run.rows(run.table("event_ends")):
        room = names.get((row["platform"], (row["account"] or scopes.get(row["batch"], "")).strip()))
        if room is not None:
            of_room[room].append((row["batch"], row["low"], row["high"]))
    return {
        session.id: {
            batch
            for batch, low, high in of_room[session.account]
            if low < session.end_ms and high >= crowd.back.get(session.id, session.start_ms)
        }
        for session in run.inputs.sessions
    }


def _place(run: Run) -> None:
    """Step `event_at`: every event of the month's sessions with its session and part, once.

    A session's parts are its segments and, numbered 0, its breaks: who is inside stays so over a break.
    """
    names = accounts_by_name(run.inputs.accounts)
    run.make(
        "event_rooms", {"on": TEXT, "name": TEXT, "room": INTEGER},
        [(*name, owner) for name, owner in names.items() if owner is not None],
    )  # fmt: skip
    run.make("event_scopes", {"batch": INTEGER, "scope": TEXT}, _scopes(run))
    rows = list(_part_rows(run))
    columns = {
        "of_session": INTEGER, "of_room": INTEGER, "part": INTEGER, "segment": INTEGER, "start": INTEGER,
        "end": INTEGER,
    }  # fmt: skip
    run.make("event_parts", columns, rows)
    _inside_of(run, "event_at", rows)


def _inside_of(run: Run, name: str, parts: Iterable[tuple[int, int, int, int, int, int]]) -> Any:
    """Step `name`: the events that lie in one of the parts; told twice in a session, each counts where it was first."""
    rooms, scopes = run.table("event_rooms"), run.table("event_scopes")
    said = run.table(EVENT).left_join(scopes, "batch").drop("batch_right")
    said = said.mutate(whose=ibis.coalesce(said.account, said.scope).strip(), hour=said.instant_ms // HOUR_MS)
    found = said.join(rooms, [said.platform == rooms.on, said.whose == rooms.name])
    hours = _by_hour(run, f"{name}_hours", parts)
    in_part = (found.instant_ms >= hours.start) & (found.instant_ms < hours.end)
    found = found.join(hours, [found.room == hours.of_room, found.hour == hours.at_hour, in_part])
    placed = run.keep(
        f"{name}_told",
        found.select(
            *("session", "part", "segment", "kind", "viewer", "event_id", "batch", "row"), at=found.instant_ms,
            n=found["count"].fill_null(1),
        ),
    )  # fmt: skip
    twice = placed.filter(placed.event_id.notnull()).group_by("session", "event_id").aggregate(n=ibis._.count())
    twice = run.keep(f"{name}_twice", twice.filter(twice.n > 1).select(of="session", id="event_id"))
    if not run.rows(twice.limit(1)):
        return run.keep(name, placed.drop("event_id"))
    again = placed.join(twice, [placed.session == twice.of, placed.event_id == twice.id]).drop("of", "id")
    order = [again["at"], again.batch, again["row"]]
    again = again.mutate(place=ibis.row_number().over(group_by=["session", "event_id"], order_by=order))
    later = again.filter(again.place > 0).select("session", "batch", "row")
    return run.keep(name, placed.anti_join(later, ["session", "batch", "row"]).drop("event_id"))


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


def _scopes(run: Run) -> list[tuple[int, str]]:
    return [(batch.id, batch.scope) for batch in run.inputs.batches if batch.table == EVENT and batch.scope]


def _by_hour(run: Run, name: str, parts: Iterable[tuple[int, int, int, int, int, int]]) -> Any:
    by_hour = [
        (session, *rest, start, end, hour)
        for session, *rest, start, end in parts
        for hour in range(start // HOUR_MS, (end - 1) // HOUR_MS + 1)
    ]
    columns = {
        "session": INTEGER, "of_room": INTEGER, "part": INTEGER, "segment": INTEGER, "start": INTEGER, "end": INTEGER,
        "at_hour": INTEGER,
    }  # fmt: skip
    return run.make(name, columns, by_hour)


def _part_rows(run: Run) -> Iterator[tuple[int, int, int, int, int, int]]:
    """(session, room, part in order of time, segment or 0, start, end)."""
    segments = defaultdict(list)
    for one in run.month.segments:
        segments[one.session].append((one.start_ms, one.end_ms, one.number))
    for session in run.inputs.sessions:
        air = stretches(session)
        off = [(end, start, 0) for (_, end), (start, _) in pairwise(air) if end < start]
        for part, (start, end, number) in enumerate(sorted([*segments[session.id], *off]), 1):
            yield session.id, session.account, part, number, start, end


def _count(run: Run, crowd: Crowd) -> None:
    """Step `event_sets`: each viewer of each segment; and the sums of the segments."""
    found = run.table("event_at")
    found = found.filter(found.segment > 0)
    sums = {measure: total(ibis.cases((found.kind == kind, found.n), else_=0)) for measure, kind in COUNTED.items()}
    ends = {"first": found["at"].min(), "last": found["at"].max()}
    said: dict[int, set[str]] = defaultdict(set)
    # of a kind whose events name nobody it is not known how many people there were
    named: dict[int, set[str]] = defaultdict(set)
    kinds = found.group_by("session", "segment", "kind")
    for row in run.rows(kinds.aggregate(n=found.count(), named=found.viewer.notnull().any())):
        said[row["session"]].add(row["kind"])
        if row["named"]:
            named[row["session"]].add(row["kind"])
        crowd.lines.setdefault((row["session"], row["kind"]), {})[row["segment"]] = row["n"]
    for row in run.rows(found.group_by("session", "segment").aggregate(**sums, **ends)):
        session = row["session"]
        first, last = crowd.span.get(session, (row["first"], row["last"]))
        crowd.span[session] = (min(first, row["first"]), max(last, row["last"]))
        for measure, kind in COUNTED.items():
            # a kind that the session's events do not have at all was perhaps not recorded
            if kind in said[session]:
                crowd.sums.setdefault((session, measure), {})[row["segment"]] = row[measure]
    seen = found.filter(found.viewer.notnull())
    flags = {
        FLAGS[measure]: (seen.kind.isin(PRESENT) if measure == "viewers" else seen.kind == kind).any().cast("int64")
        for measure, kind in COUNTED_PEOPLE.items()
    }
    run.keep("event_sets", seen.group_by("session", "segment", "viewer").aggregate(**flags))
    run.named = named


def _people(run: Run, crowd: Crowd) -> None:
    sets = run.table("event_sets")
    sums = {measure: total(sets[flag]) for measure, flag in FLAGS.items()}
    for row in run.rows(sets.group_by("session", "segment").aggregate(**sums)):
        for measure, kind in COUNTED_PEOPLE.items():
            if kind in run.named[row["session"]]:
                crowd.people.setdefault((row["session"], measure), {})[row["segment"]] = row[measure]


def _met(run: Run, crowd: Crowd) -> None:
    """Of every set of several segments that somebody had in a role: whom they met in which for the first time.

    And of the whole broadcast, where everyone first did something, clicked, ordered.
    """
    sets = run.table("event_sets")
    named = {row["session"] for row in run.rows(sets.select("session").distinct())}
    own = sets_of(run.month.segments, {session for session, _measure in crowd.people})
    whole = defaultdict(list)
    for segment in run.month.segments:
        if segment.session in named:
            whole[segment.session].append(segment.number)
    # the whole broadcast is one more such set, whether anybody had it or not
    every = {session: own.get(session, set()) | {tuple(numbers)} for session, numbers in whole.items()}
    spans = [(session, numbers) for session in sorted(every) for numbers in sorted(every[session])]
    run.whole = {number: session for number, (session, numbers) in enumerate(spans) if numbers == tuple(whole[session])}
    rows = [(number, session, n) for number, (session, numbers) in enumerate(spans) for n in numbers]
    stays = run.make("event_stays", {"span": INTEGER, "of_session": INTEGER, "of_segment": INTEGER}, rows)
    found = sets.join(stays, [sets.session == stays.of_session, sets.segment == stays.of_segment])
    firsts = {m: ibis.cases((found[flag] == 1, found.segment), else_=None).min() for m, flag in FLAGS.items()}
    first = run.keep("event_first", found.group_by("span", "viewer").aggregate(**firsts))
    for session, numbers in spans:
        for measure in FLAGS:
            if (session, measure) in crowd.people and numbers in own.get(session, ()):
                crowd.met[session, numbers, measure] = {}
            if _tells(run, session, measure):
                crowd.behaviour[session, _first_of(run, session, measure)] = {}
    for measure in FLAGS:
        known = first.filter(first[measure].notnull())
        for row in run.rows(known.group_by("span", segment=known[measure]).aggregate(n=known.count())):
            session, numbers = spans[row["span"]]
            if (session, numbers, measure) in crowd.met:
                crowd.met[session, numbers, measure][row["segment"]] = row["n"]
            if row["span"] in run.whole and _tells(run, session, measure):
                crowd.behaviour[session, _first_of(run, session, measure)][row["segment"]] = row["n"]


def _tells(run: Run, session: int, measure: str) -> bool:
    return measure == "viewers" or COUNTED_PEOPLE[measure] in run.named[session]


def _first_of(run: Run, session: int, measure: str) -> str:
    return ACTIVE if measure == "viewers" and "enter" not in run.named[session] else FIRST[measure]


def _came_back(run: Run, crowd: Crowd) -> None:
    """Who was in the room before: in a broadcast that began up to BACK_MS earlier, of this month or another.

    Without events of any such one nobody knows.
    """
    named = set(run.whole.values())
    own = [session for session in run.inputs.sessions if session.id in named]
    earliest: dict[int, int] = {}
    for session in own:
        earliest[session.account] = min(session.start_ms, earliest.get(session.account, session.start_ms))
    latest = max((session.start_ms for session in own), default=0)
    near = [
        n for n in run.inputs.neighbours
        if n.account in earliest and earliest[n.account] - BACK_MS <= n.start_ms < latest
    ]  # fmt: skip
    starts = run.make(
        "event_starts", {"of": INTEGER, "room": INTEGER, "start": INTEGER},
        [(s.id, s.account, s.start_ms) for s in [*own, *near]],
    )  # fmt: skip
    spans = run.make("event_whole", {"whole": INTEGER, "session": INTEGER}, list(run.whole.items()))
    first = run.table("event_first")
    faces = first.filter(first.viewers.notnull()).join(spans, first.span == spans.whole)
    faces = faces.select("session", "viewer", segment="viewers")
    if near:
        here = _inside_of(run, "event_near", list(_stretches_of(near)))
        here = here.filter((here.segment > 0) & here.viewer.notnull() & here.kind.isin(PRESENT))
        faces = faces.union(here.select("session", "viewer").distinct().mutate(segment=ibis.null("int64")))
    visits = run.keep(
        "event_visits",
        faces.join(starts, faces.session == starts.of).select("session", "viewer", "segment", "room", "start"),
    )
    rooms: dict[int, list[int]] = defaultdict(list)
    for row in run.rows(visits.select("room", "start").distinct()):
        rooms[row["room"]].append(row["start"])
    for session in own:
        before = [at for at in rooms[session.account] if session.start_ms - BACK_MS <= at < session.start_ms]
        if before:
            crowd.back[session.id] = min(before)
            crowd.behaviour[session.id, CAME_BACK] = {}
    if not crowd.back:
        return
    if len({(s.account, s.start_ms) for s in [*own, *near]}) == len(own) + len(near):
        earlier = visits.start.lag().over(group_by=["room", "viewer"], order_by="start")
    else:
        # two that begin at once are none before the other; slower
        before_it = ibis.window(group_by=["room", "viewer"], order_by="start", range=(None, -1))
        earlier = visits.start.max().over(before_it)
    visits = visits.mutate(earlier=earlier)
    back = visits.filter(visits.segment.notnull() & (visits.start - visits.earlier <= BACK_MS))
    for row in run.rows(back.group_by("session", "segment").aggregate(n=back.count())):
        crowd.behaviour[row["session"], CAME_BACK][row["segment"]] = row["n"]


def _stretches_of(sessions: Iterable[SessionIn]) -> Iterator[tuple[int, int, int, int, int, int]]:
    """As `_part_rows`, where it does not matter who was there: on air is segment 1."""
    for session in sessions:
        air = stretches(session)
        off = [(end, start, 0) for (_, end), (start, _) in pairwise(air) if end < start]
        for part, (start, end, number) in enumerate(sorted([*((a, b, 1) for a, b in air), *off]), 1):
            yield session.id, session.account, part, number, start, end
