"""What to confirm: for each shift the times it probably had, and what stands in the way of simply saying yes.

Reads no clock and no table: shifts and sessions come in, proposals and holes go out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import groupby

from kaibo.live.actions.changing import COUNTING, times
from kaibo.live.air_time import CREDITING, looks_like_test
from kaibo.live.models import Account, CrewRole, Session, Shift, ShiftState, SplitRule


class Problem(StrEnum):
    """Why a person has to look."""

    FLAGGED = "flagged"  # the person says that it is wrong
    NO_SESSION = "no_session"  # nothing was broadcast then, though reports reach that far
    NOT_YET = "not_yet"  # no report reaches that far yet
    NOT_LIVE = "not_live"  # the broadcast was recorded, a digital human or a test: nobody is credited
    BEGAN_LATE = "began_late"  # the broadcast began later than planned
    ENDED_EARLY = "ended_early"
    OVERLAP = "overlap"  # one person twice in one role at one time
    WHO_LEADS = "who_leads"  # two share 7:3 or 100:0 and nobody is named first


@dataclass(frozen=True)
class Rules:
    """Settable: how far a planned time may be from the real one, and how long a hand-over may take."""

    snap: timedelta = timedelta(minutes=15)
    gap: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Proposal:
    """A shift as it stands, its broadcasts, and the times proposed for it. Half-open."""

    shift: Shift
    sessions: tuple[Session, ...]
    start: datetime
    end: datetime
    problems: tuple[Problem, ...] = ()
    clash: Shift | None = None

    @property
    def is_open(self) -> bool:
        return self.shift.state == ShiftState.PLANNED

    @property
    def is_easy(self) -> bool:
        """Open, and nothing speaks against it: one button confirms all of these."""
        return self.is_open and not self.problems

    @property
    def wants_lead(self) -> bool:
        return Problem.WHO_LEADS in self.problems

    @property
    def real_start(self) -> datetime | None:
        return self.sessions[0].start if self.sessions else None

    @property
    def real_end(self) -> datetime | None:
        return self.sessions[-1].end if self.sessions else None

    @property
    def is_moved(self) -> bool:
        """The proposal is not what was planned."""
        return (self.start, self.end) != (self.shift.planned_start, self.shift.planned_end)


@dataclass(frozen=True)
class Hole:
    """A stretch of a broadcast in which nobody holds a role that somebody should."""

    session: Session
    role: CrewRole
    start: datetime
    end: datetime


@dataclass
class Night:
    """Everything to confirm in a range: what `confirm all` would do, and what has to be looked at first."""

    proposals: list[Proposal] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)

    @property
    def open(self) -> list[Proposal]:
        return [p for p in self.proposals if p.is_open]

    @property
    def easy(self) -> list[Proposal]:
        return [p for p in self.proposals if p.is_easy]

    @property
    def hard(self) -> list[Proposal]:
        return [p for p in self.proposals if p.problems]

    @property
    def digest(self) -> str:
        """Names exactly what `confirm all` would confirm: a page that was looked at before a change is noticed."""
        lines = [f"{p.shift.pk} {p.start.timestamp()} {p.end.timestamp()}" for p in self.easy]
        return sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def propose(
    shifts: Iterable[Shift],
    sessions: Iterable[Session],
    *,
    rules: Rules,
    beside: Iterable[Shift] = (),
    reached: Mapping[int, datetime] | None = None,
) -> Night:
    """Proposals for `shifts` in their order, and the holes of `sessions`.

    `sessions`: of the rooms, from well before the first to well after the last shift. `beside`: shifts that are not
    asked for but cover air time (of other departments, of the hours around). `reached`: the instant up to which each
    room's broadcasts are known.
    """
    asked = list(shifts)
    known = {shift.pk for shift in asked}
    everyone = [*asked, *(s for s in beside if s.pk not in known)]
    by_room: dict[int, list[Session]] = {}
    for session in sorted(sessions, key=lambda s: s.start):
        by_room.setdefault(session.account_id, []).append(session)
    on_room: dict[int, list[Shift]] = {}
    for shift in everyone:
        if shift.state in COUNTING:
            on_room.setdefault(shift.account_id, []).append(shift)
    night = Night()
    for shift in asked:
        room = by_room.get(shift.account_id, [])
        night.proposals.append(
            _proposal(shift, room, on_room.get(shift.account_id, []), rules, (reached or {}).get(shift.account_id))
        )
    for account, room in by_room.items():
        for session in room:
            night.holes.extend(_holes(session, room, on_room.get(account, []), rules))
    return night


def _proposal(
    shift: Shift, room: Sequence[Session], crew: Sequence[Shift], rules: Rules, reached: datetime | None
) -> Proposal:
    start, end = times(shift)
    mine = tuple(s for s in room if s.start < end and s.end > start)
    if shift.state != ShiftState.PLANNED:
        return Proposal(shift, mine, start, end, (Problem.FLAGGED,) if shift.flag else ())
    start, end = snapped(shift, mine, crew, rules)
    problems = [Problem.FLAGGED] if shift.flag else []
    if not mine:
        problems.append(Problem.NO_SESSION if reached and reached >= end else Problem.NOT_YET)
    elif not any(s.air_kind in CREDITING for s in mine):
        problems.append(Problem.NOT_LIVE)
    else:
        if mine[0].start - start > rules.snap:
            problems.append(Problem.BEGAN_LATE)
            start = mine[0].start
        if end - mine[-1].end > rules.snap:
            problems.append(Problem.ENDED_EARLY)
            end = mine[-1].end
    clash = _clash(shift, mine, crew)
    if clash:
        problems.append(Problem.OVERLAP)
    if mine and _needs_lead(shift, crew):
        problems.append(Problem.WHO_LEADS)
    return Proposal(shift, mine, start, end, tuple(problems), clash)


def snapped(
    shift: Shift, sessions: Sequence[Session], crew: Sequence[Shift], rules: Rules
) -> tuple[datetime, datetime]:
    """The planned times; the first and the last of a role move to the broadcast's real start and end when near it."""
    start, end = times(shift)
    if not sessions:
        return start, end
    first, last = sessions[0], sessions[-1]
    same = [s for s in crew if s.role == shift.role and s.pk != shift.pk]
    earlier = any(times(s)[0] < start and times(s)[1] > first.start for s in same)
    later = any(times(s)[1] > end and times(s)[0] < last.end for s in same)
    new_start = first.start if not earlier and abs(first.start - start) <= rules.snap else start
    new_end = last.end if not later and abs(last.end - end) <= rules.snap else end
    return (new_start, new_end) if new_start < new_end else (start, end)


