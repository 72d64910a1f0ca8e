"""Events of viewers: which segments they lie in, how many of each kind, who was there, how many were inside.

One pass groups by segment and viewer; the rest is a roll-up of that. People are counted exactly, each once.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import ibis

from kaibo.facts.schema import EVENT
from kaibo.kpi.crowd import COUNTED, COUNTED_PEOPLE, PRESENT, STAY_MS, Crowd, Online
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, total
from kaibo.kpi.inputs import HOST_KINDS
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.segments import stretches

# people by segment, and the flag of a viewer there
FLAGS = {measure: f"is_{measure}" for measure in COUNTED_PEOPLE}


def read(run: Run) -> Crowd:
    """What the month's sessions have of events; nothing where no event is visible."""
    crowd = Crowd()
    if not run.rows(run.table(EVENT).limit(1)):
        return crowd
    _place(run)
    _count(run, crowd)
    _people(run, crowd)
    _met(run, crowd)
    _moves(run)
    _inside(run, crowd)
    _stays(run, crowd)
    return crowd


def _place(run: Run) -> None:
    """Step `event_at`: every event of the month's sessions with its session and part, once.

    A session's parts are its segments and, numbered 0, its breaks: who is inside stays so over a break.
    """
    names = accounts_by_name(run.inputs.accounts)
    rooms = run.make(
        "event_rooms", {"on": TEXT, "name": TEXT, "room": INTEGER},
        [(*name, owner) for name, owner in names.items() if owner is not None],
    )  # fmt: skip
    scopes = run.make("event_scopes", {"batch": INTEGER, "scope": TEXT}, _scopes(run))
    said = run.table(EVENT).left_join(scopes, "batch").drop("batch_right")
    said = said.mutate(whose=ibis.coalesce(said.account, said.scope).strip(), hour=said.instant_ms // HOUR_MS)
    found = said.join(rooms, [said.platform == rooms.on, said.whose == rooms.name])
    parts = _parts(run)
    inside = (found.instant_ms >= parts.start) & (found.instant_ms < parts.end)
    found = found.join(parts, [found.room == parts.of_room, found.hour == parts.at_hour, inside])
    placed = run.keep(
        "event_told",
        found.select(
            *("session", "part", "segment", "kind", "viewer", "event_id", "batch", "row"), at=found.instant_ms,
            n=found["count"].fill_null(1),
        ),
    )  # fmt: skip
    twice = placed.filter(placed.event_id.notnull()).group_by("session", "event_id").aggregate(n=ibis._.count())
    twice = run.keep("event_twice", twice.filter(twice.n > 1).select(of="session", id="event_id"))
    if not run.rows(twice.limit(1)):
        run.keep("event_at", placed.drop("event_id"))
        return
    again = placed.join(twice, [placed.session == twice.of, placed.event_id == twice.id]).drop("of", "id")
    order = [again["at"], again.batch, again["row"]]
    again = again.mutate(place=ibis.row_number().over(group_by=["session", "event_id"], order_by=order))
    later = again.filter(again.place > 0).select("session", "batch", "row")
    run.keep("event_at", placed.anti_join(later, ["session", "batch", "row"]).drop("event_id"))


def _scopes(run: Run) -> list[tuple[int, str]]:
    return [(batch.id, batch.scope) for batch in run.inputs.batches if batch.table == EVENT and batch.scope]


def _parts(run: Run) -> Any:
    """Step `event_parts`, and the same by the hour."""
    rows = list(_part_rows(run))
    columns = {
        "of_session": INTEGER, "of_room": INTEGER, "part": INTEGER, "segment": INTEGER, "start": INTEGER,
        "end": INTEGER,
    }  # fmt: skip
    run.make("event_parts", columns, rows)
    by_hour = [
        (session, *rest, start, end, hour)
        for session, *rest, start, end in rows
        for hour in range(start // HOUR_MS, (end - 1) // HOUR_MS + 1)
    ]
    columns = {
        "session": INTEGER, "of_room": INTEGER, "part": INTEGER, "segment": INTEGER, "start": INTEGER, "end": INTEGER,
        "at_hour": INTEGER,
    }  # fmt: skip
    return run.make("event_hours", columns, by_hour)


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
    found = run.keep("event_here", found.filter(found.segment > 0))
    sums = {measure: total(ibis.cases((found.kind == kind, found.n), else_=0)) for measure, kind in COUNTED.items()}
    ends = {"first": found["at"].min(), "last": found["at"].max()}
    said: dict[int, set[str]] = defaultdict(set)
    for row in run.rows(found.select("session", "kind").distinct()):
        said[row["session"]].add(row["kind"])
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
    run.said = said


def _people(run: Run, crowd: Crowd) -> None:
    sets = run.table("event_sets")
    sums = {measure: total(sets[flag]) for measure, flag in FLAGS.items()}
    for row in run.rows(sets.group_by("session", "segment").aggregate(**sums)):
        for measure, kind in COUNTED_PEOPLE.items():
            if kind in run.said[row["session"]]:
                crowd.people.setdefault((row["session"], measure), {})[row["segment"]] = row[measure]


def _met(run: Run, crowd: Crowd) -> None:
    """Of everyone with several segments in a session and role: whom they met in which for the first time.

    People with the same segments met the same viewers: each such set of segments is counted once.
    """
    kinds = {session.id: session.air_kind for session in run.inputs.sessions}
    own: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for segment in run.month.segments:
        if kinds[segment.session] in HOST_KINDS:
            for role, crew in segment.crew.items():
                for member in crew:
                    own[segment.session, role, member.person].append(segment.number)
    alike: dict[tuple[int, tuple[int, ...]], list[tuple[str, int]]] = defaultdict(list)
    for (session, role, person), numbers in own.items():
        if len(numbers) > 1:
            alike[session, tuple(numbers)].append((role, person))
    spans = list(alike)
    rows = [(number, session, n) for number, (session, numbers) in enumerate(spans) for n in numbers]
    stays = run.make("event_stays", {"span": INTEGER, "of_session": INTEGER, "of_segment": INTEGER}, rows)
    sets = run.table("event_sets")
    found = sets.join(stays, [sets.session == stays.of_session, sets.segment == stays.of_segment])
    firsts = {m: ibis.cases((found[flag] == 1, found.segment), else_=None).min() for m, flag in FLAGS.items()}
    first = run.keep("event_first", found.group_by("span", "viewer").aggregate(**firsts))
    for measure in FLAGS:
        known = first.filter(first[measure].notnull())
        for row in run.rows(known.group_by("span", segment=known[measure]).aggregate(n=known.count())):
            session = spans[row["span"]][0]
            for role, person in alike[spans[row["span"]]]:
                crowd.met.setdefault((session, role, person, measure), {})[row["segment"]] = row["n"]
    for (session, _numbers), people in alike.items():
        for role, person in people:
            for measure in FLAGS:
                if (session, measure) in crowd.people:
                    crowd.met.setdefault((session, role, person, measure), {})


def _moves(run: Run) -> None:
    """Step `event_moves`: comings in (1) and goings (−1) that change anything, of sessions that tell both.

    Entering twice is being inside; a leave of someone who is not inside says nothing.
    """
    told = [(session,) for session, kinds in run.said.items() if {"enter", "leave"} <= kinds]
    sessions = run.make("event_leavers", {"known": INTEGER}, told)
    found = run.table("event_at")
    found = found.filter(found.kind.isin(("enter", "leave")) & found.viewer.notnull())
    found = found.semi_join(sessions, [found.session == sessions.known])
    order = [found["at"], found.batch, found["row"]]
    before = found.kind.lag().over(group_by=["session", "viewer"], order_by=order)
    found = found.mutate(before=before.fill_null("leave"))
    turns = found.filter(found.kind != found.before)
    step = ibis.cases((turns.kind == "enter", 1), else_=-1).cast("int64")
    since = turns["at"].lag().over(group_by=["session", "viewer"], order_by=[turns["at"], turns.batch, turns["row"]])
    turns = turns.select("session", "part", "segment", "viewer", "at", "batch", "row", step=step, since=since)
    run.keep("event_moves", turns)


def _inside(run: Run, crowd: Crowd) -> None:
    """How many are inside, over time: the steps of every instant, and a mark at the start of each part."""
    moves, parts = run.table("event_moves"), run.table("event_parts")
    sessions = run.table("event_leavers")
    parts = parts.semi_join(sessions, [parts.of_session == sessions.known])
    marks = parts.select(
        session="of_session", at="start", step=ibis.literal(0, "int64"), left=ibis.literal(0, "int64"), part="part",
        end="end",
    )  # fmt: skip
    # gone at this very instant, and inside before it
    left = ibis.cases(((moves.step < 0) & (moves.since < moves["at"]), 1), else_=0)
    nothing = ibis.null("int64")
    steps = moves.select("session", "at", "step", left=left.cast("int64"), part=nothing, end=nothing)
    every = marks.union(steps)
    every = every.group_by("session", "at").aggregate(
        step=total(every.step), left=total(every.left), part=every.part.max(), end=every.end.max()
    )
    so_far = ibis.window(group_by="session", order_by="at", preceding=None, following=0)
    every = every.mutate(
        level=total_over(every.step, so_far), place=every.part.max().over(so_far), until=every.end.max().over(so_far),
        following=every["at"].lead().over(group_by="session", order_by="at"),
    )  # fmt: skip
    every = run.keep("event_levels", every)
    length = ibis.least(every.following.fill_null(2**62), every.until) - every["at"]
    every = every.mutate(
        length=length, carried=ibis.cases((every.part.notnull(), every.level - every.step - every.left), else_=0)
    )
    sums = every.group_by("session", "place").aggregate(
        level_ms=total(every.level * every.length), known_ms=total(every.length), peak=every.level.max(),
        carried=total(every.carried),
    )  # fmt: skip
    numbers = {(row["of_session"], row["part"]): row["segment"] for row in run.rows(run.table("event_parts"))}
    for row in run.rows(sums):
        session, segment = row["session"], numbers[row["session"], row["place"]]
        if segment:
            crowd.online[session, segment] = Online(row["level_ms"], row["known_ms"], row["peak"])
            crowd.behaviour.setdefault((session, "carried_in"), {})[segment] = row["carried"]


def total_over(column: Any, window: Any) -> Any:
    return column.sum().over(window).cast("int64")


def _stays(run: Run, crowd: Crowd) -> None:
    """Who came first in which segment, and how many of them stayed so long, where the broadcast was on so long."""
    moves, parts = run.table("event_moves"), run.table("event_parts")
    ends = parts.group_by("of_session").aggregate(over=parts.end.max())
    order = [moves["at"], moves.batch, moves["row"]]
    turns = moves.mutate(
        place=ibis.row_number().over(group_by=["session", "viewer"], order_by=order),
        until=moves["at"].lead().over(group_by=["session", "viewer"], order_by=order),
    )
    came = turns.filter((turns.place == 0) & (turns.segment > 0))
    came = came.join(ends, [came.session == ends.of_session])
    stayed = ibis.least(came.until.fill_null(2**62), came.over) - came["at"]
    could = came.over - came["at"]
    sums = {f"could_stay_{key}": total((could >= ms).cast("int64")) for key, ms in STAY_MS.items()}
    sums |= {f"stayed_{key}": total((stayed >= ms).cast("int64")) for key, ms in STAY_MS.items()}
    for row in run.rows(came.group_by("session", "segment").aggregate(came=came.count(), **sums)):
        for measure in ("came", *sums):
            crowd.behaviour.setdefault((row["session"], measure), {})[row["segment"]] = row[measure]
