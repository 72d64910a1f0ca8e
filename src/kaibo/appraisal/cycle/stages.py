"""The stages' order and deadlines: counted back from pay day, each in its place, none in the past."""

import calendar
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.models import STATES, Cycle, CycleState, CycleTemplate
from kaibo.audit.seen import mark_of
from kaibo.look import numbers
from kaibo.measurement.months import next_month

# what a new installation begins with: refunds of T+15 are known on the 16th, pay day is the 28th
DAYS_BEFORE: Mapping[CycleState, int] = {
    CycleState.OPENED: 15,
    CycleState.COLLECTING: 12,
    CycleState.COMPUTED: 11,
    CycleState.SELF: 9,
    CycleState.MANAGER: 6,
    CycleState.CALIBRATION: 5,
    CycleState.PUBLISHED: 4,
    CycleState.APPEAL_WINDOW: 1,
    CycleState.CLOSED: 0,
}
Deadlines = Mapping[CycleState, datetime]


def template() -> CycleTemplate:
    """The installation's template, as it is saved or as it begins."""
    found = CycleTemplate.objects.filter(pk=CycleTemplate.ONLY).first()
    return found or CycleTemplate(pk=CycleTemplate.ONLY, days_before=plain(DAYS_BEFORE))


def locked_template() -> CycleTemplate:
    """The same, written down and locked: of two who save it first, the second finds what the first wrote."""
    CycleTemplate.objects.get_or_create(pk=CycleTemplate.ONLY, defaults={"days_before": plain(DAYS_BEFORE)})
    return CycleTemplate.objects.select_for_update().get(pk=CycleTemplate.ONLY)


def mark_of_template(found: CycleTemplate) -> str:
    """What a form carries of it: what it says, written down or not yet."""
    days = {str(state): count for state, count in days_before(found).items()}
    return mark_of({"pay_day": found.pay_day, "hour": found.hour, **days})


def plain(days: Mapping[CycleState, int]) -> dict[str, int]:
    return {str(state): count for state, count in days.items()}


def days_before(found: CycleTemplate) -> dict[CycleState, int]:
    """State → days before pay day; what the template does not say is as it begins."""
    told = found.days_before
    return {state: int(told.get(str(state), DAYS_BEFORE[state])) for state in STATES}


def pay_date(found: CycleTemplate, month: date, today: date) -> date:
    """The first pay day after the month that leaves every stage its time from today on."""
    length = timedelta(days=max(days_before(found).values()))
    at = next_month(month)
    while True:
        day = at.replace(day=min(found.pay_day, calendar.monthrange(at.year, at.month)[1]))
        if day - length >= today:
            return day
        at = next_month(at)


def deadlines(found: CycleTemplate, pay_on: date) -> Deadlines:
    """When each stage ends, for a pay day."""
    hour = time(found.hour)
    return {state: _at(pay_on - timedelta(days=count), hour) for state, count in days_before(found).items()}


def check_deadlines(told: Deadlines, *, now: datetime, state: CycleState | None = None) -> None:
    """Raises ValidationError, by stage: missing, out of order, or in the past for a stage that is still to end.

    `state`: the one that the cycle is in; stages before it are over, whatever is said of them.
    """
    wrong: dict[str, str] = {}
    former: datetime | None = None
    open_from = STATES.index(state) if state else 0
    for place, stage in enumerate(STATES):
        at = told.get(stage)
        if at is None:
            wrong[stage] = _("Say when this stage ends.")
            continue
        if place >= open_from and at <= now:
            text = _("%(at)s is over. Say a later time.")
            wrong[stage] = text % {"at": numbers.day_clock(at)}
        elif former is not None and at < former:
            text = _("The stage before it ends later, %(at)s. Say a time from then on.")
            wrong[stage] = text % {"at": numbers.day_clock(former)}
        former = at
    if wrong:
        raise ValidationError(wrong)


def check_template(pay_day: int, hour: int, days: Mapping[CycleState, int]) -> None:
    """Raises ValidationError for days that are none, or stages that end before the one before them."""
    if not 1 <= pay_day <= 31:
        raise ValidationError({"pay_day": _("A day of the month: 1 to 31.")})
    if not 0 <= hour <= 23:
        raise ValidationError({"hour": _("A full hour: 0 to 23.")})
    former: int | None = None
    for state in STATES:
        count = days.get(state)
        if count is None or not 0 <= count <= 60:
            raise ValidationError({state: _("Whole days before pay day: 0 to 60.")})
        if former is not None and count > former:
            raise ValidationError({state: _("The stage before it ends later. Say at most %(n)d days.") % {"n": former}})
        former = count


def following(cycle: Cycle) -> CycleState | None:
    """The state after this one; None of a closed cycle."""
    place = cycle.place + 1
    return STATES[place] if place < len(STATES) else None


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
