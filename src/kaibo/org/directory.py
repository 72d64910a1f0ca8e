"""The list of people as the page and the export show it: filtered, grouped by department, in the order of positions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.db.models import Prefetch, Q, QuerySet

from kaibo.login.models import User
from kaibo.org.access import holding, visible_people
from kaibo.org.models import Appointment, Department, Person
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
    """A person and the appointment in force on the day asked for, if any."""

    person: Person
    appointment: Appointment | None

    @property
    def rank(self) -> tuple[float, str]:
        return rank(self.appointment.position.key if self.appointment else ""), self.person.name


@dataclass
class Group:
    """`department` None: people who hold no position on that day."""

    department: Department | None
    entries: list[Entry] = field(default_factory=list)
    # more than are here where a page shows only a part
    count: int = 0


def found(user: User, wanted: Wanted, on: date) -> QuerySet[Person]:
    """The people of the filter whom this user may see, with what the list needs of them."""
    people = visible_people(user, on).filter(active=not wanted.left)
    if wanted.text:
        people = people.filter(Q(name__icontains=wanted.text) | Q(aliases__alias__icontains=wanted.text))
    now = Appointment.objects.filter(holding(on)).select_related("position", "department").order_by("-start")
    if wanted.department:
        people = people.filter(pk__in=now.filter(department=wanted.department).values("person"))
    if wanted.position:
        people = people.filter(pk__in=now.filter(position__key=wanted.position).values("person"))
    return (
        people.distinct()
        .select_related("user")
        .prefetch_related("aliases", Prefetch("appointments", queryset=now, to_attr="held"))
    )


def grouped(people: QuerySet[Person]) -> list[Group]:
    """By department, by name; who holds nothing comes last. Within one by position, then by name: no ranks."""
    groups: dict[str, Group] = {}
    for person in people:
        held: list[Appointment] = getattr(person, "held", [])
        appointment = held[0] if held else None
        department = appointment.department if appointment else None
        group = groups.setdefault(department.name if department else "", Group(department))
        group.entries.append(Entry(person, appointment))
    for group in groups.values():
        group.entries.sort(key=lambda entry: entry.rank)
        group.count = len(group.entries)
    return sorted(groups.values(), key=lambda g: (g.department is None, g.department.name if g.department else ""))


def entries(groups: list[Group]) -> Iterator[tuple[Group, Entry]]:
    for group in groups:
        for entry in group.entries:
            yield group, entry


def on_page(listed: Iterable[tuple[Group, Entry]]) -> list[Group]:
    """The entries of one page in their groups again, each of which still says how many it has."""
    return [
        Group(of[0][0].department, [entry for _group, entry in of], of[0][0].count)
        for _department, pairs in groupby(listed, key=lambda pair: pair[0].department)
        for of in [list(pairs)]
    ]
