"""Reads events in slices: of some sessions at a time, with the part of its session that each lies in, once.

Sessions have nothing of each other's events, so that what is held at once does not grow with the month.
"""

# ruff: noqa: S608 - our own names, and literals that facts.visible quotes

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kaibo.facts import event_ends
from kaibo.facts.schema import EVENT, EVENT_KINDS
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, event_covers_sql, event_ends_sql, event_spans_sql, events_sql
from kaibo.kpi import counted
from kaibo.kpi.crowd import BACK_MS
from kaibo.kpi.engine.event_spans import Read, Span
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import DOUYIN, SegmentOut, SessionIn
from kaibo.kpi.kept_crowds import sets_of
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.segments import stretches

CODE = {kind: code for code, kind in enumerate(EVENT_KINDS, 1)}
# events that are held at once
SLICE = 750_000


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
    run.events = Read(tuple(_spans(run, told)), tuple(_spans(run, counting)), frozenset(replaced), ends)
    return {
        "as_of_ms": max((as_of for _, as_of, *_ in counting), default=None),
        "until_ms": max((end - 1 for *_, end, _ in counting), default=None),
        "rows": sum(lines for *_, lines in counting),
    }


def _ends(run: Run, files: Sequence[BatchFile]) -> dict[str, list[list[Any]]]:
    """Step `event_ends`: when each file speaks. Files never change; those written before they said it are read once."""
    key = {str(file.path): f"{file.batch} {file.path.parent.name}" for file in files}
    before = counted.ends(run.before)
    found = {key[str(file.path)]: before[key[str(file.path)]] for file in files if key[str(file.path)] in before}
    for file in files:
        name = key[str(file.path)]
        if name not in found and (told := event_ends.said(file.path)) is not None:
            found[name] = told
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


@dataclass(frozen=True)
class Marks:
    """Of each session marks of everything that counts depend on. `shown`: who was there, and who of them before: on its
    time, what its room is called, which batches speak of the room then, and the broadcasts before it. `counts`: on
    these, its segments, and which sets of them somebody had.
    """

    shown: dict[int, str]
    counts: dict[int, str]


def marks(run: Run) -> Marks:
    names, batches = defaultdict(list), {batch.id: batch for batch in run.inputs.batches if batch.table == EVENT}
    for name, room in accounts_by_name(run.inputs.accounts).items():
        names[room].append(name)
    spans, segments = defaultdict(list), defaultdict(list)
    sessions: dict[int, list[tuple[int, str]]] = defaultdict(list)
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
    for broadcasts in sessions.values():
        broadcasts.sort()
    for segment in run.month.segments:
        segments[segment.session].append((segment.number, segment.start_ms, segment.end_ms))
    sets = sets_of(run.month.segments, {one.id for one in run.inputs.sessions})
    found = Marks({}, {})
    for one in run.inputs.sessions:
        broadcasts = sessions[one.account]
        first, here = (bisect_left(broadcasts, (at,)) for at in (one.start_ms - BACK_MS, one.start_ms))
        earlier = broadcasts[first:here]
        since = earlier[0][0] if earlier else one.start_ms
        speak = sorted(mark for first, end, mark in spans[one.account] if first < one.end_ms and end > since)
        own = (one.id, one.account, one.start_ms, one.end_ms, one.breaks)
        shown = _mark((own, sorted(names[one.account]), speak, [mark for _, mark in earlier]))
        found.shown[one.id] = shown
        found.counts[one.id] = _mark((shown, segments[one.id], sorted(sets[one.id])))
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
