"""Cleans the cells of a mapped column as its unit says: days in their order, lengths in words, amounts with their sign.

Each gives None for a cell that says nothing and raises CellError for one that cannot be understood; nothing is guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import NULLS, PLAIN, CellError, duration, minor, moment, number, seconds, shown
from kaibo.sources.clocks import Clock
from kaibo.sources.mapped_targets import DMY, DOTS, MDY, MINOR, MINUTES, SECONDS, UNIX, UNIX_MS

Clean = Callable[[Any], Any]
DATED = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?", re.ASCII
)
TIME = re.compile(r"(\d{1,2})(?:[:：](\d{2})(?:[:：](\d{2}))?|时|点)?", re.ASCII)
RANGE = re.compile(r"\s*[-~–—至]\s*")
# a cell with a time of day and nothing else
TIME_TEXT = re.compile(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\s*[-~–—至]\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?", re.ASCII)
THOUSANDS = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|-?\d+(?:,\d{1,2})?", re.ASCII)
# a sign before (or after) an amount → the currencies it may mean
SIGNS = {
    "¥": ("CNY", "JPY"),
    "元": ("CNY",),
    "$": ("USD", "HKD", "TWD", "SGD", "AUD", "CAD"),
    "Rp": ("IDR",),
    "RM": ("MYR",),
    "€": ("EUR",),
    "£": ("GBP",),
    "฿": ("THB",),
    "₫": ("VND",),
    "₱": ("PHP",),
}
CODE = re.compile(r"^([A-Z]{3})\s+|\s+([A-Z]{3})$")
DAY_S = 86_400


@dataclass
class Order:
    """The order of day and month in one column, and what its cells say of it.

    `only_this`, `only_other`: cells that only the chosen order reads, and only the other one; `typed`: a spreadsheet's
    own dates; `texts`: dates written as text.
    """

    unit: str
    only_this: int = 0
    only_other: int = 0
    typed: int = 0
    texts: int = 0


def day_first(text: str, unit: str) -> datetime | None:
    """18/4/2026 20:00 with the day first (dmy) or the month first (mdy); None where it is no such date."""
    match = DATED.fullmatch(text)
    if match is None:
        return None
    one, two = int(match[1]), int(match[2])
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    day, month = (one, two) if unit == DMY else (two, one)
    try:
        return datetime(year, month, day, int(match[4] or 0), int(match[5] or 0), int(match[6] or 0))
    except ValueError:
        return None


def dated(order: Order, *, timed: bool = False) -> Clean:
    """Cells with a date (and a time), in one order; a spreadsheet's own dates are read whatever the order.

    `timed`: text without a time of day is an error.
    """

    def read(value: Any) -> datetime | None:
        if not isinstance(value, str):
            order.typed += 1
            return moment(value)
        text = value.strip()
        if text in NULLS:
            return None
        if timed and ":" not in text:
            raise CellError(Message("The time of day is missing. Is it in another column?"))
        if order.unit not in (DMY, MDY):
            return moment(text)
        order.texts += 1
        other = MDY if order.unit == DMY else DMY
        found, otherwise = day_first(text, order.unit), day_first(text, other)
        order.only_this += found is not None and otherwise is None
        order.only_other += found is None and otherwise is not None
        if found is None:
            raise CellError(Message("This is not a date in the order that was said."))
        return found

    return read


def instant(order: Order, clock: Clock, *, timed: bool) -> Clean:
    """Instants in int64 UTC milliseconds."""
    read = dated(order, timed=timed)

    def clean(value: Any) -> int | None:
        if order.unit in (UNIX, UNIX_MS):
            return _epoch(value, 1 if order.unit == UNIX_MS else 1000, clock)
        found = read(value)
        return None if found is None else clock.ms(found)

    return clean


def _epoch(value: Any, times: int, clock: Clock) -> int | None:
    found = number(value)
    if found is None:
        return None
    ms = int(found * times)
    try:
        clock.ms(clock.local(ms).replace(microsecond=0))
    except (ValueError, OverflowError, OSError) as error:
        raise CellError(Message("This is no instant of these years.")) from error
    return ms


def day_of(order: Order) -> Clean:
    """The date of a cell; a time in it is left out, because another column says it."""
    read = dated(order)

    def clean(value: Any) -> date | None:
        found = read(value)
        return None if found is None else found.date()

    return clean


def time_of(value: Any) -> int | None:
    """Seconds after midnight: 19:00, 19:00:05, 19 (an hour), a spreadsheet's time, or the start of 19:00-20:00."""
    if isinstance(value, datetime):
        return (value.hour * 60 + value.minute) * 60 + value.second
    if isinstance(value, time):
        return (value.hour * 60 + value.minute) * 60 + value.second
    if isinstance(value, timedelta):
        return _within_a_day(round(value.total_seconds()))
    if type(value) is float:
        return _within_a_day(int(value) * 3600 if value >= 1 and value.is_integer() else round(value * DAY_S))
    text = shown(value).translate(PLAIN) if isinstance(value, str) else ""
    if text in NULLS and isinstance(value, str):
        return None
    match = TIME.fullmatch(RANGE.split(text)[0])
    if match is None or int(match[2] or 0) > 59 or int(match[3] or 0) > 59:
        raise CellError(Message("A time of day is expected here (19:00)."))
    return _within_a_day((int(match[1]) * 60 + int(match[2] or 0)) * 60 + int(match[3] or 0))


def _within_a_day(seconds: int) -> int:
    # 24:00 and 25:30 are hours of the next day, as rosters write them
    if not 0 <= seconds < 2 * DAY_S:
        raise CellError(Message("There is no such date or time."))
    return seconds


def length(unit: str) -> Clean:
    """Lengths in milliseconds."""
    if unit == SECONDS:
        return seconds
    if unit != MINUTES:
        return duration

    def clean(value: Any) -> int | None:
        found = number(value)
        if found is None:
            return None
        if found < 0:
            raise CellError(Message("A length of time cannot be negative."))
        return round(found * 60_000)

    return clean


def money(unit: str, digits: int, currency: str, *, signed: bool) -> Clean:
    """Amounts in minor units. A sign that belongs to another currency than the file's is an error."""

    def clean(value: Any) -> int | None:
        text = value.strip().translate(PLAIN) if isinstance(value, str) else value
        if isinstance(text, str) and text not in NULLS:
            text = without_sign(text, currency)
            if unit == DOTS:
                if not THOUSANDS.fullmatch(text):
                    raise CellError(Message("This is not an amount with dots between thousands."))
                text = text.replace(".", "").replace(",", ".")
        return minor(text, 0 if unit == MINOR else digits, signed=signed)

    return clean


def without_sign(text: str, currency: str) -> str:
    """An amount without its currency. Raises CellError where that is another one."""
    code = CODE.search(text)
    named = (code[1] or code[2]) if code else ""
    if code:
        text = text.replace(code[0], "").strip()
    for sign, means in SIGNS.items():
        if text.startswith((sign, f"-{sign}", f"+{sign}")) or text.endswith(sign):
            named = named or (currency if currency in means else means[0])
            if named not in means:
                break
            text = text.replace(sign, "", 1).strip()
    if named and named != currency:
        raise CellError(Message("This amount is in %(other)s, the file in %(own)s.", {"other": named, "own": currency}))
    return text
