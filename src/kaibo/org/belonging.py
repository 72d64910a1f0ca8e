"""What belongs to a department besides the people in it: rooms, from–until, and positions.

Rooms are asked by their relation: the organisation knows no rooms, they know it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from kaibo.org.models import Department, Position


@dataclass(frozen=True)
class RoomStay:
    """That a room belongs to the department from `start` to before `until` (None: still). `now`: on the day asked."""

    room: int
    name: str
    start: date
    until: date | None
    now: bool
    over: bool


def rooms_of(department: Department, on: date) -> Sequence[RoomStay]:
    """Every stay of a room in it, those of the day first, then those to come, then those that are over; one query."""
    rows = _stays(department).select_related("account")
    found = [_stay(row, on) for row in rows]
    return sorted(found, key=lambda one: (not one.now, one.over, one.name, one.start))


def rooms_left(department: Department, day: date) -> list[str]:
    """The names of rooms that belong to it on the day or later, by name; one query."""
    left = _stays(department).filter(Q(until=None) | Q(until__gt=day))
    return sorted(set(left.values_list("account__name", flat=True)))


def positions_of(department: Department) -> Sequence[Position]:
    """The positions that usually sit in it, by name; one query."""
    return sorted(Position.objects.filter(department=department), key=lambda one: one.title)


def _stays(department: Department) -> QuerySet[Any]:
    """The next row of a room ends the one before."""
    rows = department.rooms.model._default_manager
    following = rows.filter(account=OuterRef("account"), start__gt=OuterRef("start")).order_by("start")
    stays: QuerySet[Any] = department.rooms.annotate(until=Subquery(following.values("start")[:1]))
    return stays.order_by("account__name", "start")


def _stay(row: Any, on: date) -> RoomStay:
    over = row.until is not None and row.until <= on
    return RoomStay(row.account_id, row.account.name, row.start, row.until, row.start <= on and not over, over)
