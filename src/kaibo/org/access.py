"""Who may see whom. No row and no right look the same: 404."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, Department, Person, Position, Process


def holding(on: date) -> Q:
    """Appointments in force on a day."""
    return Q(start__lte=on) & (Q(end__isnull=True) | Q(end__gt=on))


def visible_people(user: User, on: date | None = None) -> QuerySet[Person]:
    """The people whose numbers this user may see: oneself; a lead's departments; the owner sees all."""
    if user.role == Role.OWNER:
        return Person.objects.all()
    own = Person.objects.filter(user=user)
    if user.role != Role.LEAD:
        return own
    in_force = holding(on or timezone.localdate())
    departments = Appointment.objects.filter(in_force, person__user=user).values("department")
    line = Appointment.objects.filter(in_force, department__in=departments).values("person")
    return Person.objects.filter(Q(user=user) | Q(pk__in=line))


def find_person(user: User, pk: int, on: date | None = None) -> Person:
    """The person, if this user may see their numbers; else Http404."""
    person = visible_people(user, on).filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


def own_person(user: User) -> Person | None:
    """The person this sign-in belongs to, if any."""
    return Person.objects.filter(user=user).first()


def require_lead(user: User) -> None:
    """Leads and owners only; else Http404."""
    if not user.is_lead:
        raise Http404


def require_owner(user: User) -> None:
    """Owners only; else Http404."""
    if not user.is_owner:
        raise Http404


def find_position(user: User, pk: int, positions: QuerySet[Position] | None = None) -> Position:
    """A position. What positions are is told to everyone who has signed in (ADR 33); else Http404."""
    found = (Position.objects.all() if positions is None else positions).filter(pk=pk).first()
    if found is None or not user.is_active:
        raise Http404
    return found


def find_process(user: User, pk: int) -> Process:
    """A process of the duty matrix, told to everyone who has signed in (ADR 33); else Http404."""
    found = Process.objects.filter(pk=pk).first()
    if found is None or not user.is_active:
        raise Http404
    return found


def find_department(user: User, pk: int) -> Department:
    """A department, told to everyone who has signed in (ADR 33); else Http404."""
    found = Department.objects.filter(pk=pk).first()
    if found is None or not user.is_active:
        raise Http404
    return found
