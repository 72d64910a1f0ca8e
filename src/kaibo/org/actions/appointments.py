"""Who holds which position: the main one, second ones beside it, acting for a while; ended, and taken back."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.models import User
from kaibo.org.actions.oneself import not_on_oneself_but_owners
from kaibo.org.appointing import refuse, refuse_closed, refuse_end, refuse_gap, running_main
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

# a slip is noticed soon; what stood longer is history, and is ended instead
TAKEN_BACK_WITHIN = timedelta(days=1)


@transaction.atomic
def appoint(
    *,
    by: User | None,
    person: Person,
    position: Position,
    department: Department,
    start: date,
    kind: AppointmentKind = AppointmentKind.MAIN,
    end: date | None = None,
) -> Appointment:
    """Hold a position in a department from `start` to before `end`, or until further notice.

    A main position ends the one before it on that day; a second one and acting stand beside it. Raises ValidationError:
    the person left, the department is closed, it ends before it begins, acting has no end, it is held already, or a
    main position begins on or after that day (history is not rewritten).
    """
    # nobody else appoints this person until the commit
    person = Person.objects.select_for_update().get(pk=person.pk)
    not_on_oneself_but_owners(by, person)
    if not person.active:
        raise ValidationError(_("%(name)s left. Say first that they are back.") % {"name": person.name})
    made = Appointment(
        person=person, position=position, department=department, kind=kind, start=start, end=end,
        made_at=timezone.now(),
    )  # fmt: skip
    held = list(person.appointments.select_related("position", "department"))
    refuse(made, held)
    running = running_main(held, start) if kind == AppointmentKind.MAIN else None
    if running:
        made.follows, made.follows_end = running, running.end
        _end(by, running, start)
    made.save()
    record(
        by=by, verb="appoint", target=person, kind=kind,
        position=position.key, department=department.name, start=start, end=end, appointment=made.pk,
    )  # fmt: skip
    return made


@transaction.atomic
def end_appointment(*, by: User | None, appointment: Appointment, end: date) -> Appointment:
    """`end` is the first day without it. Raises ValidationError when that is not after its start, or reaches into the
    next main position.
    """
    person = Person.objects.select_for_update().get(pk=appointment.person_id)
    not_on_oneself_but_owners(by, person)
    appointment.refresh_from_db()
    if end <= appointment.start:
        text = _("It began on %(day)s; it can end the day after at the earliest.")
        raise ValidationError({"end": text % {"day": appointment.start}})
    if appointment.kind == AppointmentKind.MAIN:
        mains = Appointment.objects.filter(person=appointment.person_id, kind=AppointmentKind.MAIN)
        after = mains.filter(start__gt=appointment.start, start__lt=end).order_by("start").first()
        if after:
            text = _("From %(day)s on they hold another main position. Choose that day or an earlier one.")
            raise ValidationError({"end": text % {"day": after.start.isoformat()}})
    elif appointment.kind == AppointmentKind.ACTING:
        refuse_end(AppointmentKind.ACTING, appointment.start, end)
    _end(by, appointment, end)
    return appointment


@transaction.atomic
def take_back_appointment(*, by: User | None, appointment: Appointment) -> None:
    """It was a mistake: it never was, and what it ended goes on as before. The audit keeps both.

    Raises ValidationError when it was made more than a day ago, another main position came after it, or what it ended
    was in a department that is closed now.
    """
    person = Person.objects.select_for_update().get(pk=appointment.person_id)
    not_on_oneself_but_owners(by, person)
    appointment = Appointment.objects.select_related("position", "department", "follows").get(pk=appointment.pk)
    if not may_be_taken_back(appointment):
        raise ValidationError(_("It was made more than a day ago and is history now. End it instead."))
    mains = person.appointments.filter(kind=AppointmentKind.MAIN)
    if appointment.kind == AppointmentKind.MAIN and mains.filter(start__gt=appointment.start).exists():
        raise ValidationError(_("Another main position came after it. Take that back first."))
    before, end = appointment.follows, appointment.follows_end
    _take_out(by, appointment)
    if before is not None and before.end == appointment.start:
        _refuse_department(before, end)
        _end(by, before, end)


def _refuse_department(before: Appointment, end: date | None) -> None:
    """What was closed meanwhile has nobody in it, however they come."""
    try:
        refuse_closed(before.department)
        refuse_gap(before.department, before.start, end)
    except ValidationError as error:
        raise ValidationError(error.messages) from None


def may_be_taken_back(appointment: Appointment) -> bool:
    return appointment.made_at is not None and appointment.made_at > timezone.now() - TAKEN_BACK_WITHIN


def end_all(*, by: User | None, person: Person, day: date) -> None:
    """Part of leaving: what is held ends on `day`, what would begin on it or later is taken out."""
    for held in person.appointments.exclude(end__lte=day).select_related("position", "department"):
        if held.start < day:
            _end(by, held, day)
            continue
        _take_out(by, held)


def _take_out(by: User | None, held: Appointment) -> None:
    record(
        by=by, verb="take_back_appointment", target=held.person, kind=held.kind, position=held.position.key,
        department=held.department.name, start=held.start, end=held.end, appointment=held.pk,
    )  # fmt: skip
    held.delete()


def _end(by: User | None, appointment: Appointment, end: date | None) -> None:
    former, appointment.end = appointment.end, end
    appointment.save(update_fields=["end"])
    record(
        by=by, verb="end_appointment", target=appointment.person,
        appointment=appointment.pk, former=former, end=end,
    )  # fmt: skip
