"""A month's roster: people down, days across, a shift code in each cell (月度排班表)."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaibo.facts.schema import KEYS, ROSTER_SHIFT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import NULLS, shown
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import TOTALS
from kaibo.sources.headers import normal
from kaibo.sources.opened import Opened
from kaibo.sources.people import ROLES, person_name
from kaibo.sources.reading import Cell, Column, Fact, Reading, Refused, Rejected, Seen, Source
from kaibo.sources.roster_days import Days, find_days
from kaibo.sources.tables import Row, is_blank
from kaibo.sources.tabular import Context, day_bounds

NAME_HEADERS = frozenset({"姓名", "名字", "人员", "员工", "员工姓名", "主播", "主播姓名", "name"})
ROLE_HEADERS = frozenset({"岗位", "角色", "职位", "职务"})
WEEKDAYS = frozenset(f"{prefix}{day}" for prefix in ("", "周", "星期", "礼拜") for day in "一二三四五六日天")
LONGEST_CODE = 20

SOURCE = Source(
    name="月排班表",
    key="roster_wide",
    title=gettext_noop("Month's roster with shift codes (月度排班表)"),
    table=ROSTER_SHIFT,
    columns=(
        Column(
            "姓名",
            "person_name",
            required=True,
            key=True,
            aliases=("名字", "人员", "员工姓名", "主播姓名"),
            meaning="one person a line; stray blanks are taken out",
        ),
        Column(
            "岗位",
            "role",
            aliases=("角色", "职位", "职务"),
            seen=Seen.UNCONFIRMED,
            meaning="the crew role, where it is one of the known words",
        ),
        Column(
            "2026-04-01",
            "code",
            required=True,
            aliases=("4月1日", "4/1", "1日", "46113"),
            meaning="one column a day; the cell is the shift's code (A1, 休), explained once in Kaibo",
        ),
        Column("星期", cell=Cell.IGNORED, meaning="the line of weekdays below the days"),
    ),
    key_fields=KEYS[ROSTER_SHIFT],
    unlocks=gettext_noop("People, and the shifts that are then confirmed."),
    export_how=gettext_noop("Your own workbook: names down, days across, one month a file."),
    mode="replace",
)


def find(opened: Opened) -> Days | None:
    """The line of days of the sheet that has one. Raises Refused where several sheets have one."""
    about = (opened.file_name, opened.answers.month)
    found = [days for sheet in opened.sheets if (days := find_days(sheet, *about))]
    if len(found) > 1:
        raise Refused(
            Message("Several sheets hold a roster: %(names)s.", {"names": ", ".join(d.sheet.name for d in found)}),
            Message("Save one month a file and drop them one by one."),
        )
    return found[0] if found else None


def read(days: Days, context: Context) -> Reading:
    """Asks for the month where the days do not say it. Raises Refused where no column holds the names."""
    reading = Reading(SOURCE, [])
    clock = Clock(context.answers.zone)
    reading.as_of_ms, reading.as_of_from = context.as_of(clock)
    if not days.dates:
        reading.questions.append("month")
        return reading
    _Roster(days, reading).run()
    reading.first_instant_ms, reading.last_instant_ms = day_bounds(reading.facts, clock)
    by_person: dict[str, dict[str, str]] = {}
    for fact in reading.facts:
        by_person.setdefault(fact["person_name"], {"姓名": fact["person_name"]})[fact["date"]] = fact["code"]
    reading.sample = list(by_person.values())[:10]
    return reading


@dataclass
class _Roster:
    days: Days
    reading: Reading

    def run(self) -> None:
        names, roles = self._columns()
        seen: dict[tuple[str, int], int] = {}
        for line, row in enumerate(self.days.sheet.rows(), 1):
            if line <= self.days.line or is_blank(row):
                continue
            cells = [(c, day, row[c]) for c, day in self.days.dates.items() if c < len(row) and row[c] != ""]
            if self._is_heading(row, names, cells):
                continue
            self.reading.rows_seen += 1
            name = person_name(row[names]) if names < len(row) else ""
            if name.rstrip(":").lower() in TOTALS:
                self.reading.dropped_totals += 1
                continue
            role = ROLES.get(person_name(row[roles]), "") if roles is not None and roles < len(row) else ""
            for column, day, value in cells:
                self._cell(line, column, day, name, role, value, seen)

    def _cell(
        self, line: int, column: int, day: date, name: str, role: str, value: Any, seen: dict[tuple[str, int], int]
    ) -> None:
        code = " ".join(unicodedata.normalize("NFKC", shown(value)).split())
        if code in NULLS:
            return
        title = day.isoformat()
        if not name:
            self._reject(line, title, code, Message("This shift has no name beside it."))
        elif len(code) > LONGEST_CODE or not isinstance(value, str | float):
            self._reject(line, title, code, Message("This is not a shift code."))
        elif seen.setdefault((name, column), line) != line:
            self._reject(
                line,
                title,
                code,
                Message(
                    "%(name)s already has a shift on this day in line %(line)s.",
                    {"name": name, "line": seen[name, column]},
                ),
            )
        else:
            self.reading.facts.append(self._fact(line, column, day, name, role, code))

    def _fact(self, line: int, column: int, day: date, name: str, role: str, code: str) -> Fact:
        raw = json.dumps({"姓名": name, day.isoformat(): code}, ensure_ascii=False)
        return {
            "row": line,
            "raw": raw,
            "column": column + 1,
            "month": day.strftime("%Y-%m"),
            "date": day.isoformat(),
            "person_name": name,
            "code": code,
            "role": role or None,
            "account_name": None,
            "start_minute": None,
            "end_minute": None,
        }

    def _reject(self, line: int, column: str, value: str, reason: Message) -> None:
        self.reading.rejects.append(Rejected(line, column, value[:200], reason))

    def _columns(self) -> tuple[int, int | None]:
        """Where names and roles stand: headed so near the line of days, or the only text column before it."""
        first, line = min(self.days.dates), self.days.line
        near = self.days.sheet.head()[max(0, line - 3) : line + 2]
        headed = [c for row in near for c, cell in enumerate(row[:first]) if normal(cell) in NAME_HEADERS]
        roles = [c for row in near for c, cell in enumerate(row[:first]) if normal(cell) in ROLE_HEADERS]
        texts = {c for row in self.days.sheet.head()[line:] for c, cell in enumerate(row[:first]) if person_name(cell)}
        names = set(headed) or texts
        if len(names) != 1:
            raise Refused(
                Message("It is not clear which column of this roster holds the names."),
                Message("Write 姓名 above the names, left of the first day."),
            )
        return names.pop(), roles[0] if roles else None

    def _is_heading(self, row: Row, names: int, cells: Sequence[tuple[int, date, Any]]) -> bool:
        """The line of weekdays, or the header repeated."""
        if names < len(row) and normal(row[names]) in NAME_HEADERS:
            return True
        return bool(cells) and all(
            self.days.says(value, day) or (isinstance(value, str) and value.strip() in WEEKDAYS)
            for _column, day, value in cells
        )
