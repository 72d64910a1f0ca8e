"""Who may see whom. No row and no right look the same: 404."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from kaibo.login.grants import Grant, Reach, in_force
from kaibo.login.models import User
from kaibo.login.rights import PERSONAL, READING, Right, Role, Scope, roles_with
from kaibo.org.models import Appointment, Department, PeopleList, Person, Position, Process
from kaibo.org.tree import above, below, held_between, reached, stretches

# [first day, first day after)
Stretch = tuple[date, date]


def holding(on: date) -> Q:
    """Appointments in force on a day."""
    return Q(start__lte=on) & (Q(end__isnull=True) | Q(end__gt=on))


def require(user: User, *rights: Right) -> None:
    """Http404 unless the user holds one of these rights, over anybody at all."""
    if not user.can(*rights):
        raise Http404


def people_within(user: User, right: Right, on: date | None = None) -> QuerySet[Person]:
    """The people over whom the user holds the right, as the organisation stood on the day (today)."""
    circle, who = reaching(user, right, on)
    return people_of(circle, **who)


class Circle(NamedTuple):
    """How wide a right goes: over everybody, over a line or departments, or over oneself only where it only reads."""

    company: bool
    reads: bool
    narrow: bool


def reaching(user: User, right: Right, on: date | None = None) -> tuple[Circle, dict[str, Any]]:
    """For `people_of`: the circle, and the values that fill it. A prepared query is told apart by the first alone."""
    reach = user.reach(right)
    circle = Circle(reach.company, right in READING, reach.narrow)
    if reach.company:
        return circle, {}
    who: dict[str, Any] = {"reader": user.pk}
    if not reach.narrow:
        lists = {"lines": sorted(reach.lines), "grants": sorted(reach.grants)}
        who |= {"on": on or timezone.localdate(), **{name: found for name, found in lists.items() if found}}
    return circle, who


def people_of(
    circle: Circle, *, reader: Any = None, on: Any = None, lines: Iterable[Any] = (), grants: Iterable[Any] = ()
) -> QuerySet[Person]:
    """The people within the circle; see `reaching`."""
    if circle.company:
        return Person.objects.all()
    # oneself is always among those whom one sees, and never among those about whom one decides
    wanted = Q(user=reader) if circle.reads else Q(pk__in=())
    if circle.narrow:
        return Person.objects.filter(wanted)
    reach = Reach(lines=frozenset(lines), grants=frozenset(grants))
    line = Appointment.objects.filter(holding(on), department__in=reached(reach, on))
    return Person.objects.filter(wanted | Q(pk__in=line.values("person")))


def people_between(user: User, right: Right, first: date, last: date) -> QuerySet[Person]:
    """The people over whom the user holds the right on a day from `first` to `last` (included), by the tree of it."""
    circle, who = reaching(user, right)
    if circle.company or circle.narrow:
        return people_of(circle, **who)
    line = Appointment.objects.filter(held_between(user.reach(right), first, last))
    oneself = Q(user=user) if circle.reads else Q(pk__in=())
    return Person.objects.filter(oneself | Q(pk__in=line.order_by().values("person")))


def days_between(user: User, right: Right, first: date, until: date) -> dict[int, list[Stretch]] | None:
    """Person → the stretches of days in [first, until) in which the user holds the right over them, in order.

    None: all days of everybody. Two queries.
    """
    reach = user.reach(right)
    if reach.company:
        return None
    departments: dict[int, list[Stretch]] = defaultdict(list)
    for pk, start, end in [] if reach.narrow else stretches(reach):
        departments[pk].append((start or date.min, end or date.max))
    held = Appointment.objects.filter(Q(end=None) | Q(end__gt=first), start__lt=until, department__in=departments)
    found: dict[int, list[Stretch]] = defaultdict(list)
    for person, department, start, end in held.order_by().values_list("person", "department", "start", "end"):
        for begun, over in departments[department]:
            stretch = max(start, begun, first), min(end or date.max, over, until)
            if stretch[0] < stretch[1]:
                found[person].append(stretch)
    return {person: joined(of) for person, of in found.items()}


def joined(days: Iterable[Stretch]) -> list[Stretch]:
    """Stretches that meet or overlap as one."""
    found: list[Stretch] = []
    for start, end in sorted(days):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


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


def holds_over(user: User, right: Right, person: Person) -> bool:
    """Whether the right reaches this person today; no query where it reaches everybody or nobody."""
    reach = user.reach(right)
    if reach.company or reach.narrow:
        return reach.company
    return people_within(user, right).filter(pk=person.pk).exists()


def sees_amounts(user: User, person: Person | None = None) -> bool:
    """Whether amounts are shown: the person's, one's own always; without a person, of all whose numbers one sees.

    To a program, only with the scope for them.
    """
    if Right.SEE_MONEY in user.withheld:
        return False
    if person is not None:
        return person.user_id == user.pk or holds_over(user, Right.SEE_MONEY, person)
    money, figures = user.reach(Right.SEE_MONEY), user.reach(Right.SEE_NUMBERS)
    return money.company or (not figures.company and figures.lines <= money.lines and figures.grants <= money.grants)


# who decides for the whole company, the lower before the higher
RANKS = (Role.HR, Role.EXECUTIVE, Role.OWNER)


def superiors_of(user: User, on: date | None = None, *, of_company: bool = False) -> QuerySet[Person]:
    """Who may decide on the user; nobody for who decides for the whole company themselves.

    By a right over the user's department or one above it, or over the company. What was lent makes no superior, and
    who decides for the company only by what they were lent is not above the lender. `of_company`: those who decide for
    the company have superiors too (ADR 38): HR executives, owners and who leads their department; executives owners.
    `on`: of another day, by the roles and the tree of then, whoever has left since too.
    """
    held_then = user.held if on is None else [one for one in user.grants.all() if one.runs(on)]
    here = Q(user__is_active=True) if on is None else Q()
    on = on or timezone.localdate()
    roles = roles_with(Right.DECIDE)
    # what was lent, or holds over a part only, puts nobody higher
    own = [one.role for one in held_then if one.scope == Scope.COMPANY and one.delegated_from_id is None]
    if set(own) & set(roles):
        rank = max((RANKS.index(Role(role)) for role in own if role in RANKS), default=0)
        if not of_company or rank == len(RANKS) - 1:
            return Person.objects.none()
        higher = Grant.objects.filter(
            in_force(on), role__in=RANKS[rank + 1 :], scope=Scope.COMPANY, delegated_from=None
        )
        if rank:
            return Person.objects.filter(here, user__in=higher.exclude(user=user).values("user"))
        roles = [role for role in roles if role not in RANKS[: rank + 1]]
    running = Q(appointments__end__isnull=True) | Q(appointments__end__gt=on)
    mine = Department.objects.filter(running, appointments__person__user=user, appointments__start__lte=on)
    over_me = above(mine, on)
    held = Grant.objects.filter(in_force(on), role__in=roles, delegated_from=None).exclude(user=user)
    whole = held.filter(scope=Scope.COMPANY).values("user")
    named = held.filter(scope=Scope.DEPARTMENT, over__department__in=over_me).values("user")
    leading = held.filter(scope=Scope.LINE).values("user")
    there = Appointment.objects.filter(holding(on), department__in=over_me, person__user__in=leading)
    return Person.objects.filter(here, Q(user__in=whole) | Q(user__in=named) | Q(pk__in=there.values("person")))


def under(person: Person, users: Collection[int]) -> set[int]:
    """Those of these sign-ins whom the person may decide on: `superiors_of` asked from above, in four queries."""
    if person.user_id is None or not person.user or not person.user.is_active:
        return set()
    on, others = timezone.localdate(), set(users) - {person.user_id}
    deciding = Grant.objects.filter(in_force(on), role__in=roles_with(Right.DECIDE), delegated_from=None)
    # whoever decides for the whole company has nobody above
    others -= set(deciding.filter(scope=Scope.COMPANY, user__in=others).order_by().values_list("user", flat=True))
    mine = deciding.filter(user=person.user_id)
    scopes = set(mine.order_by().values_list("scope", flat=True))
    if Scope.COMPANY in scopes:
        return others
    over = Q(pk__in=mine.filter(scope=Scope.DEPARTMENT).values("over__department"))
    if Scope.LINE in scopes:
        over |= Q(pk__in=person.appointments.filter(holding(on)).values("department"))
    running = Q(end__isnull=True) | Q(end__gt=on)
    there = Appointment.objects.filter(
        running, start__lte=on, department__in=below(Department.objects.filter(over), on), person__user__in=others
    )
    return set(there.order_by().values_list("person__user", flat=True))


def may_as_much(user: User, other: User) -> bool:
    """Whether all that the other may, today or once a role of theirs begins, is the user's own, over as much.

    Departments as they stand today.
    """
    today = timezone.localdate()
    for grant in other.grants.all():
        if grant.until is not None and grant.until <= today:
            continue
        if not grant.rights <= set(user.may):
            return False
        for reach in {user.reach(right) for right in grant.rights - PERSONAL}:
            if reach.company:
                continue
            if (
                reach.narrow
                or grant.source.scope == Scope.COMPANY
                or _over(grant).exclude(pk__in=reached(reach, today)).exists()
            ):
                return False
    return True


def _over(grant: Grant) -> QuerySet[Department]:
    """The departments that a grant names, or in which its holder is or will be appointed; without those below."""
    if grant.source.scope == Scope.DEPARTMENT:
        return Department.objects.filter(granted__grant=grant.source)
    to_come = Q(appointments__end__isnull=True) | Q(appointments__end__gt=timezone.localdate())
    return Department.objects.filter(to_come, appointments__person__user=grant.source.user)


def visible_holders(user: User) -> QuerySet[User]:
    """The sign-ins whose rights this user may look up; else Http404."""
    require(user, Right.SEE_RIGHTS)
    if user.reach(Right.SEE_RIGHTS).company:
        return User.objects.all()
    return User.objects.filter(person__in=people_within(user, Right.SEE_RIGHTS))


def find_holder(user: User, pk: int) -> User:
    """A sign-in whose rights this user may look up: one's own, or those over whom one sees rights; else Http404."""
    if pk == user.pk:
        return user
    found = visible_holders(user).filter(pk=pk).select_related("person").first()
    if found is None:
        raise Http404
    return found


