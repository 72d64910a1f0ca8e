"""Finds the line of days of a month-wide roster, and the dates that it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import EXCEL_EPOCH, SERIALS
from kaibo.sources.clocks import YEARS
from kaibo.sources.reading import Refused
from kaibo.sources.tables import Row, Sheet

FEWEST_DAYS = 5
WHOLE = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
MONTH_DAY = re.compile(r"(\d{1,2})[-/月](\d{1,2})日?")
DAY = re.compile(r"(\d{1,2})[日号]?")
TITLE_MONTH = re.compile(r"(20\d\d) ?[-/.年] ?(\d{1,2})(?!\d)(?! ?[-/.]\d)")
FILE_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_.年]?(0[1-9]|1[0-2])(?!\d)")

# what a heading says: (year, month, day), 0 for what it leaves out
Said = tuple[int, int, int]


@dataclass(frozen=True)
class Days:
    """`dates`: 0-based column → date, in the sheet's order; empty while the month is unknown."""

    sheet: Sheet
    line: int
    dates: Mapping[int, date]

    def says(self, value: Any, day: date) -> bool:
        """Whether a cell below the heading only says the day again (a weekday's formula shows it)."""
        said = _said(value)
        return said == (day.year, day.month, day.day)


def find_days(sheet: Sheet, file_name: str, month: str) -> Days | None:
    """The first line with a run of days, or None. `month` (YYYY-MM): the answer of the person importing, or "".

    Raises Refused for days that stand twice, are not in order, or do not exist in the month.
    """
    head = sheet.head()
    for line, row in enumerate(head, 1):
        said = {column: found for column, cell in enumerate(row) if (found := _said(cell))}
        if _is_run(said, row):
            known = month or _month_said(head[: line - 1], sheet.name, file_name)
            return Days(sheet, line, _dates(said, known))
    return None


def _said(cell: Any) -> Said | None:
    if isinstance(cell, datetime | date):
        return cell.year, cell.month, cell.day
    if type(cell) is float and cell.is_integer():
        if SERIALS[0] <= cell < SERIALS[1]:
            day = EXCEL_EPOCH + timedelta(days=cell)
            return day.year, day.month, day.day
        return (0, 0, int(cell)) if 1 <= cell <= 31 else None
    if not isinstance(cell, str):
        return None
    # 1日 with its weekday below in the same cell
    words = cell.split()
    if not words:
        return None
    for pattern, missing in ((WHOLE, 0), (MONTH_DAY, 1), (DAY, 2)):
        if match := pattern.fullmatch(words[0]):
            numbers = [0] * missing + [int(group) for group in match.groups()]
            return numbers[0], numbers[1], numbers[2]
    return None


def _is_run(said: Mapping[int, Said], row: Row) -> bool:
    """Days across: enough of them, most of the line, and each a step after the one before."""
    if len(said) < FEWEST_DAYS or len(said) * 10 < 6 * sum(cell != "" for cell in row):
        return False
    days = list(said.values())
    if all(year for year, _month, _day in days):
        return True
    steps = sum(b[2] == a[2] + 1 or (b[2] == 1 and a[2] >= 28) for a, b in pairwise(days))
    return all(1 <= day <= 31 for _y, _m, day in days) and steps >= len(days) - 2


def _dates(said: Mapping[int, Said], month: str) -> dict[int, date]:
    if not month and not all(year for year, _month, _day in said.values()):
        return {}
    dates = {column: _date(found, month) for column, found in said.items()}
    ordered = list(dates.values())
    if any(b <= a for a, b in pairwise(ordered)):
        raise Refused(
            Message("The days across this roster are not in order, or one stands twice."),
            Message("Correct the line of days and drop the file again."),
        )
    return dates


def _date(said: Said, known: str) -> date:
    year, month, day = said
    if not year and known:
        year, in_month = int(known[:4]), int(known[5:7])
        month = month or in_month
        # a roster from the 26th to the 25th crosses the new year
        year += (month - in_month < -6) - (month - in_month > 6)
    try:
        if year not in YEARS:
            raise ValueError(year)
        return date(year, month, day)
    except ValueError as error:
        raise Refused(
            Message("There is no day %(year)s-%(month)s-%(day)s.", {"year": year, "month": month, "day": day}),
            Message("Check the month and the line of days, and drop the file again."),
        ) from error


def _month_said(above: list[Row], sheet_name: str, file_name: str) -> str:
    """The month that title, sheet and file name agree on, or ""."""
    months = set()
    for cell in (cell for row in above for cell in row if cell != ""):
        if isinstance(cell, datetime | date):
            months.add((cell.year, cell.month))
        elif isinstance(cell, str):
            months |= {(int(y), int(m)) for y, m in TITLE_MONTH.findall(cell)}
    for name, pattern in ((sheet_name, TITLE_MONTH), (file_name, TITLE_MONTH), (file_name, FILE_MONTH)):
        months |= {(int(y), int(m)) for y, m in pattern.findall(name)}
    months = {(year, month) for year, month in months if 1 <= month <= 12}
    if len(months) != 1:
        return ""
    year, month = months.pop()
    return f"{year:04}-{month:02}"
