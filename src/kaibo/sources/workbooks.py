"""Reads the sheets of an .xlsx some lines at a time, so that a sheet of any length takes little memory.

The spreadsheet library holds every cell of a sheet at once, a gigabyte for 200,000 order lines. So it never gets the
file: it gets small workbooks, put together here from the file's parts and its distinct cells, or some of a sheet's rows
where those cannot be told apart. They are unpacked here too, never further than the archive says, so a zip that lies
about its sizes ends as a damaged one.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from kaibo.facts.watching import Watch, unwatched
from kaibo.message import Message
from kaibo.sources.blocks import Block, in_blocks
from kaibo.sources.distinct_cells import CellReader
from kaibo.sources.files import DAMAGED_ZIP, EXPORT_AGAIN
from kaibo.sources.reach import check_reach, check_rectangle
from kaibo.sources.reading import Refused
from kaibo.sources.shared_strings import OTHER_ENCODING, Irregular, SharedStrings
from kaibo.sources.sheet_chunks import Frame, frame_of, grouped, lines

Row = list[Any]

DAMAGED = (CalamineError, OSError, ValueError, KeyError, IndexError, *DAMAGED_ZIP)
# unpacked bytes of rows in a slice; shared strings are parsed with each slice, so many of them make longer slices
SLICE, STRINGS_FOLD = 48 * 1024**2, 4
# the library holds the whole rectangle of a slice
CELLS = 8_000_000
# unpacked bytes of all that is not rows
PARTS_LIMIT = 512 * 1024**2

SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# what the library needs to say what a cell holds: formats, and whether days count from 1900 or 1904
LEAN = re.compile(r"[^/]+|_rels/[^/]+|xl/_rels/[^/]+|xl/(?!sharedstrings)[^/]+", re.IGNORECASE)


class Workbook:
    """The visible sheets of a workbook by name. Raises Refused where it is damaged or reaches too far."""

    def __init__(self, path: Path, watch: Watch = unwatched) -> None:
        self._path, self._watch = path, watch
        self._frames: dict[str, Frame] = {}
        try:
            self._reach = check_reach(path, watch)
            self._parts = self._unpacked()
            book = self._lean({})
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

    def blocks(self, name: str) -> Iterator[Block]:
        """The same lines without blank ones, many at a time; not all have the same columns."""
        try:
            member = self._members.get(name)
            if member is None:
                return
            if self._merged(member, name):
                for block in in_blocks((line, row) for line, row in enumerate(self._rows(name), 1)):
                    yield block.filled()
                return
            line, width = 0, self._reach.get(member, (0, 0))[0]
            for found in self._blocks(member, name):
                block = found.filled()
                if not block.lines:
                    continue
                if block.lines[0] <= line:
                    raise ValueError("the lines are not in order")
                line, width = block.lines[-1], max(width, len(block.columns))
                check_rectangle(width, line)
                yield block
        except DAMAGED as error:
            raise _damaged() from error

    def height(self, name: str) -> int:
        """The lines of a sheet, as far as it says."""
        return self._reach.get(self._members.get(name, ""), (0, 0))[1]

    def _rows(self, name: str) -> Iterator[Row]:
        member = self._members.get(name)
        if member is None:
            return
        width, line, above = self._reach.get(member, (0, 0))[0], 0, list[Any]()
        merged = self._merged(member, name)
        for at, cells in _filled(self._blocks(member, name)):
            if at < line:
                raise ValueError("the lines are not in order")
            width = max(width, len(cells))
            check_rectangle(width, at + 1)
            for number in range(line, at + 1):
                row = cells if number == at else []
                if len(row) < width:
                    row.extend([""] * (width - len(row)))
                for column in merged.get(number, ()):
                    if column < min(len(row), len(above)) and row[column] == "":
                        row[column] = above[column]
                above = row
                yield row
            line = at + 1

    def _blocks(self, member: str, name: str) -> Iterator[Block]:
        """The lines that the sheet speaks of, from the first column on."""
        with zipfile.ZipFile(self._path) as archive, archive.open(member) as file:
            frame = self._frame(member)
            file.read(len(frame.start))
            chunks = lines(file, frame)
            regular = frame.end and frame.numbered and not OTHER_ENCODING.match(frame.start)
            if regular and self._strings is not None:
                reader = CellReader(
                    frame.tag, self._strings, partial(self._understood, member, name, frame, self._strings)
                )
                for chunk in chunks:
                    try:
                        block = reader.read(chunk)
                    except Irregular:
                        yield from self._in_slices(member, name, frame, chain([chunk], chunks))
                        return
                    yield block
            else:
                yield from self._in_slices(member, name, frame, chunks)

    def _frame(self, member: str) -> Frame:
        if member not in self._frames:
            with zipfile.ZipFile(self._path) as archive:
                self._frames[member] = frame_of(archive, member, self._watch)
        return self._frames[member]

    def _understood(
        self, member: str, name: str, frame: Frame, strings: SharedStrings, cells: list[bytes]
    ) -> list[Any]:
        """What the library says of single cells, each put into a line of its own."""
        tag = frame.tag
        # the library leaves out blanks above and below
        edge = b"><%bv>1</%bv></%bc>" % (tag, tag, tag)
        lined = enumerate([edge, *map(strings.inside, cells), edge], 1)
        rows = b"".join(b'<%brow r="%d"><%bc r="A%d"%b</%brow>' % (tag, n, tag, n, cell, tag) for n, cell in lined)
        found = self._lean({member: [frame.start, frame.solved(rows), frame.close]}).get_sheet_by_name(name)
        values = [row[0] for row in found.iter_rows()]
        if len(values) != len(cells) + 2:
            raise Irregular
        return values[1:-1]

    def _in_slices(self, member: str, name: str, frame: Frame, chunks: Iterator[bytes]) -> Iterator[Block]:
        """What the library says of some lines at a time, for a sheet whose cells cannot be told apart so simply."""
        strings = max((len(part) for part in self._shared), default=0)
        tall = max(CELLS // max(self._reach[member][0], 1), 1)
        end = frame.close if frame.end else b""
        sheet: CalamineSheet | None = None
        for pieces in grouped(chunks, frame, max(SLICE, strings * STRINGS_FOLD), tall):
            # two slices are not held at once
            del sheet
            sheet = self._book({member: [frame.start, *pieces, end]}).get_sheet_by_name(name)
            del pieces
            if sheet.start is None:
                continue
            first, left = sheet.start
            found = enumerate(islice(sheet.iter_rows(), first, None), first + 1)
            yield from in_blocks((line, [""] * left + cells) for line, cells in found if cells.count("") != len(cells))

    def _merged(self, member: str, name: str) -> dict[int, list[int]]:
        """Line → columns of cells merged downwards: they say the same for each line. Merged across is a title."""
        merged: dict[int, list[int]] = {}
        frame = self._frame(member)
        if b"mergeCell" not in frame.end:
            return merged
        sheet = self._lean({member: [frame.start, frame.end]}).get_sheet_by_name(name)
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
            for line in range(top + 1, bottom + 1) if first == last else ():
                merged.setdefault(line, []).append(first)
        return merged

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

    @property
    def _shared(self) -> list[bytes]:
        return [content for name, content in self._parts.items() if name.lower().endswith("sharedstrings.xml")]

    @cached_property
    def _strings(self) -> SharedStrings | None:
        """None where they cannot be told apart."""
        try:
            return SharedStrings.of(b"".join(self._shared)) if len(self._shared) < 2 else None
        except Irregular:
            return None

    def _book(self, sheets: dict[str, Iterable[bytes]]) -> CalamineWorkbook:
        """A workbook of the parts and these sheets; every other sheet is blank."""
        with tempfile.NamedTemporaryFile(prefix="kaibo-sheet-") as file:
            self._write(file, sheets, self._parts)
            file.flush()
            # the library reads a sheet when it is asked for; the file stays as long as it is open there
            return CalamineWorkbook.from_path(file.name)

    def _lean(self, sheets: dict[str, Iterable[bytes]]) -> CalamineWorkbook:
        """One without shared strings and whatever else stands beside the sheets, for a few cells."""
        file = io.BytesIO()
        self._write(file, sheets, {name: part for name, part in self._parts.items() if LEAN.fullmatch(name)})
        file.seek(0)
        return CalamineWorkbook.from_filelike(file)

    def _write(self, file: Any, sheets: dict[str, Iterable[bytes]], parts: dict[str, bytes]) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name in self._reach:
                with archive.open(name, "w", force_zip64=True) as part:
                    for piece in sheets.get(name, [BLANK]):
                        part.write(piece)
            for name, content in parts.items():
                archive.writestr(name, content)

    @cached_property
    def _members(self) -> dict[str, str]:
        """Sheet name → the part of the archive that holds it: where a mark put into the part is found."""
        found = {}
        for member in self._reach:
            book = self._lean({member: [MARKED]})
            for name in self.names:
                if book.get_sheet_by_name(name).start is not None:
                    found[name] = member
        return found


BLANK = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
MARKED = BLANK.replace(b"<sheetData/>", b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')


def _filled(blocks: Iterable[Block]) -> Iterator[tuple[int, Row]]:
    """(0-based line, its cells) of every line that holds something."""
    for block in blocks:
        for line, cells in zip(block.lines, zip(*block.columns, strict=True), strict=bool(block.columns)):
            if cells[0] != "" or cells.count("") != len(cells):
                yield line - 1, list(cells)


def _damaged() -> Refused:
    return Refused(Message("The workbook is damaged and cannot be opened."), EXPORT_AGAIN)
