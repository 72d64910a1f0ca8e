"""Other currencies for the reference: every sum converted with exact fractions and shared out again."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from kaibo.kpi.inputs import MonthInputs
from kaibo.kpi.tests.slow_numbers import shares

DECIMALS = {"CNY": 2, "USD": 2, "EUR": 2, "IDR": 2, "JPY": 0}


def rate_on(inputs: MonthInputs, currency: str, day: str) -> Decimal | None:
    """Walk back day by day, a month at most."""
    for back in range(32):
        wanted = (date.fromisoformat(day) - timedelta(days=back)).isoformat()
        said = [r.rate for r in inputs.rates if (r.currency, r.day) == (currency, wanted)]
        if said:
            return Decimal(said[-1])
    return None


def half_even(exact: Fraction) -> int:
    low = exact.numerator // exact.denominator
    rest = exact - low
    if rest == Fraction(1, 2):
        return low if low % 2 == 0 else low + 1
    return low if rest < Fraction(1, 2) else low + 1


def in_team_money(inputs: MonthInputs, raw: Counter, days: dict[int, str]) -> Counter:
    """`raw`: (place, kind, account, session, segment, date, measure, basis, currency) → amount in that currency."""
    team, found = inputs.settings.currency, Counter()
    groups = defaultdict(list)
    for key, amount in raw.items():
        place, kind, _, session, _, _, measure, _, currency = key
        if not measure.endswith("_minor") or currency in ("", team):
            found[key[:8]] += amount
        elif kind == "currency" or currency == "?":
            put_off(found, key, amount, "")
        elif session is None:
            groups[key].append((key, amount))
        else:
            groups[session, place, measure, currency].append((key, amount))
    for group in groups.values():
        convert(inputs, found, group, days)
    return found


def convert(inputs: MonthInputs, found: Counter, group: list, days: dict[int, str]) -> None:
    _, _, _, session, _, day, _, _, currency = group[0][0]
    if session is not None:
        day = days[session]
    rate = rate_on(inputs, currency, day)
    if rate is None:
        for key, amount in group:
            put_off(found, key, amount, day)
        return
    group.sort(key=lambda one: (one[0][4] or 0, one[0][1], one[0][5], one[0][7], one[0][2] or 0))
    whole = Fraction(sum(amount for _, amount in group), 10 ** DECIMALS[currency]) * Fraction(rate)
    whole *= 10 ** DECIMALS[inputs.settings.currency]
    for (key, _), part in zip(group, shares(half_even(whole), [amount for _, amount in group]), strict=True):
        found[key[:8]] += part


def put_off(found: Counter, key: tuple, amount: int, day: str) -> None:
    place, kind, account, session, segment, date_, measure, basis, currency = key
    kind = "currency" if place == "segment" else kind
    name = f"{measure}@{currency} {day}".strip()
    found[place, kind, account, session, segment, date_, name, basis] += amount
