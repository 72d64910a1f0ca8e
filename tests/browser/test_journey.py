"""A newcomer's way from nothing to the first explained number, on a desk and on a phone; reading it without script."""

import time
from pathlib import Path

import pytest

from tests.browser.checks import axe_faults, width_faults
from tests.browser.conftest import Desk, OpenDesk, Server
from tests.browser.walk import PATIENCE, bring_in

pytestmark = pytest.mark.browser
DECISIONS_AT_MOST, MINUTES_AT_MOST = 12, 15
SCORED = "a.line-row:not(.waiting)"
COMPUTING = "#computing"


def open_month(desk: Desk) -> None:
    """A host's month, from the list of people; opened again until it is computed and nothing is about to change it."""
    if desk.is_phone:
        desk.touch(".tabs summary")
    desk.press(".rail a[href='/people/'], .tabs a[href='/people/']")
    desk.press("main a:has-text('林晓彤')")
    deadline = time.monotonic() + PATIENCE
    desk.press("main a[href^='/people/'].filled")
    while desk.page.locator(COMPUTING).count() or not desk.page.locator(SCORED).count():
        assert time.monotonic() < deadline, "the month was never computed"
        time.sleep(1)
        desk.page.go_back()
        desk.press("main a[href^='/people/'].filled")


def read_line(desk: Desk) -> None:
    """A scored line, opened session, segment, record; at each step it is recomputed equal and every sum holds."""
    desk.press(SCORED)
    for column in (0, 1, 2):
        if desk.is_phone:
            # a phone shows what is chosen; the rest unfolds
            desk.touch(f"#path .path-column >> nth={column} >> .more-label")
        desk.press(f"#path .path-column >> nth={column} >> a.path-row >> nth=-1")
        assert_explained(desk)
    assert desk.page.locator("#path .file-row .pairs dd").count() >= 3


def assert_explained(desk: Desk) -> None:
    assert desk.page.locator(".ok-line").count() == 1
    assert desk.page.locator("#path .column-foot .icon").count() >= 3
    assert desk.page.locator("#path .column-foot.wrong").count() == 0


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_from_nothing_to_a_row_of_a_file(desk: OpenDesk, empty: Server, sample_home: Path, width: int) -> None:
    newcomer, started, faults = desk(empty, width=width), time.monotonic(), list[str]()

    def look(name: str) -> None:
        faults.extend(f"{name}: {fault}" for fault in width_faults(newcomer.page, width))
        if width == 1280:
            faults.extend(axe_faults(newcomer.page, name))

    bring_in(newcomer, sorted((sample_home / "sample-files").iterdir()), look)
    open_month(newcomer)
    read_line(newcomer)
    minutes = (time.monotonic() - started) / 60
    print(f"{width}: {len(newcomer.posts)} decisions, {minutes:.1f} minutes: {newcomer.posts}")
    assert not faults, "\n".join(faults)
    assert len(newcomer.posts) <= DECISIONS_AT_MOST
    assert minutes <= MINUTES_AT_MOST


@pytest.mark.parametrize("width", [1280, 390])
def test_month_and_line_are_read_without_script(desk: OpenDesk, sample: Server, width: int) -> None:
    reader = desk(sample, width=width, script=False).sign_in("host")
    reader.press("main a[href='/me/'].filled")
    read_line(reader)
