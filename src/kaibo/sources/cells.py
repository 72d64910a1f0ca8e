"""Cleans single cells: text, ids, counts, amounts, instants, dates and clock times. Nothing is guessed.

Each cleaner gives None for a cell that says "nothing here" and raises CellError for one that cannot be understood.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from kaibo.message import Message

NULLS = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "－", "/", "N/A", "n/a", "NA", "#N/A", "null", "NULL", "None", "\\N"}
)
# what stands for a formula that no program has worked out
NO_RESULT = "#CALC!"
# a float holds 15 digits of an id for certain
EXACT = 10**15
LARGEST = 10**15
# an Excel serial of the years 1954 to 2119: smaller numbers are counts, not days
SERIALS = (20_000, 80_000)
EXCEL_EPOCH = datetime(1899, 12, 30)
UNITS = {"万": 10**4, "w": 10**4, "W": 10**4, "亿": 10**8}
# ISO 4217 currencies without a minor unit in common use, as Kaibo counts them
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0}

# full-width signs as typed with a Chinese keyboard; not NFKC, which would make a 2 of ²
PLAIN = {code + 0xFEE0: chr(code) for code in range(0x21, 0x7F)} | {0xFFE5: "¥", 0x3000: " ", 0x2212: "-"}

NUMBER = re.compile(r"([+-]?)[¥$]? ?([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)? ?(万|亿|w|W)?元?", re.ASCII)
# what nearly every amount looks like
CENTS = re.compile(r"(\d{1,12})\.(\d\d)", re.ASCII)
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", re.ASCII)
INSTANT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:[ T日/]*[ T日](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?|日)?",
    re.ASCII,
)
CLOCK = re.compile(r"(次日|翌日|第二天|\+1)? ?(\d{1,2})[:：](\d{2})(?::(\d{2}))?", re.ASCII)


class CellError(ValueError):
    """A cell that cannot be understood; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class DamagedId(CellError):
    """An id that a spreadsheet program turned into a number: its last digits are lost."""

    def __init__(self) -> None:
        super().__init__(Message("This id has become a number and lost its last digits."))


def shown(value: Any) -> str:
    """A cell as text, for raw text and reports: no trailing .0, times in ISO order."""
    if type(value) is str:
        return value.strip()
    if type(value) is float:
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime):
        return (value + timedelta(microseconds=500_000)).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def text(value: Any) -> str | None:
    found = value.strip() if type(value) is str else shown(value)
    if found == NO_RESULT:
        raise _no_result()
    return None if found in NULLS else found


def _no_result() -> CellError:
    return CellError(Message("This cell holds a formula without a result: open and save the file."))


def identifier(value: Any) -> str | None:
    """An id as text: without the TAB, quote or ="…" that exports put around long digits. Raises DamagedId."""
    if type(value) is float:
        if abs(value) >= EXACT:
            raise DamagedId
        if not value.is_integer():
            raise CellError(Message("This is not an id."))
        return str(int(value))
    if not isinstance(value, str):
        raise CellError(Message("This is not an id."))
    found = value.strip()
    if found.isdigit():
        return found
    if found.startswith('="') and found.endswith('"'):
        found = found[2:-1]
    found = found.lstrip("'`’").strip()
    if found in NULLS:
        return None
    if found == NO_RESULT:
        raise _no_result()
    if SCIENTIFIC.fullmatch(found) or (found.endswith(".0") and found[:-2].isdigit()):
        raise DamagedId
    return found


def number(value: Any) -> Decimal | None:
    """An exact number: `1,234`, `¥1,234.50`, `1.2万`, `3.4亿`, `12元`. `1.2.3`, `12%` and `1,23` are none."""
    if type(value) is float:
        if not math.isfinite(value) or abs(value) >= LARGEST:
            raise CellError(Message("This number is too large."))
        # the 15 digits that a spreadsheet program shows: 0.1+0.2 is 0.3
        return Decimal(format(value, ".15g"))
    if type(value) is not str:
        raise CellError(Message("This is not a number."))
    found = value.strip()
    if found.isascii() and found.isdigit() and len(found) < 15:
        return Decimal(found)
    if found in NULLS:
        return None
    if found == NO_RESULT:
        raise _no_result()
    match = NUMBER.fullmatch(found.translate(PLAIN))
    if not match or (match[1] and match[2]):
        raise CellError(Message("This is not a number."))
    result = Decimal(match[1] + match[2] + match[3].replace(",", "") + (match[4] or "")) * UNITS.get(match[5], 1)
    if abs(result) >= LARGEST:
        raise CellError(Message("This number is too large."))
    return result


