"""Opens a workbook or a text table as sheets of rows, with the line numbers that a spreadsheet program shows."""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from kaibo.facts.watching import Watch, unwatched, watched
from kaibo.message import Message
from kaibo.sources import text_stretches
from kaibo.sources.blocks import Block, watched_blocks
from kaibo.sources.files import ACCEPTED, EXPORT_AGAIN, Kind, kind
from kaibo.sources.reading import Refused
from kaibo.sources.text_stretches import Cut, TextStretches
from kaibo.sources.workbooks import Row as Row
from kaibo.sources.workbooks import Workbook

# title rows, period rows and blank rows may stand above a header
HEADER_WITHIN = 30
CHUNK = 1024**2
# characters up to a line's end; the widest line of a real export has some thousands
LINE_LIMIT = 8 * 1024**2


@dataclass(frozen=True)
class Sheet:
    """`rows` starts afresh at each call and gives every line, blank ones too; the first is line 1.

    `ragged`: lines may be cut (text tables), so a line shorter than its header is not whole. `blocks`: the lines that
    hold something, many at a time, where the file gives them so. `stretches`: all lines of a long text table, told how
    many lines stand above the first row and how many cells the header has; see `TextStretches.read`.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    ragged: bool = False
    blocks: Callable[[], Iterator[Block]] | None = None
    stretches: Callable[[int, int], Iterator[list[Row] | tuple[Cut, ...]]] | None = None

    def with_rows(self, rows: Callable[[], Iterator[Row]]) -> "Sheet":
        """The sheet with other rows."""
        return Sheet(self.name, rows, self.ragged)

    def head(self) -> list[Row]:
        return list(islice(self.rows(), HEADER_WITHIN))


def open_sheets(path: Path, file_name: str, watch: Watch = unwatched) -> list[Sheet]:
    """The visible sheets of the file, none of them blank throughout. Raises Refused where there is no table.

    `watch` hears how many of a sheet's lines have been read.
    """
    if kind(path, file_name) is Kind.TEXT:
        return [_text_sheet(path, watch)]
    return _workbook_sheets(path, watch)


def is_blank(row: Row) -> bool:
    # nearly every row says something in its first cell
    return not (row and row[0] != "") and row.count("") == len(row)


def _workbook_sheets(path: Path, watch: Watch) -> list[Sheet]:
    book = Workbook(path, watch)

    def rows(name: str) -> Iterator[Row]:
        return watched(book.rows(name), book.height(name), watch)

    def blocks(name: str) -> Iterator[Block]:
        return watched_blocks(book.blocks(name), book.height(name), watch)

    sheets = [Sheet(name, partial(rows, name), blocks=partial(blocks, name)) for name in book.names]
    filled = [sheet for sheet in sheets if any(not is_blank(row) for row in sheet.rows())]
    if not filled:
        raise Refused(Message("The workbook holds no row."), EXPORT_AGAIN)
    return filled


def _text_sheet(path: Path, watch: Watch) -> Sheet:
    encoding, lines = _encoding(path, watch)
    delimiter = _delimiter(path, encoding)

    def rows() -> Iterator[Row]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                yield from watched(reader, lines, watch)
            except csv.Error as error:
                raise _open_quote(reader.line_num) from error

    def stretches(above: int, width: int) -> Iterator[list[Row] | tuple[Cut, ...]]:
        text = TextStretches(path, encoding, delimiter, lines, watch)
        try:
            yield from text.read(above, width)
        except csv.Error as error:
            raise _open_quote(text.line) from error

    long = path.stat().st_size > text_stretches.LEAST
    return Sheet("", rows, ragged=True, stretches=stretches if long else None)


def _open_quote(line: int) -> Refused:
    return Refused(Message("Line %(line)s breaks off inside a quoted cell.", {"line": line}), EXPORT_AGAIN)


def _encoding(path: Path, watch: Watch) -> tuple[str, int]:
    """UTF-8 (with or without mark), UTF-16 with mark, or GB18030, and how many lines; the whole file has to decode."""
    with path.open("rb") as file:
        start = file.read(3)
    if start.startswith(codecs.BOM_UTF8):
        tried = ["utf-8-sig"]
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = ["utf-16"]
    else:
        tried = ["utf-8", "gb18030"]
    for encoding in tried:
        if (lines := _decoded(path, encoding, watch)) is not None:
            return encoding, lines
    raise Refused(Message("The text is cut off or damaged: its characters cannot be read."), EXPORT_AGAIN)


def _decoded(path: Path, encoding: str, watch: Watch) -> int | None:
    """How many line ends the text has; None where it is not written so."""
    decoder, lines, unended = codecs.getincrementaldecoder(encoding)(), 0, 0
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                text = decoder.decode(chunk)
                # a zero byte in text is damage that every encoding would let pass
                if "\0" in text:
                    return None
                lines += text.count("\n")
                end = max(text.rfind("\n"), text.rfind("\r"))
                unended = len(text) - end - 1 if end >= 0 else unended + len(text)
                if unended > LINE_LIMIT:
                    # whoever looks for its end would hold all of it
                    raise Refused(
                        Message("Line %(line)s does not end: this is no table.", {"line": lines + 1}), ACCEPTED
                    )
                watch(0, 0)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return lines


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        lines = [line[:20_000] for line in islice(file, HEADER_WITHIN)]
    return max(",\t;", key=lambda mark: max((line.count(mark) for line in lines), default=0))