def find_grant(user: User, pk: int, *, holder: int) -> Grant:
    """A grant to end: for who gives roles any, else what one lent oneself; else Http404."""
    found = Grant.objects.filter(pk=pk, user=holder).select_related("user").first()
    if found is None:
        raise Http404
    lent_by_me = found.delegated_from is not None and found.delegated_from.user_id == user.pk
    if not lent_by_me and not user.can(Right.MANAGE_RIGHTS):
        raise Http404
    return found


def find_own_grant(user: User, pk: int, *, holder: int) -> Grant:
    """One's own grant, to lend; else Http404."""
    found = Grant.objects.filter(pk=pk, user=user).first() if holder == user.pk else None
    if found is None:
        raise Http404
    return found


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


def require_company(user: User, right: Right) -> None:
    """Http404 unless the user holds the right over the whole company: a list may name anybody."""
    if not user.reach(right).company:
        raise Http404


def find_people_list(user: User, pk: int) -> PeopleList:
    """A list of people that was read, for who manages people of the whole company; else Http404."""
    require_company(user, Right.MANAGE_PEOPLE)
    found = PeopleList.objects.select_related("by", "job").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def find_department(user: User, pk: int) -> Department:
    """A department, told to everyone who has signed in (ADR 33); else Http404."""
    found = Department.objects.filter(pk=pk).first()
    if found is None or not user.is_active:
        raise Http404
    return found
