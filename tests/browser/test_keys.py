"""`/` goes to a search from any page; without script a link at the top of the page does."""

import pytest

from tests.browser.conftest import Desk, OpenDesk, Server
from tests.browser.walk import first_run

pytestmark = pytest.mark.browser


def as_owner(desk: Desk) -> Desk:
    """The first visitor of an empty installation."""
    first_run(desk)
    return desk


def focused(desk: Desk) -> str:
    return str(desk.page.evaluate("`${document.activeElement.tagName} ${document.activeElement.name || ''}`"))


def test_the_slash_leads_to_a_search_and_stays_a_character_in_a_field(empty: Server, desk: OpenDesk) -> None:
    owner = as_owner(desk(empty))
    owner.go("/organisation/")
    assert not focused(owner).startswith("INPUT")
    owner.page.keyboard.press("/")
    assert focused(owner) == "INPUT q"
    assert owner.page.get_attribute("main input[type=search]", "aria-keyshortcuts") == "/"
    owner.page.keyboard.type("a/b")
    assert owner.page.input_value("main input[name=q]") == "a/b"
    # a page without a search leads to the one for people
    owner.go("/upload/")
    with owner.page.expect_navigation():
        owner.page.keyboard.press("/")
    assert owner.page.url.endswith("/people/#search")
    assert focused(owner) == "INPUT q"


def test_a_search_that_is_folded_away_is_unfolded(empty: Server, desk: OpenDesk) -> None:
    owner = as_owner(desk(empty))
    owner.page.evaluate(
        "document.querySelector('main').innerHTML = "
        "'<details><summary>x</summary><input type=search name=folded></details>'"
    )
    owner.page.keyboard.press("/")
    assert focused(owner) == "INPUT folded"
    assert owner.page.locator("main details[open]").count() == 1


def test_without_script_a_link_leads_to_the_search(empty: Server, desk: OpenDesk) -> None:
    owner = as_owner(desk(empty, script=False))
    owner.go("/upload/")
    owner.page.keyboard.press("Tab")
    owner.page.keyboard.press("Tab")
    with owner.page.expect_navigation():
        owner.page.keyboard.press("Enter")
    assert owner.page.url.endswith("/people/#search")
    assert owner.page.locator("main input[type=search]").count() == 1
