"""Positions as pages and exports show them: filtered, grouped by department or level, and one in full."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from kaibo.kpi.catalog import KPIS
from kaibo.login.models import User
from kaibo.look.numbers import in_chinese
from kaibo.org.access import holding, visible_people
from kaibo.org.handbook import handbook
from kaibo.org.models import Appointment, Department, Language, Level, Person, Position, PositionText
from kaibo.org.positions import rank

LEVELS = {Level.EXECUTIVE: 0, Level.MIDDLE: 1, Level.FRONT: 2}
# names on a position's page; the rest is a number
NAMES_AT_MOST = 40


@dataclass(frozen=True)
class Asked:
    """The filter in the URL: text in a name or description, department (0: in every one), level, and how to group."""

    text: str = ""
    department: int | None = None
    level: str = ""
    by_level: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.department is not None or self.level)


@dataclass
class Group:
    """`title` of a department or level; `note`: what it is there for."""

    title: str
    note: str = ""
    positions: list[Position] = field(default_factory=list)


@dataclass(frozen=True)
class Described:
    """One position in the reader's language. `other`: its words are only there in the other language."""

    purpose: str
    duties: list[str]
    contents: list[str]
    skills: list[str]
    judged: list[str]
    kpis: list[str]
    other: bool

    @property
    def is_told(self) -> bool:
        return bool(self.purpose or self.duties or self.contents or self.skills)


def positions(asked: Asked, on: date) -> QuerySet[Position]:
    """With how many hold it on that day, its texts, and whether anyone has described it; two queries."""
    now = Appointment.objects.filter(holding(on), position=OuterRef("pk"), person__active=True).order_by()
    held = now.values("position").annotate(n=Count("person", distinct=True)).values("n")
    found = Position.objects.annotate(
        holders=Coalesce(Subquery(held), 0), described=Exists(PositionText.objects.filter(position=OuterRef("pk")))
    )
    if asked.text:
        words = Q(name__icontains=asked.text) | Q(name_en__icontains=asked.text)
        for name in ("purpose", "duties", "contents", "skills"):
            words |= Q(pk__in=PositionText.objects.filter(**{f"{name}__icontains": asked.text}).values("position"))
        found = found.filter(words)
    if asked.department is not None:
        found = found.filter(department=asked.department or None)
    if asked.level:
        found = found.filter(level=asked.level)
    return found.select_related("department", "reports_to").prefetch_related("texts")


def grouped(found: Iterable[Position], *, by_level: bool) -> list[Group]:
    """By level from the top; or by department as the tree has them, those that sit in every department last."""
    groups: dict[Any, Group] = {}
    for position in sorted(found, key=order):
        position.told = describe(position)  # type: ignore[attr-defined]  # for the template
        if by_level:
            group = groups.setdefault(position.level, Group(str(Level(position.level).label)))
        else:
            group = groups.setdefault(position.department_id, _group(position.department))
        group.positions.append(position)
    if by_level:
        return list(groups.values())
    return [groups[one] for one in sorted(groups, key=lambda pk: place(groups[pk].positions[0].department))]


def place(department: Department | None) -> tuple[int, int]:
    """The handbook's departments in its order, then the company's own as they came; what sits in every one is last."""
    places = {one.key: number for number, one in enumerate(handbook().departments)}
    if department is None:
        return len(places) + 1, 0
    return places.get(department.key or "", len(places)), department.pk


def _group(department: Department | None) -> Group:
    if department is None:
        return Group(_("In every department"))
    return Group(department.title, department.told_purpose)


def order(position: Position) -> tuple[int, float, str]:
    """From the top level down, then as the handbook names them; no ranks within."""
    return LEVELS[Level(position.level)], rank(position.key), position.name


def describe(position: Position) -> Described:
    """`position` with its texts fetched."""
    texts = {text.language: text for text in position.texts.all()}
    wanted = Language.ZH if in_chinese() else Language.EN
    text, other = texts.get(wanted), False
    if text is None or not (text.purpose or text.duties):
        found = next((one for one in texts.values() if one.purpose or one.duties), None)
        text, other = found or text, found is not None
    text = text or PositionText()
    return Described(
        text.purpose, text.duties.splitlines(), text.contents.splitlines(), text.skills.splitlines(),
        text.judged.splitlines(), kpi_titles(position.kpis), other,
    )  # fmt: skip


def kpi_titles(keys: Iterable[str]) -> list[str]:
    """What catalog keys are called, in the reader's language; a key the catalog lost is shown as it is."""
    return [_(KPIS[key].title) if key in KPIS else key for key in keys]


@dataclass(frozen=True)
class Holder:
    """Who holds it. `open`: whether this reader may open their page; `beside`: where it is not their main position."""

    person: Person
    department: Department
    since: date
    open: bool
    beside: str = ""


def holders(position: Position, user: User, on: date) -> tuple[list[Holder], int]:
    """The first of them by department and name, and how many there are; three queries."""
    now = position.appointments.filter(holding(on), person__active=True).select_related("person", "department")
    count = now.count()
    first = list(now.order_by("department__name", "person__name")[:NAMES_AT_MOST])
    seen = set(visible_people(user, on).filter(pk__in=[one.person_id for one in first]).values_list("pk", flat=True))
    return [Holder(one.person, one.department, one.start, one.person_id in seen, one.beside) for one in first], count


def in_full() -> QuerySet[Position]:
    """For a position's page: what it is beside, below and above."""
    others = Position.objects.order_by("pk")
    return Position.objects.select_related("department", "reports_to").prefetch_related(
        "texts", Prefetch("works_with", queryset=others), Prefetch("reports", queryset=others)
    )
