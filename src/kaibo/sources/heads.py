"""The first rows of a table's sheets as plain JSON, each cell with its type: what a page may ask about."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from kaibo.sources.tables import HEADER_WITHIN, Sheet

ROWS = HEADER_WITHIN + 90
# a table of more columns is not one that somebody explains column by column
WIDEST = 300
LONGEST = 2000


def head_of(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """[{name, ragged, rows}] of the sheets that are not too wide."""
    found = []
    for sheet in sheets:
        rows = [list(row) for row in islice(sheet.rows(), ROWS)]
        if max((len(row) for row in rows), default=0) <= WIDEST:
            cells = [[_plain(cell) for cell in row] for row in rows]
            found.append({"name": sheet.name, "ragged": sheet.ragged, "rows": cells})
    return found


def sheets_of(head: Sequence[dict[str, Any]]) -> list[Sheet]:
    """Sheets of those first rows, to be read like the file's own."""
    return [_sheet(one["name"], [[_cell(c) for c in row] for row in one["rows"]], one["ragged"]) for one in head]


def _sheet(name: str, rows: list[list[Any]], ragged: bool) -> Sheet:
    return Sheet(name, lambda: iter([list(row) for row in rows]), ragged)


def _plain(cell: Any) -> Any:
    # datetime is a date too, so it is asked first
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time):
        return {"clock": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"us": cell // timedelta(microseconds=1)}
    return cell[:LONGEST] if isinstance(cell, str) else cell


def _cell(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, value),) = plain.items()
    if kind == "us":
        return timedelta(microseconds=value)
    if kind == "at":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == "day" else time.fromisoformat(value)
