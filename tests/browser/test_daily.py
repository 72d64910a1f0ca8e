"""What leaves the daily report: text, picture and workbook say what the page says."""

import re
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page
from python_calamine import CalamineWorkbook

from tests.browser.conftest import Desk, OpenDesk, Server

pytestmark = pytest.mark.browser
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def daily(desk: OpenDesk, sample: Server) -> Desk:
    """The owner in front of the daily report of the newest day."""
    owner = desk(sample).sign_in("owner")
    owner.press("a[href='/daily/']")
    return owner


def money(text: str) -> list[int]:
    """Every amount of a text in minor units, in order."""
    return [int(found.replace(",", "").replace(".", "")) for found in re.findall(r"¥([\d,]+\.\d\d)", text)]


def paid(page: Page) -> int:
    """The day's sales, as its table's foot says them."""
    return money(page.locator("table tfoot tr.total").first.inner_text())[0]


def test_the_copied_text_has_the_pages_total(daily: Desk) -> None:
    daily.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # “copied” stands there for two seconds, which a busy machine may sleep through
    daily.page.evaluate("window.setTimeout = () => 0")
    daily.touch("button[data-copy]")
    daily.page.get_by_text("已复制").wait_for()
    text = daily.page.evaluate("navigator.clipboard.readText()")
    assert paid(daily.page) in money(text)
    assert text.count("\n") >= 3


def test_the_picture_is_a_png_that_can_be_read_on_a_phone(daily: Desk, tmp_path: Path) -> None:
    with daily.page.expect_download() as asked:
        daily.touch("a[data-picture]")
    asked.value.save_as(tmp_path / "daily.png")
    content = (tmp_path / "daily.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert asked.value.suggested_filename.endswith(".png")
    assert content.startswith(PNG)
    assert 800 <= width <= 4000
    assert 300 <= height <= 8000
    assert 10_000 <= len(content) <= 2_000_000


def test_the_workbook_has_the_pages_total(daily: Desk, tmp_path: Path) -> None:
    with daily.page.expect_download() as asked:
        daily.touch("a[href^='/daily.xlsx']")
    asked.value.save_as(tmp_path / "daily.xlsx")
    rows = CalamineWorkbook.from_path(str(tmp_path / "daily.xlsx")).get_sheet_by_index(0).to_python()
    numbers = {round(cell * 100) for row in rows for cell in row if isinstance(cell, float)}
    assert paid(daily.page) in numbers
