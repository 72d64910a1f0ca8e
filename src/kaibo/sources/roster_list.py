"""A list of shifts: one row a shift, a column for each crew role (排班列表)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kaibo.facts.schema import KEYS, ROSTER_SHIFT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, day, minute, shown
from kaibo.sources.clocks import YEARS, Clock
from kaibo.sources.extraction import TOTALS
from kaibo.sources.headers import Match, places, unknown
from kaibo.sources.people import people_named, person_name
from kaibo.sources.reading import Cell, Column, Reading, Rejected, Seen, Source
from kaibo.sources.tables import Row, is_blank
from kaibo.sources.tabular import Context, day_bounds, missing_columns

DATE, START, END, ROOM = "日期", "上播时间", "下播时间", "直播间"
# column → crew role's key
ROLE_COLUMNS = {
    "主播姓名": "host",
    "场控姓名": "floor_manager",
    "副播姓名": "co_host",
    "跟播运营姓名": "operator",
    "投流姓名": "ads",
    "中控姓名": "control",
    "客服姓名": "service",
}
LONG_SHIFT = 14 * 60

SOURCE = Source(
    name="排班列表",
    key="roster_list",
    title=gettext_noop("Roster as a list of shifts (排班列表)"),
    table=ROSTER_SHIFT,
    columns=(
        Column(
            DATE,
            "date",
            Cell.DATE,
            required=True,
            key=True,
            aliases=("直播日期",),
            seen=Seen.PARSER,
            meaning="the day on which the shift starts",
        ),
        Column(START, "start_minute", Cell.CLOCK, required=True, key=True, aliases=("开始时间",), seen=Seen.PARSER),
        Column(
            END,
            "end_minute",
            Cell.CLOCK,
            required=True,
            aliases=("结束时间",),
            seen=Seen.PARSER,
            meaning="before the start: the next day; 24:00, 25:30 and 次日 02:00 are read too",
        ),
        Column(
            "主播姓名",
            "person_name",
            required=True,
            aliases=("主播",),
            seen=Seen.PARSER,
            meaning="everyone named, parted by 、 or /, has a shift",
        ),
        Column("场控姓名", "person_name", aliases=("场控",), seen=Seen.PARSER),
        Column("副播姓名", "person_name", aliases=("副播", "助播姓名", "助播"), seen=Seen.UNCONFIRMED),
        Column("跟播运营姓名", "person_name", aliases=("跟播运营", "运营姓名"), seen=Seen.PARSER),
        Column("投流姓名", "person_name", aliases=("投流", "投手姓名", "投手"), seen=Seen.UNCONFIRMED),
        Column("中控姓名", "person_name", aliases=("中控",), seen=Seen.UNCONFIRMED),
        Column("客服姓名", "person_name", aliases=("客服",), seen=Seen.UNCONFIRMED),
        Column(ROOM, "account_name", aliases=("直播账号", "账号"), seen=Seen.PARSER, meaning="the room, by its name"),
        Column("时段消耗", seen=Seen.PARSER, meaning="ad spend of the shift, typed by hand; kept as text"),
    ),
    key_fields=KEYS[ROSTER_SHIFT],
    unlocks=gettext_noop("People, and the shifts that are then confirmed, with room, role and hours."),
    export_how=gettext_noop("Your own workbook: one row a shift with 日期, 上播时间, 下播时间, 主播姓名, 场控姓名."),
    mode="replace",
)


def read(match: Match, context: Context) -> Reading:
    reading = Reading(SOURCE, [], unknown_columns=unknown(SOURCE, match.header), missing_columns=missing_columns(match))
    clock = Clock(context.answers.zone)
    reading.as_of_ms, reading.as_of_from = context.as_of(clock)
    _Shifts(match, reading).run()
    reading.accounts = sorted({fact["account_name"] for fact in reading.facts if fact["account_name"]})
    reading.first_instant_ms, reading.last_instant_ms = day_bounds(reading.facts, clock)
    long = sum(fact["end_minute"] - fact["start_minute"] > LONG_SHIFT for fact in reading.facts)
    if long:
        reading.warnings.append(
            Message(
                "Shifts longer than %(hours)s hours: %(count)s. Check their ends.",
                {"count": long, "hours": LONG_SHIFT // 60},
            )
        )
    return reading


@dataclass
class _Shifts:
    match: Match
    reading: Reading
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at: Mapping[str, int] = places(SOURCE, self.match.header)

    def run(self) -> None:
        width = len(self.match.header.cells)
        for line, row in enumerate(self.match.header.sheet.rows(), 1):
            if line <= self.match.header.line or is_blank(row):
                continue
            self.reading.rows_seen += 1
            cells = {name: row[place] if place < len(row) else "" for name, place in self.at.items()}
            if self._is_total(cells):
                self.reading.dropped_totals += 1
            elif len(row) > width and not is_blank(row[width:]):
                self._reject(
                    line,
                    "",
                    "",
                    Message(
                        "The line has %(cells)s cells where the header has %(width)s.",
                        {"cells": len(row), "width": width},
                    ),
                )
            else:
                self._row(line, row, cells)

    def _row(self, line: int, row: Row, cells: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {}
        for name, clean in ((DATE, day), (START, minute), (END, minute)):
            try:
                values[name] = clean(cells[name])
            except CellError as error:
                self._reject(line, name, cells[name], error.message)
                return
            if values[name] is None:
                self._reject(line, name, "", Message("This cell is empty."))
                return
        if values[DATE].year not in YEARS:
            self._reject(
                line, DATE, cells[DATE], Message("The year %(year)s is out of range.", {"year": values[DATE].year})
            )
            return
        times = _times(values[START], values[END])
        if times is None:
            self._reject(line, END, cells[END], Message("The shift ends when it starts, or does not start on its day."))
            return
        self._people(line, cells, values[DATE], times)

    def _people(self, line: int, cells: Mapping[str, Any], on: date, times: tuple[int, int]) -> None:
        named = [(column, name) for column in ROLE_COLUMNS for name in people_named(cells.get(column))]
        if not named:
            self._reject(line, "主播姓名", "", Message("Nobody is named for this shift."))
        raw = json.dumps({name: shown(cell) for name, cell in cells.items() if cell != ""}, ensure_ascii=False)
        for column, name in named:
            fact = {
                "row": line,
                "raw": raw,
                "column": self.at[column] + 1,
                "month": on.strftime("%Y-%m"),
                "date": on.isoformat(),
                "person_name": name,
                "code": None,
                "role": ROLE_COLUMNS[column],
                "account_name": person_name(cells.get(ROOM)) or None,
                "start_minute": times[0],
                "end_minute": times[1],
            }
            first = self.seen.setdefault(tuple(fact[key] for key in SOURCE.key_fields), line)
            if first != line:
                self._reject(
                    line,
                    column,
                    name,
                    Message("%(name)s already has this shift in line %(line)s.", {"name": name, "line": first}),
                )
                continue
            self.reading.facts.append(fact)
            if len(self.reading.sample) < 10:
                self.reading.sample = [*self.reading.sample, _understood(cells, fact)]

    def _is_total(self, cells: Mapping[str, Any]) -> bool:
        texts = [cell.strip().rstrip(":：").lower() for cell in cells.values() if isinstance(cell, str)]
        return any(text in TOTALS for text in texts)

    def _reject(self, line: int, column: str, value: Any, reason: Message) -> None:
        self.reading.rejects.append(Rejected(line, column, shown(value)[:200], reason))


def _times(start: int, end: int) -> tuple[int, int] | None:
    """Minutes after the day's midnight; an end before its start is on the next day. None where there is no shift."""
    if start >= 1440 or start == end:
        return None
    return (start, end) if end > start else (start, end + 1440)


def _understood(cells: Mapping[str, Any], fact: Mapping[str, Any]) -> dict[str, str]:
    def clock(minutes: int) -> str:
        return f"{minutes // 60 % 24:02}:{minutes % 60:02}{' +1' if minutes >= 1440 else ''}"

    column = next(name for name, role in ROLE_COLUMNS.items() if role == fact["role"])
    shown_as = {DATE: fact["date"], START: clock(fact["start_minute"]), END: clock(fact["end_minute"])}
    return shown_as | {column: fact["person_name"]} | ({ROOM: fact["account_name"]} if fact["account_name"] else {})
