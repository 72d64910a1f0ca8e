"""The organisation on paper: nothing is cut off, and what only a screen needs stays off it."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenDesk, Server

pytestmark = pytest.mark.browser
# millimetres on each side, and CSS pixels in a millimetre
MARGIN, PIXELS = 16, 96 / 25.4
SCREEN_ONLY = ".rail, .tabs, .topbar, .actions, form[role=search], #change, button, input[type=email]"


@pytest.mark.parametrize("path", ["/duties/", "/organisation/", "person"])
def test_a_page_fits_on_paper_and_shows_no_controls(desk: OpenDesk, sample: Server, path: str) -> None:
    shown = desk(sample, language="en-US").sign_in("owner")
    if path == "person":
        shown.go("/people/")
        path = shown.page.locator("main a.door").first.get_attribute("href") or ""
    shown.go(path)
    sheet = paper_width(shown.page)
    width = int(sheet - 2 * MARGIN * PIXELS)
    shown.page.emulate_media(media="print")
    # what depends on the width goes by the sheet, margins included
    shown.page.set_viewport_size({"width": int(sheet), "height": 900})
    beyond = shown.page.evaluate(
        "width => { document.body.style.width = width + 'px'; return [...document.querySelectorAll('main *')]"
        ".filter(one => one.getClientRects().length && one.getBoundingClientRect().right > width + 1)"
        ".map(one => one.outerHTML.slice(0, 80)) }",
        width,
    )
    assert beyond == []
    assert shown.page.locator(SCREEN_ONLY).locator("visible=true").count() == 0


def paper_width(page: Page) -> float:
    """CSS pixels of the sheet that the page asks for."""
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) [\d.]+\]", page.pdf(prefer_css_page_size=True))
    assert box
    return float(box[1]) / 72 * 96
