"""From an empty installation to explained numbers, with a newcomer's clicks only: no address is typed."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator

from kaibo.sample.cast import CODES
from tests.browser.conftest import Desk

# seconds, for what a worker computes in a few
PATIENCE = 240
PASSWORD = "kaibo-Walk-1"
Look = Callable[[str], None]


def nothing(_name: str) -> None:
    """Looks at no page."""


def bring_in(desk: Desk, files: list[Path], look: Look = nothing) -> None:
    """First run, upload, import, explain, confirm. `look` is called with the name of each page on the way."""
    first_run(desk, look)
    upload(desk, files, look)
    explain_roster(desk, look)
    confirm_all(desk, look)


def first_run(desk: Desk, look: Look = nothing) -> None:
    desk.go("/")
    look("first-run")
    for name, value in {"name": "苏敏", "username": "sumin", "password": PASSWORD}.items():
        desk.page.fill(f"input[name={name}]", value)
    desk.press("main form button.filled")
    look("home-empty")


def upload(desk: Desk, files: list[Path], look: Look = nothing) -> None:
    """All files at once; look at the first one's preview; import all."""
    desk.press(".steps a.button")
    look("upload-empty")
    desk.page.set_input_files("input[type=file]", files)
    # a reload would break off the sending
    desk.page.wait_for_selector("#uploads li", timeout=PATIENCE * 1000)
    until(desk, "#uploads button[value=confirm]")
    look("upload-ready")
    desk.press("#uploads a.item:has-text('直播明细')")
    look("upload-preview")
    desk.page.go_back()
    desk.press("#uploads button[value=confirm]")
    until(desk, f"#uploads:not(:has(.chip:not(.ok))):has(li:nth-child({len(files)}))")


def explain_roster(desk: Desk, look: Look = nothing) -> None:
    """Every name as proposed; what each code means is typed."""
    desk.press(".rail .mark, .tabs a[href='/']")
    until(desk, "main a[href='/roster/']")
    look("home-imported")
    desk.press("main a[href='/roster/']")
    until(desk, "table.codes")
    look("roster-asks")
    for code in CODES:
        if not code.room:
            continue
        row = desk.page.locator("table.codes tr").filter(has=desk.page.get_by_text(code.code, exact=True))
        room = row.locator("select").first
        room.select_option(room.locator("option").filter(has_text=code.room.name).get_attribute("value"))
        row.locator("input[type=time]").nth(0).fill(clock(code.start))
        row.locator("input[type=time]").nth(1).fill(clock(code.end))
        if code.end >= 24 * 60:
            row.locator("input[type=checkbox]").last.check()
    desk.press(".roster-form button.filled")
    until(desk, "form[action$='/shifts/confirm/'] >> visible=true")


def confirm_all(desk: Desk, look: Look = nothing) -> None:
    """Everything that nothing speaks against, of all days."""
    look("shifts-open")
    desk.press("form[action$='/shifts/confirm/'] button")
    until(desk, "form[action$='/shifts/undo/']")
    look("shifts-confirmed")


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def until(desk: Desk, selector: str) -> Locator:
    """Look again, as one does while the worker works, until it is there."""
    found, deadline = desk.page.locator(selector).first, time.monotonic() + PATIENCE
    while not found.count():
        assert time.monotonic() < deadline, f"{selector} never came on {desk.page.url}"
        time.sleep(0.5)
        desk.page.reload()
    return found