def _clash(shift: Shift, sessions: Sequence[Session], crew: Sequence[Shift]) -> Shift | None:
    start, end = times(shift)
    for other in crew:
        if other.pk == shift.pk or (other.person_id, other.role) != (shift.person_id, shift.role):
            continue
        from_, to = max(start, times(other)[0]), min(end, times(other)[1])
        if from_ < to and any(s.start < to and s.end > from_ for s in sessions):
            return other
    return None


def _needs_lead(shift: Shift, crew: Sequence[Shift]) -> bool:
    """Two or more in one role at once in a room that does not share equally, and not exactly one of them leads."""
    if shift.account.split_rule == SplitRule.EQUAL:
        return False
    start, end = times(shift)
    together = [s for s in crew if s.role == shift.role and times(s)[0] < end and times(s)[1] > start]
    people = {s.person_id for s in together}
    return len(people) > 1 and len({s.person_id for s in together if s.lead}) != 1


def _holes(session: Session, room: Sequence[Session], crew: Sequence[Shift], rules: Rules) -> list[Hole]:
    """Nobody hosts; or the floor manager, where the broadcast has one, is missing for a while."""
    if session.air_kind not in CREDITING or looks_like_test(session):
        return []
    holes = []
    for role in (CrewRole.HOST, CrewRole.FLOOR_MANAGER):
        theirs = [s for s in crew if s.role == role and times(s)[0] < session.end and times(s)[1] > session.start]
        if not theirs and role != CrewRole.HOST:
            continue
        covered = []
        for shift in theirs:
            mine = [s for s in room if s.start < times(shift)[1] and s.end > times(shift)[0]]
            is_open = shift.state == ShiftState.PLANNED
            covered.append(snapped(shift, mine, crew, rules) if is_open else times(shift))
        holes += [Hole(session, role, a, b) for a, b in gaps(session.start, session.end, covered) if b - a > rules.gap]
    return holes


def gaps(
    start: datetime, end: datetime, covered: Iterable[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """What of [start, end) no interval covers."""
    left, at = [], start
    for a, b in sorted(covered):
        if a > at:
            left.append((at, min(a, end)))
        at = max(at, b)
        if at >= end:
            break
    if at < end:
        left.append((at, end))
    return [(a, b) for a, b in left if a < b]


def by_room(proposals: Iterable[Proposal]) -> list[tuple[Account, list[Proposal]]]:
    """Grouped by room, rooms by name; inside one by start."""
    ordered = sorted(proposals, key=lambda p: (p.shift.account.name, p.shift.account_id, times(p.shift)[0]))
    return [(items[0].shift.account, items) for _key, group in groupby(ordered, key=lambda p: p.shift.account_id)
            for items in [list(group)]]  # fmt: skip
