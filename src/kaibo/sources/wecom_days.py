"""The line of days above a 企业微信 clock-in report, and the dates that its title and weekdays make of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from kaibo.message import Message
from kaibo.sources.cells import CellError
from kaibo.sources.clocks import YEARS, Clock
from kaibo.sources.reading import Refused
from kaibo.sources.roster_days import FILE_MONTH, TITLE_MONTH
from kaibo.sources.tables import Row

LONGEST_GAP = 31
WEEKDAYS = "一二三四五六日"
HEAD = re.compile(r"(\d{1,2})日?\s+(?:星期|周)([一二三四五六日天])")
PERIOD = re.compile(r"统计时间 ?[:：] ?(?:(20\d\d)[-/.年])?(\d{1,2})[-/.月](\d{1,2})")
MADE = re.compile(
    r"制表时间 ?[:：] ?(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2}) (\d{1,2}):(\d{2})(?::\d{2})?(?: ?\(UTC([+-]\d{1,2})\))?"
)


@dataclass(frozen=True)
class Heads:
    """`days`: 0-based column → (day of the month, weekday 0–6 from Monday); `line` 1-based; `above`: rows up to it."""

    line: int
    days: Mapping[int, tuple[int, int]]
    above: Sequence[Row]


def find_heads(top: Sequence[Row]) -> Heads | None:
    for line, row in enumerate(top, 1):
        days = {c: (int(m[1]), _weekday(m[2])) for c, cell in enumerate(row) if (m := _head(cell))}
        if days:
            return Heads(line, days, top[:line])
    return None


def dates_of(heads: Heads, month: str, file_name: str) -> dict[int, date]:
    """0-based column → date; empty while the month is unknown.

    `month` (YYYY-MM): that of the first day, as someone said, or "". Raises Refused where days and weekdays do not
    agree with the month that someone, or the report itself, said.
    """
    titled = _titled(heads)
    known = month or titled or _named(file_name)
    if not known:
        return {}
    try:
        return _agreeing(heads, known)
    except Refused:
        # a file's name may say when it was made; the report and a person are taken at their word
        if month or titled:
            raise
        return {}


def made_at(heads: Heads, clock: Clock) -> int | None:
    """The instant at which the report says it was made."""
    made = next((m for text in _texts(heads) if (m := MADE.search(text))), None)
    if not made:
        return None
    try:
        at = datetime(*(int(part) for part in made.groups()[:5]))  # type: ignore[arg-type] # five ints
        if made[6] is None:
            return clock.ms(at)
        return round((at - timedelta(hours=int(made[6]))).replace(tzinfo=UTC).timestamp()) * 1000
    except (ValueError, CellError):
        return None


def _head(cell: object) -> re.Match[str] | None:
    return HEAD.fullmatch(cell.strip()) if isinstance(cell, str) else None


def _weekday(word: str) -> int:
    return WEEKDAYS.index("日" if word == "天" else word)


def _texts(heads: Heads) -> list[str]:
    return [cell for row in heads.above for cell in row if isinstance(cell, str)]


def _titled(heads: Heads) -> str:
    """The month of the period in the title. It names no year: the last such month before the report was made."""
    period = next((m for text in _texts(heads) if (m := PERIOD.search(text))), None)
    if not period:
        return ""
    month = int(period[2])
    if period[1]:
        return f"{period[1]}-{month:02}"
    made = next((m for text in _texts(heads) if (m := MADE.search(text))), None)
    if not made:
        return ""
    later = (month, int(period[3])) > (int(made[2]), int(made[3]))
    return f"{int(made[1]) - later}-{month:02}"


def _named(file_name: str) -> str:
    months = {(int(y), int(m)) for pattern in (TITLE_MONTH, FILE_MONTH) for y, m in pattern.findall(file_name)}
    months = {(y, m) for y, m in months if 1 <= m <= 12}
    if len(months) != 1:
        return ""
    year, month = months.pop()
    return f"{year}-{month:02}"


def _agreeing(heads: Heads, month: str) -> dict[int, date]:
    dates: dict[int, date] = {}
    last: date | None = None
    for column, (day, weekday) in heads.days.items():
        on = _first(month, day) if last is None else _next(last, day)
        if on is None or on.weekday() != weekday:
            raise Refused(
                Message(
                    "Counted from %(month)s, day %(day)s of this report is no 星期%(weekday)s.",
                    {"month": month, "day": day, "weekday": WEEKDAYS[weekday]},
                ),
                Message("Check the month and the line of days, and drop the file again."),
            )
        dates[column] = last = on
    return dates


def _first(month: str, day: int) -> date | None:
    year, number = int(month[:4]), int(month[5:])
    try:
        return date(year, number, day) if year in YEARS else None
    except ValueError:
        return None


def _next(last: date, day: int) -> date | None:
    """The next date with this number: reports may run from the 26th to the 25th, or leave days out."""
    ahead = (last + timedelta(days=n) for n in range(1, LONGEST_GAP + 1))
    return next((on for on in ahead if on.day == day), None)
