"""Who may see whom. No row and no right look the same: 404."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from kaibo.login.grants import Reach
from kaibo.login.models import User
from kaibo.login.rights import READING, Right
from kaibo.org.models import Appointment, Department, Person, Position, Process
from kaibo.org.tree import reached


def holding(on: date) -> Q:
    """Appointments in force on a day."""
    return Q(start__lte=on) & (Q(end__isnull=True) | Q(end__gt=on))


def require(user: User, *rights: Right) -> None:
    """Http404 unless the user holds one of these rights, over anybody at all."""
    if not user.can(*rights):
        raise Http404


def people_within(user: User, right: Right, on: date | None = None) -> QuerySet[Person]:
    """The people over whom the user holds the right, as the organisation stood on the day (today)."""
    reach = user.reach(right)
    if reach.company:
        return Person.objects.all()
    return Person.objects.filter(_within(user, right, reach, on or timezone.localdate()))


def _within(user: User, right: Right, reach: Reach, on: date) -> Q:
    # oneself is always among those whom one sees, and never among those about whom one decides
    wanted = Q(user=user) if right in READING else Q(pk__in=())
    if reach.narrow:
        return wanted
    line = Appointment.objects.filter(holding(on), department__in=reached(reach, on))
    return wanted | Q(pk__in=line.values("person"))


def visible_people(user: User, on: date | None = None) -> QuerySet[Person]:
    """The people whom this user may see: oneself, and those over whom a grant reaches."""
    return people_within(user, Right.SEE_PEOPLE, on)


def find_person(user: User, pk: int, on: date | None = None, *, right: Right = Right.SEE_PEOPLE) -> Person:
    """The person, if this user holds the right over them; else Http404."""
    person = people_within(user, right, on).select_related("user").filter(pk=pk).first()
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
