"""The daily report: date × room × shift × host, with what was made, what came back, and the target's share.

A shift's target is the room's target of the month shared over the planned hours of its hosts, exactly; it is rounded
only for showing. A shift that was planned and has no session keeps its share: the days add up to the month.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from kaibo.live.models import Account, Shift, ShiftState
from kaibo.live.nights import business_day
from kaibo.measurement import finders
from kaibo.measurement.closed import Closed, ClosedMonth, closed_months, shifts_as_closed
from kaibo.measurement.covered import Coverage, coverage, together
from kaibo.measurement.crew import times_of
from kaibo.measurement.day_against_plan import RoomDayPlan, against_plan
from kaibo.measurement.finders import BEGAN, Part, total, whole_total
from kaibo.measurement.models import ComputationState, Credit
from kaibo.measurement.planned import planned_in
from kaibo.measurement.targets import TargetShares, target_shares
from kaibo.measurement.words import of_shifts
from kaibo.org.models import Person

HOST, LEAVE = "host", "leave"
# a row is all of these in one shift; which files tell of each is asked by itself
OF_ROWS = ("date", "session__account", "shift", "person", "session", BEGAN)
LAST = {LEAVE: 1, "unassigned": 2}
# up to a week every shift stands on the page
SHORT_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class DailyFigures:
    """Sums; None is unknown. Money is in the team's currency, as it is computed. `target`: minor units, exact."""

    air_ms: int | None
    views: int | None
    paid: int | None
    refund: int | None
    target: Fraction | None
    currency: str

    @property
    def net(self) -> int | None:
        return None if self.paid is None or self.refund is None else self.paid - self.refund

    @property
    def attainment(self) -> Fraction | None:
        return Fraction(self.net) / self.target if self.net is not None and self.target else None

    @property
    def partial(self) -> str:
        """In words, of how many shifts sales are, where some shifts' are unknown."""
        return ""

    @property
    def target_minor(self) -> int | None:
        """Rounded half up for showing only; sums are made from the exact shares."""
        return None if self.target is None else floor(self.target + Fraction(1, 2))


@dataclass(frozen=True, kw_only=True)
class DailyTotals(DailyFigures):
    """Of several shifts; a sum with an unknown part is of the known ones.

    `whole`: those whose sales and refunds are both known, and with them those that were not worked: what is compared
    is of these alone. `known` of `shifts`: of how many of the shifts worked they are; `paid_known`: whose sales are.
    """

    whole: Sequence["DailyRow"] = ()
    known: int = 0
    paid_known: int = 0
    shifts: int = 0

    @property
    def partial(self) -> str:
        return of_shifts(self.known, self.paid_known, self.shifts)

    @property
    def paid_partial(self) -> str:
        return of_shifts(0, self.paid_known, self.shifts)

    @property
    def net(self) -> int | None:
        return _sum(row.net for row in self.whole)

    @property
    def attainment(self) -> Fraction | None:
        aimed = sum((row.target for row in self.whole if row.target is not None), Fraction(0))
        return Fraction(self.net) / aimed if self.net is not None and aimed else None


@dataclass(frozen=True, kw_only=True)
class DailyRow(DailyFigures):
    """A host's shift; its sums are in the team's currency, whatever the room sells in.

    `kind`: host, unassigned (no name), absent (planned, was not there), idle (planned, no session), leave (what of a
    planned shift was approved leave; its share of the target is nobody's). `target`
    is None where the room has none in the team's currency or the shift was not planned.
    """

    date: date
    room: str
    kind: str
    name: str
    start: datetime | None
    end: datetime | None
    provisional: bool

    @property
    def is_worked(self) -> bool:
        """Something was on air in it: without files its sales are unknown, and not none."""
        return self.kind in (HOST, "unassigned")


@dataclass(frozen=True)
class DailyDay:
    date: date
    rows: Sequence[DailyRow]
    totals: DailyTotals


