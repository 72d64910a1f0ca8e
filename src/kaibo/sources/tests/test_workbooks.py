"""A sheet read in slices says what the spreadsheet library says of the whole; what lies about itself is refused."""

import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from kaibo.sources import files, sheet_chunks, workbooks
from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import ORDER_COLUMNS, order, reading, xlsx
from kaibo.sources.workbooks import Workbook


@pytest.fixture
def _tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "SLICE", 700)
    for name in ("FIRST_CHUNK", "CHUNK"):
        monkeypatch.setattr(sheet_chunks, name, 700)
    monkeypatch.setattr(workbooks, "STRINGS_FOLD", 0)
    monkeypatch.setattr(workbooks, "CELLS", 400)


def written(path: Path, seed: int, *, inline: bool = False) -> Path:
    """A workbook with gaps, dates, formulas and merged cells, in two sheets. `inline`: texts stand in their cells."""
    rng = random.Random(seed)
    values = [
        "",
        "字",
        "<&>",
        1,
        0.5,
        True,
        datetime(2026, 4, 18, 19, 15, 15),
        " x ",
        "=1+1",
        "\n",
        'A12"',
        'r="5"',
        "_x000D_",
        "\u3000全角\u3000",
    ]
    options = {"default_date_format": "yyyy/mm/dd hh:mm:ss", "constant_memory": inline}
    with xlsxwriter.Workbook(path, options) as book:
        for _ in range(2):
            page = book.add_worksheet()
            line, left = rng.choice([0, 0, 3]), rng.choice([0, 0, 2])
            for _ in range(rng.randrange(1, 120)):
                page.write_row(line, left, [rng.choice(values) for _ in range(rng.randrange(9))])
                line += rng.choice([1, 1, 1, 2, 40])
            for n in range(0 if inline else rng.randrange(3)):
                page.merge_range(n * 7, 10, n * 7 + 5, 10, f"m{n}")
    return path


def whole(path: Path, name: str) -> list[list[Any]]:
    """What the library says, cells merged downwards filled in."""
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name)
    if sheet.start is None:
        return []
    rows = [[""] * sheet.start[1] + row for row in sheet.iter_rows()]
    for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
        for line in range(top + 1, min(bottom + 1, len(rows))) if first == last else ():
            rows[line][first] = rows[line][first] or rows[top][first]
    return rows


