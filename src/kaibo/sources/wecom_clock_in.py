"""企业微信 打卡时间记录: people down, the days of a month across, the times of their punches in each cell."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kaibo.facts.schema import CLOCK_IN, KEYS
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import NULLS, CellError, minute, shown, text
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import TOTALS
from kaibo.sources.headers import normal
from kaibo.sources.opened import Opened
from kaibo.sources.people import person_name
from kaibo.sources.reading import Column, Fact, Reading, Refused, Rejected, Source
from kaibo.sources.tables import Row, Sheet, is_blank
from kaibo.sources.tabular import Context, day_bounds
from kaibo.sources.wecom_days import Heads, dates_of, find_heads, made_at

NAME, LOGIN, DEPARTMENT, POSITION, NUMBER = "姓名", "账号", "部门", "职务", "工号"
TITLE = "打卡时间记录"
BETWEEN = re.compile(r"[、，,;；\s]+")
# a punch that was entered afterwards and approved
ADDED = "(补卡)"

SOURCE = Source(
    name="企业微信打卡时间记录",
    key="wecom_clock_in",
    title=gettext_noop("WeCom clock-in times (企业微信打卡时间记录)"),
    table=CLOCK_IN,
    columns=(
        Column(NAME, "person_name", required=True, key=True, meaning="two people of one name are both left out"),
        Column(LOGIN, meaning="kept as text, to tell people of one name apart"),
        Column(DEPARTMENT, "department", meaning="the clock-in group, which need not be the org chart's department"),
        Column(POSITION, "position"),
        Column(NUMBER),
        Column(
            "1 星期日",
            "punches",
            required=True,
            meaning="one column a day; -- is a day without a punch, blank is unknown; of one punch it is not known "
            "whether the person came or went, so the last time stays unknown; (补卡) marks a time entered afterwards",
        ),
    ),
    key_fields=KEYS[CLOCK_IN],
    unlocks=gettext_noop("When people came and went, beside the shifts they confirmed."),
    export_how=gettext_noop("In the 企业微信 console: 打卡, 报表, 打卡时间记录 of one month."),
)


@dataclass(frozen=True)
class Found:
    sheet: Sheet
    heads: Heads


def find(opened: Opened) -> Found | None:
    """The sheet with the report's title and a line of days with their weekdays. Raises Refused where two have it."""
    found = []
    for sheet in opened.sheets:
        top = sheet.head()
        titled = any(isinstance(cell, str) and cell.strip() == TITLE for row in top[:5] for cell in row)
        if titled and (heads := find_heads(top)):
            found.append(Found(sheet, heads))
    if len(found) > 1:
        raise Refused(
            Message(
                "Several sheets hold clock-in times: %(names)s.", {"names": ", ".join(f.sheet.name for f in found)}
            ),
            Message("Save one month a file and drop them one by one."),
        )
    return found[0] if found else None


def read(found: Found, context: Context) -> Reading:
    """Asks for the month where neither title nor file name says it. Raises Refused for days of another month."""
    reading = Reading(SOURCE, [])
    clock = Clock(context.answers.zone)
    reading.as_of_ms, reading.as_of_from = context.as_of(clock)
    made_ms = made_at(found.heads, clock)
    if not context.answers.as_of and made_ms is not None and made_ms <= context.now_ms:
        reading.as_of_ms, reading.as_of_from = made_ms, "file"
    dates = dates_of(found.heads, context.answers.month, context.file_name)
    if not dates:
        reading.questions.append("month")
        return reading
    _People(found, dates, reading).run()
    reading.first_instant_ms, reading.last_instant_ms = day_bounds(reading.facts, clock)
    by_person: dict[str, dict[str, str]] = {}
    for fact in reading.facts:
        by_person.setdefault(fact["person_name"], {NAME: fact["person_name"]})[fact["date"]] = fact["punches"] or "—"
    reading.sample = list(by_person.values())[:10]
    return reading


