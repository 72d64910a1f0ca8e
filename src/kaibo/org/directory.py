"""The list of people as the page and the export show it: filtered, grouped by department, in the order of positions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.contrib.auth.hashers import is_password_usable
from django.db.models import Case, CharField, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from kaibo.database.prepared import OFFSET, Prepared, among
from kaibo.login.grants import Grant, in_force, widest_first, words_of
from kaibo.login.models import User
from kaibo.login.rights import Right, Role
from kaibo.look.numbers import in_chinese
from kaibo.org.access import Circle, holding, people_of, reaching
from kaibo.org.models import WEIGHT, Appointment, AppointmentKind, Department, Person, PersonAlias, Position
from kaibo.org.positions import BESIDE, ORDER, rank

# a page is made in a moment, however many people there are
PER_PAGE = 50


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
class SignIn:
    """`roles`: those of today, the widest first. `invited`: made for somebody who has not come yet."""

    name: str
    roles: Sequence[Role]
    invited: bool

    @property
    def role_words(self) -> str:
        return words_of(self.roles)


@dataclass(frozen=True)
class Entry:
    """A person and their position on the day asked for, if any; `beside`: what else they hold, second or acting."""

    person: Person
    appointment: Appointment | None
    beside: Sequence[Appointment] = ()
    aliases: Sequence[str] = ()
    sign_in: "SignIn | None" = None


@dataclass
class Group:
    """`department` None: people who hold no position on that day."""

    department: Department | None
    entries: list[Entry] = field(default_factory=list)
    # more than are here where a page shows only a part
    count: int = 0
    # the entries as a page writes them
    rows: Sequence[str] = ()


def asked(
    circle: Circle, left: bool, *, on: Any, text: Any = None, department: Any = None, position: Any = None, **who: Any
) -> QuerySet[Person]:
    """The people of the filter within the circle; see `reaching`."""
    people = people_of(circle, on=on, **who).filter(active=not left)
    if text:
        named = PersonAlias.objects.filter(alias__icontains=text).values("person")
        people = people.filter(Q(name__icontains=text) | Q(pk__in=named))
    now = Appointment.objects.filter(holding(on))
    if department:
        people = people.filter(pk__in=now.filter(department=department).values("person"))
    if position:
        people = people.filter(pk__in=now.filter(position__key=position).values("person"))
    return people


@dataclass(frozen=True)
class Line:
    """Where somebody stands in the list, and nothing else of them. `department`: its name, empty without one."""

    person: int
    department: str


class Listed:
    """Everyone of a filter whom this user may see, in the order of the list, read as far as it is asked for.

    By department, who holds nothing last; within one by position, then by name. As Django's paginator wants a list.
    """

    def __init__(self, user: User, wanted: Wanted, on: date) -> None:
        self._circle, who = reaching(user, Right.SEE_PEOPLE, on)
        chosen = {"text": wanted.text, "department": wanted.department, "position": wanted.position}
        self._left = wanted.left
        self._values = {**who, "on": on, **{name: value for name, value in chosen.items() if value}}

    @cached_property
    def counts(self) -> dict[str, int]:
        """Department → how many people of it, in the order of its pages; empty: who holds nothing."""
        found = dict(_counts(self._circle, self._left, **self._values))
        nowhere = found.pop("", 0) - sum(found.values())
        return found | {"": nowhere} if nowhere > 0 else found

    def count(self) -> int:
        return sum(self.counts.values())

    def __getitem__(self, cut: slice) -> list[Line]:
        """At most PER_PAGE of them, from one on."""
        holders, first = self.count() - self.counts.get("", 0), cut.start or 0
        values, wanted = self._values, min(cut.stop, first + PER_PAGE) - first
        found = []
        if first < holders:
            # only the departments of this page are put in order: of everybody that would be most of the page's time
            names, before = self._departments(first, wanted)
            rows = _holders(self._circle, self._left, **values, names=names, offset=first - before)
            found = [Line(person, name) for person, name in rows]
        if len(found) < wanted and self.counts.get(""):
            rest = _others(self._circle, self._left, **values, offset=max(0, first - holders))
            found += [Line(person, "") for person in rest]
        return found[:wanted]

    def _departments(self, first: int, wanted: int) -> tuple[list[str], int]:
        """Those that hold some of `wanted` people from `first` on, and how many people come before them."""
        names: list[str] = []
        before = passed = 0
        for name, count in self.counts.items():
            if name and passed < first + wanted:
                if passed + count > first:
                    names.append(name)
                else:
                    before += count
                passed += count
        return names, before

    def everyone(self) -> list[Line]:
        """For an export."""
        plain = (self._circle, self._left)
        rows = _in_order(*plain, **self._values)
        nowhere = _nowhere(*plain, **self._values).values_list("pk", flat=True)
        return [*(Line(person, name) for person, name in rows), *(Line(person, "") for person in nowhere)]


def _first_held(circle: Circle, left: bool, *, on: Any, **values: Any) -> QuerySet[Appointment]:
    """Of each of them the appointment that the list shows: the main one, a second one, or acting."""
    now = Appointment.objects.filter(holding(on))
    beside = now.filter(person=OuterRef("person")).annotate(heavy=WEIGHT).order_by()
    heavier = Q(heavy__gt=OuterRef("heavy")) | Q(heavy=OuterRef("heavy"), start__gt=OuterRef("start"))
    later = Q(heavy=OuterRef("heavy"), start=OuterRef("start"), pk__gt=OuterRef("pk"))
    first = Q(kind=AppointmentKind.MAIN) | ~Exists(beside.filter(heavier | later))
    found = now.annotate(heavy=WEIGHT).filter(first).order_by()
    if circle.company and not values:
        # of everybody: no list of people is made first
        return found.filter(person__active=not left)
    return found.filter(person__in=asked(circle, left, on=on, **values))


def _nowhere(circle: Circle, left: bool, *, on: Any, **values: Any) -> QuerySet[Person]:
    now = Appointment.objects.filter(holding(on), person=OuterRef("pk")).order_by()
    return asked(circle, left, on=on, **values).filter(~Exists(now)).order_by("name", "pk")


def _in_order(
    circle: Circle, left: bool, *, names: Any = None, **values: Any
) -> QuerySet[Appointment, tuple[int, str]]:
    """`names`: of these departments alone."""
    ranks = [When(position__key=key, then=Value(rank(key))) for key in (*ORDER, *BESIDE)]
    place = Case(*ranks, default=Value(rank("")), output_field=FloatField())
    rows = _first_held(circle, left, **values).order_by("department__name", place, "person__name", "person")
    if names is not None:
        rows = rows.filter(among("department__name", names))
    return rows.values_list("person", "department__name")


def _counting(circle: Circle, left: bool, **values: Any) -> QuerySet[Any, Any]:
    held = _first_held(circle, left, **values).values(of=F("department__name")).annotate(n=Count("pk"))
    # each has one first appointment or none, so that counting everybody spares looking for who has none
    everyone = asked(circle, left, **values).order_by().values(of=Value("", CharField())).annotate(n=Count("pk"))
    return held.union(everyone, all=True).order_by("of").values_list("of", "n")


_counts: Prepared[Any] = Prepared(_counting)
_holders: Prepared[tuple[int, str]] = Prepared(
    lambda circle, left, **values: _in_order(circle, left, **values)[OFFSET : OFFSET + PER_PAGE]
)
_others: Prepared[int] = Prepared(
    lambda circle, left, **values: _nowhere(circle, left, **values).values_list("pk", flat=True)[
        OFFSET : OFFSET + PER_PAGE
    ]
)


class Places:
    """Every position in the order it was made, and every department by name, by their ids; read once for a page."""

    def __init__(self) -> None:
        self.positions: Mapping[int, Position] = {one.pk: one for one in _positions()}
        self.departments: Mapping[int, Department] = {one.pk: one for one in _departments()}

    @cached_property
    def position_choices(self) -> list[tuple[Position, str]]:
        return [(one, one.title) for one in self.positions.values()]

    @cached_property
    def department_choices(self) -> list[tuple[Department, str]]:
        chinese = in_chinese()
        return [(one, one.title_in(chinese)) for one in self.departments.values()]


_positions = Prepared(lambda: Position.objects.order_by("pk"))
_departments = Prepared(
    lambda: Department.objects.only("name", "name_en", "parent", "opened_on", "closed_on").order_by("name")
)


def groups_of(listed: Sequence[Line], counts: Mapping[str, int], on: date, places: Places) -> list[Group]:
    """These lines with all that the page tells of them, in their groups, each of which says how many it has in all."""
    ids = [line.person for line in listed]
    if not ids:
        return []
    held: dict[int, list[Appointment]] = defaultdict(list)
    for one in _held(people=ids, on=on):
        one.position, one.department = places.positions[one.position_id], places.departments[one.department_id]
        held[one.person_id].append(one)
    names: dict[int, list[str]] = defaultdict(list)
    for person, alias in _aliases(people=ids):
        names[person].append(alias)
    people = _with_sign_ins(ids)
    groups: list[Group] = []
    for name, of in groupby(listed, key=lambda line: line.department):
        found = [
            Entry(people[pk][0], next(iter(held[pk]), None), held[pk][1:], names[pk], people[pk][1])
            for line in of
            if (pk := line.person) in people
        ]
        department = found[0].appointment.department if found and found[0].appointment else None
        groups.append(Group(department, found, counts[name]))
    return groups


def _with_sign_ins(ids: Sequence[int]) -> dict[int, tuple[Person, SignIn | None]]:
    """Plain values, since whole rows of a hundred sign-ins and what was lent to them cost more than all else."""
    rows = _people(people=ids)
    users = [user for _pk, _name, _active, user, *_rest in rows if user]
    roles: dict[int, set[Role]] = defaultdict(set)
    for user, role in _roles(users=users, on=timezone.localdate()) if users else ():
        roles[user].add(Role(role))
    found: dict[int, tuple[Person, SignIn | None]] = {}
    for pk, name, active, user, username, open_, password in rows:
        told = None
        if user:
            told = SignIn(username, widest_first(roles[user]), not open_ and not is_password_usable(password))
        found[pk] = (Person(pk=pk, name=name, active=active, user_id=user), told)
    return found


_people: Prepared[Any] = Prepared(
    lambda *, people: Person.objects.filter(among("pk", people)).values_list(
        "pk", "name", "active", "user", "user__username", "user__is_active", "user__password"
    )
)
_held = Prepared(
    lambda *, people, on: Appointment.objects.filter(holding(on), among("person", people)).order_by(
        WEIGHT.desc(), "-start", "-pk"
    )
)
_aliases: Prepared[Any] = Prepared(
    lambda *, people: PersonAlias.objects.filter(among("person", people)).order_by("pk").values_list("person", "alias")
)
_roles: Prepared[Any] = Prepared(
    lambda *, users, on: Grant.objects.filter(in_force(on), among("user", users)).order_by().values_list("user", "role")
)


def held_on(appointments: Iterable[Appointment], on: date) -> list[Appointment]:
    """Those in force on a day, the main one first."""
    order = list(AppointmentKind)
    held = [one for one in appointments if one.start <= on and (one.end is None or on < one.end)]
    return sorted(held, key=lambda one: (order.index(AppointmentKind(one.kind)), one.start))


def entries(groups: list[Group]) -> Iterator[tuple[Group, Entry]]:
    for group in groups:
        for entry in group.entries:
            yield group, entry
