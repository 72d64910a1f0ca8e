"""The crew ribbon: who was on air when, in lanes per role, as shares of the session's length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from kaibo.live.models import CrewRole, Session, Shift, ShiftState
from kaibo.look import numbers
from kaibo.measurement.models import Segment

ROLE_ORDER = list(CrewRole.values)
# a lane's row and the gap below it, in pixels (look: .shift)
ROW, GAP = 26, 4


@dataclass(frozen=True)
class Stint:
    """A person in a role from one instant to another, and where that is on the ribbon (percent, pixels)."""

    person: int
    name: str
    role: str
    start: datetime
    end: datetime
    shift: int | None
    confirmed: bool
    left: str = "0"
    width: str = "0"
    top: int = 0

    @property
    def times(self) -> str:
        return numbers.clock_range(self.start, self.end)

    @property
    def label(self) -> str:
        """For readers: role, name, times, and whether somebody confirmed them."""
        state = _("confirmed") if self.confirmed else _("to be confirmed")
        return f"{role_label(self.role)} {self.name} {self.times}, {state}"


@dataclass(frozen=True)
class Gap:
    """A stretch with nobody in the role."""

    left: str
    width: str
    times: str


@dataclass(frozen=True)
class Lane:
    """A role's stints; people at the same time stand below each other. `gaps` only where the role must be held."""

    role: str
    stints: Sequence[Stint]
    height: int
    gaps: Sequence[Gap] = ()

    @property
    def label(self) -> str:
        return role_label(self.role)


@dataclass(frozen=True)
class Ribbon:
    """`handovers`: percent from the left of each instant at which the crew changes."""

    lanes: Sequence[Lane] = ()
    handovers: Sequence[str] = ()


def role_label(role: str) -> str:
    return str(CrewRole(role).label)


def ribbon(session: Session, segments: Sequence[Segment], shifts: Iterable[Shift]) -> Ribbon:
    """From the segments, which are what counts; before the first computation from the shifts themselves."""
    stints = stints_of(segments) if segments else _from_shifts(session, shifts)
    lanes = [_lane(session, role, [s for s in stints if s.role == role]) for role in ROLE_ORDER]
    if stints:
        lanes = [replace(lane, gaps=_gaps(session, lane.stints)) if lane.role == "host" else lane for lane in lanes]
    changes = [after.start for before, after in pairwise(segments) if _people(before) != _people(after)]
    return Ribbon([lane for lane in lanes if lane.stints or lane.gaps], [percent(session, at) for at in changes])


def percent(session: Session, at: datetime) -> str:
    """Where an instant is in the session, in percent, as CSS wants it."""
    share = (at - session.start) / (session.end - session.start)
    return f"{min(1.0, max(0.0, share)) * 100:.3f}"


def stints_of(segments: Sequence[Segment]) -> list[Stint]:
    """Stretches of one person in one role that follow each other without a gap are one stint."""
    stints: list[Stint] = []
    latest: dict[tuple[str, int], int] = {}
    for segment in segments:
        for role, members in segment.crew.items():
            for member in members:
                key = (role, member["person"])
                index = latest.get(key)
                confirmed = bool(member["confirmed"])
                if index is not None and stints[index].end == segment.start:
                    before = stints[index]
                    stints[index] = replace(before, end=segment.end, confirmed=before.confirmed and confirmed)
                    continue
                latest[key] = len(stints)
                stints.append(
                    Stint(
                        member["person"], member["name"], role, segment.start, segment.end,
                        member.get("shift"), confirmed,
                    )
                )  # fmt: skip
    return stints


def _people(segment: Segment) -> dict[str, set[int]]:
    return {role: {m["person"] for m in members} for role, members in segment.crew.items() if members}


def _from_shifts(session: Session, shifts: Iterable[Shift]) -> list[Stint]:
    stints = []
    for shift in shifts:
        start, end = times_of(shift)
        if shift.state in (ShiftState.ABSENT, ShiftState.CANCELLED) or start is None or end is None:
            continue
        if start < session.end and end > session.start:
            stints.append(
                Stint(
                    shift.person_id, shift.person.name, shift.role, max(start, session.start),
                    min(end, session.end), shift.pk, shift.state == ShiftState.CONFIRMED,
                )
            )  # fmt: skip
    return stints


def times_of(shift: Shift) -> tuple[datetime | None, datetime | None]:
    """The times that count: confirmed ones where confirmed, else the planned."""
    if shift.state == ShiftState.CONFIRMED or shift.planned_start is None:
        return shift.confirmed_start, shift.confirmed_end
    return shift.planned_start, shift.planned_end


def _gaps(session: Session, stints: Sequence[Stint]) -> list[Gap]:
    gaps, reached = [], session.start
    edges = [(stint.start, stint.end) for stint in sorted(stints, key=lambda s: s.start)]
    for start, end in [*edges, (session.end, session.end)]:
        if start > reached:
            left, right = percent(session, reached), percent(session, start)
            times = numbers.clock_range(reached, start)
            gaps.append(Gap(left, f"{float(right) - float(left):.3f}", times))
        reached = max(reached, end)
    return gaps


def _lane(session: Session, role: str, stints: Iterable[Stint]) -> Lane:
    """The first row that is free takes the next stint, so nobody overlaps in a row."""
    ends: list[datetime] = []
    placed = []
    for stint in sorted(stints, key=lambda s: (s.start, s.name)):
        row = next((i for i, end in enumerate(ends) if end <= stint.start), len(ends))
        ends[row : row + 1] = [stint.end]
        left, right = percent(session, stint.start), percent(session, stint.end)
        width = f"{float(right) - float(left):.3f}"
        placed.append(replace(stint, left=left, width=width, top=row * (ROW + GAP)))
    return Lane(role, placed, max(1, len(ends)) * (ROW + GAP) - GAP)