@dataclass(frozen=True)
class Daily:
    """`end` is included."""

    start: date
    end: date
    days: Sequence[DailyDay]
    totals: DailyTotals | None
    closed: Sequence[ClosedMonth] = ()
    # currencies whose month targets lack a rate, so that their shifts have none
    without_rate: Sequence[str] = ()
    # by day and room; of a short range only
    plan: Sequence[RoomDayPlan] = ()

    @property
    def rows(self) -> list[DailyRow]:
        return [row for day in self.days for row in day.rows]

    @property
    def is_long(self) -> bool:
        """So many days that pages show days and hosts instead of every shift; the xlsx file has them all."""
        return len(self.days) > SHORT_DAYS

    @property
    def hosts(self) -> list[tuple[DailyRow, DailyTotals]]:
        """Each host over the range, by name; then what was leave, then unassigned. The row is the group's first."""
        groups: dict[tuple[int, str], list[DailyRow]] = defaultdict(list)
        for row in self.rows:
            groups[LAST.get(row.kind, 0), row.name].append(row)
        return [(groups[key][0], totals(groups[key])) for key in sorted(groups)]

    @property
    def is_provisional(self) -> bool:
        return any(row.provisional for row in self.rows)


def daily(start: date, end: date) -> Daily:
    """The report from `start` to `end`, both included; nine queries, and six for a month of day plans."""
    closed = closed_months()
    credits = finders.credits_in(start, end + timedelta(days=1), closed).filter(role=HOST)
    parts = finders.parts(credits, *OF_ROWS)
    planned = planned_in(start, end + timedelta(days=1), role=HOST, closed=closed)
    lookups = _Lookups.load(parts, planned, start, end, closed)
    rows = _rows(parts, planned, lookups)
    days = [
        DailyDay(day, of_day, totals(of_day))
        for day, group in groupby(rows, key=lambda row: row.date)
        for of_day in [list(group)]
    ]
    fixed = [one for month, one in closed.items() if start.replace(day=1) <= month <= end]
    shown = [day.date for day in days] if len(days) <= SHORT_DAYS else []
    plan = against_plan(shown, closed, lookups.imported)
    return Daily(start, end, days, totals(rows) if rows else None, fixed, lookups.without_rate, plan)


@dataclass(frozen=True)
class _Lookups:
    """What rows are written with, each table read once."""

    accounts: Mapping[int, Account]
    shifts: Mapping[int, Shift]
    people: Mapping[int, str]
    targets: TargetShares
    without_rate: Sequence[str]
    imported: Coverage

    @staticmethod
    def load(parts: Iterable[Part], planned: Sequence[Shift], start: date, end: date, closed: Closed) -> "_Lookups":
        parts = list(parts)
        wanted = {part.shift for part in parts if part.shift} - {shift.pk for shift in planned}
        shifts = {shift.pk: shift for shift in (*planned, *Shift.objects.filter(pk__in=wanted))}
        near = [one.id for month, one in closed.items() if start.replace(day=1) <= month <= end]
        shifts |= shifts_as_closed(near, {part.shift for part in parts if part.shift})
        people = {part.person for part in parts if part.person} | {shift.person_id for shift in planned}
        targets, without_rate = target_shares(start, end, closed)
        return _Lookups(
            accounts=Account.objects.in_bulk(),
            shifts=shifts,
            people=dict(Person.objects.filter(pk__in=people).values_list("pk", "name")),
            targets=targets,
            without_rate=without_rate,
            imported=coverage(closed),
        )


def _rows(parts: Iterable[Part], planned: Iterable[Shift], lookups: _Lookups) -> list[DailyRow]:
    parts = [_in_one_row(list(of), lookups) for _row, of in groupby(parts, key=_row_of)]
    aimed = _once(parts, lookups)
    rows = [_worked(part, lookups, aimed.get(part.shift) is part) for part in parts]
    seen = {part.shift for part in parts}
    now = timezone.now()
    over = [shift for shift in planned if shift.planned_end and shift.planned_end <= now]
    rows += [_not_worked(s, lookups) for s in over if s.pk not in seen and s.pk not in lookups.targets.gone]
    rows += [
        _not_worked(s, lookups, LEAVE) for s in over if s.pk in lookups.targets.gone or s.pk in lookups.targets.away
    ]
    return sorted(rows, key=_order)


def _row_of(part: Part) -> tuple[Any, ...]:
    return part.date, part.keys["session__account"], part.shift, part.person


