"""The page of matches: which kinds of doubt there are, how many of each, and the rows of the one that is open."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.audit.models import AuditEvent
from kaibo.live import doubts, settling
from kaibo.live.doubts import Choice, Item
from kaibo.live.settling import Chosen
from kaibo.login.models import User
from kaibo.measurement import order_doubts
from kaibo.measurement.finders import current
from kaibo.measurement.order_doubts import EVERY, Parts

ORDERS, REPORTS, MINUTES, JOINS, SHIFTS = "orders", "reports", "minutes", "joins", "shifts"
TITLES: Mapping[str, Promise] = {
    ORDERS: gettext_lazy("Doubtful orders"),
    REPORTS: gettext_lazy("Reports at once"),
    MINUTES: gettext_lazy("Minutes of no room"),
    JOINS: gettext_lazy("Broken off"),
    SHIFTS: gettext_lazy("Doubtful shifts"),
}
READY: Mapping[str, Sequence[Promise]] = {
    ORDERS: [
        gettext_lazy("Only sold in this broadcast"), gettext_lazy("Watched the recording"),
        gettext_lazy("The floor manager says so"), gettext_lazy("Sold in both"),
    ],
    REPORTS: [gettext_lazy("The floor manager says so"), gettext_lazy("The same broadcast twice")],
    MINUTES: [gettext_lazy("The file was downloaded there"), gettext_lazy("Compared with the screen")],
    JOINS: [
        gettext_lazy("The network broke"), gettext_lazy("The equipment restarted"),
        gettext_lazy("Trying the equipment"), gettext_lazy("Two broadcasts were planned"),
    ],
    SHIFTS: [
        gettext_lazy("As the roster says"), gettext_lazy("No broadcast that day"),
        gettext_lazy("The floor manager says so"), gettext_lazy("Swapped with someone"),
    ],
}  # fmt: skip


# before the name of a group, in the place of a row's key
GROUP = "group~"


@dataclass(frozen=True)
class Kind:
    key: str
    title: str
    count: int


@dataclass(frozen=True)
class Cluster:
    """Rows with one heading. `all_key`: what settles all of them at once, if anything does, with its choices; `all`:
    how many these are, on this page and on others.
    """

    title: str
    items: Sequence[Item]
    amount: int | None
    count: int | None
    currency: str
    all_key: str = ""
    all_choices: Sequence[Choice] = ()
    all: int = 0


def items_of(kind: str, user: User, now: datetime) -> list[Item]:
    finders: Mapping[str, Callable[[], list[Item]]] = {
        ORDERS: order_doubts.order_items,
        REPORTS: doubts.reports_at_once,
        MINUTES: doubts.minutes_of_no_room,
        JOINS: doubts.joins,
        SHIFTS: lambda: doubts.shifts(user, now),
    }
    return finders[kind]()


def kinds(found: Mapping[str, Sequence[Item]]) -> list[Kind]:
    return [Kind(key, str(title), len(found[key])) for key, title in TITLES.items()]


def clusters(kind: str, items: Sequence[Item], every: Sequence[Item] = ()) -> list[Cluster]:
    """The rows in their order, under one heading for each group. `every`: with those of the other pages."""
    whole = _by_group(every or items)
    return [
        _cluster(kind, title, list(group), whole[title])
        for title, group in groupby(_together(items), key=lambda one: one.group)
    ]


def members(kind: str, name: str, user: User, now: datetime) -> list[str]:
    """The keys of the group that a button named; empty where it is another one by now."""
    groups = _by_group(items_of(kind, user, now)).values()
    return next(([item.key for item in group] for group in groups if _name_of(group) == name), [])


def _name_of(items: Sequence[Item]) -> str:
    """Of these very rows: with one more or one less it is another."""
    return hashlib.sha256(",".join(sorted(item.key for item in items)).encode()).hexdigest()[:24]


def _by_group(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.group, []).append(item)
    return found


def _together(items: Sequence[Item]) -> list[Item]:
    """Rows of one group behind each other, groups in the order of their first row."""
    return [item for group in _by_group(items).values() for item in group]


def _cluster(kind: str, title: str, items: Sequence[Item], every: Sequence[Item]) -> Cluster:
    amounts, counts = [item.amount for item in items], [item.count for item in items]
    several = kind in (ORDERS, SHIFTS) and len(every if kind == SHIFTS else items) > 1
    together = f"{items[0].key.partition('~')[0]}~{EVERY}" if kind == ORDERS else f"{GROUP}{_name_of(every)}"
    return Cluster(
        title, items,
        amount=sum(a for a in amounts if a is not None) if any(a is not None for a in amounts) else None,
        count=sum(c for c in counts if c is not None) if any(c is not None for c in counts) else None,
        currency=items[0].currency, all_key=together if several else "",
        all_choices=[choice for choice in items[0].choices if choice.key != "split"] if several else (),
        all=len(every) if kind == SHIFTS else len(items),
    )  # fmt: skip


def settle(*, by: User, kind: str, chosen: Chosen, parts: Parts, reason: str, now: datetime) -> str:
    """One act for everything chosen; its name, for undo. Raises ValidationError, and nothing was changed then."""
    if not chosen:
        raise ValidationError(_("Choose something first: mark rows, and say for each what it is."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, in a few words: it is kept with the decision.")})
    if kind == ORDERS:
        return order_doubts.settle_orders(by=by, chosen=chosen, parts=parts, reason=reason)
    if kind == SHIFTS:
        return settling.settle_shifts(by=by, chosen=chosen, reason=reason, now=now)
    verbs = {REPORTS: settling.settle_reports, MINUTES: settling.settle_minutes, JOINS: settling.settle_joins}
    return verbs[kind](by=by, chosen=chosen, reason=reason)


def waiting() -> int:
    """How many groups wait for a person, shifts aside: home has a line of its own for them.

    Read from the files only after something was changed or computed, as the audit and the computations know.
    """
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    computed = current().order_by("-pk").values_list("pk", flat=True).first()
    key = f"doubts-{newest}-{computed}"
    found: int | None = cache.get(key)
    if found is None:
        asked = (order_doubts.order_items, doubts.reports_at_once, doubts.minutes_of_no_room, doubts.joins)
        found = sum(len(find()) for find in asked)
        cache.set(key, found, 3600)
    return found
