"""Cuts a session into segments: the longest stretches in which the crew does not change; half-open [start, end).

A broadcast that broke off has no segment in its breaks; the day of a segment is its own only where the session is long.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from kaibo.kpi.inputs import AccountIn, CrewMember, OutageIn, SegmentOut, SessionIn, Settings, ShiftIn
from kaibo.kpi.local_days import DAY_MS, business_day, clock_instants, iso

HOST = "host"


class _Stay(NamedTuple):
    """A shift as it counts in one session: clipped, snapped, with the gap at its handover."""

    shift: ShiftIn
    start_ms: int
    end_ms: int


class ShiftIndex:
    """Finds the shifts that overlap a session without walking through all of them."""

    def __init__(self, shifts: Iterable[ShiftIn]) -> None:
        self._by_day: dict[tuple[int, int], list[ShiftIn]] = defaultdict(list)
        for shift in shifts:
            for day in range(shift.start_ms // DAY_MS, (shift.end_ms - 1) // DAY_MS + 1):
                for room in shift.rooms:
                    self._by_day[room, day].append(shift)

    def of(self, session: SessionIn) -> list[ShiftIn]:
        days = range(session.start_ms // DAY_MS, (session.end_ms - 1) // DAY_MS + 1)
        near = {s.id: s for day in days for s in self._by_day[session.account, day]}
        return [near[key] for key in sorted(near)]


def cut(
    session: SessionIn, account: AccountIn, shifts: Iterable[ShiftIn], settings: Settings,
    outages: Iterable[OutageIn] = (),
) -> list[SegmentOut]:  # fmt: skip
    """The segments of a session, numbered from 1; together they are exactly its stretches on air.

    `shifts` and `outages` of other accounts, outside the session or without length are left aside.
    """
    on_air = stretches(session)
    roles = _stays(session, shifts, settings)
    stays = [stay for of_role in roles.values() for stay in of_role]
    edges = {edge for stretch in on_air for edge in stretch}
    edges |= {edge for stay in stays for edge in (stay.start_ms, stay.end_ms)}
    edges |= {
        edge
        for one in outages
        for edge in (one.start_ms, one.end_ms)
        if one.account == session.account and session.start_ms < edge < session.end_ms
    }
    is_long = session.end_ms - session.start_ms > settings.long_session_ms
    if is_long:
        hour = settings.business_day_starts_at
        edges |= set(clock_instants(session.start_ms, session.end_ms, settings.zone, hour))
    cuts = [
        (start, end)
        for start, end in pairwise(sorted(edges))
        if any(begin <= start and end <= stop for begin, stop in on_air)
    ]
    day = business_date(session.start_ms, settings)
    crews = {role: _crews(of_role, cuts, account.split_rule) for role, of_role in roles.items()}
    return [
        SegmentOut(
            session=session.id,
            number=number,
            start_ms=start,
            end_ms=end,
            date=business_date(start, settings) if is_long else day,
            crew={role: of_role[number - 1] for role, of_role in crews.items()},
        )
        for number, (start, end) in enumerate(cuts, 1)
    ]


def stretches(session: SessionIn) -> list[tuple[int, int]]:
    """When the session was on air: all of it but its breaks."""
    found, at = [], session.start_ms
    for start, end in sorted(session.breaks):
        start, end = max(start, at), min(end, session.end_ms)
        if start < end:
            if at < start:
                found.append((at, start))
            at = end
    if at < session.end_ms:
        found.append((at, session.end_ms))
    return found


def business_date(ms: int, settings: Settings) -> str:
    return iso(business_day(ms, settings.zone, settings.business_day_starts_at))


def weights(rule: str, leads: Sequence[bool]) -> list[int]:
    """What each of the people in one role at one instant gets, as whole parts; ValueError for an unknown rule.

    7:3 is between all leads together and all others together, however many there are.
    """
    lead, rest = sum(leads), len(leads) - sum(leads)
    if rule not in ("1:1", "7:3", "100:0"):
        raise ValueError(f"no such split rule: {rule}")
    if rule == "1:1" or not lead or not rest:
        return [1] * len(leads)
    if rule == "100:0":
        return [1 if is_lead else 0 for is_lead in leads]
    return [7 * rest if is_lead else 3 * lead for is_lead in leads]


def _stays(session: SessionIn, shifts: Iterable[ShiftIn], settings: Settings) -> Mapping[str, list[_Stay]]:
    """Role → stays. The host's role is there even when nobody held it: that is a finding, not an omission."""
    roles: dict[str, list[_Stay]] = {HOST: []}
    for shift in shifts:
        if shift.start_ms >= session.end_ms or shift.end_ms <= session.start_ms:
            continue
        start, end = max(shift.start_ms, session.start_ms), min(shift.end_ms, session.end_ms)
        if start < end and (shift.account == session.account or session.account in shift.also):
            roles.setdefault(shift.role, []).append(_Stay(shift, start, end))
    return {
        role: _without_handover_gaps(_snapped(stays, session, settings.snap_ms), settings.handover_gap_ms)
        for role, stays in sorted(roles.items())
    }


def _snapped(stays: list[_Stay], session: SessionIn, snap_ms: int) -> list[_Stay]:
    """The role's first start and last end become the session's own where they are near."""
    first = min((s.start_ms for s in stays), default=0)
    last = max((s.end_ms for s in stays), default=0)
    start = session.start_ms if first - session.start_ms <= snap_ms else first
    end = session.end_ms if session.end_ms - last <= snap_ms else last
    if (start, end) == (first, last):
        return stays
    return [
        _Stay(s.shift, start if s.start_ms == first else s.start_ms, end if s.end_ms == last else s.end_ms)
        for s in stays
    ]


def _without_handover_gaps(stays: list[_Stay], gap_ms: int) -> list[_Stay]:
    """A short time with nobody in the role belongs to whoever was going."""
    if len(stays) < 2:
        return stays
    until: dict[int, int] = {}
    reached = None
    for start, end in sorted((s.start_ms, s.end_ms) for s in stays):
        if reached is not None and 0 < start - reached <= gap_ms:
            until[reached] = start
        reached = end if reached is None else max(reached, end)
    return [_Stay(s.shift, s.start_ms, until[s.end_ms]) if s.end_ms in until else s for s in stays]


def _crews(stays: Sequence[_Stay], cuts: Sequence[tuple[int, int]], rule: str) -> list[list[CrewMember]]:
    """Of each stretch who is there; the same people over several stretches are one list."""
    if cuts and all(s.start_ms <= cuts[0][0] and cuts[-1][1] <= s.end_ms for s in stays):
        return [_crew([s.shift for s in stays], rule)] * len(cuts)
    there = [
        tuple([place for place, s in enumerate(stays) if s.start_ms <= start and end <= s.end_ms])
        for start, end in cuts
    ]
    crews = {places: _crew([stays[place].shift for place in places], rule) for places in set(there)}
    return [crews[places] for places in there]


def _crew(shifts: Iterable[ShiftIn], rule: str) -> list[CrewMember]:
    """Those on shift, once each, by person; of someone's several shifts the confirmed one stands."""
    people = list(shifts)
    # mostly one person at a time, and a month has many times
    if len(people) > 1:
        present: dict[int, ShiftIn] = {}
        for shift in sorted(people, key=lambda shift: (not shift.confirmed, not shift.lead, shift.id)):
            present.setdefault(shift.person, shift)
        people = [present[person] for person in sorted(present)]
    parts = weights(rule, [shift.lead for shift in people])
    return [
        CrewMember(shift.person, shift.id, part, shift.confirmed, shift.lead)
        for shift, part in zip(people, parts, strict=True)
    ]
