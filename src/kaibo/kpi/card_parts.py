"""What a card has besides its lines: sections, items outside the hundred, gates, the grade table, the team's part."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kaibo.kpi.band import Band, EdgedBand, On


@dataclass(frozen=True)
class Section:
    """Form 12. Its lines' weights add up to its own, or to 100: then each is its share of the section's weight."""

    key: str
    weight: Decimal
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Outside:
    """Form 14: `each` (signed) for every occurrence, outside the hundred, never below `floor` nor above `cap`.

    `key`: a KPI of the catalog that counts, or its own, whose times a person writes down.
    """

    key: str
    each: Decimal
    floor: Decimal
    cap: Decimal
    zh: str = ""
    en: str = ""

    def points(self, times: Fraction) -> Fraction:
        return min(max(Fraction(self.each) * times, Fraction(self.floor)), Fraction(self.cap))


@dataclass(frozen=True)
class Grade:
    """Form 17: from `at_least` points on (None: the lowest), paid with `coefficient`."""

    key: str
    coefficient: Decimal
    at_least: Decimal | None = None
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Gate:
    """Form 11: from `at_least` of what `key` counts on, the grade is `grade` at the best, whatever the score."""

    key: str
    at_least: Decimal
    grade: str
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class TeamPart:
    """Form 16: the individual coefficient is multiplied by this one; `points` of a band are the coefficient.

    Of the team's value, or of what it is of `target`.
    """

    kpi: str
    bands: tuple[Band | EdgedBand, ...]
    on: On = On.VALUE
    target: Fraction | None = None
