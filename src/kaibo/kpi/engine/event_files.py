"""Reads events in slices: of some sessions at a time, with the part of its session that each lies in, once.

Sessions have nothing of each other's events, so that what is held at once does not grow with the month.
"""

# ruff: noqa: S608 - our own names, and literals that facts.visible quotes

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis
import pyarrow as pa

from kaibo.facts.schema import EVENT, EVENT_KINDS
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, event_covers_sql, event_ends_sql, event_spans_sql, events_sql
from kaibo.kpi import counted
from kaibo.kpi.crowd import BACK_MS
from kaibo.kpi.engine.event_spans import Read, Span
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, quoted
from kaibo.kpi.inputs import DOUYIN, SegmentOut, SessionIn
from kaibo.kpi.kept_crowds import sets_of
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.segments import stretches

COLUMNS = ("row", "platform", "account", "instant_ms", "kind", "viewer", "event_id", "count")
CODE = {kind: code for code, kind in enumerate(EVENT_KINDS, 1)}
# events that are held at once
SLICE = 1_500_000
# a part is numbered `place of its session in the slice × PARTS + its own number, from 1`
PARTS = 100_000


VIEW = {
    "platform": TEXT, "whose": TEXT, "at": INTEGER, "hour": INTEGER, "kind": pa.int8(), "viewer": INTEGER, "n": INTEGER,
    "batch": INTEGER, "row": INTEGER, "told_as": pa.uint64(),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A segment of a session, or, numbered 0, a break: who is inside stays so over a break."""

    session: int
    segment: int
    start_ms: int
    end_ms: int


def know(run: Run) -> dict[str, Any]:
    """Looks once at few columns of those files that were not looked at `before`. Gives of the events that count newest
    export, newest instant and how many they are.
    """
    files = batch_files(run)
    ends = _ends(run, files)
    run.con.raw_sql(f"create temp table event_spans as {event_spans_sql(files, 'event_ends')}")
    run.con.raw_sql(f"create temp table event_covers as {event_covers_sql('event_spans')}")
    said = "select batch, as_of, platform, account, first_ms, end_ms, lines from event_spans"
    told = run.con.raw_sql(said).fetchall()
    replaced = {batch for (batch,) in run.con.raw_sql("select distinct batch from event_covers").fetchall()}
    counting = [row for row in told if row[0] not in replaced] + _what_remains(run, files, replaced)
    run.events = Read(tuple(_spans(run, told)), tuple(_spans(run, counting)), bool(replaced), ends)
    return {
        "as_of_ms": max((as_of for _, as_of, *_ in counting), default=None),
        "until_ms": max((end - 1 for *_, end, _ in counting), default=None),
        "rows": sum(lines for *_, lines in counting),
    }


def _ends(run: Run, files: Sequence[BatchFile]) -> dict[str, list[list[Any]]]:
    """Step `event_ends`: when each file speaks. Files never change."""
    key = {str(file.path): f"{file.batch} {file.path.parent.name}" for file in files}
    before = counted.ends(run.before)
    found = {key[str(file.path)]: before[key[str(file.path)]] for file in files if key[str(file.path)] in before}
    if unread := [file for file in files if key[str(file.path)] not in found]:
        found |= {key[str(file.path)]: [] for file in unread}
        for path, *rest in run.con.raw_sql(event_ends_sql(unread)).fetchall():
            found[key[path]].append(rest)
    columns = {
        "filename": TEXT, "platform": TEXT, "account": TEXT, "kind": TEXT, "first_ms": INTEGER, "end_ms": INTEGER,
        "lines": INTEGER,
    }  # fmt: skip
    run.make("event_ends", columns, [(path, *row) for path, name in key.items() for row in found[name]])
    return found


def _what_remains(run: Run, files: Sequence[BatchFile], replaced: Collection[int]) -> list[tuple[Any, ...]]:
    """Of batches some of whose events are replaced: from the first event that counts to the last."""
    about = {file.batch: file for file in files if file.batch in replaced}
    if not about:
        return []
    every = events_sql(list(about.values()), ("platform", "account", "instant_ms"), "true", "event_covers")
    sql = f"""select batch, platform, account, min(instant_ms), max(instant_ms) + 1, count(*)
              from ({every}) where instant_ms is not null group by all"""
    return [
        (batch, about[batch].as_of_ms, platform, account or about[batch].scope, *rest)
        for batch, platform, account, *rest in run.con.raw_sql(sql).fetchall()
    ]


def marks(run: Run) -> dict[int, str]:
    """Of each session a mark of everything that its counts depend on: its time and segments, which sets of them
    somebody had, what its room is called, which batches speak of the room then, and the broadcasts before it.
    """
    names, batches = defaultdict(list), {batch.id: batch for batch in run.inputs.batches if batch.table == EVENT}
    for name, room in accounts_by_name(run.inputs.accounts).items():
        names[room].append(name)
    spans, sessions, segments = defaultdict(list), defaultdict(list), defaultdict(list)
    # a batch replaces older ones from its first to its last event in a room, whatever it calls the room
    hull: dict[tuple[int, int], tuple[int, int]] = {}
    for span in run.events.told:
        first, end = hull.get((span.batch, span.room), (span.first_ms, span.end_ms))
        hull[span.batch, span.room] = min(first, span.first_ms), max(end, span.end_ms)
    for span in set(run.events.told):
        of = batches[span.batch]
        about = (span, of.as_of_ms, of.folder.name, of.platform, of.scope)
        spans[span.room].append((*hull[span.batch, span.room], _mark(about)))
    for one in (*run.inputs.sessions, *run.inputs.neighbours):
        sessions[one.account].append((one.start_ms, _mark((one.id, one.start_ms, one.end_ms, one.breaks))))
    for segment in run.month.segments:
        segments[segment.session].append((segment.number, segment.start_ms, segment.end_ms))
    sets = sets_of(run.month.segments, {one.id for one in run.inputs.sessions})
    found = {}
    for one in run.inputs.sessions:
        earlier = sorted(s for s in sessions[one.account] if one.start_ms - BACK_MS <= s[0] < one.start_ms)
        since = earlier[0][0] if earlier else one.start_ms
        speak = sorted(mark for first, end, mark in spans[one.account] if first < one.end_ms and end > since)
        own = (one.id, one.account, one.start_ms, one.end_ms, one.breaks, segments[one.id], sorted(sets[one.id]))
        found[one.id] = _mark((own, sorted(names[one.account]), speak, [mark for _, mark in earlier]))
    return found


def _mark(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


def _spans(run: Run, rows: Iterable[tuple[Any, ...]]) -> Iterator[Span]:
    names = accounts_by_name(run.inputs.accounts)
    for batch, _as_of, platform, account, *ends in rows:
        room = names.get((platform, (account or "").strip()))
        if room is not None:
            yield Span(batch, room, *ends)


def batch_files(run: Run) -> list[BatchFile]:
    return [
        BatchFile(b.id, b.as_of_ms, table_path(b.folder, EVENT), b.platform or DOUYIN, b.scope)
        for b in run.inputs.batches
        if b.table == EVENT
    ]


def slices(run: Run, sessions: Iterable[SessionIn]) -> Iterator[list[SessionIn]]:
    """These sessions by their start, so many at a time that some SLICE events lie between the first and the last."""
    every = sorted(sessions, key=lambda one: (one.start_ms, one.id))
    if not every:
        return
    low, high = every[0].start_ms, max(one.end_ms for one in every)
    rooms = {one.account for one in every}
    lines = sum(
        span.lines * max(0, min(high, span.end_ms) - max(low, span.first_ms)) // (span.end_ms - span.first_ms)
        for span in run.events.told
        if span.room in rooms
    )
    size = -(-len(every) // max(1, -(-lines // SLICE)))
    for begin in range(0, len(every), size):
        yield every[begin : begin + size]


def parts_of(session: SessionIn, segments: Sequence[SegmentOut]) -> list[Part]:
    """In the order of time."""
    air = stretches(session)
    off = [(end, start, 0) for (_, end), (start, _) in pairwise(air) if end < start]
    on = [(one.start_ms, one.end_ms, one.number) for one in segments]
    return [Part(session.id, number, start, end) for start, end, number in sorted([*on, *off])]


def stretches_of(session: SessionIn) -> list[Part]:
    """The same where it does not matter who was there: on air is segment 1."""
    air = stretches(session)
    off = [(end, start, 0) for (_, end), (start, _) in pairwise(air) if end < start]
    return [Part(session.id, n, start, end) for start, end, n in sorted([*((a, b, 1) for a, b in air), *off])]


def place(run: Run, name: str, sessions: Sequence[SessionIn], parts: Sequence[Sequence[Part]]) -> Any:
    """Steps `name_…`: every event of these sessions that counts, once, in its part. `parts`: of each session.

    Columns: of (see PARTS), at, kind (CODE), viewer, n (how many at once), batch, row.
    """
    told = _look(run, name, sessions)
    columns = {"on": TEXT, "name": TEXT, "at_hour": INTEGER, "start": INTEGER, "end": INTEGER, "of": INTEGER}
    hours = run.make(f"{name}_hours", columns, list(_hours(run, sessions, parts)))
    in_part = (told["at"] >= hours.start) & (told["at"] < hours.end)
    found = told.join(hours, [told.platform == hours.on, told.whose == hours.name, told.hour == hours.at_hour, in_part])
    found = run.keep(f"{name}_told", found.select("of", "at", "kind", "viewer", "n", "batch", "row", "told_as"))
    named = found.filter(found.told_as.notnull())
    twice = named.group_by(within=named.of // PARTS, known="told_as").aggregate(times=ibis._.count())
    twice = run.keep(f"{name}_twice", twice.filter(twice.times > 1))
    return _once(run, name, sessions, found, twice) if run.rows(twice.limit(1)) else found


def _hours(
    run: Run, sessions: Sequence[SessionIn], parts: Sequence[Sequence[Part]]
) -> Iterator[tuple[str, str, int, int, int, int]]:
    """Of each part its hours, under every name of its room: what events are joined with, by equal values."""
    names: dict[int | None, list[tuple[str, str]]] = defaultdict(list)
    for name, room in accounts_by_name(run.inputs.accounts).items():
        names[room].append(name)
    for index, (session, own) in enumerate(zip(sessions, parts, strict=True)):
        for number, part in enumerate(own, 1):
            for hour in range(part.start_ms // HOUR_MS, (part.end_ms - 1) // HOUR_MS + 1):
                for name in names[session.account]:
                    yield (*name, hour, part.start_ms, part.end_ms, index * PARTS + number)


def _look(run: Run, name: str, sessions: Sequence[SessionIn]) -> Any:
    """A view of the events of these sessions' rooms between the first one's start and the last one's end."""
    scopes = " ".join(f"when {b.id} then {quoted(b.scope)}" for b in run.inputs.batches if b.table == EVENT and b.scope)
    whose = f"coalesce(account, case batch {scopes} end)" if scopes else "account"
    codes = " ".join(f"when '{kind}' then {code}" for kind, code in CODE.items())
    run.con.raw_sql(f"""create or replace temp view "{name}_view" as
        select platform, trim({whose}) as whose, instant_ms as at, instant_ms // {HOUR_MS} as hour,
               (case kind {codes} end)::tinyint as kind, viewer, coalesce("count", 1)::bigint as n, batch, "row",
               case when event_id is not null then hash(event_id) end as told_as
        from ({_files_sql(run, sessions, COLUMNS)})""")
    run.know(f"{name}_view", VIEW.items())
    return run.table(f"{name}_view")


def _files_sql(run: Run, sessions: Sequence[SessionIn], columns: Sequence[str]) -> str:
    low, high = min(one.start_ms for one in sessions), max(one.end_ms for one in sessions)
    rooms = {one.account for one in sessions}
    speak = {
        span.batch for span in run.events.told if span.room in rooms and span.first_ms < high and low < span.end_ms
    }
    files = [file for file in batch_files(run) if file.batch in speak]
    when = f"instant_ms >= {low} and instant_ms < {high}"
    if not rooms >= {span.room for span in run.events.told}:
        names = sorted({name.strip() for one in run.inputs.accounts if one.id in rooms for name in one.names})
        when += f" and (account is null or trim(account) in ({', '.join(map(quoted, names))}))"
    return events_sql(files, columns, when, "event_covers" if run.events.replaced else "")


def _once(run: Run, name: str, sessions: Sequence[SessionIn], found: Any, twice: Any) -> Any:
    """Without those that were told before in their session: the earliest of an id counts. `twice`: what may be, by a
    digest of the ids; the ids themselves decide.
    """
    ids = _files_sql(run, sessions, ("row", "event_id"))
    run.con.raw_sql(f'create or replace temp view "{name}_id_view" as select batch, "row", event_id from ({ids})')
    run.know(f"{name}_id_view", {"batch": INTEGER, "row": INTEGER, "event_id": TEXT}.items())
    ids = run.table(f"{name}_id_view")
    session = found.of // PARTS
    again = found.join(twice, [session == twice.within, found.told_as == twice.known])
    again = run.keep(f"{name}_again", again.select("within", "at", "batch", "row"))
    again = again.join(ids, ["batch", "row"])
    order = [again["at"], again.batch, again["row"]]
    again = again.mutate(place=ibis.row_number().over(group_by=["within", "event_id"], order_by=order))
    later = run.keep(f"{name}_later", again.filter(again.place > 0).select("within", "batch", "row"))
    same = [session == later.within, found.batch == later.batch, found["row"] == later["row"]]
    return run.keep(f"{name}_once", found.anti_join(later, same))


def forget(run: Run, name: str) -> None:
    """What was read makes room for the next slice."""
    run.drop(*(f"{name}_{step}" for step in ("hours", "told", "twice", "again", "later", "once")))
