"""A band: usually half-open, with what it gives; an edge may belong to the other side; and what bands are laid on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class On(StrEnum):
    """What bands and steps are laid on."""

    VALUE = "value"
    ATTAINMENT = "attainment"


class Edge(NamedTuple):
    """Where something begins or ends: just before `number`, or (`after`) just after it. Ordered as on the scale."""

    number: Decimal
    after: bool = False

    def is_passed(self, number: Fraction) -> bool:
        return number > Fraction(self.number) if self.after else number >= Fraction(self.number)


# nothing that is counted lies before it
ZERO = Edge(Decimal(0))


class Stretch:
    """What lies between two edges; None is open. Half-open, at_least ≤ number < below, where nothing else is said."""

    at_least: Decimal | None
    below: Decimal | None

    @property
    def start(self) -> Edge | None:
        return None if self.at_least is None else Edge(self.at_least)

    @property
    def end(self) -> Edge | None:
        return None if self.below is None else Edge(self.below)

    @property
    def empty(self) -> bool:
        """It ends where it begins, or before."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def holds(self, number: Fraction) -> bool:
        # asked for every line of every review: without a detour over edges
        return (self.at_least is None or number >= Fraction(self.at_least)) and (
            self.below is None or number < Fraction(self.below)
        )


class EdgedStretch(Stretch):
    """One that begins after its number (`above`) or ends with it (`at_most`), instead of at_least and below."""

    above: Decimal | None
    at_most: Decimal | None

    @property
    def start(self) -> Edge | None:
        return super().start if self.above is None else Edge(self.above, after=True)

    @property
    def end(self) -> Edge | None:
        return super().end if self.at_most is None else Edge(self.at_most, after=True)

    def holds(self, number: Fraction) -> bool:
        start, end = self.start, self.end
        return (start is None or start.is_passed(number)) and (end is None or not end.is_passed(number))


@dataclass(frozen=True)
class Band(Stretch):
    """Half-open: at_least ≤ number < below; None is open. `points` as they stand on the card."""

    points: Decimal
    at_least: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True)
class EdgedBand(EdgedStretch, Band):
    """A band with an edge of the other kind. A class of its own, since bundles tell what they hold by its fields."""

    above: Decimal | None = None
    at_most: Decimal | None = None


def band(
    points: Decimal, at_least: Decimal | None = None, below: Decimal | None = None, *, above: Decimal | None = None,
    at_most: Decimal | None = None,
) -> Band:  # fmt: skip
    """The plainest band that says this. Raises ValueError where it would begin or end twice."""
    if above is None and at_most is None:
        return Band(points, at_least, below)
    once(at_least, above, below, at_most)
    return EdgedBand(points, at_least, below, above, at_most)


def once(at_least: Decimal | None, above: Decimal | None, below: Decimal | None, at_most: Decimal | None) -> None:
    """Raises ValueError for a stretch that says twice where it begins or ends."""
    for one, other, names in ((at_least, above, "at_least and above"), (below, at_most, "below and at_most")):
        if one is not None and other is not None:
            raise ValueError(f"{names}: an edge has one of the two")


def by_start(one: Stretch) -> tuple[bool, Edge]:
    """Their order on the scale: what begins nowhere first."""
    return one.start is not None, one.start or ZERO
