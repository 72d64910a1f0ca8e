"""Who may be invited: people without a sign-in, and those whose invitation nobody has opened; a page of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils import timezone

from kaibo.login.models import Link, LinkKind, User
from kaibo.login.rights import Right
from kaibo.org.access import holding, people_within
from kaibo.org.directory import Wanted, held_on
from kaibo.org.models import Appointment, Person, PersonAlias

# links are made and shown at once, and a page of them is still readable
MOST = 200
PER_PAGE = 100


@dataclass(frozen=True)
class Waiting:
    """Somebody to invite; `link`: an invitation that still opens something, `invited`: one was made before."""

    person: Person
    held: Appointment | None
    link: Link | None

    @property
    def invited(self) -> bool:
        return self.person.user_id is not None


def to_invite(user: User, wanted: Wanted, on: date) -> QuerySet[Person]:
    """Those of the filter whom this user may invite, by name."""
    coming = Q(user__is_active=False, user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    found = people_within(user, Right.MANAGE_PEOPLE).filter(Q(user=None) | coming, active=True).exclude(user=user)
    if wanted.text:
        named = PersonAlias.objects.filter(alias__icontains=wanted.text).values("person")
        found = found.filter(Q(name__icontains=wanted.text) | Q(pk__in=named))
    now = Appointment.objects.filter(holding(on))
    if wanted.department:
        found = found.filter(pk__in=now.filter(department=wanted.department).values("person"))
    if wanted.position:
        found = found.filter(pk__in=now.filter(position__key=wanted.position).values("person"))
    return found.order_by("name", "pk")


def described(people: Sequence[Person], on: date) -> list[Waiting]:
    """With what they hold and the invitation that is open; two queries."""
    held: dict[Any, list[Appointment]] = {}
    rows = Appointment.objects.filter(holding(on), person__in=people).select_related("position", "department")
    for one in rows.order_by("pk"):
        held.setdefault(one.person_id, []).append(one)
    users = [one.user_id for one in people if one.user_id]
    still = Link.objects.filter(
        user__in=users, kind=LinkKind.INVITATION, used_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    links = {one.user_id: one for one in still.order_by("pk")}
    return [
        Waiting(one, next(iter(held_on(held.get(one.pk, []), on)), None), links.get(one.user_id or 0)) for one in people
    ]
