"""Whom somebody reports to on a day: who holds the position that theirs reports to, in their department or above it."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet

from kaibo.database.prepared import Prepared
from kaibo.org.models import Position
from kaibo.org.tree import parents

Named = tuple[int, str]


def _holding(*, on: Any) -> QuerySet[Any, Any]:
    """The positions to which some position reports, each with who holds it on the day, or held by nobody."""
    running = Q(appointments__end=None) | Q(appointments__end__gt=on)
    now = FilteredRelation("appointments", condition=Q(appointments__start__lte=on) & running)
    rows = Position.objects.annotate(now=now).filter(Exists(Position.objects.filter(reports_to=OuterRef("pk"))))
    return rows.order_by("pk", "now").values_list(
        "pk", "reports_to", "now__department", "now__person", "now__person__name", "now__person__active"
    )


_held: Prepared[Any] = Prepared(_holding)


class Reporting:
    """Read once for a day: two queries, however many people there are."""

    def __init__(self, on: date) -> None:
        self._above = parents(on)
        self._rule: dict[int, int | None] = {}
        self._held: dict[tuple[int, int], set[Named]] = defaultdict(set)
        self._everywhere: dict[int, set[Named]] = defaultdict(set)
        for position, above, department, person, name, active in _held(on=on):
            self._rule[position] = above
            if person is not None and active:
                self._held[position, department].add((person, name))
                self._everywhere[position].add((person, name))

    def superiors(self, person: int, position: Position, department: int) -> list[Named]:
        """Who holds the next position up, nearest first in the tree, acting ones too; by name.

        Where nobody does in the department or above it: the only one who holds it at all; else the position above that.
        """
        for above in self._upwards(position):
            place: int | None = department
            been: set[int] = set()
            while place is not None and place not in been:
                if found := {one for one in self._held.get((above, place), ()) if one[0] != person}:
                    return sorted(found, key=lambda one: (one[1], one[0]))
                been.add(place)
                place = self._above.get(place)
            only = {one for one in self._everywhere.get(above, ()) if one[0] != person}
            if len(only) == 1:
                return list(only)
        return []

    def _upwards(self, position: Position) -> list[int]:
        """The position that it reports to, the one above that, and so on; a ring ends."""
        found: list[int] = []
        above = position.reports_to_id
        while above is not None and above not in found and above != position.pk:
            found.append(above)
            above = self._rule.get(above)
        return found
