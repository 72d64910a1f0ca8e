"""What is no plain sum: viewers online over time, the peak, time watched, and people, by segment of a session.

Minutes say the level that held through each of them. Without minutes a session has one mean and one peak; with several
segments these are nobody's alone. People (distinct within the session) are shared by the segments' views, which is an
approximation and is called one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kaibo.kpi.credit import split
from kaibo.kpi.crowd import BEHAVIOUR, Crowd, Online
from kaibo.kpi.inputs import FactOut, SegmentOut
from kaibo.kpi.measures import ONLINE, ONLINE_KNOWN, PEAK, PEOPLE, ROUGH, WATCH

Said = Mapping[str, int]


# (session, segment number) → what minutes say of viewers online
Seen = Mapping[tuple[int, int], Online]


def facts(
    said: Mapping[int, Said], seen: Seen, views: Iterable[FactOut], segments: Sequence[SegmentOut],
    accounts: Mapping[int, int], crowd: Crowd, by_time: Collection[int] = (),
) -> Iterator[FactOut]:  # fmt: skip
    """`said`: session → what its reports say; `views`: the segments' facts of views; `accounts`: session → account;
    `crowd`: what events tell, of which minutes' levels go before theirs. `by_time`: sessions whose views are not known
    of every segment, so that people are shared by time.
    """
    of_session: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in segments:
        of_session[segment.session].append(segment)
    viewed: dict[tuple[int, int], int] = defaultdict(int)
    for fact in views:
        viewed[fact.session or 0, fact.segment or 0] += fact.amount
    for session, parts in of_session.items():
        here = {part.number: seen[session, part.number] for part in parts if (session, part.number) in seen}
        inside = (
            {}
            if here
            else {p.number: crowd.online[session, p.number] for p in parts if (session, p.number) in crowd.online}
        )
        entries = [0 if session in by_time else viewed[session, part.number] for part in parts]
        for part, measure, basis, amount in _of_session(
            parts, said.get(session, {}), here or inside, entries, bool(inside)
        ):
            if (session, measure) not in crowd.people:
                yield FactOut("segment", "", accounts[session], session, part.number, part.date, measure, basis, amount)
        for part in parts:
            for measure, numbers in _counted(crowd, session):
                place = (accounts[session], session, part.number, part.date)
                rough = session in crowd.rough and (session, measure) in crowd.people
                kind, basis = (ROUGH, "approximated") if rough else ("", "measured")
                yield FactOut("segment", kind, *place, measure, basis, numbers.get(part.number, 0))


def untold(seen: Seen, segments: Sequence[SegmentOut]) -> dict[tuple[int, str], frozenset[int]]:
    """(session, measure of viewers online) → the numbers of its segments in which no minute lies, where others' do."""
    told = {session for session, _number in seen}
    bare: dict[int, set[int]] = defaultdict(set)
    for part in segments:
        if part.session in told and (part.session, part.number) not in seen:
            bare[part.session].add(part.number)
    return {(session, key): frozenset(of) for session, of in bare.items() for key in (ONLINE, ONLINE_KNOWN, PEAK)}


def _counted(crowd: Crowd, session: int) -> Iterator[tuple[str, Mapping[int, int]]]:
    """Whom events name, and what they did, in the order of the measures."""
    for measure in (*(one.key for one in PEOPLE), *BEHAVIOUR):
        found = crowd.people.get((session, measure)) or crowd.behaviour.get((session, measure))
        if found is not None:
            yield measure, found


def watched_by(said: Said) -> int | None:
    """The time watched as the reports of a session say it."""
    if "watch_ms" not in said and "mean_stay_ms" in said and "viewers" in said:
        return said["mean_stay_ms"] * said["viewers"]
    return said.get("watch_ms")


def _of_session(
    parts: Sequence[SegmentOut], said: Said, seen: Mapping[int, Online], entries: Sequence[int], inside: bool
) -> Iterator[tuple[SegmentOut, str, str, int]]:
    lengths = [part.end_ms - part.start_ms for part in parts]
    whole = len(parts) == 1
    yield from _online(parts, said, seen)
    watched = watched_by(said)
    if watched is None and inside:
        # who is inside, added up over time, is what was watched
        for part in parts:
            yield part, WATCH, "measured", seen[part.number].level_ms if part.number in seen else 0
    elif watched is not None:
        levels = [seen[p.number].level_ms if p.number in seen else 0 for p in parts]
        weights = levels if len(seen) == len(parts) and any(levels) else lengths
        for part, share in zip(parts, split(watched, weights), strict=True):
            yield part, WATCH, "measured" if whole else "allocated", share
    for measure in PEOPLE:
        people = said.get(measure.report)
        if people is not None:
            for part, share in zip(parts, split(people, entries if any(entries) else lengths), strict=True):
                yield part, measure.key, "measured" if whole else "approximated", share


def _online(
    parts: Sequence[SegmentOut], said: Said, seen: Mapping[int, Online]
) -> Iterator[tuple[SegmentOut, str, str, int]]:
    """Where minutes speak of any segment the report's mean fills no other: it is the mean of both."""
    basis = "measured" if len(parts) == 1 or seen else "allocated"
    for part in parts:
        length = part.end_ms - part.start_ms
        if part.number in seen:
            yield part, ONLINE, basis, seen[part.number].level_ms
            yield part, ONLINE_KNOWN, basis, seen[part.number].known_ms
        elif not seen and "acu" in said:
            yield part, ONLINE, basis, said["acu"] * length
            yield part, ONLINE_KNOWN, basis, length
        peak = seen[part.number].peak if part.number in seen else None if seen else said.get("pcu")
        if peak is not None:
            yield part, PEAK, basis, peak
