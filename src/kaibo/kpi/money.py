"""Money of other currencies: converted once per session, place and measure, or waiting for a rate.

The rate of a day is the latest one dated on it or before it, at most MOST_DAYS old. A sum is converted half-even and
then split over its parts, so that the parts make the converted sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from kaibo.kpi.credit import split
from kaibo.kpi.inputs import FactOut, RateIn

MOST_DAYS = 31
# decimals of a currency's minor unit where they are not 2 (ISO 4217)
EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3}
# a line in another currency than its room's: never converted
MISFIT = "currency"
# a file named no currency and several are possible
UNKNOWN = "?"


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


def is_money(measure: str) -> bool:
    return measure.endswith("_minor")


def waiting(measure: str, currency: str, day: str) -> str:
    """The name of a measure that waits for the rate of a currency on a day."""
    return f"{measure}@{currency} {day}".rstrip()


def waits(measure: str) -> tuple[str, str, str] | None:
    """(measure, currency, day) of a waiting measure; None for any other. The day is empty where no rate would help."""
    name, mark, rest = measure.partition("@")
    currency, _, day = rest.partition(" ")
    return (name, currency, day) if mark else None


@dataclass(frozen=True)
class Rate:
    """How many of the team's minor units one minor unit is."""

    currency: str
    day: str
    factor: Fraction

    def convert(self, amount: int) -> int:
        """Half-even."""
        return round(amount * self.factor)


class Rates:
    """`team`: the team's currency. Of two rates of one currency and day the later in the sequence counts.

    Raises ValueError for a rate that is no positive number or a day that is no ISO date.
    """

    def __init__(self, team: str, rates: Iterable[RateIn]) -> None:
        self.team = team
        self._rates: dict[str, dict[date, Fraction]] = defaultdict(dict)
        for rate in rates:
            value = Fraction(rate.rate)
            if value <= 0:
                raise ValueError(f"not a rate: {rate.rate}")
            self._rates[rate.currency][date.fromisoformat(rate.day)] = value

    def on(self, currency: str, day: str) -> Rate | None:
        """The rate that holds on a day (ISO); None where there is none or only an old one."""
        wanted = date.fromisoformat(day)
        known = self._rates.get(currency, {})
        fit = [at for at in known if at <= wanted and (wanted - at).days <= MOST_DAYS]
        if not fit:
            return None
        # 1.50 of the one's units; minor units have their own decimals
        scale = Fraction(10 ** exponent(self.team), 10 ** exponent(currency))
        return Rate(currency, max(fit).isoformat(), known[max(fit)] * scale)


def converted(facts: Iterable[FactOut], rates: Rates, days: Mapping[int, str]) -> Iterator[FactOut]:
    """Facts in the team's currency. In: `currency` says what a fact's amount is in, empty for the team's.

    `days`: session → its business date. A fact of no session is converted by itself, at the rate of its date.
    """
    groups: dict[tuple[object, ...], list[FactOut]] = defaultdict(list)
    for fact in facts:
        if fact.currency in ("", rates.team) or not is_money(fact.measure):
            yield replace(fact, currency="") if fact.currency else fact
        elif fact.kind == MISFIT or fact.currency == UNKNOWN:
            yield _waiting(fact, "")
        elif fact.session is None:
            yield from _group([fact], rates, fact.date)
        else:
            groups[fact.session, fact.place, fact.measure, fact.currency].append(fact)
    for group in groups.values():
        yield from _group(group, rates, days[group[0].session or 0])


def _group(group: Sequence[FactOut], rates: Rates, day: str) -> Iterator[FactOut]:
    rate = rates.on(group[0].currency, day)
    if rate is None:
        yield from (_waiting(fact, day) for fact in group)
        return
    ordered = sorted(group, key=lambda f: (f.segment or 0, f.kind, f.date, f.basis, f.account or 0))
    amounts = [fact.amount for fact in ordered]
    for fact, amount in zip(ordered, split(rate.convert(sum(amounts)), amounts), strict=True):
        yield replace(fact, amount=amount, original=fact.amount)


def _waiting(fact: FactOut, day: str) -> FactOut:
    name = waiting(fact.measure, fact.currency, day)
    kind = MISFIT if fact.place == "segment" else fact.kind
    return replace(fact, kind=kind, measure=name, original=fact.amount)
