"""The organisation as a tree on a day: departments under departments, and who holds which position in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Count, Q

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import holding, visible_people
from kaibo.org.describing import LEVELS, place
from kaibo.org.models import Appointment, AppointmentKind, Department, Level, Position
from kaibo.org.positions import rank
from kaibo.org.timeline import away
from kaibo.org.tree import standing

Row = tuple[int, str, int, int, str]
# up to so many people everyone's name is on the page; beyond, those of the departments that were opened
ALL_NAMES_UP_TO = 300
NAMES_AT_MOST = 200
FOUND_AT_MOST = 50


@dataclass(frozen=True)
class Held:
    """An appointment as the chart shows it. `open`: whether this reader may open the person's page.

    `beside`: how they hold it where it is not their main position. `away`: on long leave that day.
    """

    person_id: int
    name: str
    position: Position
    department: Department
    open: bool
    beside: str = ""
    away: bool = False


@dataclass
class Node:
    """`count`: people of its own, `total`: those below too. `heads`: executives and managers; `teams`: the others by
    position. `named`: whether `teams` is filled; `more`: people beyond what one page names.
    """

    department: Department
    children: list["Node"] = field(default_factory=list)
    count: int = 0
    total: int = 0
    heads: list[Held] = field(default_factory=list)
    teams: list[tuple[Position, list[Held]]] = field(default_factory=list)
    named: bool = False
    more: int = 0

    @property
    def others(self) -> int:
        return self.count - len({one.person_id for one in self.heads})


@dataclass(frozen=True)
class Chart:
    """`tops`: trees; `alone`: departments with nothing above or below. `people`: how many hold a position that day."""

    on: date
    tops: list[Node]
    alone: list[Node]
    people: int
    departments: int


class Reader:
    """What of people a reader is told on a day; read once for the chart and for what is searched in it."""

    def __init__(self, user: User, on: date) -> None:
        self.user, self.on = user, on

    @cached_property
    def departments(self) -> dict[int, Department]:
        """Those of the day, as they stood."""
        return standing(self.on)

    @cached_property
    def _away(self) -> set[int]:
        return away(self.on)

    @cached_property
    def _positions(self) -> dict[int, Position]:
        return {one.pk: one for one in Position.objects.all()}

    @cached_property
    def _open(self) -> set[int] | None:
        """Whose pages they may open; None: everybody's."""
        return (
            None
            if self.user.reach(Right.SEE_PEOPLE).company
            else set(visible_people(self.user).values_list("pk", flat=True))
        )

    def held(self, rows: Iterable[Row], there: dict[int, Department]) -> Iterator[Held]:
        """Rows of person, name, position, department and kind as the chart shows them; three queries, owners two."""
        for person, name, position, department, kind in rows:
            if department in there:
                open_to = self._open is None or person in self._open
                beside = "" if kind == AppointmentKind.MAIN else str(AppointmentKind(kind).label)
                yield Held(
                    person, name, self._positions[position], there[department], open_to, beside, person in self._away
                )


def chart(reader: Reader, opened: Iterable[int] = ()) -> Chart:
    """Nine queries, however many people there are."""
    on = reader.on
    nodes = {pk: Node(one) for pk, one in reader.departments.items()}
    now = Appointment.objects.filter(holding(on))
    counts = dict(now.values_list("department").annotate(n=Count("person", distinct=True)).order_by())
    for pk, count in counts.items():
        if pk in nodes:
            nodes[pk].count = count
    people = now.aggregate(n=Count("person", distinct=True))["n"] or 0
    everyone = people <= ALL_NAMES_UP_TO
    full = now.order_by("person__name", "pk").values_list("person", "person__name", "position", "department", "kind")
    front = full.filter(position__level=Level.FRONT)
    rows = list(full.exclude(position__level=Level.FRONT))
    rows += front if everyone else front.filter(department__in=set(opened))[:NAMES_AT_MOST]
    for held in reader.held(rows, {pk: node.department for pk, node in nodes.items()}):
        _place(nodes[held.department.pk], held)
    for node in nodes.values():
        node.named = everyone or node.department.pk in opened
        node.teams.sort(key=lambda team: (LEVELS[Level(team[0].level)], rank(team[0].key), team[0].name))
        node.heads.sort(key=lambda one: (LEVELS[Level(one.position.level)], rank(one.position.key), one.name))
        if node.named:
            node.more = max(0, node.others - len({one.person_id for _position, there in node.teams for one in there}))
    roots = _tree(nodes)
    return Chart(
        on, [one for one in roots if one.children], [one for one in roots if not one.children], people, len(nodes),
    )  # fmt: skip


def _place(node: Node, held: Held) -> None:
    if held.position.level != Level.FRONT:
        node.heads.append(held)
        return
    for position, there in node.teams:
        if position.pk == held.position.pk:
            there.append(held)
            return
    node.teams.append((held.position, [held]))


def _tree(nodes: dict[int, Node]) -> list[Node]:
    """The departments without one above, or whose one above is closed, in the handbook's order."""
    roots: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.department.parent_id or 0)
        (above.children if above else roots).append(node)
    for node in nodes.values():
        node.children.sort(key=lambda one: place(one.department))
    for root in roots:
        _add_up(root)
    return sorted(roots, key=lambda one: place(one.department))


def _add_up(node: Node) -> int:
    node.total = node.count + sum(_add_up(one) for one in node.children)
    return node.total


def find(reader: Reader, text: str) -> tuple[list[Held], int]:
    """Who fits the text by name, other spelling or position: the first, and how many; two queries after the chart."""
    words = (
        Q(person__name__icontains=text)
        | Q(person__aliases__alias__icontains=text)
        | Q(position__name__icontains=text)
        | Q(position__name_en__icontains=text)
    )
    found = Appointment.objects.filter(holding(reader.on), words).distinct().order_by("person__name", "pk")
    rows = found.values_list("person", "person__name", "position", "department", "kind")[:FOUND_AT_MOST]
    return list(reader.held(rows, reader.departments)), found.count()
