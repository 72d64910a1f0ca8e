"""Reads XML as a stream that never holds more than an element, and refuses what could make a small file large."""

from collections.abc import Callable, Mapping
from pathlib import Path
from xml.parsers import expat

from kaibo.message import Message
from kaibo.sources.files import EXPORT_AGAIN
from kaibo.sources.reading import Refused

CHUNK = 64 * 1024
# what a parser says of a text that stops too early
UNFINISHED = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}

Start = Callable[[int, str, Mapping[str, str]], None]


def parse(path: Path, start: Start, text: Callable[[str], None], end: Callable[[str], None]) -> int:
    """Call `start(line, name, attributes)`, `text(part)` and `end(name)` for every element.

    Gives the line in which the file breaks off, 0 for a whole one. Raises Refused for a document type or an entity (an
    entity may unfold to gigabytes or name another file) and for damage in the middle.
    """
    # a declared encoding could be one that nobody knows; recorders write this one
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: start(parser.CurrentLineNumber, name, attributes)
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    finished = False
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                parser.Parse(chunk, False)
        finished = True
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if (finished and error.code in UNFINISHED) or _only_zeros(path, parser.ErrorByteIndex):
            return error.lineno
        raise Refused(Message("The XML is damaged in line %(line)s.", {"line": error.lineno}), EXPORT_AGAIN) from error
    return 0


def _refuse(*_: object) -> int:
    raise Refused(
        Message("This XML declares a document type or an entity. No recorder writes that."),
        Message("Drop the recorder's own file, as it was written."),
    )


def _only_zeros(path: Path, start: int) -> bool:
    """A machine that lost its power leaves zeros where the end of the file would be."""
    with path.open("rb") as file:
        file.seek(max(start, 0))
        begun, zero, rest = file.read(CHUNK).partition(b"\0")
        if not zero or b"\n<" in begun:
            return False
        while rest:
            if rest.strip(b"\0\r\n "):
                return False
            rest = file.read(CHUNK)
    return True
