"""What is wrong with a scorecard, and how its numbers are written in the sentence that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kaibo.kpi.definition import Kpi
from kaibo.message import Message

Kpis = Mapping[str, Kpi]
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Problem:
    """`line`: 1-based, None for the card as a whole. `at_least`/`below`: the stretch of a gap or an overlap."""

    message: Message
    line: int | None = None
    code: str = ""
    at_least: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True)
class Limit:
    """A number of a line's KPI (or of its attainment) in a sentence; None: no limit.

    Written out it stands in what is counted, milliseconds and minor units: pages write it in the KPI's unit.
    """

    number: Decimal | None
    attainment: bool = False

    def __str__(self) -> str:
        if self.number is None:
            return "∞"
        return f"{plain(self.number * 100)} %" if self.attainment else plain(self.number)


@dataclass(frozen=True)
class Span:
    """What lies between two limits, with signs that say whether each belongs to it: “> 35, ≤ 40”."""

    start: Limit
    end: Limit
    start_after: bool = False
    end_after: bool = False

    def __str__(self) -> str:
        return self.said(str(self.start), str(self.end))

    def said(self, start: str, end: str) -> str:
        """With the numbers as somebody writes them; what is open is not said."""
        told = [
            f"{'>' if self.start_after else '≥'} {start}" if self.start.number is not None else "",
            f"{'≤' if self.end_after else '<'} {end}" if self.end.number is not None else "",
        ]
        return ", ".join(filter(None, told))


def plain(number: Decimal | Fraction) -> str:
    """20, 7.5; a fraction with as many places as it has."""
    if isinstance(number, Fraction):
        number = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{number.normalize():f}"
