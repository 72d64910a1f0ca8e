"""How numbers, amounts, times and shares are written, in the active language.

Every function takes the exact value (int, Decimal, Fraction; never a float for money), rounds half up only for
showing, and writes an unknown (`None`) as "—". Instants are aware and shown in the team's zone.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext

MISSING = "—"
MINUS = "−"
DASH = "–"
# a thin space that does not break the line, before % only; before units a plain unbreakable one
THIN = "\u202f"
GAP = "\u00a0"

Number = int | Decimal | Fraction | float

EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3}
SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "IDR": "Rp", "THB": "฿", "PHP": "₱"}

# (from, divided by, unit): tiles keep three figures
ZH_STEPS = ((10**8, 10**8, GAP + "亿"), (10**4, 10**4, GAP + "万"))
EN_STEPS = ((10**9, 10**9, "B"), (10**6, 10**6, "M"), (10**4, 10**3, "K"))

ZH_DAYS = "一二三四五六日"
EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EN_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
# below this many, a share is written as its two counts
SMALL_N = 50


def in_chinese() -> bool:
    return (get_language() or settings.LANGUAGE_CODE).startswith("zh")


def listed(names: Iterable[object]) -> str:
    """Several names in a row, with the comma of the reader's language."""
    return comma().join(map(str, names))


def comma() -> str:
    return "、" if in_chinese() else ", "


def either(chinese: str, english: str) -> str:
    """What is said in the reader's language; in the other one where nobody wrote it in this."""
    return (chinese or english) if in_chinese() else (english or chinese)


def _unit(chinese: str, english: str) -> str:
    return GAP + (chinese if in_chinese() else english)


def fixed(value: Number, places: int) -> str:
    """`value` with `places` decimals, thousands separated, rounded half up, with a true minus."""
    if isinstance(value, int):
        return quotient(value, 1, places)
    exact = Fraction(value)
    return quotient(exact.numerator, exact.denominator, places)


def quotient(top: int, bottom: int, places: int) -> str:
    """top ÷ bottom as `fixed` writes it, in integers alone: a table writes thousands of them."""
    units = (2 * abs(top) * 10**places + abs(bottom)) // (2 * abs(bottom))
    sign = MINUS if (top < 0) != (bottom < 0) and units else ""
    whole, rest = divmod(units, 10**places)
    return f"{sign}{whole:,}" + (f".{rest:0{places}d}" if places else "")


def _figures(value: Fraction) -> str:
    """Three figures: 9.97, 99.7, 997; whole numbers from there on."""
    for places in (2, 1):
        text = fixed(value, places)
        if len(text.lstrip(MINUS).replace(".", "")) <= 3:
            return text
    return fixed(value, 0)


def _short(value: Fraction) -> tuple[str, str] | None:
    """(figures, unit) of a number large enough for a unit, else None. 99,999,999 becomes 1.00 亿, not 10,000 万."""
    steps = ZH_STEPS if in_chinese() else EN_STEPS
    for index, (least, divisor, unit) in enumerate(steps):
        if abs(value) < least:
            continue
        larger = steps[index - 1] if index else None
        if larger and Fraction(fixed(abs(value) / divisor, 0).replace(",", "")) * divisor >= larger[0]:
            return _figures(value / larger[1]), larger[2]
        return _figures(value / divisor), unit
    return None


