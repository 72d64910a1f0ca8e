"""Who is scored as a newcomer. Read only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from kaibo.org.models import Protection


@dataclass(frozen=True)
class Protected:
    """`end`: the first day without it. `reason`: see ProtectionReason."""

    start: date
    end: date
    reason: str


def overlapping(first: date, after: date) -> Q:
    """Protections with any day in [first, after)."""
    return Q(start__lt=after, end__gt=first)


def protected_in(first: date, after: date, people: Collection[int] | None = None) -> dict[int, Protected]:
    """Person → their protection with any day in [first, after), the one that ends last; one query."""
    rows = Protection.objects.filter(overlapping(first, after)).order_by("end")
    if people is not None:
        rows = rows.filter(person__in=people)
    return {row.person_id: Protected(row.start, row.end, row.reason) for row in rows}
