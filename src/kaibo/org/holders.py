"""Who holds which role, and what somebody may, over whom, through what and until when: for the pages of roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kaibo.login.models import Grant, Role, Scope, User
from kaibo.login.rights import OVER_PEOPLE, READING, Right
from kaibo.look import numbers
from kaibo.org.models import Appointment


@dataclass(frozen=True)
class HeldRole:
    """A grant in words. `over`: whom it reaches; `through`: the appointments or the lender that make it reach so."""

    grant: Grant
    role: str
    over: str
    through: str
    runs: bool
    mine: bool = False


@dataclass(frozen=True)
class HeldRight:
    """A right with the grants that give it: (over whom, through which role, until)."""

    right: Right
    reads: bool
    ways: Sequence[tuple[str, str, date | None]]


def grants_shown() -> QuerySet[Grant]:
    """With all that is told of them, in four joins."""
    return Grant.objects.select_related(
        "user__person", "granted_by__person", "over__department", "delegated_from__user__person",
        "delegated_from__over__department",
    )  # fmt: skip


def lines_of(users: Iterable[int], on: date) -> dict[int, list[str]]:
    """User → the departments in which they hold something on that day: what a line is; one query."""
    running = Q(end__isnull=True) | Q(end__gt=on)
    rows = Appointment.objects.filter(running, start__lte=on, person__user__in=set(users)).select_related("department")
    found: dict[int, list[str]] = {}
    for one in rows.select_related("department", "person").order_by("pk"):
        names = found.setdefault(one.person.user_id or 0, [])
        if one.department.title not in names:
            names.append(one.department.title)
    return found


def in_words(grants: Sequence[Grant], on: date, viewer: User) -> list[HeldRole]:
    """Each as the pages tell it; one query for lines."""
    lines = lines_of((one.source.user_id for one in grants if one.source.scope == Scope.LINE), on)
    return [
        HeldRole(
            one, str(Role(one.role).label), over(one.source, lines), _through(one), one.runs(on),
            mine=one.delegated_from is not None and one.delegated_from.user_id == viewer.pk,
        )
        for one in grants
    ]  # fmt: skip


def over(grant: Grant, lines: dict[int, list[str]]) -> str:
    """Whom a grant reaches, in words."""
    if grant.scope == Scope.DEPARTMENT:
        named = getattr(grant, "over", None)
        return _("%(department)s and below") % {"department": named.department.title} if named else "—"
    if grant.scope == Scope.LINE:
        names = lines.get(grant.user_id)
        return (
            _("%(department)s and below") % {"department": numbers.listed(names)}
            if names
            else _("nobody: no position held")
        )
    return str(Scope(grant.scope).label)


def may_be_lent(one: HeldRole) -> bool:
    """One's own role in force; neither what was lent nor the role of a person."""
    return one.runs and one.grant.delegated_from_id is None and one.grant.role != Role.PERSON


def _through(grant: Grant) -> str:
    if grant.delegated_from is not None:
        return _("lent by %(name)s") % {"name": name_of(grant.delegated_from.user)}
    if grant.scope == Scope.LINE:
        return _("by the position held there")
    return _("given by %(name)s") % {"name": name_of(grant.granted_by)} if grant.granted_by else ""


def name_of(user: User | None) -> str:
    """The person's name, else the sign-in's."""
    if user is None:
        return "—"
    person = getattr(user, "person", None)
    return person.name if person else str(user)


def rights_in_words(held: Sequence[HeldRole]) -> list[HeldRight]:
    """By right, in the order of the enum, of those grants that are in force."""
    found = []
    for right in Right:
        ways = [
            (one.over if right in OVER_PEOPLE else "", f"{one.role} · {one.through}" if one.through else one.role,
             one.grant.until)
            for one in held
            if one.runs and right in one.grant.rights
        ]  # fmt: skip
        if ways:
            found.append(HeldRight(right, right in READING, ways))
    return found