def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit (ISO 4217)."""
    return EXPONENTS.get(currency, 2)


def _in_currency(figures: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency, currency + GAP)
    return f"{MINUS}{symbol}{figures[1:]}" if figures.startswith(MINUS) else symbol + figures


# while a page is made for somebody without the right to see amounts
_WITHHELD: ContextVar[bool] = ContextVar("amounts are withheld", default=False)


@contextmanager
def amounts_withheld(withheld: bool) -> Iterator[None]:
    """While it lasts every amount is written as `no_amount`, whoever writes it."""
    token = _WITHHELD.set(withheld)
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def withholds_amounts() -> bool:
    return _WITHHELD.get()


def no_amount() -> str:
    """What stands in place of an amount that the reader has no right to see: neither 0 nor unknown."""
    return gettext("no right to amounts")


def money(minor: int | Fraction | None, currency: str = "", places: int | None = None) -> str:
    """An amount to the cent from minor units: ¥99,741.70. `currency` defaults to the company's.

    `places`: of a number on a card that is a part of a cent, all its decimals.
    """
    if withholds_amounts():
        return no_amount()
    if minor is None:
        return MISSING
    code = currency or settings.KAIBO_CURRENCY
    own = exponent(code)
    return _in_currency(fixed(Fraction(minor, 10**own), own if places is None else places), code)


def money_tile(minor: int | None, currency: str = "") -> str:
    """An amount for a tile: ¥9.97 万, ¥99.7K; to the cent below ten thousand."""
    if withholds_amounts():
        return no_amount()
    if minor is None:
        return MISSING
    code = currency or settings.KAIBO_CURRENCY
    short = _short(Fraction(minor, 10 ** exponent(code)))
    return _in_currency("".join(short), code) if short else money(minor, code)


def count(number: int | None) -> str:
    """122,484"""
    return MISSING if number is None else fixed(number, 0)


def count_tile(number: int | None) -> str:
    """12.2 万 or 122K; in full below ten thousand."""
    if number is None:
        return MISSING
    short = _short(Fraction(number))
    return "".join(short) if short else count(number)


def hours(ms: Number | None, places: int = 1) -> str:
    """Milliseconds as hours with one decimal: 38.5 小时."""
    if ms is None:
        return MISSING
    exact = Fraction(ms)
    return quotient(exact.numerator, exact.denominator * HOUR_MS, places) + _unit("小时", "h")


def minutes(ms: Number | None) -> str:
    """Milliseconds as whole minutes: 7 分."""
    return MISSING if ms is None else fixed(Fraction(ms) / MINUTE_MS, 0) + _unit("分", "min")


def seconds(ms: Number | None, places: int = 0) -> str:
    """Milliseconds as seconds, whole ones unless `places` says more: 52 秒."""
    return MISSING if ms is None else fixed(Fraction(ms) / 1000, places) + _unit("秒", "s")


def length(ms: Number | None) -> str:
    """A time of any length in a unit that fits it: 52 秒, 45 分 from ten minutes on, 24.0 小时 from two hours on."""
    if ms is None or abs(Fraction(ms)) < 10 * MINUTE_MS:
        return seconds(ms)
    return minutes(ms) if abs(Fraction(ms)) < 2 * HOUR_MS else hours(ms)


def percent(value: Number, places: int) -> str:
    """A share as a percentage with `places` decimals: 0.032266 → 3.23 %."""
    return f"{fixed(Fraction(value) * 100, places)}{THIN}%"


def rate(value: Number | None) -> str:
    """A share: two decimals below 10 %, one from there on."""
    if value is None:
        return MISSING
    # what rounds up to ten is written as 10.0
    below = abs(Fraction(value)) < Fraction("0.09995")
    return percent(value, 2 if below else 1)


def share(numerator: int | None, denominator: int | None) -> str:
    """Σ ÷ Σ as a rate; below 50 the two counts; — where there is nothing to divide by."""
    if numerator is None or not denominator:
        return MISSING
    if denominator < SMALL_N:
        return f"{count(numerator)} / {count(denominator)}"
    return rate(Fraction(numerator, denominator))


def signed(value: Number | None, places: int = 1) -> str:
    """+2.0, −1.3; zero carries no sign."""
    if value is None:
        return MISSING
    text = fixed(value, places)
    return text if text.startswith(MINUS) or not text.strip("0.,") else f"+{text}"


def percentage_points(value: Number | None) -> str:
    """A change of a rate: 0.004 → +0.40 百分点."""
    return MISSING if value is None else signed(Fraction(value) * 100, 2) + _unit("百分点", "pp")


def times(value: Number | None) -> str:
    """A ratio: 1.13 倍, 1.13×."""
    return MISSING if value is None else fixed(value, 2) + (_unit("倍", "") if in_chinese() else "×")


def points(value: Number | None) -> str:
    """Score points with one decimal: 21.5."""
    return MISSING if value is None else fixed(value, 1)


def _local(instant: date | datetime) -> date | datetime:
    """In the team's zone: there is one, and a page writes hundreds of instants."""
    if isinstance(instant, datetime) and instant.tzinfo is not None:
        return instant.astimezone(timezone.get_default_timezone())
    return instant


