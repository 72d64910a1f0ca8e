"""What speaks against planning somebody: said in words before anything is saved.

Two in one role of one room at one time, by the same person, cannot be saved. Everything else is for a person to
weigh: another room at the same time, rest, hours of a day, a week without a day off.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.live.business_days import business_day
from kaibo.live.models import Account, CrewRole, Leave, LeaveState, Shift, ShiftState
from kaibo.live.simulcasts import groups_between
from kaibo.look import numbers
from kaibo.org.models import Person

LONGEST = timedelta(hours=24)
# how far around a shift rest and hours are looked at
AROUND = timedelta(days=8)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Slot:
    """A shift as somebody wants to plan it; `shift`: the id of the one that is moved there."""

    person: Person
    account: Account
    role: CrewRole
    start: datetime
    end: datetime
    shift: int | None = None


def refused(wanted: Slot) -> list[str]:
    """Why it cannot be planned at all; one sentence each."""
    if wanted.end <= wanted.start:
        return [_("The end must be after the start.")]
    if wanted.end - wanted.start > LONGEST:
        return [_("A shift of more than 24 hours is rather a mistyped date.")]
    return [
        _("%(person)s is already planned as %(role)s in %(room)s: %(times)s. Change that shift, or choose other times.")
        % {
            "person": wanted.person.name,
            "role": CrewRole(wanted.role).label,
            "room": wanted.account.name,
            "times": _day_times(other),
        }
        for other in _beside(wanted)
        if (other.account_id, other.role) == (wanted.account.pk, wanted.role)
    ]


def warnings(wanted: Slot) -> list[str]:
    """What a person should know before saving; one sentence each, the law's numbers in them."""
    if wanted.end <= wanted.start:
        return []
    others = _near(wanted)
    spans = [span for shift in others for span in [_span(shift)] if span]
    return [
        *_on_leave(wanted),
        *_elsewhere(wanted, others),
        *rest(wanted, spans),
        *hours(wanted, spans),
        *day_off(wanted, spans),
    ]


def _on_leave(wanted: Slot) -> list[str]:
    standing = Leave.objects.filter(
        person=wanted.person, state=LeaveState.APPROVED, start__lt=wanted.end, end__gt=wanted.start
    )
    return [
        _("%(person)s has approved leave then: %(start)s to %(end)s.")
        % {"person": wanted.person.name, "start": numbers.day_clock(one.start), "end": numbers.day_clock(one.end)}
        for one in standing.order_by("start")
    ]


def _elsewhere(wanted: Slot, others: Iterable[Shift]) -> list[str]:
    groups = groups_between(timezone.localdate(wanted.start), timezone.localdate(wanted.end) + timedelta(days=1))
    together = {pk for _first, _end, rooms in groups if wanted.account.pk in rooms for pk in rooms}
    found = []
    for other in others:
        span = _span(other)
        if (
            span
            and _overlap(span, (wanted.start, wanted.end))
            and other.account_id not in {*together, wanted.account.pk}
        ):
            found.append(
                _("%(person)s is in %(room)s at that time: %(times)s.")
                % {
                    "person": wanted.person.name,
                    "room": other.account.name,
                    "times": numbers.clock_range(*span),
                }
            )
    return found


def rest(wanted: Slot, spans: Iterable[Span]) -> list[str]:
    """Less than the rest between the last shift of one business day and the first of another."""
    least = timedelta(hours=settings.REST_HOURS)
    day = business_day(wanted.start)
    by_day: dict[date, list[Span]] = {}
    for span in [*spans, (wanted.start, wanted.end)]:
        by_day.setdefault(business_day(span[0]), []).append(span)
    mine = by_day[day]
    edges = [
        (max(end for _start, end in by_day.get(day - timedelta(days=1), [])), min(start for start, _end in mine))
        if by_day.get(day - timedelta(days=1))
        else None,
        (max(end for _start, end in mine), min(start for start, _end in by_day[day + timedelta(days=1)]))
        if by_day.get(day + timedelta(days=1))
        else None,
    ]
    return [
        _("%(person)s would rest %(rest)s between %(end)s and %(start)s; at least %(least)s hours are asked for.")
        % {
            "person": wanted.person.name,
            "rest": numbers.hours(max(edge[1] - edge[0], timedelta()) // timedelta(milliseconds=1)),
            "end": numbers.day_clock(edge[0]),
            "start": numbers.day_clock(edge[1]),
            "least": settings.REST_HOURS,
        }
        for edge in edges
        if edge and edge[1] - edge[0] < least
    ]


def hours(wanted: Slot, spans: Iterable[Span]) -> list[str]:
    """More than the hours of a calendar day, as the law counts them: the union, cut at midnight."""
    found = []
    most = timedelta(hours=settings.DAY_HOURS)
    every = [*spans, (wanted.start, wanted.end)]
    for day in sorted({timezone.localdate(wanted.start), timezone.localdate(wanted.end - timedelta(microseconds=1))}):
        begin, over = _midnight(day), _midnight(day + timedelta(days=1))
        total = union((max(start, begin), min(end, over)) for start, end in every)
        if total > most:
            found.append(
                _("%(person)s would have %(hours)s on %(day)s; a day has %(most)s hours, more is overtime.")
                % {
                    "person": wanted.person.name,
                    "hours": numbers.hours(total // timedelta(milliseconds=1)),
                    "day": numbers.day(day),
                    "most": settings.DAY_HOURS,
                }
            )
    return found


def day_off(wanted: Slot, spans: Iterable[Span]) -> list[str]:
    """Seven business days in a row with a shift in each: a week has one day of rest at least."""
    days = {business_day(start) for start, _end in [*spans, (wanted.start, wanted.end)]}
    first = last = business_day(wanted.start)
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in days:
        last += timedelta(days=1)
    if (last - first).days < 6:
        return []
    return [
        _("%(person)s would work %(days)s days in a row, %(first)s to %(last)s; a week needs a day of rest.")
        % {
            "person": wanted.person.name,
            "days": (last - first).days + 1,
            "first": numbers.day(first),
            "last": numbers.day(last),
        }
    ]


def union(spans: Iterable[Span]) -> timedelta:
    """How long the stretches are together; an hour in two of them is one hour."""
    total, reached = timedelta(), None
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
        reached = end if reached is None else max(reached, end)
    return total


def _beside(wanted: Slot) -> list[Shift]:
    """The person's other shifts that overlap it."""
    return [s for s in _near(wanted) for span in [_span(s)] if span and _overlap(span, (wanted.start, wanted.end))]


def _near(wanted: Slot) -> Sequence[Shift]:
    lo, hi = wanted.start - AROUND, wanted.end + AROUND
    near = Q(planned_start__lt=hi, planned_end__gt=lo) | Q(confirmed_start__lt=hi, confirmed_end__gt=lo)
    counting = Shift.objects.filter(near, person=wanted.person, state__in=[ShiftState.PLANNED, ShiftState.CONFIRMED])
    return [s for s in counting.select_related("account") if s.pk != wanted.shift]


def _span(shift: Shift) -> Span | None:
    """Confirmed where confirmed, else planned."""
    confirmed = (shift.confirmed_start, shift.confirmed_end)
    start, end = confirmed if shift.state == ShiftState.CONFIRMED else (shift.planned_start, shift.planned_end)
    return (start, end) if start and end else None


def _day_times(shift: Shift) -> str:
    start, end = _span(shift) or (None, None)
    return f"{numbers.day(start)} {numbers.clock_range(start, end)}"


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