def bare_rows(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    return [list(row[: max((n for n, cell in enumerate(row, 1) if cell != ""), default=0)]) for row in rows]


def bare(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows without the blanks at their ends and at the end of all."""
    found = bare_rows(rows)
    while found and not found[-1]:
        found.pop()
    return found


def check_against_the_library(path: Path) -> None:
    book = Workbook(path)
    assert book.names == ["Sheet1", "Sheet2"]
    for name in book.names:
        rows = bare(list(book.rows(name)))
        assert rows == bare(whole(path, name))
        assert in_blocks(book, name) == {line: row for line, row in enumerate(rows, 1) if row}


def in_blocks(book: Workbook, name: str) -> dict[int, list[Any]]:
    """Line → its cells, of the lines that hold something."""
    found = {}
    for block in book.blocks(name):
        rows = bare_rows(zip(*block.columns, strict=True)) if block.columns else [[] for _ in block.lines]
        found |= {line: row for line, row in zip(block.lines, rows, strict=True) if row}
    return found


@pytest.mark.usefixtures("_tiny_slices")
@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_slices_say_what_the_whole_says(tmp_path: Path, seed: int, inline: bool) -> None:
    check_against_the_library(written(tmp_path / "a.xlsx", seed, inline=inline))


def _other_quotes(xml: bytes) -> bytes:
    return re.sub(rb' r="(\w+)"', rb" r='\1'", xml)


def _later(xml: bytes) -> bytes:
    at = len(xml) // 2
    return xml[:at] + re.sub(rb'<c (r="\w+") s="1"', rb'<c s="1" \1', xml[at:])


def _rich(xml: bytes) -> bytes:
    return re.sub(rb"<t>([^<]*)</t></si>", rb"<r><rPr><b/></rPr><t>\1</t></r><r><t>+</t></r></si>", xml)


OTHERWISE = {
    "attributes in another order": lambda xml: re.sub(rb'<c (r="\w+") (\w+="\w+")', rb"<c \2 \1", xml),
    "the places in other quotes": _other_quotes,
    "otherwise from the middle on": _later,
    "a line each": lambda xml: re.sub(rb"(?<=[\w/\"]>)<(?=c |row|/row)", rb"\n  <", xml),
    "a comment between lines": lambda xml: xml.replace(b"</row>", b"</row><!-- <c r= -->", 3),
    "cells without a place": lambda xml: re.sub(rb'<c r="C\d+"', b"<c", xml),
    "lines without a number": lambda xml: re.sub(rb'<row r="\d+"', b"<row", xml),
    "blanks at the edges": lambda xml: xml.replace(b' xml:space="preserve"', b"").replace(
        b"\xe5\xad\x97", b" \xe5\xad\x97\r\n"
    ),
    "a prefix": lambda xml: re.sub(rb"<(/?)(?=\w)", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x="),
    "rich texts": _rich,
    "texts that are nowhere else written": lambda xml: xml.replace(b"<si><t>", b"<si ><t>"),
}


@pytest.mark.usefixtures("_tiny_slices")
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("way", OTHERWISE)
def test_a_sheet_that_is_written_otherwise(tmp_path: Path, way: str, seed: int) -> None:
    path = written(tmp_path / "a.xlsx", seed)
    for member in (SHEET, SHEET.replace("1", "2"), "xl/sharedStrings.xml"):
        changed(path, member, OTHERWISE[way])
    check_against_the_library(path)


# how a column of a long table may look: what it says in the line of that number
COLUMNS: list[Callable[[random.Random, int], Any]] = [
    lambda rng, n: f"\t{6917926768823643751 + n}",
    lambda rng, n: "-",
    lambda rng, n: "已发货" if rng.random() < 0.99 else "已关闭",
    lambda rng, n: rng.choice(["", "a", "b"]),
    lambda rng, n: "" if n % 40 else "x & y",
    lambda rng, n: n / 4,
    lambda rng, n: rng.choice([datetime(2026, 4, 18, 19, 15, n % 60), "-", 7, True]),
    lambda rng, n: "before" if n < 200 else "after",
    lambda rng, n: f" {rng.randrange(50)}\u3000",
    lambda rng, n: f"<{rng.randrange(1000)}>" if n % 3 else f"_x{n:04}_",
    lambda rng, n: "=1+1" if n % 90 == 5 else "",
    lambda rng, n: f'{n}"' if n % 7 else f'" r="A{n}"',
]


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_long_table_whose_lines_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, inline: bool
) -> None:
    for name in ("FIRST_CHUNK", "CHUNK"):
        monkeypatch.setattr(sheet_chunks, name, [9000, 20_000, 50_000, 4 * 1024**2][seed])
    rng = random.Random(seed)
    columns = rng.sample(COLUMNS, rng.randrange(4, len(COLUMNS) + 1))
    options = {"default_date_format": "yyyy/mm/dd hh:mm:ss", "constant_memory": inline}
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", options) as book:
        for start in (0, 3):
            page = book.add_worksheet()
            page.write_row(0, 0, ["title"])
            page.write_row(start + 1, 0, [f"column {n}" for n in range(12)], book.add_format({"bold": True}))
            for n in range(400):
                cells = [column(rng, n) for column in columns]
                page.write_row(start + 2 + n + (n > 300), 0, cells if n % 77 != 5 else cells[:3])
    check_against_the_library(tmp_path / "a.xlsx")


@pytest.mark.usefixtures("_tiny_slices")
def test_an_order_export_in_slices(tmp_path: Path) -> None:
    found = reading(xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, *(order(n) for n in range(30))]))
    assert [fact["row"] for fact in found.facts] == list(range(2, 32))
    assert found.rejects == []


def changed(path: Path, member: str, change: Any) -> Path:
    """The same archive with one member's content changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("value", [b"<v></v>", b"<v/>", b""])
def test_a_formula_that_was_never_worked_out_is_no_blank(tmp_path: Path, value: bytes) -> None:
    header = len(ORDER_COLUMNS)
    place = ORDER_COLUMNS.index("运费")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        for line, row in enumerate([ORDER_COLUMNS, order(0), order(1)]):
            page.write_row(line, 0, row)
        page.write_formula(1, place, "=1+1", None, 2)
        page.write_formula(2, place, "=1+1", None, 3)
    assert header > place
    path = changed(tmp_path / "a.xlsx", SHEET, lambda xml: xml.replace(b"<v>3</v>", value))
    found = reading(path)
    assert [fact["freight_minor"] for fact in found.facts] == [200]
    assert [(r.line, r.column, r.value) for r in found.rejects] == [(3, "运费", "#CALC!")]
    assert "formula" in str(found.rejects[0].reason)


def test_a_zip_that_says_it_is_smaller_than_it_is(tmp_path: Path) -> None:
    """The directory says 100 bytes; unpacked it is 30 MB."""
    path = xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order()])
    changed(path, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 30_000_000))
    content = bytearray(path.read_bytes())
    for start, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        at = -1
        while (at := content.find(start, at + 1)) >= 0:
            if content[at + name_at :].startswith(SHEET.encode()):
                content[at + size_at : at + size_at + 4] = struct.pack("<I", 100)
    path.write_bytes(content)
    with pytest.raises(Refused) as caught:
        reading(path)
    assert "damaged" in str(caught.value.message)


@pytest.mark.parametrize("member", ["xl/sharedStrings.xml", "xl/styles.xml", "xl/extra.xml"])
def test_a_part_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str) -> None:
    monkeypatch.setattr(workbooks, "PARTS_LIMIT", 1024**2)
    path = xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order()])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/extra.xml", b"x")
    changed(path, member, lambda xml: xml + b" " * 1024**2)
    with pytest.raises(Refused) as caught:
        reading(path)
    assert "too large" in str(caught.value.message)


def test_a_workbook_that_says_it_is_huge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNPACKED_LIMIT", 1024**2)
    path = xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order()])
    with pytest.raises(Refused) as caught:
        reading(changed(path, SHEET, lambda xml: xml + b" " * 1024**2))
    assert "too large" in str(caught.value.message)


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_chunks, "LINE_LIMIT", 1024**2)
    path = xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order(), order(1)])
    with pytest.raises(Refused) as caught:
        reading(changed(path, SHEET, lambda xml: xml.replace(b'<row r="3"', b" " * 12 * 1024**2 + b'<row r="3"')))
    assert "damaged" in str(caught.value.message)


def test_75_000_blank_lines_below(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        for line, row in enumerate([ORDER_COLUMNS, order(0), order(1)]):
            page.write_row(line, 0, row)
        for line in range(3, 75_383):
            page.write_blank(line, 0, None, bold)
    found = reading(path)
    assert (len(found.facts), found.rows_seen, found.rejects) == (2, 2, [])
