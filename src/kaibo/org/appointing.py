"""What an appointment may be beside those that somebody has: the rules alone, over rows that were read already."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.org.models import Appointment, AppointmentKind, Department

LONGEST_ACTING = timedelta(days=366)


def refuse(wanted: Appointment, held: Sequence[Appointment]) -> None:
    """Raise ValidationError for what cannot be, by field; `held`: all of the person's, with position and department."""
    refuse_closed(wanted.department)
    refuse_not_yet(wanted.department, wanted.start)
    refuse_gap(wanted.department, wanted.start, wanted.end)
    refuse_end(wanted.kind, wanted.start, wanted.end)
    _refuse_held_already(wanted, held)
    if wanted.kind != AppointmentKind.MAIN:
        return
    later = min((one for one in _mains(held) if one.start >= wanted.start), key=lambda one: one.start, default=None)
    if later:
        text = _("From %(day)s on they already hold %(position)s. Choose a later day.")
        raise ValidationError({"start": text % {"day": later.start.isoformat(), "position": later.position.title}})


def running_main(held: Sequence[Appointment], on: date) -> Appointment | None:
    """The main one that a new one from `on` would end."""
    return next((one for one in _mains(held) if one.start < on and (one.end is None or one.end > on)), None)


def _mains(held: Sequence[Appointment]) -> list[Appointment]:
    return [one for one in held if one.kind == AppointmentKind.MAIN]


def refuse_not_yet(department: Department, start: date) -> None:
    if department.opened_on and start < department.opened_on:
        text = _("%(name)s is there from %(day)s on. Choose that day or a later one.")
        said = {"name": department.title, "day": department.opened_on.isoformat()}
        raise ValidationError({"start": text % said})


def refuse_gap(department: Department, start: date, end: date | None) -> None:
    """Nobody is in it while it was closed for a while."""
    for gap in department.gaps.all():
        if start < gap.until and (end is None or end > gap.start):
            text = _("%(name)s was closed from %(day)s to before %(until)s. Choose days outside.")
            said = {"name": department.title, "day": gap.start.isoformat(), "until": gap.until.isoformat()}
            raise ValidationError({"start": text % said})


def refuse_closed(department: Department) -> None:
    if department.closed_on:
        text = _("%(name)s is closed from %(day)s on. Choose another department, or open it again.")
        said = {"name": department.title, "day": department.closed_on.isoformat()}
        raise ValidationError({"department": text % said})


def refuse_end(kind: str, start: date, end: date | None) -> None:
    if end is not None and end <= start:
        raise ValidationError({"end": _("It ends before it begins. Choose a day after %(day)s.") % {"day": start}})
    if kind != AppointmentKind.ACTING:
        return
    if end is None:
        raise ValidationError({"end": _("Acting is for a while: say the first day without it.")})
    if end > start + LONGEST_ACTING:
        raise ValidationError({"end": _("Acting lasts a year at the most. Appoint them for good, or choose a day.")})


def _refuse_held_already(wanted: Appointment, held: Sequence[Appointment]) -> None:
    """The same position in the same department twice at a time; a main one that runs is ended by the next instead."""
    for one in held:
        same = (one.position_id, one.department_id) == (wanted.position_id, wanted.department_id)
        meets = (one.end is None or one.end > wanted.start) and (wanted.end is None or one.start < wanted.end)
        both_main = one.kind == wanted.kind == AppointmentKind.MAIN
        if same and meets and not both_main:
            text = _("They hold %(position)s in %(department)s already, from %(day)s on. End that first.")
            said = {
                "position": wanted.position.title, "department": wanted.department.title, "day": one.start.isoformat(),
            }  # fmt: skip
            raise ValidationError({"position": text % said})