def digits_of(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def count(value: Any) -> int | None:
    if type(value) is float and 0 <= value < LARGEST and value.is_integer():
        return int(value)
    found = number(value)
    if found is None:
        return None
    if found < 0:
        raise CellError(Message("A count cannot be negative."))
    if found != found.to_integral_value():
        raise CellError(Message("A count has no decimals."))
    return int(found)


def minor(value: Any, digits: int = 2, *, signed: bool = False) -> int | None:
    """An amount in minor units. More decimals than the currency has are an error, not rounded."""
    if digits == 2 and type(value) is str and (plain := CENTS.fullmatch(value)):
        return int(plain[1] + plain[2])
    found = number(value)
    if found is None:
        return None
    scaled = found.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise CellError(Message("The amount has more decimals than its currency."))
    if scaled < 0 and not signed:
        raise CellError(Message("This amount cannot be negative."))
    if abs(scaled) >= LARGEST:
        raise CellError(Message("This number is too large."))
    return int(scaled)


def moment(value: Any) -> datetime | None:
    """A clock time with its date, to the second, without zone: text, a spreadsheet's date, or its serial."""
    if isinstance(value, datetime):
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if type(value) is float:
        if not SERIALS[0] <= value < SERIALS[1]:
            raise CellError(Message("This is not a date with time."))
        return EXCEL_EPOCH + timedelta(seconds=round(value * 86_400))
    if not isinstance(value, str):
        raise CellError(Message("This is not a date with time."))
    found = value.strip()
    match = INSTANT.fullmatch(found)
    if match:
        try:
            return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type] # six ints
        except ValueError as error:
            raise CellError(Message("There is no such date or time.")) from error
    if found in NULLS:
        return None
    raise CellError(Message("This is not a date with time (2026-04-18 19:15:15)."))


def day(value: Any) -> date | None:
    """A date; a time of day other than midnight is an error."""
    found = moment(value)
    if found is None:
        return None
    if found.time() != time():
        raise CellError(Message("A date is expected here, without a time."))
    return found.date()


def minute(value: Any) -> int | None:
    """Minutes after midnight: 19:00, 24:00, 25:30, 次日 02:00, or a spreadsheet's time. Seconds are dropped."""
    if isinstance(value, datetime):
        raise CellError(Message("A time of day is expected here (19:00)."))
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    if isinstance(value, timedelta):
        return _within_two_days(int(value.total_seconds() // 60))
    if type(value) is float and 0 <= value < 2:
        return round(value * 86_400) // 60
    match = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        if int(match[3]) > 59 or int(match[4] or 0) > 59:
            raise CellError(Message("There is no such date or time."))
        return _within_two_days(int(match[2]) * 60 + int(match[3]) + (1440 if match[1] else 0))
    if isinstance(value, str) and value.strip() in NULLS:
        return None
    raise CellError(Message("A time of day is expected here (19:00)."))


def _within_two_days(minutes: int) -> int:
    if not 0 <= minutes < 2 * 1440:
        raise CellError(Message("There is no such date or time."))
    return minutes


# 1h 40min · 2分30秒 · X小时Y分钟 · 3d; and H:MM:SS. H:MM is none: it could be minutes and seconds
LENGTH = re.compile(
    r"(?:(\d+) ?(?:d|天))? ?(?:(\d+) ?(?:h|小时|时))? ?(?:(\d+) ?(?:min|m|分钟|分))? ?(?:(\d+) ?(?:s|秒))?",
    re.ASCII | re.IGNORECASE,
)
COLONS = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
# days and months in either order, the year last or first left out of doubt: 18/04/2026 23:45:00, 5/6/25 23:28
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)


def duration(value: Any) -> int | None:
    """A length of time in ms, where the cell itself says its unit. A bare number is an error."""
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if isinstance(value, time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000
    found = value.strip() if isinstance(value, str) else ""
    if isinstance(value, str) and found in NULLS:
        return None
    if match := COLONS.fullmatch(found):
        hours, minutes, secs = (int(part) for part in match.groups())
        return ((hours * 60 + minutes) * 60 + secs) * 1000
    match = LENGTH.fullmatch(found) if found else None
    if not match or not any(match.groups()):
        raise CellError(Message("This is not a length of time with its unit (1h 40min)."))
    days, hours, minutes, secs = (int(part or 0) for part in match.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + secs) * 1000


def seconds(value: Any) -> int | None:
    """A length of time in ms, from a column that counts seconds; text that says its unit is taken at its word."""
    try:
        found = number(value)
    except CellError:
        return duration(value)
    if found is None:
        return None
    if found < 0:
        raise CellError(Message("A length of time cannot be negative."))
    return int((found * 1000).to_integral_value())


def marked_minor(value: Any, marks: str, digits: int = 2) -> int | None:
    """An amount whose cell may begin with its currency's sign (`marks`: a pattern): Rp9.467.316, RM1,234.50.

    Three digits behind a dot or comma are thousands, one or two at the end are decimals: no currency here has three.
    """
    if not isinstance(value, str):
        return minor(value, digits)
    found = re.sub(rf"^(?:{marks}) ?", "", value.strip().translate(PLAIN))
    if found in NULLS:
        return None
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d+)(?:[.,](\d{1,2}))?", found, re.ASCII)
    if not match:
        raise CellError(Message("This is not an amount."))
    whole = match[1].replace(".", "").replace(",", "")
    return minor(f"{whole}.{match[2]}" if match[2] else whole, digits)


def slashed(value: Any) -> tuple[int, int] | None:
    """The first two numbers of a date like 5/6/25, whichever of them is the day; None for any other cell."""
    match = SLASHED.fullmatch(value.strip()) if isinstance(value, str) else None
    return (int(match[1]), int(match[2])) if match else None


def ordered_moment(value: Any, order: str) -> datetime | None:
    """Like `moment`, and reads 5/6/25 23:28 too, in the order that is known for the file: DM or MD."""
    match = SLASHED.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return moment(value)
    day, month = (match[1], match[2]) if order == "DM" else (match[2], match[1])
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    try:
        return datetime(year, int(month), int(day), *(int(part or 0) for part in match.groups()[3:]))  # type: ignore[arg-type] # three ints
    except ValueError as error:
        raise CellError(Message("There is no such date or time.")) from error
