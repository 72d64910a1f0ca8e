"""Reads the sheets of an .xlsx in slices, so that a sheet of any length takes little memory.

The spreadsheet library holds every cell of a sheet at once, a gigabyte for 200,000 order lines. So it never gets the
file: it gets small workbooks, put together here from the file's parts and some of a sheet's rows at a time. They are
unpacked here too, never further than the archive says, so a zip that lies about its sizes ends as a damaged one.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from kaibo.message import Message
from kaibo.sources.cells import NO_RESULT
from kaibo.sources.files import DAMAGED_ZIP, EXPORT_AGAIN
from kaibo.sources.reach import check_reach
from kaibo.sources.reading import Refused

Row = list[Any]

DAMAGED = (CalamineError, OSError, ValueError, KeyError, *DAMAGED_ZIP)
# unpacked bytes of rows in a slice; shared strings are parsed with each slice, so many of them make longer slices
SLICE, STRINGS_FOLD = 48 * 1024**2, 4
# the first slice is for whoever looks at the first lines only
FIRST_SLICE, CHUNK = 256 * 1024, 1024**2
# the library holds the whole rectangle of a slice
CELLS = 8_000_000
# unpacked bytes of all that is not rows
PARTS_LIMIT = 512 * 1024**2
# one line, or what stands above the first one
LINE_LIMIT = 64 * 1024**2

SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
DATA = re.compile(rb"<((?:\w+:)?)sheetData\s*>")
ROW = re.compile(rb'row(?: [^>]*?)? r="(\d{1,7})"')
# a formula that no program has worked out yet: blank would be a guess
UNSOLVED = re.compile(
    rb'<((?:\w+:)?)c( r="\w+")([^>]*)>\s*<\1f(?:[^>]*/>|[^>]*>[^<]*</\1f>)\s*(?:<\1v\s*/>|<\1v></\1v>)?\s*</\1c>'
)
SOLVED_AS = rb'<\1c\2 t="inlineStr"><\1is><\1t>' + NO_RESULT.encode() + rb"</\1t></\1is></\1c>"


@dataclass(frozen=True)
class Frame:
    """What stands around the rows of a sheet. `numbered`: its rows say their numbers, so they can be cut apart."""

    start: bytes
    end: bytes
    tag: bytes
    numbered: bool

    @property
    def close(self) -> bytes:
        return b"</" + self.tag + b"sheetData></" + self.tag + b"worksheet>"

    def solved(self, piece: bytes) -> bytes:
        return UNSOLVED.sub(SOLVED_AS, piece) if b"<" + self.tag + b"f" in piece else piece


class Workbook:
    """The visible sheets of a workbook by name. Raises Refused where it is damaged or reaches too far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._frames: dict[str, Frame] = {}
        try:
            self._reach = check_reach(path)
            self._parts = self._unpacked()
            book = self._book({})
            self.names = [
                meta.name
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
            ]
        except DAMAGED as error:
            raise _damaged() from error

    def rows(self, name: str) -> Iterator[Row]:
        """Every line of a sheet from the first to the last that holds something."""
        try:
            yield from self._rows(name)
        except DAMAGED as error:
            raise _damaged() from error

    def _rows(self, name: str) -> Iterator[Row]:
        member = self._members.get(name)
        if member is None:
            return
        width = self._reach.get(member, (0, 0))[0]
        line, above = 0, list[Any]()
        merged: dict[int, list[int]] = {}
        sheet: CalamineSheet | None = None
        for number, part in enumerate(self._slices(member)):
            # two slices are not held at once
            del sheet
            sheet = self._book({member: part}).get_sheet_by_name(name)
            merged = merged if number else _merged(sheet)
            if sheet.start is None:
                continue
            first, left = sheet.start
            if first < line:
                raise ValueError("the lines are not in order")
            begin, between = line, repeat(list[Any](), first - line)
            for line, cells in enumerate(chain(between, islice(sheet.iter_rows(), first, None)), begin):
                row = [""] * left + cells
                row.extend([""] * (width - len(row)))
                for column in merged.get(line, ()):
                    if column < min(len(row), len(above)) and row[column] == "":
                        row[column] = above[column]
                above = row
                yield row
            line += 1

    def _unpacked(self) -> dict[str, bytes]:
        """The parts that are no rows."""
        with zipfile.ZipFile(self._path) as archive:
            members = [
                member
                for member in {info.filename: info for info in archive.infolist()}.values()
                if member.filename.endswith((".xml", ".rels")) and not SHEET.fullmatch(member.filename)
            ]
            if sum(member.file_size for member in members) > PARTS_LIMIT:
                raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)
            return {member.filename: archive.read(member) for member in members}

    def _book(self, sheets: dict[str, Iterable[bytes]], strings: bool = True) -> CalamineWorkbook:
        """A workbook of the parts and these sheets; every other sheet is blank."""
        with tempfile.NamedTemporaryFile(prefix="kaibo-sheet-") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name in self._reach:
                    with archive.open(name, "w", force_zip64=True) as part:
                        for piece in sheets.get(name, [BLANK]):
                            part.write(piece)
                for name, content in self._parts.items():
                    if strings or not name.lower().endswith("sharedstrings.xml"):
                        archive.writestr(name, content)
            file.flush()
            # the library reads a sheet when it is asked for; the file stays as long as it is open there
            return CalamineWorkbook.from_path(file.name)

    @cached_property
    def _members(self) -> dict[str, str]:
        """Sheet name → the part of the archive that holds it: where a mark put into the part is found."""
        found = {}
        for member in self._reach:
            book = self._book({member: [MARKED]}, strings=False)
            for name in self.names:
                if book.get_sheet_by_name(name).start is not None:
                    found[name] = member
        return found

    def _slices(self, member: str) -> Iterator[list[bytes]]:
        """The sheet in slices of some whole lines each, every one a whole sheet by itself, in pieces."""
        with zipfile.ZipFile(self._path) as archive:
            frame = self._frames.get(member) or _frame(archive, member)
            self._frames[member] = frame
            with archive.open(member) as file:
                file.read(len(frame.start))
                strings = max((len(part) for name, part in self._parts.items() if "haredStrings" in name), default=0)
                tall = max(CELLS // max(self._reach[member][0], 1), 1)
                end = frame.end
                for pieces in _grouped(_lines(file, frame), frame, max(SLICE, strings * STRINGS_FOLD), tall):
                    yield [frame.start, *pieces, end]
                    # merged cells stand behind the rows; once is enough
                    end = frame.close


BLANK = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
MARKED = BLANK.replace(b"<sheetData/>", b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')


def _frame(archive: zipfile.ZipFile, member: str) -> Frame:
    """Reads the whole sheet: what follows the rows is needed before them, and damage shows before they are used."""
    with archive.open(member) as file:
        head = b""
        while not (found := DATA.search(head)):
            more = file.read(CHUNK)
            if not more or len(head) > LINE_LIMIT:
                # no rows at all, or <sheetData/>: all of it is the frame
                return Frame(head + more, b"", b"", numbered=True)
            head += more
        tag = found[1]
        close = b"</" + tag + b"sheetData>"
        rest = head[found.end() :]
        first_row = rest[:LINE_LIMIT].split(b">", 1)[0]
        tail = b""
        while rest:
            at = rest.find(close)
            if at >= 0 or tail:
                tail += rest[max(at, 0) :]
                rest = b""
                if len(tail) > LINE_LIMIT:
                    raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)
            more = file.read(CHUNK)
            rest = (rest[-len(close) :] + more) if more and not tail else more
    return Frame(head[: found.end()], tail, tag, numbered=bool(ROW.search(first_row)))


def _lines(file: Any, frame: Frame) -> Iterator[bytes]:
    """The rows' bytes in chunks of whole lines."""
    opening, close = b"<" + frame.tag + b"row", b"</" + frame.tag + b"sheetData>"
    rest, step = b"", FIRST_SLICE
    while frame.end and (more := file.read(step)):
        step = CHUNK
        rest += more
        end = rest.find(close, max(len(rest) - len(more) - len(close), 0))
        if end >= 0:
            yield rest[:end]
            return
        cut = max(rest.rfind(opening + b" "), rest.rfind(opening + b">"))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > LINE_LIMIT:
            raise ValueError("a line without end")
    if frame.end:
        raise EOFError


def _grouped(chunks: Iterator[bytes], frame: Frame, most: int, tall: int) -> Iterator[list[bytes]]:
    """Chunks put together to slices of at most `most` bytes and `tall` lines from first to last."""
    if not frame.numbered:
        # lines without numbers count from the first one on
        whole = [frame.solved(chunk) for chunk in islice(chunks, PARTS_LIMIT // CHUNK)]
        if next(chunks, None) is not None:
            raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)
        yield whole
        return
    pieces: list[bytes] = []
    size, top, limit = 0, 0, FIRST_SLICE
    for first, last, piece in chain.from_iterable(_near(chunk, frame, tall) for chunk in chunks):
        if pieces and (size + len(piece) > limit or last - top >= tall):
            yield pieces
            pieces, size, limit = [], 0, most
        if not pieces:
            top = first
        pieces.append(frame.solved(piece))
        size += len(piece)
    yield pieces


def _near(chunk: bytes, frame: Frame, tall: int) -> Iterator[tuple[int, int, bytes]]:
    """(first line, last line, bytes) of the chunk, cut where what lies between two lines would fill the memory."""
    opening = b"<" + frame.tag + b"row "
    at = max(chunk.find(opening), 0)
    top, last = _number(chunk, at), _number(chunk, max(chunk.rfind(opening), 0))
    if last - top < tall:
        yield top, last, chunk
        return
    begin = 0
    while at >= 0:
        last = _number(chunk, at)
        if last - top >= tall:
            yield top, last, chunk[begin:at]
            begin, top = at, last
        at = chunk.find(opening, at + 1)
    yield top, last, chunk[begin:]


def _number(chunk: bytes, at: int) -> int:
    found = ROW.search(chunk, at, at + 1000)
    return int(found[1]) if found else 0


def _merged(sheet: CalamineSheet) -> dict[int, list[int]]:
    """Line → columns of cells merged downwards: they say the same for each line. Merged across is a title."""
    merged: dict[int, list[int]] = {}
    for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
        for line in range(top + 1, bottom + 1) if first == last else ():
            merged.setdefault(line, []).append(first)
    return merged


def _damaged() -> Refused:
    return Refused(Message("The workbook is damaged and cannot be opened."), EXPORT_AGAIN)
