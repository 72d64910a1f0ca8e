"""How a line came to its value: the value from the month's first day up to each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kaibo.kpi.catalog import PLANNED, Kpi, Term
from kaibo.kpi.scoring import LineScore
from kaibo.kpi.values import Amounts
from kaibo.measurement.finders import Part


@dataclass(frozen=True)
class TrendPoint:
    """`value` of all days up to and with `day`, in the KPI's unit; None where there is nothing to divide by yet."""

    day: date
    value: Fraction | None


def trends(kpi: Kpi, by_day: Sequence[Part], score: LineScore) -> list[TrendPoint]:
    """A point for each day with credit; the last one is the value of the month. Nothing where the value is missing."""
    if score.value.missing:
        return []
    points, top, bottom = [], 0, 0
    # against plan: what is divided by is known as a whole only
    planned = score.value.bottom if any(term.measure == PLANNED for term in kpi.denominator) else None
    for part in by_day:
        top += side(kpi.numerator, part.amounts)
        bottom += side(kpi.denominator, part.amounts)
        if part.date:
            points.append(TrendPoint(part.date, _value(kpi, top, bottom if planned is None else planned)))
    return points


def side(terms: Sequence[Term], amounts: Amounts) -> int:
    """A numerator or denominator over credited amounts, all bases together."""
    return sum(
        term.sign * amount for term in terms for (measure, _), amount in amounts.items() if measure == term.measure
    )


def _value(kpi: Kpi, top: int, bottom: int) -> Fraction | None:
    if not kpi.denominator:
        return Fraction(top)
    return Fraction(top, bottom) if bottom else None
