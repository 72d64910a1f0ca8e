"""Month targets in the team's currency: a room's target is in its own, its computed sales are converted."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.conf import settings

from kaibo.kpi.inputs import RateIn
from kaibo.kpi.money import Rates
from kaibo.measurement.months import next_month
from kaibo.measurement.rates import rates_in_use


def target_factors(wanted: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Fraction | None]:
    """(currency, month) → what one minor unit is worth in the team's; None: no rate. One query, if any is foreign.

    A target is a plan, so it has one rate: that of the month's first day, else the first one dated in the month.
    """
    pairs = set(wanted)
    foreign = {pair for pair in pairs if pair[0] != settings.KAIBO_CURRENCY}
    found: dict[tuple[str, date], Fraction | None] = dict.fromkeys(pairs - foreign, Fraction(1))
    if not foreign:
        return found
    there = rates_in_use(next_month(max(month for _, month in foreign)))
    rates = Rates(
        settings.KAIBO_CURRENCY, [RateIn(r.currency, r.day.isoformat(), f"{r.rate.normalize():f}") for r in there]
    )
    for currency, month in foreign:
        later = sorted(r.day for r in there if r.currency == currency and month <= r.day < next_month(month))
        known = (rates.on(currency, day.isoformat()) for day in [month, *later])
        found[currency, month] = next((rate.factor for rate in known if rate), None)
    return found
