"""Refuses a workbook with a stray cell so far out that what lies between is no table: 17 billion cells at the most."""

import re
import zipfile
from pathlib import Path

from kaibo.facts.watching import Watch, unwatched
from kaibo.message import Message
from kaibo.sources.reading import Refused

# cells of a rectangle; a sheet's million rows of the widest table known still pass
LARGEST = 80_000_000
HEAD, CHUNK, OVERLAP = 4096, 1024**2, 200
DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="(?:[A-Z]+\d+:)?([A-Z]{1,3})(\d{1,7})"')
# a cell that closes itself holds only a format
CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>/]*>')


def check_reach(path: Path, watch: Watch = unwatched) -> dict[str, tuple[int, int]]:
    """Each sheet's part of the archive → its (columns, lines).

    Raises Refused where a sheet reaches too far; zipfile.BadZipFile and its kin for a damaged file.
    """
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                width, height = found[name] = _reach(archive, name, watch)
                check_rectangle(width, height)
    return found


def check_rectangle(width: int, height: int) -> None:
    """Raises Refused where so many columns and lines are no table."""
    if width * height > LARGEST:
        raise Refused(
            Message(
                "The cells of a sheet reach to line %(line)s, column %(column)s: too far to be read.",
                {"line": height, "column": width},
            ),
            Message("Copy the table alone into a new workbook and drop that."),
        )


def _reach(archive: zipfile.ZipFile, name: str, watch: Watch) -> tuple[int, int]:
    """(columns, lines) as the sheet declares; counted where it declares nothing, or too much: formats reach far too."""
    with archive.open(name) as sheet:
        head = sheet.read(HEAD)
        declared = DIMENSION.search(head)
        if declared and _column(declared[1]) * int(declared[2]) <= LARGEST:
            return _column(declared[1]), int(declared[2])
        width = height = 0
        while head:
            for cell in CELL.finditer(head):
                width, height = max(width, _column(cell[1])), max(height, int(cell[2]))
            watch(0, 0)
            more = sheet.read(CHUNK)
            # a tag may lie across two chunks
            head = head[-OVERLAP:] + more if more else b""
    return width, height


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
