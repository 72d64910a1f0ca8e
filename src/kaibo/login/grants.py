"""Which roles a sign-in holds, from when to when. Over whom they reach is told by org, which knows departments."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth.models import UserManager
from django.db import models
from django.utils import timezone

from kaibo.login.rights import PERSONAL, SCOPES, WHOLE, Right, Role, Scope, rights_of, roles_with

if TYPE_CHECKING:
    from kaibo.login.models import User


def in_force(on: date, prefix: str = "") -> models.Q:
    """Grants in force on a day; what is lent only while the lender holds it and is here."""
    own = _runs(on, prefix)
    lender = f"{prefix}delegated_from__"
    lent = _runs(on, lender) & models.Q(**{f"{lender}user__is_active": True})
    return own & (models.Q(**{f"{prefix}delegated_from__isnull": True}) | lent)


def _runs(on: date, prefix: str) -> models.Q:
    until = models.Q(**{f"{prefix}end__isnull": True}) | models.Q(**{f"{prefix}end__gt": on})
    return models.Q(**{f"{prefix}start__lte": on}) & until


class GrantManager(models.Manager["Grant"]):
    def get_queryset(self) -> models.QuerySet["Grant"]:
        return super().get_queryset().select_related("delegated_from__user")


class Grant(models.Model):
    """A role that a sign-in holds from a day to before a day; ended, never overwritten.

    `delegated_from`: the lender's grant; the borrower acts over those whom that one reaches, as long as it lasts.
    `end` on the day of `start`: it was taken back before it began.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=16, choices=Role)
    scope = models.CharField(max_length=12, choices=Scope)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="grants_given"
    )
    delegated_from = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="lent")
    reason = models.CharField(max_length=200, blank=True)

    objects = GrantManager()

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="grant_role_is_known"),
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="grant_scope_is_known"),
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gte=models.F("start")),
                name="grant_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.scope} {self.start}"

    @property
    def source(self) -> "Grant":
        """Whose scope it has: the lender's grant, else itself."""
        return self.delegated_from or self

    @property
    def rights(self) -> frozenset[Right]:
        return rights_of(Role(self.role), Scope(self.source.scope), lent=self.delegated_from_id is not None)

    @property
    def until(self) -> date | None:
        """The first day without it: its own end or the lender's, whichever comes first."""
        return min((one.end for one in (self, self.source) if one.end), default=None)

    def runs(self, on: date) -> bool:
        """Whether it is in force on the day, as `in_force` says to the database."""
        parts = (self, self.source)
        here = self.delegated_from is None or self.delegated_from.user.is_active
        return here and all(one.start <= on and (one.end is None or one.end > on) for one in parts)


def _today(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    today = timezone.localdate()
    return tuple(one for one in grants if one.runs(today))


def widest_first(roles: Collection[Role]) -> list[Role]:
    return [role for role in reversed(Role) if role in roles]


def words_of(roles: Iterable[Role]) -> str:
    return "、".join(str(role.label) for role in roles)


@dataclass(frozen=True)
class Reach:
    """How far a right goes: over the company, over the lines of these users, over the departments of these grants."""

    company: bool = False
    lines: frozenset[int] = frozenset()
    grants: frozenset[int] = frozenset()

    @property
    def narrow(self) -> bool:
        return not self.company and not self.lines and not self.grants


class May:
    """What templates ask: `user.may.import_files`. A name that is no right is an error, not a no."""

    def __init__(self, held: frozenset[Right]) -> None:
        self._held = held

    def __getitem__(self, name: str) -> bool:
        return Right(name) in self._held

    def __iter__(self) -> Iterator[Right]:
        return iter(self._held)


class HoldsGrants(models.Model):
    """What a user may, from grants that are read once and kept on the user object.

    `withheld`: rights that whoever acts for them has not been given, be they held. `scopes`: those of the token that
    acts for them (login.token_scopes); None: they act themselves.
    """

    withheld: frozenset[Right] = frozenset()
    scopes: frozenset[str] | None = None

    class Meta:
        abstract = True

    @cached_property
    def held(self) -> tuple[Grant, ...]:
        """The grants in force today."""
        return _today(cast(Any, self).grants.all())

    def know_grants(self, grants: Iterable[Grant]) -> None:
        """All of them, read already."""
        self.held = _today(grants)

    def forget_grants(self) -> None:
        """After a change of them."""
        self.__dict__.pop("held", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.forget_grants()
        super().refresh_from_db(*args, **kwargs)

    def can(self, *rights: Right) -> bool:
        """Whether one of these is held, over anybody at all."""
        return any(right in self._of(grant) for grant in self.held for right in rights)

    def _of(self, grant: Grant) -> frozenset[Right]:
        return grant.rights - self.withheld

    @property
    def sees_others(self) -> bool:
        """Whether there is anything for this user beyond their own."""
        return any(self._of(grant) - PERSONAL for grant in self.held)

    @property
    def may(self) -> May:
        return May(frozenset().union(*(self._of(grant) for grant in self.held)))

    @property
    def roles(self) -> list[Role]:
        """Each once, the widest first."""
        return widest_first({Role(grant.role) for grant in self.held})

    @property
    def role_words(self) -> str:
        return words_of(self.roles)

    def reach(self, right: Right, *, own_only: bool = False) -> Reach:
        """How far the right goes. `own_only`: what is lent aside."""
        grants = [one for one in self.held if right in self._of(one) and not (own_only and one.delegated_from_id)]
        of = {scope: [one.source for one in grants if one.source.scope == scope] for scope in Scope}
        return Reach(
            bool(of[Scope.COMPANY]),
            frozenset(one.user_id for one in of[Scope.LINE]),
            frozenset(one.pk for one in of[Scope.DEPARTMENT]),
        )


class Users(UserManager["User"]):
    """`create_user` gives the role too, in its usual scope, from today on; `role=None` gives none."""

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None,
        *, role: Role | str | None = Role.PERSON, **extra: Any,
    ) -> "User":  # fmt: skip
        user = super().create_user(username, email, password, **extra)
        if role is not None:
            give_role(user, Role(role))
        return user

    def who_may(self, right: Right) -> models.QuerySet["User"]:
        """Active sign-ins that hold the right today, themselves: what is lent is not counted."""
        held = Grant.objects.filter(in_force(timezone.localdate()), role__in=roles_with(right), delegated_from=None)
        whole = held.filter(scope=Scope.COMPANY) if right in WHOLE else held
        return self.filter(is_active=True, pk__in=whole.order_by().values("user"))

    def lasting_owners(self) -> models.QuerySet["User"]:
        """Active sign-ins that are owners today and without an end, themselves: the company needs one."""
        kept = Grant.objects.filter(role=Role.OWNER, start__lte=timezone.localdate(), end=None, delegated_from=None)
        return self.filter(is_active=True, pk__in=kept.order_by().values("user"))


def give_role(user: "User", role: Role, *, by: "User | None" = None) -> Grant:
    """A grant in the role's usual scope from today on: for sign-ins that begin; org.actions gives and ends the rest.

    A department head begins with their own line, since no department is named yet.
    """
    scope = Scope.LINE if role == Role.DEPARTMENT_HEAD else SCOPES[role][0]
    made = Grant.objects.create(user=user, role=role, scope=scope, start=timezone.localdate(), granted_by=by)
    user.forget_grants()
    return made
