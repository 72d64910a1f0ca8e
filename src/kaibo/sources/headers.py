"""Finds the header of a table among its first lines, and which column of a source stands where."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kaibo.message import Message
from kaibo.sources.reading import Cell, Column, Refused, Source
from kaibo.sources.tables import Row, Sheet

BLANKS = re.compile(r"[\s\ufeff\u200b]+")


def normal(header: Any) -> str:
    """A header as it is compared: no blanks, tabs or line breaks, full-width signs made plain, lower case."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", header)).lower() if isinstance(header, str) else ""


@dataclass(frozen=True)
class Header:
    """A line that may be a header. `line` is 1-based; `names` normalised, "" for a nameless column."""

    sheet: Sheet
    line: int
    cells: Row

    @cached_property
    def names(self) -> list[str]:
        return [normal(cell) for cell in self.cells]


@dataclass(frozen=True)
class Match:
    """How a header fits a source."""

    source: Source
    header: Header
    known: int

    @property
    def missing(self) -> list[Column]:
        names = set(self.header.names)
        return [column for column in self.source.columns if column.required and not names & spellings(column)]

    @property
    def likely(self) -> bool:
        """Enough of its columns to say: this is that file, with something missing."""
        required = sum(column.required for column in self.source.columns)
        return self.known >= 3 and (required - len(self.missing)) * 2 >= required


def spellings(column: Column) -> set[str]:
    return {normal(name) for name in (column.name, *column.aliases)}


def headers(sheets: Sequence[Sheet]) -> list[Header]:
    return [
        Header(sheet, line, row)
        for sheet in sheets
        for line, row in enumerate(sheet.head(), 1)
        if sum(isinstance(cell, str) and cell != "" for cell in row) >= 2
    ]


def matches(source: Source, candidates: Sequence[Header]) -> list[Match]:
    """The best header of each sheet for a source, best first; the upper line wins among equals."""
    known = {name for column in source.columns for name in spellings(column)}
    best: dict[int, Match] = {}
    for header in candidates:
        match = Match(source, header, len(known.intersection(header.names)))
        if id(header.sheet) not in best or match.known > best[id(header.sheet)].known:
            best[id(header.sheet)] = match
    return sorted(best.values(), key=lambda match: -match.known)


def places(source: Source, header: Header) -> dict[str, int]:
    """Column name → 0-based position of every declared column that the header has.

    Raises Refused where a column that is read stands there twice: which of the two would be a guess.
    """
    found: dict[str, int] = {}
    for column in source.columns:
        wanted = spellings(column)
        at = [place for place, name in enumerate(header.names) if name in wanted]
        if len(at) > 1 and column.field and column.cell is not Cell.IGNORED:
            raise Refused(
                Message(
                    "The column %(column)s stands in the file twice (line %(line)s).",
                    {"column": column.name, "line": header.line},
                ),
                Message("Delete the wrong one of the two and drop the file again."),
            )
        if at:
            found[column.name] = at[0]
    return found


def unknown(source: Source, header: Header) -> list[str]:
    """Headers that the source does not declare; shown, never kept."""
    known = {name for column in source.columns for name in spellings(column)}
    named = zip(header.cells, header.names, strict=True)
    return [str(cell).strip() for cell, name in named if name and name not in known]
