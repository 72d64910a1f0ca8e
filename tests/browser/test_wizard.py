"""A table that nobody knows: said once what its columns are, and the next one is understood by itself."""

from pathlib import Path

import pytest

from tests.browser.checks import axe_faults, width_faults
from tests.browser.conftest import Desk, OpenDesk, Server
from tests.browser.walk import first_run, until

pytestmark = pytest.mark.browser

HEADINGS = "开播日期,开播时刻,直播时长,直播账号,观看人次,GMV（元）"
APRIL = HEADINGS + "".join(f'\n{day:02}/04/2026,19:30,2小时30分,shop_1,{day},"¥{day},234.50"' for day in range(1, 10))
MAY = "GMV（元）,直播账号,开播日期,开播时刻,观看人次,直播时长\n99.00,shop_1,14/05/2026,20:00,7,1小时\n"


def drop(desk: Desk, path: Path, script: bool) -> None:
    desk.go("/upload/")
    if script:
        with desk.page.expect_navigation():
            desk.page.set_input_files("#files", path)
    else:
        desk.page.set_input_files("#files", path)
        desk.press("button[data-no-script]")


def press_button(desk: Desk, value: str) -> None:
    desk.press(f"main button[value={value}]")


@pytest.mark.parametrize(("width", "script"), [pytest.param(1280, True, marks=pytest.mark.slow), (390, False)])
def test_a_table_is_told_once(desk: OpenDesk, empty: Server, tmp_path: Path, width: int, script: bool) -> None:
    """On a desk with script and on a phone without."""
    april, may = tmp_path / "记录_04.csv", tmp_path / "记录_05.csv"
    april.write_text(APRIL)
    may.write_text(MAY)
    owner, faults = desk(empty, width=width, script=script), list[str]()

    def look(name: str) -> None:
        faults.extend(f"{name}: {fault}" for fault in width_faults(owner.page, width))
        if script:
            faults.extend(axe_faults(owner.page, name))

    first_run(owner)
    drop(owner, april, script)
    until(owner, "a[href$='/columns/']")
    look("refused")
    owner.press("a[href$='/columns/']")
    look("columns")
    asked = owner.page.locator("select[aria-invalid=true]")
    assert asked.count() == 1
    asked.select_option("dmy")
    press_button(owner, "look")
    assert owner.page.locator("#rows tbody tr").count() == 9
    assert "2026-04-09" in owner.page.locator("#rows").inner_text()
    look("rows")
    press_button(owner, "save")
    until(owner, "button[value=confirm]")
    look("preview")
    press_button(owner, "confirm")
    until(owner, "a[href^='/batches/'].button")

    drop(owner, may, script)
    until(owner, "button[value=confirm]")
    assert "2026-05-14" in owner.page.locator("main table").first.inner_text()
    owner.press("main a[href^='/mappings/']")
    look("mapping")
    owner.go("/mappings/")
    look("mappings")
    assert owner.page.locator("main tbody tr").count() == 1
    assert faults == []