def _date(instant: date | datetime) -> date:
    local = _local(instant)
    return local.date() if isinstance(local, datetime) else local


def clock(instant: datetime | None) -> str:
    """19:00, in the team's zone."""
    return MISSING if instant is None else f"{_local(instant):%H:%M}"


def day(instant: date | datetime | None) -> str:
    """11-18 周三 or Wed 18 Nov."""
    if instant is None:
        return MISSING
    at = _date(instant)
    if in_chinese():
        return f"{at:%m-%d} 周{ZH_DAYS[at.weekday()]}"
    return f"{EN_DAYS[at.weekday()]} {at.day} {EN_MONTHS[at.month - 1]}"


def day_short(instant: date | datetime | None) -> str:
    """11-18 or 18 Nov."""
    if instant is None:
        return MISSING
    at = _date(instant)
    return f"{at:%m-%d}" if in_chinese() else f"{at.day} {EN_MONTHS[at.month - 1]}"


def day_dated(instant: date | datetime | None, how: str = "") -> str:
    """The day as `day` writes it (`how` “short”: as `day_short`), but 2023-11-18 where it is of another year.

    What files speak of may be years ago.
    """
    if instant is not None and _date(instant).year != timezone.localdate().year:
        return day_year(instant)
    return day_short(instant) if how == "short" else day(instant)


def day_year(instant: date | datetime | None) -> str:
    """2026-11-18"""
    return MISSING if instant is None else _date(instant).isoformat()


def day_clock(instant: datetime | None) -> str:
    """11-30 周一 18:00 or Mon 30 Nov, 18:00."""
    if instant is None:
        return MISSING
    return f"{day(instant)}{' ' if in_chinese() else ', '}{clock(instant)}"


def month(first: date | datetime | None) -> str:
    """2026年10月 or October 2026."""
    if first is None:
        return MISSING
    at = _date(first)
    return f"{at.year}年{at.month}月" if in_chinese() else f"{EN_LONG_MONTHS[at.month - 1]} {at.year}"


def clock_range(start: datetime | None, end: datetime | None) -> str:
    """19:00–24:00; an end on the next day says so: 18:56–次日 00:04; further away it names its day."""
    if start is None or end is None:
        return f"{clock(start)}{DASH}{clock(end)}" if start or end else MISSING
    days = (_date(end) - _date(start)).days
    text = clock(end)
    if days == 1 and text == "00:00" and clock(start) != "00:00":
        text = "24:00"
    elif days == 1:
        text = f"次日 {text}" if in_chinese() else f"{text} next day"
    elif days:
        text = f"{day_short(end)} {text}"
    return f"{clock(start)}{DASH}{text}"


def interval(low: Number | None, high: Number | None, places: int = 2) -> str:
    """3.04–3.83"""
    return MISSING if low is None or high is None else f"{fixed(low, places)}{DASH}{fixed(high, places)}"


def weekday(instant: date | datetime | None) -> str:
    """周三 or Wednesday's short name."""
    if instant is None:
        return MISSING
    number = _date(instant).weekday()
    return f"周{ZH_DAYS[number]}" if in_chinese() else EN_DAYS[number]
