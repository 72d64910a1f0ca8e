"""Numbers of a card as they are written on it: short where that loses nothing, else to the last digit.

A figure of a month may be rounded to be read at a glance; what decides on somebody's points may not.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.utils.translation import gettext as _

from kaibo.kpi.band import ZERO, Edge, Stretch
from kaibo.kpi.measures import Unit
from kaibo.look import numbers

# a tile shows so many figures
TILE = 3
MOST_PLACES = 24


def limit(unit: Unit, number: Decimal | Fraction | int) -> str:
    """An edge, a target or a benchmark in its KPI's unit."""
    exact = Fraction(number)
    if unit is Unit.RATIO:
        return per_cent(exact, least=2 if abs(exact) < Fraction("0.09995") else 1)
    if unit is Unit.MULTIPLE:
        return numbers.fixed(exact, places(exact, 2))
    if unit is Unit.DURATION:
        return _hours(exact)
    if unit is Unit.TIME:
        return _time(exact)
    if unit is Unit.MONEY:
        return _money(exact)
    return numbers.count_tile(int(exact)) if _short(exact) else numbers.fixed(exact, places(exact, 0))


def per_cent(exact: Fraction, least: int = 0) -> str:
    return numbers.percent(exact, places(exact * 100, least))


def places(exact: Fraction, least: int) -> int:
    """How many decimals say it; `MOST_PLACES` of a number that no decimal is."""
    return next((n for n in range(least, MOST_PLACES) if (exact * 10**n).denominator == 1), MOST_PLACES)


def _short(exact: Fraction) -> bool:
    """Whether three figures say it."""
    return exact.denominator == 1 and len(str(abs(int(exact))).rstrip("0")) <= TILE


def _money(minor: Fraction) -> str:
    own = numbers.exponent(settings.KAIBO_CURRENCY)
    if minor.denominator == 1:
        whole = int(minor)
        return numbers.money_tile(whole) if _short(Fraction(whole, 10**own)) else numbers.money(whole)
    return numbers.money(minor, places=places(minor / 10**own, own))


def _time(ms: Fraction) -> str:
    """Seconds; minutes from ten of them on and hours from two on, where that loses nothing."""
    if abs(ms) >= 2 * numbers.HOUR_MS and places(ms / numbers.HOUR_MS, 1) == 1:
        return numbers.hours(ms)
    if abs(ms) >= 10 * numbers.MINUTE_MS and (ms / numbers.MINUTE_MS).denominator == 1:
        return numbers.minutes(ms)
    return numbers.seconds(ms, places(ms / 1000, 0))


def _hours(ms: Fraction) -> str:
    found = places(ms / numbers.HOUR_MS, 1)
    if found <= 4:
        return numbers.hours(ms, found)
    seconds, rest = divmod(abs(ms), 1000)
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    part = numbers.fixed(rest / 1000, places(rest / 1000, 0))[1:] if rest else ""
    return f"{numbers.MINUS if ms < 0 else ''}{hour}:{minute:02}:{second:02}{part}"


def stretch_text(one: Stretch, written: Callable[[Decimal], str]) -> str:
    """What lies between two edges, numbers as `written`; what begins at 0 begins nowhere."""
    return between(None if one.start is None or one.start <= ZERO else one.start, one.end, written)


def between(start: Edge | None, end: Edge | None, written: Callable[[Decimal], str]) -> str:
    """“20–35”, “at least 50”; where it is not half-open signs say what belongs to it."""
    if start is None:
        if end is None:
            return _("any value")
        return (_("at most %(edge)s") if end.after else _("below %(edge)s")) % {"edge": written(end.number)}
    if end is None:
        return (_("more than %(edge)s") if start.after else _("at least %(edge)s")) % {"edge": written(start.number)}
    low, high = written(start.number), written(end.number)
    if not start.after and not end.after:
        return f"{low}{numbers.DASH}{high}"
    if low == high:
        return _("exactly %(edge)s") % {"edge": low}
    signs = {"from": f"{'>' if start.after else '≥'} {low}", "to": f"{'≤' if end.after else '<'} {high}"}
    return _("%(from)s and %(to)s") % signs
