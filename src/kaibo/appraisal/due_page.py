"""What a line is measured against, written out: planned hours − leave = due, to the millisecond; planned broadcasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath
from kaibo.kpi.due import length, without
from kaibo.live.due import DueShift
from kaibo.live.instants import to_ms
from kaibo.live.leave import when
from kaibo.live.models import Account, Leave, LeaveState, RosterPublication
from kaibo.look import numbers


@dataclass(frozen=True)
class LeaveLine:
    """A leave and what it takes off, once: an hour of two leaves is taken by the first."""

    when: str
    ms: int

    @property
    def text(self) -> str:
        return numbers.hours(self.ms)


@dataclass(frozen=True)
class DueSum:
    """Of the role's shifts that began: `planned_ms` − Σ `leaves` = `due_ms`. `published`: by which the plan stands.

    `unpublished`: some of the shifts are of the plan as it is, because their month was not published.
    """

    planned_ms: int
    leaves: Sequence[LeaveLine]
    due_ms: int
    published: RosterPublication | None
    unpublished: bool
    # of a closed month it is what was due at closing
    closed: bool = False

    @property
    def away_ms(self) -> int:
        return sum(leave.ms for leave in self.leaves)

    @property
    def planned(self) -> str:
        return numbers.hours(self.planned_ms)

    @property
    def due(self) -> str:
        return numbers.hours(self.due_ms)


def _closed(begun: Sequence[DueShift]) -> DueSum:
    """As it was at closing: which leave it was is in the audit; how much it took off is in the snapshot."""
    planned = length(one.whole for one in begun)
    due = length(piece for one in begun for piece in one.pieces)
    lines = [LeaveLine("", planned - due)] if planned > due else []
    return DueSum(planned, lines, due, None, False, closed=True)


def due_sum(mine: MyMonth) -> DueSum | None:
    """The sum behind a line against plan; None where nothing was planned. Two queries at most."""
    begun = mine.roster.begun(mine.role)
    if not begun:
        return None
    if mine.closed is not None:
        return _closed(begun)
    rest = [one.whole for one in begun]
    planned, lines = length(rest), []
    if any(one.away_ms for one in begun):
        lo, hi = min(one.start for one in begun), max(one.end for one in begun)
        approved = Leave.objects.filter(person=mine.person, state=LeaveState.APPROVED, start__lt=hi, end__gt=lo)
        for leave in approved.order_by("start", "pk"):
            left = without(rest, [(to_ms(leave.start), to_ms(leave.end))])
            taken = length(rest) - length(left)
            rest = left
            if taken:
                lines.append(LeaveLine(when(leave.start, leave.end), taken))
    published = None
    if any(one.published for one in begun):
        rows = RosterPublication.objects.filter(month=mine.month, shifts__person=mine.person)
        published = rows.select_related("by").order_by("-pk").first()
    return DueSum(planned, lines, length(rest), published, not all(one.published for one in begun))


@dataclass(frozen=True)
class PlannedLine:
    """A planned broadcast that began: written out, and whether a broadcast of the line's path lies in its time."""

    day: str
    times: str
    room: str
    held: bool


def planned_lines(line: MonthLine, path: NumberPath) -> list[PlannedLine]:
    """What a line against planned broadcasts is divided by, one by one; one query."""
    names = dict(Account.everyone.filter(pk__in={one.account for one in line.planned}).values_list("pk", "name"))
    there = [(step.session.account_id, step.session.start, step.session.end) for step in path.sessions]
    return [
        PlannedLine(
            numbers.day(one.start),
            numbers.clock_range(one.start, one.end),
            names[one.account],
            any(account == one.account and a < one.end and b > one.start for account, a, b in there),
        )
        for one in line.planned
    ]
