"""What a session adds up to, by segment: from minutes, from readings at handovers, or its report's total.

A minute lies in the segment it lies in; one that a boundary cuts is split by milliseconds, sessions before segments.
Between two readings of a room's running totals lies what came in between: measured where no boundary cuts it, else
shared by time. What of the session neither covers takes the rest of the report's total by time on air, if there is one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kaibo.kpi.credit import split
from kaibo.kpi.inputs import FactOut, SegmentOut, SessionIn
from kaibo.kpi.measures import TOTALS
from kaibo.kpi.money import is_money
from kaibo.kpi.segments import stretches

# what is read off the screen at a handover
READ = tuple(measure for measure in TOTALS if measure.reading)


@dataclass
class Known:
    """Of one session and measure, by segment number: what is measured, what is shared out, how long is covered."""

    measured: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shared: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    covered: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def so_far(self) -> int:
        return sum(self.measured.values()) + sum(self.shared.values())

    def tells(self, segment: int) -> bool:
        """Whether anything lies in the segment, if only for a part of its time."""
        return segment in self.measured or segment in self.shared or self.covered.get(segment, 0) > 0


# (session, measure) → what is known
Knowledge = dict[tuple[int, str], Known]


@dataclass(frozen=True)
class Part:
    """Where a minute lies: a segment, or a stretch of another month's session (`segment` 0), and for how long."""

    session: int
    segment: int
    start_ms: int
    session_start_ms: int
    overlap_ms: int


def split_minute(parts: Sequence[Part], amount: int) -> Iterator[tuple[Part, int]]:
    """A minute's amount over the places it lies in. Sessions first, so that two months agree."""
    by_session: dict[tuple[int, int], list[Part]] = defaultdict(list)
    for part in sorted(parts, key=lambda p: p.start_ms):
        by_session[part.session_start_ms, part.session].append(part)
    groups = [by_session[key] for key in sorted(by_session)]
    shares = split(amount, [sum(p.overlap_ms for p in group) for group in groups])
    for group, share in zip(groups, shares, strict=True):
        yield from zip(group, split(share, [p.overlap_ms for p in group]), strict=True)


@dataclass(frozen=True)
class Read:
    """What came into a segment between a reading and the one before it: `amount` of a measure."""

    reading: Mapping[str, Any]
    segment: SegmentOut
    measure: str
    basis: str
    amount: int


def from_readings(
    readings: Iterable[Mapping[str, Any]], sessions: Iterable[SessionIn], segments: Sequence[SegmentOut], near_ms: int
) -> tuple[Knowledge, list[Read]]:
    """`readings`: account (id), instant_ms and running totals, of which any may be None, in order of their instants.

    Gives what is known, and what of it each reading said. A running total is 0 where the room goes on air. A reading
    within `near_ms` of a boundary counts as taken at it, since it is typed while people change. A total that went down
    says nothing of the time before it.
    """
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    on_air = [(s.account, start, s.id, end) for s in sessions for start, end in stretches(s)]
    found: Knowledge = {}
    read: list[Read] = []
    last: dict[tuple[int, int, str], tuple[int, int]] = {}
    for reading in readings:
        here = [one for one in on_air if one[0] == reading["account"] and one[1] <= reading["instant_ms"]]
        if not here:
            continue
        _, start, session, end = max(here, key=lambda one: (one[1], one[2]))
        if reading["instant_ms"] > end + near_ms or session not in of_session:
            continue
        own = [s for s in of_session[session] if start <= s.start_ms < end]
        at = _at_edge(reading["instant_ms"], [s.end_ms for s in own], near_ms)
        for measure in READ:
            total = reading[measure.reading]
            if total is not None:
                key = measure.key
                since, before = last.get((session, start, key), (start, 0))
                closing = max(own, key=lambda s: s.end_ms)
                if since >= at and at != closing.end_ms:
                    # a second one at the same boundary: what came since the first belongs to what follows
                    continue
                last[session, start, key] = (at, total)
                if total >= before:
                    known = found.setdefault((session, key), Known())
                    # nothing follows the end
                    parts = _between(own, since, at, total - before) if since < at else [(closing, 0, total - before)]
                    basis = "measured" if len(parts) == 1 else "allocated"
                    kept = known.measured if len(parts) == 1 else known.shared
                    for segment, lap, amount in parts:
                        kept[segment.number] += amount
                        known.covered[segment.number] += lap
                        read.append(Read(reading, segment, key, basis, amount))
    return found, read


