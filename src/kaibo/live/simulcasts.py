"""Rooms that one crew serves at once: a shift in one of them covers the others too."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from kaibo.live.models import Simulcast

# (first day, day after the last or None, account ids)
Group = tuple[date, date | None, frozenset[int]]


def also_on(account: int, start: datetime | None, groups: Iterable[Group] | None = None) -> tuple[int, ...]:
    """The other accounts, by id, that a shift of this one covers on the day of `start` (confirmed, else planned).

    `groups`: read once for many.
    """
    if start is None:
        return ()
    day = timezone.localdate(start)
    found: set[int] = set()
    for first, end, accounts in all_groups() if groups is None else groups:
        if account in accounts and first <= day and (end is None or day < end):
            found |= accounts
    return tuple(sorted(found - {account}))


def all_groups() -> list[Group]:
    """Every simulcast there is or was."""
    found = Simulcast.objects.prefetch_related("accounts").order_by("pk")
    return [(one.start, one.end, frozenset(account.pk for account in one.accounts.all())) for one in found]


def groups_between(first: date, end: date) -> list[Group]:
    """The simulcasts that hold on some day in [first, end)."""
    found = Simulcast.objects.filter(Q(end__isnull=True) | Q(end__gt=first), start__lt=end)
    return [
        (one.start, one.end, frozenset(account.pk for account in one.accounts.all()))
        for one in found.prefetch_related("accounts").order_by("pk")
    ]
