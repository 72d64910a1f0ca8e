"""Whether a file writes the day or the month first: decided for the whole file, and only by what stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import shown, slashed
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Refused
from kaibo.sources.tables import is_blank

ANSWERS = ("DM", "MD")
UNTOUCHED = Message("Export the file again and drop it as it is, not opened and saved in between.")


@dataclass(frozen=True)
class DayOrder:
    """`order`: DM, MD or "" where nothing in the file decides. `ambiguous`: there are dates that need it."""

    order: str
    ambiguous: bool

    def asks(self, answer: str) -> bool:
        return self.ambiguous and not self.order and answer not in ANSWERS

    def used(self, answer: str) -> str:
        return self.order or answer


@dataclass(frozen=True)
class _At:
    line: int
    text: str


def day_order(match: Match, columns: Sequence[str]) -> DayOrder:
    """Looks at every date of the columns: a number above 12 is a day.

    Raises Refused where the dates contradict each other, and where some are the spreadsheet program's own: it turns
    5/6 into a date by its own country's habit and leaves 18/4 as text.
    """
    first: dict[str, _At] = {}
    header = match.header
    at = places(match.source, header)
    wanted = [at[name] for name in columns if name in at]
    for line, row in enumerate(islice(header.sheet.rows(), header.line, None), header.line + 1):
        if is_blank(row):
            continue
        for place in wanted:
            cell = row[place] if place < len(row) else ""
            if kind := _kind(cell):
                first.setdefault(kind, _At(line, shown(cell)))
    _check(first)
    order = "DM" if "DM" in first else "MD" if "MD" in first else ""
    return DayOrder(order, bool(first.keys() & {"DM", "MD", "either"}))


def _kind(cell: Any) -> str:
    if isinstance(cell, date):
        return "own"
    found = slashed(cell)
    if found is None:
        return ""
    if found[0] > 12:
        return "DM"
    return "MD" if found[1] > 12 else "either"


def _check(first: dict[str, _At]) -> None:
    if "DM" in first and "MD" in first:
        raise _both(
            Message(
                "Dates in both orders: %(one)s (line %(line)s) begins with the day, %(other)s (line %(later)s) with "
                "the month.",
                _values(first["DM"], first["MD"]),
            )
        )
    text = next((first[kind] for kind in ("DM", "MD", "either") if kind in first), None)
    if text and "own" in first:
        raise _both(
            Message(
                "Some dates are text (%(one)s, line %(line)s), others were made by a spreadsheet program (%(other)s, "
                "line %(later)s): it may have taken days for months.",
                _values(text, first["own"]),
            )
        )


def _values(one: _At, other: _At) -> dict[str, Any]:
    return {"one": one.text, "line": one.line, "other": other.text, "later": other.line}


def _both(message: Message) -> Refused:
    return Refused(message, UNTOUCHED)
