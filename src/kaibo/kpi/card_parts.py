"""What a card has besides its lines: sections, items outside the hundred, gates, the grade table, the team's part."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kaibo.kpi.band import Band, Edge, EdgedBand, On, once


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

    @property
    def start(self) -> Edge | None:
        return None if self.at_least is None else Edge(self.at_least)

    @property
    def end(self) -> Edge | None:
        """Where the card says that it ends; else it does where the next one begins."""
        return None


@dataclass(frozen=True)
class EdgedGrade(Grade):
    """A grade that begins after its number (`above`), or of which the card says where it ends (`below`, `at_most`).

    A class of its own, since bundles tell what they hold by its fields. Scores go by where grades begin; an end only
    has to be where the next one begins.
    """

    above: Decimal | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None

    @property
    def start(self) -> Edge | None:
        return super().start if self.above is None else Edge(self.above, after=True)

    @property
    def end(self) -> Edge | None:
        if self.at_most is not None:
            return Edge(self.at_most, after=True)
        return None if self.below is None else Edge(self.below)


def grade(
    key: str, coefficient: Decimal, at_least: Decimal | None = None, zh: str = "", en: str = "", *,
    above: Decimal | None = None, below: Decimal | None = None, at_most: Decimal | None = None,
) -> Grade:  # fmt: skip
    """The plainest grade that says this. Raises ValueError where it would begin or end twice."""
    if above is None and below is None and at_most is None:
        return Grade(key, coefficient, at_least, zh, en)
    once(at_least, above, below, at_most)
    return EdgedGrade(key, coefficient, at_least, zh, en, above, below, at_most)


@dataclass(frozen=True)
class Gate:
    """Form 11: from `at_least` of what `key` counts on, the grade is `grade` at the best, whatever the score."""

    key: str
    at_least: Decimal | None
    grade: str
    zh: str = ""
    en: str = ""

    @property
    def start(self) -> Edge:
        assert self.at_least is not None  # noqa: S101 -- see gate()
        return Edge(self.at_least)

    def shuts(self, times: Fraction) -> bool:
        return self.start.is_passed(times)


@dataclass(frozen=True)
class EdgedGate(Gate):
    """A gate that is shut by more than `above`, instead of from a number on."""

    above: Decimal | None = None

    @property
    def start(self) -> Edge:
        return super().start if self.above is None else Edge(self.above, after=True)


def gate(
    key: str, at_least: Decimal | None, grade: str, zh: str = "", en: str = "", *, above: Decimal | None = None
) -> Gate:
    """The plainest gate that says this. Raises ValueError where it would begin twice, or nowhere."""
    if at_least is None and above is None:
        raise ValueError("at_least and above: a gate has one of the two")
    if above is None:
        return Gate(key, at_least, grade, zh, en)
    once(at_least, above, None, None)
    return EdgedGate(key, at_least, grade, zh, en, above)


@dataclass(frozen=True)
class TeamPart:
    """Form 16: the individual coefficient is multiplied by this one; `points` of a band are the coefficient.

    Of the team's value, or of what it is of `target`.
    """

    kpi: str
    bands: tuple[Band | EdgedBand, ...]
    on: On = On.VALUE
    target: Fraction | None = None
