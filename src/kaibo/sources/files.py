"""Says what kind of file something is by its first bytes, and refuses what is no table with a word about what it is."""

import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from kaibo.message import Message
from kaibo.sources.reading import Refused

# a workbook of this size unpacked is no export but an attack or an accident
UNPACKED_LIMIT = 4 * 1024**3
MB = 1024**2
# three times what a browser may upload; a million order lines are half of it
FILE_LIMIT = 1024 * MB
HEAD = 4096
# what zipfile raises for bytes that are no whole archive
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error)


class Kind(StrEnum):
    WORKBOOK = "workbook"
    TEXT = "text"
    PARQUET = "parquet"


EXPORT_AGAIN = Message("Export it again and drop the new file here.")
SAVE_AS_XLSX = Message("Open it in a spreadsheet program, save it as .xlsx and drop that file here.")
ACCEPTED = Message("Kaibo reads .xlsx and .csv. Export the table from the platform and drop that file here.")

# first bytes → what it is; a file is called by what it holds, not by its name
SIGNATURES: tuple[tuple[bytes, Message], ...] = (
    (b"%PDF", Message("This is a PDF, not a table.")),
    (b"\x89PNG", Message("This is a picture, not a table.")),
    (b"\xff\xd8\xff", Message("This is a picture, not a table.")),
    (b"GIF8", Message("This is a picture, not a table.")),
    (b"Rar!", Message("This is a packed archive.")),
    (b"7z\xbc\xaf\x27\x1c", Message("This is a packed archive.")),
    (b"\x1f\x8b", Message("This is a packed archive.")),
    (b"SQLite format 3", Message("This is a database, not an export.")),
)
# how web pages and what runs in one begin; chat recordings are XML and begin otherwise
WEB_PAGE = (
    b"<html", b"<table", b"<!doctype html", b"<head", b"<body", b"<script", b"<svg", b"<meta", b"<div", b"<iframe",
    b"<style",
)  # fmt: skip


def kind(path: Path, file_name: str) -> Kind:
    """Whether the file holds a workbook, text or Parquet. Raises Refused for everything else."""
    if path.is_dir():
        raise Refused(Message("This is a folder."), Message("Choose the files in it."))
    if not path.is_file():
        raise Refused(Message("There is no such file: %(name)s.", {"name": file_name}), Message("Check the path."))
    if Path(file_name).name.startswith("~$"):
        raise Refused(
            Message("This is the lock file that a spreadsheet program keeps beside an open workbook."),
            Message("Close the workbook and drop the file whose name does not begin with ~$."),
        )
    size = path.stat().st_size
    if size > FILE_LIMIT:
        raise Refused(
            Message(
                "The file is too large: %(size)s MB. At most %(most)s MB are read.",
                {"size": round(size / MB), "most": round(FILE_LIMIT / MB)},
            ),
            Message("Export a shorter period, and drop each file by itself."),
        )
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Refused(Message("The file is empty (0 bytes)."), EXPORT_AGAIN)
    for start, message in SIGNATURES:
        if head.startswith(start):
            raise Refused(message, ACCEPTED)
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    if head.startswith(b"PK"):
        _check_zip(path)
        return Kind.WORKBOOK
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        _refuse_compound(path)
    return _text(path, head)


def _check_zip(path: Path) -> None:
    """A zip that holds a whole, unlocked workbook passes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, ValueError, *DAMAGED_ZIP) as error:
        raise Refused(Message("The workbook is cut off or damaged: its end is missing."), EXPORT_AGAIN) from error
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise _locked()
    if not any(name.startswith("xl/") for name in names):
        if "content.xml" in names or any(name.startswith(("word/", "ppt/")) for name in names):
            raise Refused(Message("This is an office document, but no .xlsx workbook."), SAVE_AS_XLSX)
        raise Refused(Message("This is a packed archive."), Message("Unpack it and drop the files inside."))
    if "xl/workbook.bin" in names:
        raise Refused(Message("This is a binary workbook (.xlsb)."), SAVE_AS_XLSX)
    if sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise Refused(Message("The workbook is too large to be an export."), EXPORT_AGAIN)


def _refuse_compound(path: Path) -> None:
    """The old office container: an encrypted .xlsx, or a legacy .xls."""
    with path.open("rb") as file:
        body = file.read(8 * 1024**2)
    if "EncryptedPackage".encode("utf-16-le") in body:
        raise _locked()
    raise Refused(Message("This is a workbook of the old kind (.xls)."), SAVE_AS_XLSX)


def _locked() -> Refused:
    return Refused(
        Message("The workbook is locked with a password."),
        Message("Open it with its password, save it without one, and drop it here."),
    )


def _text(path: Path, head: bytes) -> Kind:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in head and not wide:
        raise Refused(Message("This is neither a workbook nor text."), ACCEPTED)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not plain:
        if path.stat().st_size > HEAD:
            return Kind.TEXT
        raise Refused(Message("The file holds nothing but blanks."), EXPORT_AGAIN)
    if plain.startswith(WEB_PAGE):
        raise Refused(Message("This is a web page, though its name may say otherwise."), SAVE_AS_XLSX)
    return Kind.TEXT