@dataclass
class _People:
    found: Found
    dates: Mapping[int, date]
    reading: Reading
    added: int = 0
    single: int = 0
    lines: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)

    def run(self) -> None:
        at = self._columns()
        for line, row in enumerate(self.found.sheet.rows(), 1):
            if line <= self.found.heads.line or is_blank(row) or self._is_heading(row, at[NAME]):
                continue
            self.reading.rows_seen += 1
            name = person_name(row[at[NAME]]) if at[NAME] < len(row) else ""
            if name.rstrip(":").lower() in TOTALS:
                self.reading.dropped_totals += 1
            elif name:
                self.lines.setdefault(name, []).append((line, row))
            else:
                self._reject(line, NAME, "", Message("This line has no name."))
        again = 0
        for name, same in self.lines.items():
            if len({tuple(map(shown, row)) for _line, row in same}) > 1:
                self._reject_namesakes(name, [line for line, _row in same])
                continue
            again += len(same) - 1
            self._person(same[0][0], same[0][1], name, at)
        self._warn(again)

    def _person(self, line: int, row: Row, name: str, at: Mapping[str, int]) -> None:
        said = {title: text(row[place]) if place < len(row) else None for title, place in at.items()}
        kept = {title: value for title, value in said.items() if value}
        for column, day in self.dates.items():
            cell = row[column] if column < len(row) else ""
            if cell == "":
                continue
            try:
                times, added = punches(cell)
            except CellError as error:
                self._reject(line, day.isoformat(), shown(cell), error.message)
                continue
            self.added += added
            self.single += len(set(times)) == 1
            self.reading.facts.append(
                {
                    "row": line,
                    "raw": json.dumps({**kept, day.isoformat(): shown(cell)}, ensure_ascii=False),
                    "column": column + 1,
                    "person_name": name,
                    "department": said.get(DEPARTMENT),
                    "position": said.get(POSITION),
                    "date": day.isoformat(),
                    **_times(cell, times),
                }
            )

    def _columns(self) -> dict[str, int]:
        """Where names and what belongs to them stand: above in one line or two, left of the first day."""
        first = min(self.dates)
        at: dict[str, int] = {}
        for row in self.found.heads.above:
            for place, cell in enumerate(row[:first]):
                for title in (NAME, LOGIN, DEPARTMENT, POSITION, NUMBER):
                    if normal(cell) == title:
                        at.setdefault(title, place)
        if NAME not in at:
            raise Refused(
                Message("It is not clear which column of this report holds the names."),
                Message("Write 姓名 above the names, left of the first day."),
            )
        return at

    def _is_heading(self, row: Row, names: int) -> bool:
        return names < len(row) and normal(row[names]) == NAME

    def _reject(self, line: int, column: str, value: str, reason: Message) -> None:
        self.reading.rejects.append(Rejected(line, column, value[:200], reason))

    def _reject_namesakes(self, name: str, lines: Sequence[int]) -> None:
        for line in lines:
            others = ", ".join(str(other) for other in lines if other != line)
            self._reject(
                line,
                NAME,
                name,
                Message(
                    "%(name)s stands in line %(lines)s too, with other times: whose they are is not clear.",
                    {"name": name, "lines": others},
                ),
            )

    def _warn(self, again: int) -> None:
        told = (
            (again, gettext_noop("Rows that stand in the file twice, word for word: %(count)s. They count once.")),
            (self.added, gettext_noop("Punches that were entered afterwards (补卡): %(count)s.")),
            (
                self.single,
                gettext_noop("Days with one time only: %(count)s. Whether the person came or went then is unknown."),
            ),
        )
        self.reading.warnings += [Message(sentence, {"count": count}) for count, sentence in told if count]


def punches(cell: Any) -> tuple[list[int], int]:
    """The punches of a cell as minutes after midnight, in the cell's order, and how many were entered afterwards.

    None for `--`. Raises CellError for anything that is not a clock time.
    """
    if not isinstance(cell, str):
        found = minute(cell)
        return ([] if found is None else [found]), 0
    plain = unicodedata.normalize("NFKC", cell).strip()
    if plain in NULLS:
        return [], 0
    times, added = [], 0
    for part in BETWEEN.split(cell.strip()):
        bare = unicodedata.normalize("NFKC", part)
        added += bare.endswith(ADDED)
        found = minute(bare.removesuffix(ADDED))
        if found is None:
            raise CellError(Message("A time of day is expected here (19:00)."))
        times.append(found)
    return times, added


def _times(cell: Any, times: Sequence[int]) -> Fact:
    """One moment, even if punched twice, is no stay: its end is unknown."""
    apart = sorted(set(times))
    return {
        "punches": shown(cell) if times else None,
        "first_minute": apart[0] if apart else None,
        "last_minute": apart[-1] if len(apart) > 1 else None,
    }
