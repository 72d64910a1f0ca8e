"""A team's own sheet of what rooms aim at: by month or by day, one a row or spread over columns. It makes no batch.

Rooms and currencies are not known here: a cell's amount stays as it stands, to be read in its room's currency.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import CellError, day, shown, text
from kaibo.sources.headers import normal
from kaibo.sources.reading import Refused, Rejected
from kaibo.sources.tables import HEADER_WITHIN, Row, Sheet, is_blank, open_sheets

ROOM = ("直播间", "直播账号", "账号", "房间", "抖音号", "店铺", "room", "account")
PLATFORM = ("平台", "platform")
MONTH = ("月份", "月", "month")
DAY = ("日期", "天", "day", "date")
AMOUNT = (
    "目标",
    "目标金额",
    "月目标",
    "日目标",
    "销售目标",
    "销售额目标",
    "退后成交目标",
    "业绩目标",
    "target",
    "amount",
)
CURRENCY = ("币种", "货币", "currency")
NAMES = {"room": ROOM, "platform": PLATFORM, "month": MONTH, "day": DAY, "amount": AMOUNT, "currency": CURRENCY}
TOTALS = ("合计", "总计", "小计", "total")
MONTHS = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
DAYS = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
MOST_ROWS = 5_000
LOOK = Message(
    "The sheet needs a column 直播间, and 目标 beside 月份 or 日期, or a column for each month (2026-11) or day "
    "(2026-11-01)."
)


@dataclass(frozen=True)
class Aim:
    """A cell: what a room aims at in a month (`month`, its first day) or on a `day`. `value`: as it stands.

    `titles`: what the columns of room, platform and currency are called.
    """

    line: int
    column: str
    room: str
    platform: str
    value: Any
    currency: str = ""
    month: date | None = None
    day: date | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass
class TargetSheet:
    """`skipped`: lines that are sums of others."""

    name: str
    aims: list[Aim] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)


def read(path: Path, file_name: str, month: date) -> TargetSheet:
    """The first sheet that has rooms and amounts. `month`: of rows that name none. Raises Refused."""
    sheets = open_sheets(path, file_name)
    for sheet in sheets:
        for line, row in enumerate(sheet.head(), 1):
            found = _places(row)
            if found:
                return _read(sheet, line, found, month)
    raise Refused(Message("No sheet of targets was found in the first %(n)s lines.", {"n": HEADER_WITHIN}), LOOK)


@dataclass(frozen=True)
class _Places:
    """Where each named column stands, and which columns are months or days themselves."""

    named: Mapping[str, int]
    spread: Mapping[int, tuple[date | None, date | None]]
    titles: Sequence[str]


def _places(row: Row) -> _Places | None:
    named: dict[str, int] = {}
    spread: dict[int, tuple[date | None, date | None]] = {}
    for place, cell in enumerate(row):
        title = normal(cell)
        key = next((name for name, known in NAMES.items() if title in {normal(one) for one in known}), "")
        if key and key not in named:
            named[key] = place
        elif when := _when(cell):
            spread[place] = when
    whole = "room" in named and (("amount" in named) != bool(spread))
    return _Places(named, spread, [shown(cell) for cell in row]) if whole else None


def _when(cell: Any) -> tuple[date | None, date | None] | None:
    """(month, None) or (None, day) of a heading; None where it is neither."""
    if isinstance(cell, date):
        return None, day(cell)
    said = shown(cell)
    try:
        if found := DAYS.fullmatch(said):
            return None, date(*(int(part) for part in found.groups()))
        if found := MONTHS.fullmatch(said):
            return date(int(found[1]), int(found[2]), 1), None
    except ValueError:
        return None
    return None


def _read(sheet: Sheet, header: int, places: _Places, month: date) -> TargetSheet:
    found = TargetSheet(sheet.name)
    for line, row in enumerate(sheet.rows(), 1):
        if line <= header or is_blank(row):
            continue
        if line > header + MOST_ROWS:
            raise Refused(Message("A sheet of targets has at most %(n)s rows.", {"n": MOST_ROWS}), LOOK)
        room = shown(_cell(row, places.named["room"]))
        if normal(room) in TOTALS:
            found.skipped.append(line)
            continue
        for aim in _aims(line, row, room, places, month):
            (found.aims if isinstance(aim, Aim) else found.rejected).append(aim)  # type: ignore[arg-type]
    return found


def _aims(line: int, row: Row, room: str, places: _Places, month: date) -> Iterator[Aim | Rejected]:
    named = places.named
    if not room:
        title = places.titles[named["room"]]
        yield Rejected(line, title, "", Message("The room is missing. Fill it in, or remove the line."))
        return
    platform, currency = (shown(_cell(row, named.get(key, -1))) for key in ("platform", "currency"))
    titles = {key: places.titles[at] for key, at in named.items()}
    if places.spread:
        for place, (of_month, of_day) in places.spread.items():
            value = _cell(row, place)
            if shown(value) != "":
                yield Aim(line, places.titles[place], room, platform, value, currency, of_month, of_day, titles)
        return
    amount = places.titles[named["amount"]]
    try:
        when = _period(row, named, month)
    except CellError as error:
        at = named.get("day", named.get("month", -1))
        yield Rejected(line, places.titles[at], shown(_cell(row, at)), error.message)
        return
    value = _cell(row, named["amount"])
    if shown(value) == "":
        yield Rejected(
            line, amount, "", Message("The amount is missing. Write 0 for a target of 0, or remove the line.")
        )
        return
    yield Aim(line, amount, room, platform, value, currency, *when, titles)


def _period(row: Row, named: Mapping[str, int], month: date) -> tuple[date | None, date | None]:
    if "day" in named and shown(_cell(row, named["day"])) != "":
        cell = _cell(row, named["day"])
        found = DAYS.fullmatch(shown(cell))
        return None, date(*(int(part) for part in found.groups())) if found and _real(found.groups()) else day(cell)
    if "month" in named and text(_cell(row, named["month"])):
        cell = _cell(row, named["month"])
        if isinstance(cell, date):
            return day(cell.replace(day=1)), None
        found = MONTHS.fullmatch(shown(cell))
        if not found or not 1 <= int(found[2]) <= 12:
            raise CellError(Message("This is no month. Write it like 2026-11."))
        return date(int(found[1]), int(found[2]), 1), None
    if "day" in named:
        raise CellError(Message("The day is missing. Write it like 2026-11-01."))
    return month.replace(day=1), None


def _real(parts: Sequence[str]) -> bool:
    try:
        date(*(int(part) for part in parts))
    except ValueError:
        return False
    return True


def _cell(row: Row, place: int) -> Any:
    return row[place] if 0 <= place < len(row) else ""
