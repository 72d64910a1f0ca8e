"""What is no table is refused by what it is."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import ORDER_COLUMNS, SESSION_COLUMNS, csv_file, order, reading, session, xlsx


def refusal(path: Path, name: str = "") -> str:
    with pytest.raises(Refused) as caught:
        reading(path, name=name)
    assert str(caught.value.todo)
    return str(caught.value.message)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "blanks"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"Rar!\x1a", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\0\1\2\3" * 50, "neither"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"),
        (b"\xef\xbb\xbf \n<SCRIPT>alert(1)</SCRIPT>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"PK\x03\x04 cut", "cut off"),
        (b"a,b,c\n1,2,3\n", "does not know"),
        (b"\xef\xbb\xbf\xff\xff\xff\xff", "characters"),
    ],
)
def test_bytes(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "订单.xlsx"
    path.write_bytes(content)
    assert word in refusal(path)


def test_paths(tmp_path: Path) -> None:
    assert "folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "nowhere.xlsx")
    lock = tmp_path / "upload-1"
    lock.write_bytes(b"\x05owner")
    assert "lock file" in refusal(lock, "~$直播明细.xlsx")


@pytest.mark.parametrize(
    ("member", "word"),
    [
        ("word/document.xml", "office document"),
        ("content.xml", "office document"),
        ("a.csv", "archive"),
        ("xl/workbook.bin", "xlsb"),
        ("xl/workbook.xml", "damaged"),
    ],
)
def test_a_zip_is_not_yet_a_workbook(tmp_path: Path, member: str, word: str) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x")
    assert word in refusal(path)


def test_a_cut_workbook(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [SESSION_COLUMNS, session()])
    path.write_bytes(path.read_bytes()[:-100])
    assert "cut off" in refusal(path)


def test_a_workbook_without_rows(tmp_path: Path) -> None:
    assert "no row" in refusal(xlsx(tmp_path / "a.xlsx", []))


def test_an_unclosed_quote(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, order()])
    path.write_bytes(path.read_bytes() + b'"half a cell')
    assert "breaks off" in refusal(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_tables_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = reading(csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, order()], encoding, delimiter))
    assert found.facts[0]["product"] == "杯子,蓝色"
    assert found.rejects == []


def test_the_name_of_a_file_does_not_say_what_it_is(tmp_path: Path) -> None:
    assert len(reading(xlsx(tmp_path / "orders.csv", [ORDER_COLUMNS, order()])).facts) == 1


def test_a_stray_cell_in_the_last_corner(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        page.write(0, 0, "a")
        page.write(1_048_575, 16_383, "b")
    assert "too far" in refusal(tmp_path / "a.xlsx")


def test_formats_that_reach_far_do_no_harm(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        for line, row in enumerate([SESSION_COLUMNS, session()]):
            page.write_row(line, 0, row)
        page.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    assert len(reading(tmp_path / "a.xlsx").facts) == 1
