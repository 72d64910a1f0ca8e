"""A band: half-open, with what it gives; and what bands are laid on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class On(StrEnum):
    """What bands and steps are laid on."""

    VALUE = "value"
    ATTAINMENT = "attainment"


@dataclass(frozen=True)
class Band:
    """Half-open: at_least ≤ number < below; None is open. `points` as they stand on the card."""

    points: Decimal
    at_least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, number: Fraction) -> bool:
        return (self.at_least is None or number >= Fraction(self.at_least)) and (
            self.below is None or number < Fraction(self.below)
        )
