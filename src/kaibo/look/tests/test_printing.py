"""PDFs: people's text stays text, and what the font lacks is said by name instead of leaving a hole."""

from io import BytesIO
from pathlib import Path

import pytest
from django.utils.translation import override
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from kaibo.look import numbers
from kaibo.look.printing import pdf
from kaibo.look.printing.document import Cell, Column, Document, Entries, Entry, Score, Table

KAIBO = Path(pdf.HERE).parents[1]


def document(text: str) -> Document:
    table = Table(
        "逐项", [Column("项目", 3), Column("得分", number=True)], [[Cell(text, [text]), "19.6"]], ("合计", "19.6")
    )
    said = Entries("双方评语", [Entry("吴桐", f"{text}\n第二行", "11-03")])
    return Document(text, ["主播"], [table, said], "打印", Score("得分", "89.2", "/ 100", [text]), warning=text)


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_what_people_write_is_printed_and_never_run():
    hostile = '#read("/etc/passwd") #import "@preview/x:1.0.0" *粗* $x$ = 标题 \\ // <a> "'
    said = text_of(pdf.pdf(document(hostile)))
    # title, warning, beside the score, cell, note below it, words
    assert "".join(said.split()).count("".join(hostile.split())) == 6
    assert "root:" not in said
    assert {"第二行", "打印 1 / 1"} <= set(said.splitlines())


def test_a_missing_character_is_named_and_nothing_is_printed():
    with override("en"), pytest.raises(pdf.MissingGlyph, match=r"no 👍 \(U\+1F44D\), 𠮷 \(U\+20BB7\)\. Print the page"):
        pdf.pdf(document("做得好👍👍 𠮷"))
    # what has no shape of its own is no hole: thin spaces, joiners
    said = f"97{numbers.THIN}% Thái Nguyễn Škoda ₱5 ฿7 喆 玥 張國榮"
    assert "97 % Thái Nguyễn Škoda ₱5 THB 7 喆 玥 張國榮" in " ".join(text_of(pdf.pdf(document(said))).split())


def test_the_font_has_every_character_of_every_page_and_its_license_beside_it():
    font = TTFont(pdf.FONT)
    assert pdf._of_font(pdf.FONT.read_bytes()) == font.getBestCmap().keys()
    assert pdf.FONT.stat().st_size < 3_000_000
    family = font["name"].getDebugName(1)
    assert family == "Kaibo Sans SC"
    assert f"{family} is a Modified Version" in (pdf.HERE / "OFL.txt").read_text()
    said = "".join(path.read_text() for path in KAIBO.rglob("django.po")) + "".join(numbers.SYMBOLS.values())
    assert {one for one in set(pdf._written(said)) if one != "\n" and ord(one) not in pdf._covered()} == set()
