"""What audit rows are about, by name and address: one question for each kind that a page of rows mentions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from kaibo.imports.models import Batch, Upload
from kaibo.live.models import Account, Outage, Session, Shift
from kaibo.login.models import User
from kaibo.look.ids import id_of
from kaibo.look.numbers import clock, day_short
from kaibo.org.models import Department, Person, Position, Process

# (label, address or ""); a row about what is gone has neither
Named = tuple[str, str]
Asked = tuple[Callable[[], QuerySet[Any]], Callable[[Any], Named]]


def _when(at: Any) -> str:
    return f"{day_short(at)} {clock(at)}"


def _shift(shift: Shift) -> Named:
    start = shift.confirmed_start or shift.planned_start
    return f"{shift.person.name} · {_when(start) if start else '—'}", reverse("live:shift", args=[shift.pk])


ASKED: Mapping[str, Asked] = {
    "org.person": (Person.objects.all, lambda one: (one.name, reverse("org:person", args=[one.pk]))),
    "org.position": (Position.objects.all, lambda one: (one.title, reverse("org:position", args=[one.pk]))),
    "org.department": (Department.objects.all, lambda one: (one.title, reverse("org:department", args=[one.pk]))),
    "org.process": (Process.objects.all, lambda one: (one.title, reverse("org:process", args=[one.pk]))),
    "live.account": (Account.objects.all, lambda one: (one.name, reverse("live:room", args=[one.pk]))),
    "live.shift": (lambda: Shift.objects.select_related("person"), _shift),
    "live.session": (
        lambda: Session.objects.select_related("account"),
        lambda one: (f"{one.account.name} · {_when(one.start)}", reverse("measurement:session", args=[one.pk])),
    ),
    "live.outage": (
        lambda: Outage.objects.select_related("account"),
        lambda one: (f"{one.account.name} · {_when(one.start)}", ""),
    ),
    "imports.batch": (Batch.objects.all, lambda one: (one.file_name, reverse("imports:batch", args=[one.pk]))),
    "imports.upload": (Upload.objects.all, lambda one: (one.file_name, "")),
    "login.user": (User.objects.all, lambda one: (str(one), "")),
}


def named(mentioned: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Named]:
    """(type, id) → name and address, of those that are still there."""
    wanted: dict[str, set[int]] = {}
    for kind, pk in mentioned:
        if kind in ASKED and (number := id_of(pk)) is not None:
            wanted.setdefault(kind, set()).add(number)
    found: dict[tuple[str, str], Named] = {}
    for kind, ids in wanted.items():
        rows, tell = ASKED[kind]
        there: Iterable[Model] = rows().filter(pk__in=ids)
        found |= {(kind, str(one.pk)): tell(one) for one in there}
    return found
