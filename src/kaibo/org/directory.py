"""The list of people as the page and the export show it: filtered, grouped by department, in the order of positions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.db.models import Prefetch, Q, QuerySet

from kaibo.login.models import User
from kaibo.org.access import holding, visible_people
from kaibo.org.models import WEIGHT, Appointment, AppointmentKind, Department, Person, PersonAlias
from kaibo.org.positions import rank


@dataclass(frozen=True)
class Wanted:
    """The filter in the URL: text in a name or alias, department, position key, and whether they are still here."""

    text: str = ""
    department: int | None = None
    position: str = ""
    left: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.department or self.position)


@dataclass(frozen=True)
class Entry:
    """A person and their position on the day asked for, if any; `beside`: what else they hold, second or acting."""

    person: Person
    appointment: Appointment | None
    beside: Sequence[Appointment] = ()


@dataclass
class Group:
    """`department` None: people who hold no position on that day."""

    department: Department | None
    entries: list[Entry] = field(default_factory=list)
    # more than are here where a page shows only a part
    count: int = 0


def found(user: User, wanted: Wanted, on: date) -> QuerySet[Person]:
    """The people of the filter whom this user may see."""
    people = visible_people(user, on).filter(active=not wanted.left)
    if wanted.text:
        named = PersonAlias.objects.filter(alias__icontains=wanted.text).values("person")
        people = people.filter(Q(name__icontains=wanted.text) | Q(pk__in=named))
    now = Appointment.objects.filter(holding(on))
    if wanted.department:
        people = people.filter(pk__in=now.filter(department=wanted.department).values("person"))
    if wanted.position:
        people = people.filter(pk__in=now.filter(position__key=wanted.position).values("person"))
    return people


@dataclass(frozen=True)
class Line:
    """Where somebody stands in the list, and nothing else of them. `department`: its name, empty without one."""

    person: int
    department: str


def lines(people: QuerySet[Person], on: date) -> list[Line]:
    """Everyone in the order of the list: by department, who holds nothing last; within one by position, then by name.

    Two narrow queries: thousands are put in order to show the few of one page.
    """
    held: dict[int, tuple[str, str]] = {}
    now = Appointment.objects.filter(holding(on)).order_by(WEIGHT, "start", "pk")
    for person, department, key in now.values_list("person", "department__name", "position__key"):
        held[person] = department, key
    sorted_people = sorted(
        (*_place(held.get(person)), name, person) for person, name in people.order_by().values_list("pk", "name")
    )
    return [Line(person, department) for _last, department, _rank, _name, person in sorted_people]


def _place(held: tuple[str, str] | None) -> tuple[bool, str, float]:
    return (False, held[0], rank(held[1])) if held else (True, "", rank(""))


def groups_of(listed: Sequence[Line], counts: Mapping[str, int], on: date) -> list[Group]:
    """These lines with all that the page tells of them, in their groups, each of which says how many it has in all."""
    now = Appointment.objects.filter(holding(on)).select_related("position", "department")
    now = now.order_by(WEIGHT.desc(), "-start", "-pk")
    full = Person.objects.select_related("user").prefetch_related(
        "aliases", "user__grants", Prefetch("appointments", queryset=now, to_attr="held")
    )
    people = {one.pk: one for one in full.filter(pk__in=[line.person for line in listed])}
    groups: list[Group] = []
    for name, of in groupby(listed, key=lambda line: line.department):
        entries = [_entry(people[line.person]) for line in of if line.person in people]
        department = entries[0].appointment.department if entries and entries[0].appointment else None
        groups.append(Group(department, entries, counts[name]))
    return groups


def _entry(person: Person) -> Entry:
    held: list[Appointment] = getattr(person, "held", [])
    return Entry(person, held[0] if held else None, held[1:])


def held_on(appointments: Iterable[Appointment], on: date) -> list[Appointment]:
    """Those in force on a day, the main one first."""
    order = list(AppointmentKind)
    held = [one for one in appointments if one.start <= on and (one.end is None or on < one.end)]
    return sorted(held, key=lambda one: (order.index(AppointmentKind(one.kind)), one.start))


def entries(groups: list[Group]) -> Iterator[tuple[Group, Entry]]:
    for group in groups:
        for entry in group.entries:
            yield group, entry