def _at_edge(instant: int, edges: Sequence[int], near_ms: int) -> int:
    nearest = min(edges, key=lambda edge: (abs(edge - instant), edge))
    return nearest if abs(nearest - instant) <= near_ms else instant


def _between(
    segments: Sequence[SegmentOut], since: int, at: int, amount: int
) -> list[tuple[SegmentOut, int, int]]:  # fmt: skip
    """(segment, how long of it, its part) of what came in [since, at)."""
    laps = [(s, min(at, s.end_ms) - max(since, s.start_ms)) for s in segments]
    inside = [(s, lap) for s, lap in laps if lap > 0]
    parts = split(amount, [lap for _, lap in inside])
    return [(segment, lap, part) for (segment, lap), part in zip(inside, parts, strict=True)]


def facts(
    said: Mapping[int, Mapping[str, int]], known: Knowledge, segments: Sequence[SegmentOut],
    accounts: Mapping[int, int], currencies: Mapping[int, str],
) -> Iterator[FactOut]:  # fmt: skip
    """Facts of the measures TOTALS. `said`: session → what its reports say; `accounts`: session → account;
    `currencies`: account → what its money is in, empty for the team's.
    """
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    for session, parts in of_session.items():
        for measure in TOTALS:
            total, seen = said.get(session, {}).get(measure.report), known.get((session, measure.key))
            rows = _whole(parts, total) if seen is None else _covered(parts, total, seen)
            account = accounts[session]
            currency = currencies[account] if is_money(measure.key) else ""
            for part, basis, amount in rows:
                yield FactOut(
                    "segment", "", account, session, part.number, part.date, measure.key, basis, amount, currency
                )


# (session, measure) → the numbers of its segments of which no file tells it
Untold = Mapping[tuple[int, str], frozenset[int]]


def untold(
    said: Mapping[int, Mapping[str, int]], known: Knowledge, segments: Sequence[SegmentOut]
) -> dict[tuple[int, str], frozenset[int]]:
    """The segments in which no minute, reading or event lies, where the report has no rest that would fill them.

    A report that is not there, or says less than what is known already, leaves them open; one whose total is reached
    says that there was nothing.
    """
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    found: dict[tuple[int, str], frozenset[int]] = {}
    for session, parts in of_session.items():
        for measure in TOTALS:
            seen, total = known.get((session, measure.key)), said.get(session, {}).get(measure.report)
            if seen is None or (total is not None and total >= seen.so_far):
                continue
            bare = frozenset(part.number for part in parts if not seen.tells(part.number))
            if bare:
                found[session, measure.key] = bare
    return found


def _whole(parts: Sequence[SegmentOut], total: int | None) -> Iterator[tuple[SegmentOut, str, int]]:
    if total is None:
        return
    basis = "measured" if len(parts) == 1 else "allocated"
    for part, share in zip(parts, split(total, [p.end_ms - p.start_ms for p in parts]), strict=True):
        yield part, basis, share


def _covered(parts: Sequence[SegmentOut], total: int | None, seen: Known) -> Iterator[tuple[SegmentOut, str, int]]:
    """What is known; and the rest of the total, where something is not covered and the total is not less."""
    bare = [part.end_ms - part.start_ms - seen.covered.get(part.number, 0) for part in parts]
    rest = total - seen.so_far if total is not None and any(bare) else 0
    shares = split(max(0, rest), bare)
    for part, share in zip(parts, shares, strict=True):
        if part.number in seen.measured:
            yield part, "measured", seen.measured[part.number]
        share += seen.shared.get(part.number, 0)
        if share:
            yield part, "allocated", share
