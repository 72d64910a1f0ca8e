"""A change of some sessions' crew or outages, or of what was said of their orders: which sessions must be computed
again, and the inputs to do just that.

What falls to a session depends on the rows of its own time, its own crew, and which other sessions were on air: not on
who was in those. So of a month some sessions can be computed with all others as neighbours, as a month can without the
month before it. Time on air alone reaches further: an hour in two rooms counts once, in the earlier.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kaibo.kpi.inputs import AccountIn, MatchIn, MonthInputs, OutageIn, SessionIn, ShiftIn
from kaibo.kpi.local_days import DAY_MS, HOUR_MS
from kaibo.kpi.matching import Piece, cells

# rows beside a session that say something of it: minutes that begin off air, readings that are typed late
BESIDE_MS = 2 * HOUR_MS
# a report or list that says of which broadcast it tells is at most this much longer
AROUND_MS = 3 * DAY_MS


@dataclass(frozen=True)
class Span:
    """[start, end)."""

    start_ms: int
    end_ms: int


Timed = Span | SessionIn | ShiftIn | OutageIn | MatchIn
Timing = TypeVar("Timing", bound=Timed)


def touched(
    inputs: MonthInputs, shifts: Collection[ShiftIn], outages: Collection[OutageIn], matches: Collection[MatchIn] = ()
) -> set[int]:
    """The sessions of `inputs` whose numbers may be others than they were, since these shifts, outages and decisions
    on orders changed: each as it was and as it is. Decisions: that name sessions (see `among_sessions`).
    """
    rooms: list[tuple[int, Timed]] = [(room, shift) for shift in shifts for room in shift.rooms]
    rooms += [(one.account, one) for one in outages]
    # an order is doubtful between the broadcasts that are on air in its lane, whichever of them a decision names
    rooms += [(room.id, one) for one in matches for room in inputs.accounts if _speaks_of(one, room)]
    of_room: dict[int, list[Timed]] = defaultdict(list)
    for room, what in rooms:
        of_room[room].append(what)
    found = [one for one in inputs.sessions if any(_meet(one, what) for what in of_room.get(one.account, ()))]
    return {session.id for session in [*found, *_same_people(inputs, found, shifts)]}


def among_sessions(match: MatchIn) -> bool:
    """Whether what is decided stays within sessions. That orders are of none is a sum of the whole month."""
    return bool(match.sessions)


def _speaks_of(match: MatchIn, room: AccountIn) -> bool:
    if match.account is not None:
        return match.account == room.id
    return not match.currency or (match.currency == room.currency and match.platform in ("", room.platform))


def part(inputs: MonthInputs, sessions: Collection[int]) -> MonthInputs:
    """The same month for these of its sessions only; what its result says of no session is not the month's.

    Of the others stay those of the same rooms, among which rows look for their broadcast, and what was on air around.
    """
    own = [session for session in inputs.sessions if session.id in sessions]
    others = [session for session in inputs.sessions if session.id not in sessions]
    low, high = _within(inputs, own, [*others, *inputs.neighbours])
    rooms = {session.account for session in own}
    around = Span(low - AROUND_MS, high + AROUND_MS)
    low_around, high_around = around.start_ms, around.end_ms
    near = [
        one
        for one in (*others, *inputs.neighbours)
        if one.account in rooms or (one.start_ms < high_around and low_around < one.end_ms)
    ]
    shifts = _meeting(inputs.shifts, _hull([*own, *_meeting(near, _hull(own))]))
    crowds = [crowd for crowd in inputs.crowds if crowd.session in sessions]
    return replace(inputs, sessions=own, neighbours=near, shifts=shifts, crowds=crowds, within=(low, high))


def _meet(one: Timed, other: Timed) -> bool:
    return one.start_ms < other.end_ms and other.start_ms < one.end_ms


def _meeting(ones: Iterable[Timing], span: Span) -> list[Timing]:
    """Those that meet the span: a month has tens of thousands, so nothing is called for each."""
    low, high = span.start_ms, span.end_ms
    return [one for one in ones if one.start_ms < high and low < one.end_ms]


def _same_people(
    inputs: MonthInputs, sessions: Sequence[SessionIn], changed: Collection[ShiftIn]
) -> Iterator[SessionIn]:
    """Sessions at the time of these, in another room where someone of these is or was too.

    Time on air goes to the segment that begins first: it may be another one's when the segments here are cut elsewhere.
    """
    here = defaultdict(list)
    for session in sessions:
        here[session.account].append(session)
    # a month has thousands of both, and few at that time
    then = _hull(sessions)
    people = {
        shift.person
        for shift in (*_meeting(inputs.shifts, then), *_meeting(changed, then))
        if any(_meet(shift, session) for room in shift.rooms for session in here.get(room, ()))
    }
    at_once = [one for one in _meeting(inputs.sessions, then) if any(_meet(one, other) for other in sessions)]
    mine: dict[int, list[ShiftIn]] = defaultdict(list)
    for shift in _meeting(inputs.shifts, _hull(at_once)):
        if shift.person in people:
            for room in shift.rooms:
                mine[room].append(shift)
    for session in at_once:
        if any(_meet(session, s) for s in mine[session.account]):
            yield session


def _hull(of: Iterable[SessionIn]) -> Span:
    """From the first one's start to the last one's end; without any, no time at all."""
    every = list(of)
    return Span(min((s.start_ms for s in every), default=0), max((s.end_ms for s in every), default=0))


def _within(inputs: MonthInputs, own: Sequence[SessionIn], near: Sequence[SessionIn]) -> tuple[int, int]:
    """From the first session's start to the last one's end, or to where orders after it end, and what lies beside."""
    if not own:
        return 0, 0
    sessions = {session.id for session in own}
    rooms = {session.account for session in own}
    there = [*own, *(s for s in near if s.account in rooms)]
    pieces = [Piece(s, None, s.start_ms, s.end_ms, "", s.id in sessions) for s in there]
    lanes = [account for account in inputs.accounts if account.id in rooms]
    ends = [
        cell.end_ms
        for cell in cells(lanes, pieces, inputs.settings.after_days)
        if any(piece.session.id in sessions for piece in cell.pieces)
    ]
    return min(s.start_ms for s in own) - BESIDE_MS, max(ends) + BESIDE_MS
