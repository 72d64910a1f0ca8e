"""What events came to, as counts that outlive the events' rows, and how they are used when the rows are gone.

Viewers' rows are erased after a time (imports.retention). A session whose events can be counted no more takes the
counts that were made of them. Where its segments are others since, sums are shared out by time; people cannot be.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from kaibo.kpi.credit import own_segments, split
from kaibo.kpi.crowd import ACTIVE, BEHAVIOUR, CAME_BACK, COUNTED, COUNTED_PEOPLE, BySegment, Crowd, Online
from kaibo.kpi.inputs import CrowdIn, MetIn, SegmentOut

Numbers = tuple[int, ...]


def sets_of(segments: Iterable[SegmentOut], sessions: Collection[int]) -> dict[int, set[Numbers]]:
    """Session → the sets of several segments that somebody had in a role; of these sessions."""
    found: dict[int, set[Numbers]] = defaultdict(set)
    for (session, _role, _person), numbers in own_segments([s for s in segments if s.session in sessions]).items():
        if len(numbers) > 1:
            found[session].add(numbers)
    return found


def kept(crowd: Crowd, segments: Iterable[SegmentOut], batches: Mapping[int, Collection[int]]) -> list[CrowdIn]:
    """Everything that was counted, session by session. `batches`: session → the batches whose events these are."""
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    counts: dict[int, dict[str, BySegment]] = defaultdict(dict)
    for told in (crowd.sums, crowd.people, crowd.behaviour):
        for (session, measure), amounts in told.items():
            counts[session][measure] = amounts
    lines: dict[int, dict[str, BySegment]] = defaultdict(dict)
    for (session, kind), amounts in crowd.lines.items():
        lines[session][kind] = amounts
    met: dict[int, dict[Numbers, dict[str, BySegment]]] = defaultdict(dict)
    for (session, numbers, measure), amounts in crowd.met.items():
        met[session].setdefault(numbers, {})[measure] = amounts
    return [
        CrowdIn(
            session=session,
            batches=tuple(sorted(batches.get(session, ()))),
            first_ms=first,
            last_ms=last,
            segments=tuple((part.start_ms, part.end_ms) for part in of_session[session]),
            counts=_in_order(counts[session], [part.number for part in of_session[session]]),
            lines=_in_order(lines[session], [part.number for part in of_session[session]]),
            met=tuple(MetIn(numbers, _in_order(met[session][numbers], numbers)) for numbers in sorted(met[session])),
            online=_online(crowd, of_session[session]),
            back_ms=crowd.back.get(session),
        )
        for session, (first, last) in sorted(crowd.span.items())
    ]


def _in_order(counts: Mapping[str, BySegment], numbers: Sequence[int]) -> dict[str, tuple[int, ...]]:
    # of every measure of every set of segments of a month
    return {measure: tuple(map(counts[measure].get, numbers, repeat(0))) for measure in sorted(counts)}


def _online(crowd: Crowd, segments: Sequence[SegmentOut]) -> tuple[tuple[int, int, int], ...]:
    found = [crowd.online.get((part.session, part.number)) for part in segments]
    return tuple((one.level_ms, one.known_ms, one.peak or 0) for one in found if one) if all(found) else ()


def recall(
    crowd: Crowd, before: Iterable[CrowdIn], segments: Sequence[SegmentOut], batches: Mapping[int, Collection[int]]
) -> list[CrowdIn]:
    """Put into `crowd` what was counted `before`, of sessions whose events now say less; gives what there is to keep.

    Events that tell every kind that was told before, from no later to no earlier, replace it.
    """
    fresh = {one.session: one for one in kept(crowd, segments, batches)}
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    for old in before:
        new, here = fresh.get(old.session), of_session[old.session]
        if here and not (new and _reaches_as_far(new, old)):
            fresh[old.session] = old
            _forget(crowd, old.session)
            _remember(crowd, old, here)
        elif new and old.back_ms is not None and (new.back_ms is None or new.back_ms > old.back_ms):
            # the events are there, those of the broadcasts before are not
            fresh[old.session] = _as_it_came_back(crowd, new, old, here)
    return [fresh[session] for session in sorted(fresh)]


def _as_it_came_back(crowd: Crowd, new: CrowdIn, old: CrowdIn, segments: Sequence[SegmentOut]) -> CrowdIn:
    """What was known of who came back, where the segments are the same still; else nobody knows."""
    key = (old.session, CAME_BACK)
    crowd.back.pop(old.session, None)
    crowd.behaviour.pop(key, None)
    counts = {measure: numbers for measure, numbers in new.counts.items() if measure != CAME_BACK}
    if old.segments != new.segments:
        return replace(new, counts=counts, back_ms=None)
    crowd.back[old.session] = old.back_ms or 0
    crowd.behaviour[key] = {part.number: n for part, n in zip(segments, old.counts[CAME_BACK], strict=True)}
    batches = tuple(sorted({*new.batches, *old.batches}))
    return replace(new, counts={**counts, CAME_BACK: old.counts[CAME_BACK]}, back_ms=old.back_ms, batches=batches)


def _reaches_as_far(new: CrowdIn, old: CrowdIn) -> bool:
    same = new.counts.keys() >= old.counts.keys() - {ACTIVE, CAME_BACK}
    return same and new.first_ms <= old.first_ms and new.last_ms >= old.last_ms


def _forget(crowd: Crowd, session: int) -> None:
    every: tuple[dict[Any, Any], ...] = (
        crowd.sums,
        crowd.people,
        crowd.behaviour,
        crowd.met,
        crowd.online,
        crowd.lines,
    )
    for told in every:
        for key in [key for key in told if key[0] == session]:
            del told[key]
    crowd.span.pop(session, None)
    crowd.back.pop(session, None)


def _remember(crowd: Crowd, old: CrowdIn, segments: Sequence[SegmentOut]) -> None:
    session = old.session
    crowd.span[session] = (old.first_ms, old.last_ms)
    if old.segments != tuple((part.start_ms, part.end_ms) for part in segments):
        for measure in old.counts.keys() & COUNTED.keys():
            _share_out(crowd, (session, measure), old, segments)
        return
    for measure, amounts in old.counts.items():
        numbers = {part.number: amount for part, amount in zip(segments, amounts, strict=True)}
        if measure in COUNTED:
            crowd.sums[session, measure] = numbers
        elif measure in COUNTED_PEOPLE:
            crowd.people[session, measure] = numbers
        elif measure in BEHAVIOUR:
            crowd.behaviour[session, measure] = numbers
    if old.back_ms is not None:
        crowd.back[session] = old.back_ms
    for kind, amounts in old.lines.items():
        crowd.lines[session, kind] = {part.number: n for part, n in zip(segments, amounts, strict=True)}
    for part, online in zip(segments, old.online, strict=False):
        crowd.online[session, part.number] = Online(*online)
    for of_set in old.met:
        for measure, amounts in of_set.counts.items():
            crowd.met[session, of_set.segments, measure] = dict(zip(of_set.segments, amounts, strict=True))
    named = any(measure in COUNTED_PEOPLE for measure in old.counts)
    if named and not sets_of(segments, {session})[session] <= {of_set.segments for of_set in old.met}:
        # whom somebody met in segments that nobody had together then can be told no more
        crowd.rough.add(session)


def _share_out(crowd: Crowd, key: tuple[int, str], old: CrowdIn, segments: Sequence[SegmentOut]) -> None:
    """A sum over the segments of now: what lay in one of them whole is measured there, the rest is shared by time."""
    measured, shared = crowd.sums.setdefault(key, {}), crowd.shared.setdefault(key, {})
    for (start, end), amount in zip(old.segments, old.counts[key[1]], strict=True):
        laps = [(part, min(end, part.end_ms) - max(start, part.start_ms)) for part in segments]
        inside = [(part, lap) for part, lap in laps if lap > 0]
        off_air = end - start - sum(lap for _, lap in inside)
        exact = len(inside) == 1 and not off_air
        for (part, _lap), piece in zip(
            inside, split(amount, [lap for _, lap in inside] + [off_air])[: len(inside)], strict=True
        ):
            into = measured if exact else shared
            into[part.number] = into.get(part.number, 0) + piece