def _in_one_row(of_sessions: Sequence[Part], lookups: _Lookups) -> Part:
    """Of one shift, what its sessions gave together; without what is unknown of any."""
    platform = lookups.accounts[of_sessions[0].keys["session__account"]].platform
    told = [(one.amounts, lookups.imported.lacking(one.keys[BEGAN], platform, one.session)) for one in of_sessions]
    return replace(
        of_sessions[0], amounts=together(told), provisional=any(one.provisional for one in of_sessions), session=None
    )


def _order(row: DailyRow) -> tuple[date, str, bool, float, str]:
    return row.date, row.room, row.kind == "unassigned", row.start.timestamp() if row.start else 0.0, row.name


def _once(parts: Iterable[Part], lookups: _Lookups) -> dict[int | None, Part]:
    """Shift → the one of its rows that says its target: in the shift's own room, on its first day."""

    def elsewhere(part: Part) -> tuple[bool, date]:
        shift = lookups.shifts.get(part.shift) if part.shift else None
        return shift is None or part.keys["session__account"] != shift.account_id, part.date or date.min

    found: dict[int | None, Part] = {}
    for part in sorted(parts, key=elsewhere):
        found.setdefault(part.shift, part)
    return found


def _worked(part: Part, lookups: _Lookups, aimed: bool) -> DailyRow:
    """`aimed`: it says the shift's target, which other rows of the shift do not say again."""
    account = lookups.accounts[part.keys["session__account"]]
    shift = lookups.shifts.get(part.shift) if part.shift else None
    start, end = times_of(shift) if shift else (None, None)
    day = part.date or date.min
    amounts = part.amounts
    return DailyRow(
        date=day,
        room=account.name,
        currency=str(settings.KAIBO_CURRENCY),
        kind="host" if part.person else "unassigned",
        name=lookups.people.get(part.person, "") if part.person else "",
        start=start,
        end=end,
        air_ms=total(amounts, "air_ms"),
        views=whole_total(amounts, "views"),
        paid=total(amounts, "paid_minor"),
        refund=total(amounts, "refund_minor"),
        target=_target(part.shift, lookups) if aimed else None,
        provisional=part.provisional,
    )


def _not_worked(shift: Shift, lookups: _Lookups, kind: str = "") -> DailyRow:
    account = lookups.accounts[shift.account_id]
    return DailyRow(
        date=business_day(shift.planned_start) if shift.planned_start else date.min,
        room=account.name,
        currency=str(settings.KAIBO_CURRENCY),
        kind=kind or ("absent" if shift.state == ShiftState.ABSENT else "idle"),
        name=shift.person.name,
        start=shift.planned_start,
        end=shift.planned_end,
        air_ms=None,
        views=None,
        paid=None,
        refund=None,
        target=_target(shift.pk, lookups, away=kind == LEAVE),
        provisional=shift.state == ShiftState.PLANNED and kind != LEAVE,
    )


def _target(shift: int | None, lookups: _Lookups, *, away: bool = False) -> Fraction | None:
    """The shift's share in the team's currency; None where it has none."""
    return (lookups.targets.away if away else lookups.targets.due).get(shift) if shift else None


def totals(rows: Sequence[DailyRow]) -> DailyTotals:
    """Σ of the rows; who shares by Σ ÷ Σ divides these."""
    # time that is nobody's is no shift, and is one that lacks where its sales are unknown
    worked = [row for row in rows if row.kind == HOST or (row.is_worked and row.net is None)]
    targets = [row.target for row in rows if row.target is not None]
    return DailyTotals(
        air_ms=_sum(row.air_ms for row in rows),
        views=_sum(row.views for row in rows),
        paid=_sum(row.paid for row in rows),
        refund=_sum(row.refund for row in rows),
        target=sum(targets, Fraction(0)) if targets else None,
        currency=settings.KAIBO_CURRENCY,
        whole=[row for row in rows if row.net is not None or not row.is_worked],
        known=sum(row.net is not None for row in worked),
        paid_known=sum(row.paid is not None for row in worked),
        shifts=len(worked),
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def newest_day() -> date | None:
    """The last business date that has credit: what the report shows unasked."""
    found: date | None = Credit.objects.filter(computation__state=ComputationState.CURRENT).aggregate(
        newest=Max("date")
    )["newest"]
    return found
