"""How a line came to its value: the value from the month's first day up to each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kaibo.kpi.catalog import PLANS, Kpi, Term
from kaibo.kpi.measures import OUT, is_peak
from kaibo.kpi.scoring import LineScore
from kaibo.kpi.values import Amounts, counted_of, merged
from kaibo.measurement.finders import Part


@dataclass(frozen=True)
class TrendPoint:
    """`value` of all days up to and with `day`, in the KPI's unit; None where there is nothing to divide by yet."""

    day: date
    value: Fraction | None


def trends(kpi: Kpi, by_session: Sequence[Part], score: LineScore) -> list[TrendPoint]:
    """A point for each day with credit; the last one is the value of the month. Nothing where the value is missing.

    `by_session`: parts by day and session.
    """
    if score.value.missing:
        return []
    points, top, bottom = [], 0, 0
    by_day = _days(kpi, by_session)
    # against plan: what is divided by is known as a whole only
    planned = score.value.bottom if any(term.measure in PLANS for term in kpi.denominator) else None
    for day, amounts in by_day.items():
        of_day = side(kpi.numerator, amounts, out=kpi.leaves_outages)
        top = max(top, of_day) if kpi.is_peak else top + of_day
        bottom += side(kpi.denominator, amounts, out=kpi.leaves_outages)
        points.append(TrendPoint(day, _value(kpi, top, bottom if planned is None else planned)))
    return points


def _days(kpi: Kpi, by_session: Sequence[Part]) -> dict[date, Amounts]:
    """Day → what the sessions gave whose files tell it."""
    found: dict[date, list[Amounts]] = {}
    for part in by_session:
        told = counted_of(kpi, part.amounts, part.silent, part.pieces)
        if part.date and told is not None:
            found.setdefault(part.date, []).append(told)
    return {day: merged(found[day]) for day in sorted(found)}


def side(terms: Sequence[Term], amounts: Amounts, *, out: bool = False) -> int:
    """A numerator or denominator over credited amounts, all bases together; `out`: less what fell into outages."""
    found = [
        term.sign * amount for term in terms for (measure, _), amount in amounts.items() if measure == term.measure
    ]
    if out:
        names = {f"{OUT}{term.measure}": term.sign for term in terms}
        found += [-names[measure] * amount for (measure, _), amount in amounts.items() if measure in names]
    return max(found, default=0) if is_peak(terms[0].measure if terms else "") else sum(found)


def _value(kpi: Kpi, top: int, bottom: int) -> Fraction | None:
    if not kpi.denominator:
        return Fraction(top * kpi.scale)
    return Fraction(top * kpi.scale, bottom) if bottom else None
