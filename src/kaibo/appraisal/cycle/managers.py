"""Who is a person's manager on a day, by what they and others hold in the organisation; read once for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from kaibo.login.grants import Grant, in_force
from kaibo.login.rights import Role, Scope
from kaibo.org.access import holding
from kaibo.org.models import WEIGHT, Appointment, Department, Level

RANK = {Level.FRONT: 0, Level.MIDDLE: 1, Level.EXECUTIVE: 2}


@dataclass(frozen=True)
class Post:
    """What somebody holds on the day. `reports_to`: the position above theirs, by its id."""

    person: int
    position: int
    department: int
    level: str
    reports_to: int | None


@dataclass
class Managers:
    """`posts`: person → their first post, main before others; `held`: (department, position) → people."""

    parents: dict[int, int | None]
    posts: dict[int, Post] = field(default_factory=dict)
    held: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    by_position: dict[int, list[int]] = field(default_factory=dict)
    heads: dict[int, list[int]] = field(default_factory=dict)
    leads: dict[int, list[int]] = field(default_factory=dict)

    def of(self, person: int, department: int | None = None) -> int | None:
        """The manager's id: the nearest department upwards decides, in it whoever holds the position above theirs,

        then who leads it, then who holds a post of a higher level; else the only holder of the position above.
        None where nobody is found. Never oneself, nor anybody below one's own level.
        """
        post = self.posts.get(person)
        start = department if department is not None else post.department if post else None
        above = post.reports_to if post else None
        rank = RANK[Level(post.level)] if post else 0
        for place in self._upwards(start):
            leading = self.leads.get(place, [])
            groups = [
                self.held.get((place, above), []) if above else [],
                [] if person in leading else leading,
                [one for one in self.heads.get(place, []) if self._rank(one) > rank],
            ]
            for group in groups:
                found = [one for one in group if one != person and self._rank(one) >= rank]
                if found:
                    return found[0]
        everywhere = [one for one in self.by_position.get(above or 0, []) if one != person]
        return everywhere[0] if len(everywhere) == 1 else None

    def _rank(self, person: int) -> int:
        post = self.posts.get(person)
        return RANK[Level(post.level)] if post else 0

    def _upwards(self, department: int | None) -> Iterator[int]:
        seen: set[int] = set()
        while department is not None and department not in seen:
            seen.add(department)
            yield department
            department = self.parents.get(department)


def managers(on: date) -> Managers:
    """Three queries, however many people there are."""
    found = Managers(dict(Department.objects.values_list("pk", "parent")))
    now = Appointment.objects.filter(holding(on), person__active=True).order_by(WEIGHT.desc(), "start", "pk")
    rows = now.values_list(
        "person", "position", "department", "position__level", "position__reports_to", "person__user"
    )
    users: dict[int, int] = {}
    departments: dict[int, set[int]] = {}
    for person, position, department, level, reports_to, user in rows:
        found.posts.setdefault(person, Post(person, position, department, level, reports_to))
        found.held.setdefault((department, position), []).append(person)
        found.by_position.setdefault(position, []).append(person)
        departments.setdefault(person, set()).add(department)
        if level != Level.FRONT:
            found.heads.setdefault(department, []).append(person)
        if user:
            users[user] = person
    roles = [Role.LEAD, Role.DEPARTMENT_HEAD]
    # a role may have been given after the month, for what its holder did all along
    running = in_force(on) | in_force(timezone.localdate())
    held = Grant.objects.filter(running, role__in=roles, delegated_from=None).order_by("start", "pk")
    for user, scope, over in held.values_list("user", "scope", "over__department"):
        if user in users:
            leader = users[user]
            led = departments[leader] if scope == Scope.LINE else {over} if over else set()
            for one in sorted(led):
                found.leads.setdefault(one, []).append(leader)
    return found
