"""A person's shifts of a month, as facts: planned, confirmed, not confirmed yet, flagged."""

from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models.functions import Coalesce

from kaibo.appraisal.period import bounds, business_date
from kaibo.kpi import due
from kaibo.live.due import DueShift
from kaibo.live.models import Shift, ShiftState
from kaibo.measurement.closed import Closed, ClosedMonth, closed_shifts
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import due_in
from kaibo.org.models import Person


def ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


@dataclass(frozen=True)
class RosterDay:
    """A day of the calendar. Without shifts it is a day without a shift, which is all we know about it."""

    day: date
    shifts: Sequence[Shift]
    is_today: bool

    @property
    def ms(self) -> int:
        return sum(length(shift) for shift in self.shifts)

    @property
    def start(self) -> datetime:
        return interval(self.shifts[0])[0]

    @property
    def state(self) -> str:
        """The state that asks for most attention: absent, then planned, then confirmed."""
        states = {shift.state for shift in self.shifts}
        return next(s for s in (ShiftState.ABSENT, ShiftState.PLANNED, ShiftState.CONFIRMED) if s in states)


@dataclass(frozen=True)
class Roster:
    """The person's shifts of the month, all crew roles. `until`: what begins before it counts as to date."""

    shifts: Sequence[Shift]
    until: datetime

    # the same as they are due: as published, less leave
    owed: Sequence[DueShift] = ()

    def planned_ms(self, role: str = "") -> int:
        """Milliseconds planned in the month (in one crew role), leave included; an hour in two rooms is one."""
        return due.length(one.whole for one in self.owed if not role or one.role == role)

    def away_ms(self) -> int:
        """How much of them is approved leave."""
        return self.planned_ms() - due.length(piece for one in self.owed for piece in one.pieces)

    def due_by_role(self) -> dict[tuple[int, str], int]:
        """(person, role) → ms due in the month, as measurement.planned says it."""
        pieces: dict[tuple[int, str], list[due.Stretch]] = {}
        for one in self.owed:
            pieces.setdefault((one.person, one.role), []).extend(one.pieces)
        return {key: due.length(found) for key, found in pieces.items()}

    def begun(self, role: str) -> list[DueShift]:
        """What is due in the role of shifts that began already."""
        return [one for one in self.owed if one.role == role and one.start < self.until]

    def planned_to_date_ms(self, role: str) -> int | None:
        """What is due of them, less leave; None where nothing was planned at all."""
        if not any(one.role == role for one in self.owed):
            return None
        return due.length(piece for one in self.begun(role) for piece in one.pieces)

    @property
    def roles(self) -> list[str]:
        """By planned or confirmed time, most first."""
        total: dict[str, int] = {}
        for shift in self.shifts:
            total[shift.role] = total.get(shift.role, 0) + length(shift)
        return sorted(total, key=lambda role: (-total[role], role))

    @property
    def confirmed(self) -> int:
        return sum(shift.state == ShiftState.CONFIRMED for shift in self.shifts)

    @property
    def unconfirmed(self) -> list[Shift]:
        """Shifts that began and nobody confirmed yet."""
        return [s for s in self.shifts if s.state == ShiftState.PLANNED and interval(s)[0] < self.until]

    @property
    def to_come(self) -> int:
        return sum(s.state == ShiftState.PLANNED and interval(s)[0] >= self.until for s in self.shifts)

    @property
    def absent(self) -> int:
        return sum(shift.state == ShiftState.ABSENT for shift in self.shifts)

    @property
    def flagged(self) -> int:
        return sum(bool(shift.flag) for shift in self.shifts)

    def weeks(self, month: date, today: date) -> list[list[RosterDay | None]]:
        """The month as weeks, Monday to Sunday; None for days of its neighbours."""
        by_day: dict[date, list[Shift]] = {}
        for shift in self.shifts:
            by_day.setdefault(business_date(interval(shift)[0]), []).append(shift)
        return [
            [RosterDay(day, by_day.get(day, []), day == today) if day.month == month.month else None for day in week]
            for week in Calendar().monthdatescalendar(month.year, month.month)
        ]


def interval(shift: Shift) -> tuple[datetime, datetime]:
    """Confirmed times where confirmed, else planned ones, else whatever there is."""
    confirmed = shift.confirmed_start, shift.confirmed_end
    planned = shift.planned_start, shift.planned_end
    choices = (confirmed, planned) if shift.state == ShiftState.CONFIRMED else (planned, confirmed)
    for start, end in choices:
        if start and end:
            return start, end
    raise ValueError(f"shift {shift.pk} has no whole times")


def length(shift: Shift) -> int:
    """Milliseconds; none for whom was not there."""
    start, end = interval(shift)
    return 0 if shift.state == ShiftState.ABSENT else ms(end - start)


def rosters_of(people: Sequence[Person], month: date, *, until: datetime, closed: Closed) -> dict[int, Roster]:
    """Person → their shifts whose business date lies in the month; cancelled ones were no shifts. Few queries.

    Of a closed month as they were at closing.
    """
    of_person: dict[int, list[Shift]] = {person.pk: [] for person in people}
    for shift in _shifts(list(of_person), month, closed.get(month)):
        of_person[shift.person_id].append(shift)
    owed: dict[int, list[DueShift]] = {person: [] for person in of_person}
    for one in due_in(month, next_month(month), people=list(owed), closed=closed):
        owed[one.person].append(one)
    return {person: Roster(own, until, owed[person]) for person, own in of_person.items()}


def _shifts(people: Sequence[int], month: date, closed: ClosedMonth | None) -> Iterable[Shift]:
    if closed:
        kept = closed_shifts(closed.id, start=month, end=next_month(month), people=people)
        return sorted(kept, key=lambda shift: (shift.planned_start or interval(shift)[0], shift.pk))
    start, end = bounds(month)
    return (
        Shift.objects.exclude(state=ShiftState.CANCELLED)
        .filter(person__in=people)
        .annotate(begins=Coalesce("planned_start", "confirmed_start"))
        .filter(begins__gte=start, begins__lt=end)
        .select_related("account")
        .order_by("begins", "id")
    )
