"""Where somebody stands: figures of a card that differ by month, category, room, level or age of the room.

Exact: who is in several rooms is measured against the mean of their figures, weighed by the time spent in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction


class By(StrEnum):
    """What a figure or a variant of a card hangs on. A room is named as platform:handle."""

    CATEGORY = "category"
    ROOM = "room"
    ROOM_AGE = "room_age"
    LEVEL = "level"
    STAGE = "stage"


@dataclass(frozen=True)
class Figure:
    """A number for a month (YYYY-MM; "": every month) and a key (a category, a room …; "": every one)."""

    value: Fraction
    key: str = ""
    month: str = ""


@dataclass(frozen=True)
class Table:
    """Figures by one thing or by none (then `by` is None and they differ by month only)."""

    figures: tuple[Figure, ...]
    by: By | None = None

    def times(self, part: Fraction) -> "Table":
        """The same table with a part of every figure."""
        return Table(tuple(replace(one, value=one.value * part) for one in self.figures), self.by)

    def at(self, month: str, key: str) -> Fraction | None:
        """The figure that fits best: this key before any key, this month before any month."""
        for wanted in ((key, month), (key, ""), ("", month), ("", "")):
            found = next((one.value for one in self.figures if (one.key, one.month) == wanted), None)
            if found is not None:
                return found
        return None


@dataclass(frozen=True)
class Standing:
    """`keys`: what → key → milliseconds (or 1 where there is but one) that somebody had with it in the month."""

    month: str = ""
    keys: Mapping[By, Mapping[str, int]] = field(default_factory=dict)

    def main(self, by: By) -> str:
        """The key with most time; of several the first by name; "" where nothing is known."""
        found = self.keys.get(by, {})
        return min(found, key=lambda key: (-found[key], key), default="")


NOWHERE = Standing()


def looked_up(table: Table, standing: Standing) -> Fraction | None:
    """The figure for somebody: Σ figure × time ÷ Σ time over their keys; None where any of them has no figure."""
    if table.by is None:
        return table.at(standing.month, "")
    found = _figures(table, standing)
    if not found:
        return table.at(standing.month, "")
    weighed = Fraction(0)
    for figure, time in found.values():
        if figure is None:
            return None
        weighed += figure * time
    return weighed / sum(time for _figure, time in found.values())


def known_in_part(table: Table, standing: Standing) -> bool:
    """Whether somebody has keys with a figure and others without: then neither those nor another number are theirs."""
    return len({figure is None for figure, _time in _figures(table, standing).values()}) > 1


def _figures(table: Table, standing: Standing) -> dict[str, tuple[Fraction | None, int]]:
    """Key → its figure and the time with it, of those with any time."""
    keys = standing.keys.get(table.by, {}) if table.by else {}
    return {key: (table.at(standing.month, key), time) for key, time in keys.items() if time > 0}
