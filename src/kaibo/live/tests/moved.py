"""Somebody goes to another department in the middle of November, with a shift on either side of that day."""

from datetime import date

from kaibo.live.models import Account, Shift
from kaibo.live.tests.night import shift
from kaibo.login.models import Grant, Role, User
from kaibo.org.actions import appoint
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

MOVED = date(2026, 11, 16)
BEFORE, AFTER = "11-10", "11-20"


def both(place: Account, person: Person) -> tuple[Shift, Shift]:
    """One on a day before, one after."""
    return (
        shift(place, person, f"{BEFORE} 19:00", f"{BEFORE} 22:00"),
        shift(place, person, f"{AFTER} 19:00", f"{AFTER} 22:00"),
    )


def head(name: str, department: Department, start: date = date(2026, 1, 1)) -> User:
    """A lead whose line is this department, from a day on."""
    user = User.objects.create_user(name, role=Role.LEAD)
    Grant.objects.filter(user=user).update(start=date(2026, 1, 1))
    Appointment.objects.create(
        person=Person.objects.create(name=name, user=user), position=Position.objects.get(key="floor_manager"),
        department=department, start=start,
    )  # fmt: skip
    return user


def move(person: Person, department: Department) -> None:
    appoint(
        by=None, person=person, position=person.appointments.get().position, department=department, start=MOVED,
        kind=AppointmentKind.MAIN,
    )  # fmt: skip
