"""Roles: who holds which, giving, ending and lending them."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from kaibo.home.records.saying import Kind, Plain, Told, Verb, day, found_all, number, read
from kaibo.login.models import Grant, Role, User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org import actions
from kaibo.org.access import find_grant, find_holder, find_own_grant, require, visible_holders
from kaibo.org.holders import grants_shown, name_of
from kaibo.org.role_forms import EndRoleForm, GiveRoleForm, LendRoleForm


def _role(one: Grant) -> Plain:
    over = getattr(one.source, "over", None)
    return {
        "id": one.pk, "user": one.user_id, "name": name_of(one.user), "role": one.role, "scope": one.source.scope,
        "department": over.department_id if over else None, "start": day(one.start), "end": day(one.until),
        "lent_by": one.delegated_from.user_id if one.delegated_from else None, "reason": one.reason,
    }  # fmt: skip


def _roles(user: User) -> Any:
    today = timezone.localdate()
    shown = grants_shown().filter(Q(end=None) | Q(end__gt=today), user__in=visible_holders(user).values("pk"))
    return shown.exclude(role=Role.PERSON).order_by("-pk")


def _give(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_RIGHTS)
    [holder] = found_all([number(told, "user")], lambda pk: find_holder(user, pk), "user")
    today = timezone.localdate().isoformat()
    got = read(GiveRoleForm, {"start": today, **{name: value for name, value in told.items() if name != "user"}})
    return _role(actions.give_role(by=user, user=holder, **got))


def _end(user: User, pk: int, told: Told) -> Plain:
    holder = Grant.objects.filter(pk=pk).values_list("user", flat=True).first()
    found = find_grant(user, pk, holder=holder or 0)
    got = read(EndRoleForm, {"end": timezone.localdate().isoformat(), **told})
    return _role(actions.end_role(by=user, grant=found, **got))


def _lend(user: User, pk: int, told: Told) -> Plain:
    found = find_own_grant(user, pk, holder=user.pk)
    got = read(LendRoleForm, {"start": timezone.localdate().isoformat(), **told}, by=user)
    return _role(actions.lend_role(by=user, grant=found, **got))


ROLES = Kind(
    "roles", "who holds which role over whom, until when", _roles, _role,
    (
        Verb("give", "a role; scope is line, department or company; empty end: until ended",
             ("user", "role", "scope", "department?", "start?", "end?", "reason?"), _give, of_one=False),
        Verb("end", "the first day without it: today if not said; a lender takes back what they lent", ("end?",), _end),
        Verb("lend", "one's own role to somebody else, to before a day", ("to", "end", "reason", "start?"), _lend),
    ), area=Area.RIGHTS,
)  # fmt: skip
