"""Who was in the room before: in a broadcast that began up to BACK_MS earlier, of this month or another."""

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

import ibis

from kaibo.kpi.crowd import BACK_MS, CAME_BACK, PRESENT, Crowd
from kaibo.kpi.engine import event_files
from kaibo.kpi.engine.event_files import CODE, PARTS
from kaibo.kpi.engine.run import INTEGER, Run
from kaibo.kpi.inputs import SessionIn

if TYPE_CHECKING:
    from kaibo.kpi.engine.events import Slice

NEAR = "event_near"
PRESENT_CODES = [CODE[kind] for kind in PRESENT]


def remember(run: Run, chosen: "Slice") -> None:
    """Step `event_faces`: who was in each broadcast, and in which segment first."""
    first = run.table("event_first")
    columns = {"whole": INTEGER, "session": INTEGER, "room": INTEGER, "start": INTEGER}
    about = {one.id: (one.id, one.account, one.start_ms) for one in chosen.sessions}
    wholes = run.make("event_whole", columns, [(number, *about[one]) for number, one in chosen.whole.items()])
    places = run.table("event_parts").select("of", "segment")
    faces = first.filter(first.viewers.notnull()).join(wholes, first.span == wholes.whole)
    faces = faces.join(places, faces.viewers == places.of)
    run.add("event_faces", faces.select("session", "viewer", "segment", "room", "start"))
    run.drop("event_whole")


def read(run: Run, crowd: Crowd, sessions: Collection[SessionIn], named: Collection[int]) -> None:
    """Of those of these sessions in which some viewer is `named`; without events of an earlier one nobody knows."""
    own = [one for one in sessions if one.id in named]
    ids = {one.id for one in sessions}
    near = _near(own, [one for one in (*run.inputs.sessions, *run.inputs.neighbours) if one.id not in ids])
    for some in event_files.slices(run, near):
        _others(run, some)
    faces = run.table("event_faces")
    rooms: dict[int, list[int]] = defaultdict(list)
    for row in run.rows(faces.select("room", "start").distinct()):
        rooms[row["room"]].append(row["start"])
    for session in own:
        before = [at for at in rooms[session.account] if session.start_ms - BACK_MS <= at < session.start_ms]
        if before:
            crowd.back[session.id] = min(before)
            crowd.behaviour[session.id, CAME_BACK] = {}
    if crowd.back:
        _count(run, crowd, len({(s.account, s.start_ms) for s in [*own, *near]}) == len(own) + len(near))
    run.drop("event_faces")


def _near(own: Collection[SessionIn], others: Collection[SessionIn]) -> list[SessionIn]:
    """Those that some of one's own may have come back from."""
    starts: dict[int, list[int]] = defaultdict(list)
    for session in own:
        starts[session.account].append(session.start_ms)
    return [
        one for one in others
        if any(at - BACK_MS <= one.start_ms < at for at in starts.get(one.account, ()))
    ]  # fmt: skip


def _others(run: Run, sessions: list[SessionIn]) -> None:
    """Of a broadcast that is not counted only who was there."""
    parts = [event_files.stretches_of(one) for one in sessions]
    found = event_files.place(run, NEAR, sessions, parts)
    columns = {"on_air": INTEGER, "session": INTEGER, "room": INTEGER, "start": INTEGER}
    rows = [
        (index * PARTS + number, one.id, one.account, one.start_ms)
        for index, (one, own) in enumerate(zip(sessions, parts, strict=True))
        for number, part in enumerate(own, 1)
        if part.segment
    ]
    on_air = run.make(f"{NEAR}_parts", columns, rows)
    here = found.filter(found.viewer.notnull() & found.kind.isin(PRESENT_CODES))
    here = here.join(on_air, here.of == on_air.on_air).select("session", "viewer", "room", "start").distinct()
    nowhere = ibis.null("int64")
    run.add("event_faces", here.select("session", "viewer", segment=nowhere, room="room", start="start"))
    run.drop(f"{NEAR}_parts")
    event_files.forget(run, NEAR)


def _count(run: Run, crowd: Crowd, one_at_a_time: bool) -> None:
    visits = run.table("event_faces")
    if one_at_a_time:
        earlier = visits.start.lag().over(group_by=["room", "viewer"], order_by="start")
    else:
        # two that begin at once are none before the other; slower
        before_it = ibis.window(group_by=["room", "viewer"], order_by="start", range=(None, -1))
        earlier = visits.start.max().over(before_it)
    visits = visits.mutate(earlier=earlier)
    back = visits.filter(visits.segment.notnull() & (visits.start - visits.earlier <= BACK_MS))
    for row in run.rows(back.group_by("session", "segment").aggregate(n=back.count())):
        crowd.behaviour[row["session"], CAME_BACK][row["segment"]] = row["n"]
