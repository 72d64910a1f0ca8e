"""Files far larger than any export are refused with a word, or read in bounded memory; no process dies of them."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaibo.sources import files, tables
from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import ORDER_COLUMNS, csv_file, order, reading, xlsx

MB = 1024**2
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
# in a process of its own, because a process never gives back its peak
MEASURED = """
import resource, sys
from pathlib import Path
from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import reading
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    said = f"{len(reading(Path(sys.argv[1])).facts)} facts"
except Refused as refused:
    said = f"{refused.message} {refused.todo}"
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(said)
"""


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        reading(path)
    return f"{caught.value.message} {caught.value.todo}"


def measured(path: Path) -> tuple[float, str]:
    """(MB that reading it took, what was said of it)."""
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], check=True, capture_output=True, text=True)
    kilobytes, _, said = done.stdout.partition("\n")
    return int(kilobytes) / 1024, said.strip()


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx", "chat.jsonl", "events.parquet", "recording.xml"])
def test_two_gigabytes_are_refused_at_once_and_say_how_large_they_are(tmp_path: Path, name: str) -> None:
    start = {"orders.xlsx": b"PK\x03\x04", "events.parquet": b"PAR1", "recording.xml": b"<?xml", "chat.jsonl": b"{"}
    path = csv_file(tmp_path / name, [ORDER_COLUMNS, *(order(n) for n in range(3))])
    path.write_bytes(start.get(name, b"") + path.read_bytes())
    with path.open("r+b") as file:
        file.truncate(2048 * MB)
    said = refusal(path)
    assert "2048 MB" in said
    assert "1024 MB" in said
    assert "shorter period" in said


def test_one_byte_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, order()])
    monkeypatch.setattr(files, "FILE_LIMIT", path.stat().st_size)
    assert len(reading(path).facts) == 1
    monkeypatch.setattr(files, "FILE_LIMIT", path.stat().st_size - 1)
    assert "too large" in refusal(path)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_line_that_does_not_end_is_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(tables, "CHUNK", 4096)
    monkeypatch.setattr(tables, "LINE_LIMIT", 20_000)
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *(order(n) for n in range(40))], encoding)
    assert len(reading(path).facts) == 40
    path.write_bytes(path.read_bytes() + ("字," * 20_000).encode(encoding.replace("16", "16-le")))
    assert "Line 42 does not end" in refusal(path)


def test_lines_that_end_in_the_old_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LINE_LIMIT", 4000)
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *(order(n) for n in range(40))])
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r"))
    assert len(reading(path).facts) == 40


@pytest.mark.slow
def test_900_megabytes_without_a_line_end_take_little_memory(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, order()])
    with path.open("ab") as file:
        for _ in range(900):
            file.write(b"a," * (MB // 2))
    took, said = measured(path)
    assert "does not end" in said
    assert took < 100


def _spaces() -> Iterator[bytes]:
    yield from [b" " * MB] * 1500


def _blank_lines() -> Iterator[bytes]:
    for begin in range(4, 1_048_004, 1000):
        yield b"".join(b'<row r="%d" ht="15"><c r="A%d" s="1"/></row>' % (n, n) for n in range(begin, begin + 1000))


def _texts() -> Iterator[bytes]:
    for begin in range(0, 12_000_000, 10_000):
        yield b"".join(b"<si><t>%040d</t></si>" % n for n in range(begin, begin + 10_000))


# part, what the bomb stands before, the bomb, what is said of it, MB that it may take
BOMBS = {
    "1.5 GB of spaces between two lines": (SHEET, b'<row r="3"', _spaces, "damaged", 250),
    "1.5 GB of spaces below the lines": (SHEET, b"<pageMargins", _spaces, "too large", 250),
    "a million blank lines": (SHEET, b"</sheetData>", _blank_lines, "2 facts", 150),
    "700 MB of texts": (STRINGS, b"</sst>", _texts, "too large", 50),
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_zip_bomb(tmp_path: Path, bomb: str) -> None:
    member, before, content, word, most = BOMBS[bomb]
    path = xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order(), order(1)])
    took, said = measured(blown_up(path, member, before, content))
    assert word in said
    assert took < most


def blown_up(path: Path, member: str, before: bytes, content: Callable[[], Iterator[bytes]]) -> Path:
    """The same workbook, with more content before a mark of one part."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    start, mark, end = parts.pop(member).partition(before)
    assert mark
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, whole in parts.items():
            archive.writestr(name, whole)
        with archive.open(member, "w", force_zip64=True) as file:
            file.write(start)
            for piece in content():
                file.write(piece)
            file.write(mark + end)
    return path
