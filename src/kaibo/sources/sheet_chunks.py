"""Cuts a sheet of an .xlsx in chunks of whole lines, without ever holding all of it."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from kaibo.facts.watching import Watch, unwatched
from kaibo.message import Message
from kaibo.sources.cells import NO_RESULT
from kaibo.sources.files import EXPORT_AGAIN
from kaibo.sources.reading import Refused

# the first chunk is for whoever looks at the first lines only
FIRST_CHUNK, CHUNK = 256 * 1024, 4 * 1024**2
# unpacked bytes of lines that cannot be cut apart
WHOLE_LIMIT = 512 * 1024**2
# one line, or what stands above the first one
LINE_LIMIT = 64 * 1024**2

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
        # an f is rare in the rows of a table, < is not: the first look spares the second
        return UNSOLVED.sub(SOLVED_AS, piece) if b"f" in piece and b"<" + self.tag + b"f" in piece else piece


def frame_of(archive: zipfile.ZipFile, member: str, watch: Watch = unwatched) -> Frame:
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
            watch(0, 0)
            at = rest.find(close)
            if at >= 0 or tail:
                tail += rest[max(at, 0) :]
                rest = b""
                if len(tail) > LINE_LIMIT:
                    raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)
            more = file.read(CHUNK)
            rest = (rest[-len(close) :] + more) if more and not tail else more
    return Frame(head[: found.end()], tail, tag, numbered=bool(ROW.search(first_row)))


def lines(file: Any, frame: Frame) -> Iterator[bytes]:
    """The rows' bytes in chunks of whole lines."""
    opening, close = b"<" + frame.tag + b"row", b"</" + frame.tag + b"sheetData>"
    rest, step = b"", FIRST_CHUNK
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


def grouped(chunks: Iterator[bytes], frame: Frame, most: int, tall: int) -> Iterator[list[bytes]]:
    """Chunks put together to slices of at most `most` bytes and `tall` lines from first to last."""
    if not frame.numbered:
        # lines without numbers count from the first one on
        whole = [frame.solved(chunk) for chunk in islice(chunks, WHOLE_LIMIT // CHUNK)]
        if next(chunks, None) is not None:
            raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)
        yield whole
        return
    pieces: list[bytes] = []
    size, top, limit = 0, 0, FIRST_CHUNK
    for first, last, piece in chain.from_iterable(_near(chunk, frame, tall) for chunk in chunks):
        if pieces and (size + len(piece) > limit or last - top >= tall):
            yield pieces
            pieces, size, limit = [], 0, most
        if not pieces:
            top = first
        pieces.append(frame.solved(piece))
        size += len(piece)
    if pieces:
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
