"""Kaibo's own event file (docs/events.md): what a recorder, or a program of the team's own, writes; CSV or Parquet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kaibo.facts.schema import EVENT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import shown
from kaibo.sources.event_cells import EventCells
from kaibo.sources.event_facts import SAMPLE_ROWS, UNLOCKS, Events
from kaibo.sources.event_parquet import parquet_names, parquet_rows
from kaibo.sources.files import Kind
from kaibo.sources.headers import Header, headers, normal, places
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Cell, Column, Reading, Refused, Source
from kaibo.sources.tables import is_blank
from kaibo.sources.tabular import Context

ID, TEXT = Cell.ID, Cell.TEXT
SEE_DOCS = Message("The page docs/events.md names the columns and shows an example.")
CUT_OFF = Message("The file ends in this line without a line break: it may be cut off.")

SOURCE = Source(
    name="Kaibo 事件文件",
    key="kaibo_events",
    title=gettext_noop("Kaibo's event file"),
    table=EVENT,
    columns=(
        Column("instant", "instant_ms", Cell.INSTANT, required=True,
               meaning="ISO 8601 with its offset (2026-04-18T20:00:01.250+08:00) or milliseconds since 1970 (UTC)"),
        Column("kind", "kind", required=True,
               meaning="enter, leave, like, comment, share, follow, gift, click or order; another one is rejected"),
        Column("account", "account", ID, meaning="the room's handle; without the column it is asked for"),
        Column("platform", "platform", meaning="douyin, bilibili …; without the column it is asked for"),
        Column("viewer", private=True, meaning="who did it; hashed with the installation's key and never kept"),
        Column("event_id", "event_id", ID, meaning="the platform's id of the event; told twice in a room, it counts "
               "once"),
        Column("item", "item", meaning="a product, a gift"),
        Column("count", "count", Cell.COUNT, meaning="how many at once, not a running total; blank is 1"),
        Column("amount", "amount_minor", Cell.MONEY, meaning="in whole units of the currency: 12.50"),
        Column("currency", "currency", meaning="ISO 4217; without the column it is asked for where there are amounts"),
    ),
    key_fields=("account", "instant_ms"),
    unlocks=UNLOCKS,
    export_how=gettext_noop("Written by a recorder or a program of your own, as docs/events.md describes."),
    mode="replace",
)  # fmt: skip
NAMES = tuple(column.name for column in SOURCE.columns)
# fewer headings of ours may be another's file with an instant and a kind
FEWEST = 4
REQUIRED = frozenset(column.name for column in SOURCE.columns if column.required)


@dataclass(frozen=True)
class Found:
    """`names`: headings as the file writes them. `header`: of a table; None for Parquet. `cut`: its end is missing."""

    path: Path
    names: tuple[str, ...]
    header: Header | None = None
    cut: bool = False

    @property
    def known(self) -> set[str]:
        return {normal(name) for name in self.names} & set(NAMES)

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any] | Message]]:
        """(line, cells by column name), or what is wrong with the line as a whole."""
        if self.header is None:
            return parquet_rows(self.path, self.known)
        return _table_rows(self.header, self.cut)


def find(opened: Opened) -> Found | None:
    """Raises Refused for a Parquet file without the columns that every event needs, or with damage."""
    if opened.kind is Kind.PARQUET:
        found = Found(opened.path, parquet_names(opened.path, NAMES))
        missing = sorted(REQUIRED - found.known)
        if missing:
            raise Refused(
                Message(
                    "This Parquet file is no event file: columns missing: %(columns)s.", {"columns": ", ".join(missing)}
                ),
                SEE_DOCS,
            )
        return found
    for header in headers(opened.sheets):
        there = set(header.names) - {""}
        if there >= REQUIRED and (len(there & set(NAMES)) >= FEWEST or there <= set(NAMES)):
            names = tuple(str(cell) for cell in header.cells if cell != "")
            return Found(opened.path, names, header, header.sheet.ragged and _ends_within_a_line(opened.path))
    return None


def read(found: Found, context: Context) -> Reading:
    """Asks for room, platform and currency where the file has no column for them. Raises Refused for damaged ids."""
    events = Events(SOURCE, context)
    reading = events.reading
    reading.unknown_columns = [name.strip() for name in found.names if normal(name) not in NAMES]
    reading.missing_columns = [name for name in NAMES if name not in found.known]
    answers = context.answers
    reading.questions = [
        name
        for name, needed in (
            ("account", "account" not in found.known),
            ("platform", "platform" not in found.known),
            ("currency", "amount" in found.known and "currency" not in found.known),
        )
        if needed and not getattr(answers, name)
    ]
    if reading.questions:
        reading.sample = _raw_sample(found)
        return reading
    cells = EventCells(context)
    for line, row in found.rows():
        reading.rows_seen += 1
        if isinstance(row, Message):
            events.reject(line, "", "", row)
            continue
        result = cells.event(line, row)
        if isinstance(result, tuple):
            events.reject(line, *result)
        else:
            events.take(result)
    reading.warnings += cells.warnings()
    return events.finished()


def _table_rows(header: Header, cut: bool) -> Iterator[tuple[int, Mapping[str, Any] | Message]]:
    at = places(SOURCE, header)
    width = len(header.cells)
    before: tuple[int, Mapping[str, Any] | Message] | None = None
    for line, row in enumerate(header.sheet.rows(), 1):
        if line <= header.line or is_blank(row):
            continue
        if before:
            yield before
        before = (line, _cells(row, at, width, header.sheet.ragged))
    if before:
        yield (before[0], CUT_OFF) if cut else before


def _cells(row: list[Any], at: Mapping[str, int], width: int, ragged: bool) -> Mapping[str, Any] | Message:
    whole = len(row) == width or (len(row) > width and is_blank(row[width:])) or (len(row) < width and not ragged)
    if not whole:
        return Message(
            "The line has %(cells)s cells where the header has %(width)s.", {"cells": len(row), "width": width}
        )
    return {name: row[place] if place < len(row) else "" for name, place in at.items()}


def _ends_within_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 2, 0))
        return not file.read().strip(b"\0").endswith((b"\n", b"\r"))


def _raw_sample(found: Found) -> list[Mapping[str, str]]:
    rows = (row for _line, row in islice(found.rows(), SAMPLE_ROWS) if not isinstance(row, Message))
    return [{name: shown(cell) for name, cell in row.items() if name != "viewer" and cell != ""} for row in rows]
