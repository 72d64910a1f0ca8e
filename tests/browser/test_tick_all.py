"""One box in a table's head ticks all of its rows."""

import pytest

from tests.browser.conftest import OpenDesk, Server
from tests.browser.walk import first_run

pytestmark = pytest.mark.browser


def test_one_box_ticks_all_rows_and_shows_what_is_ticked(desk: OpenDesk, empty: Server) -> None:
    owner = desk(empty)
    first_run(owner)
    for name in ("林晓彤", "许诺", "周可"):
        owner.go("/people/")
        owner.page.fill("#new_name", name)
        owner.page.select_option("#new_position", index=3)
        owner.press("form[action$='/people/add/'] button")
    owner.go("/people/invite/")
    boxes, every = owner.page.locator("tbody input[type=checkbox]"), owner.page.locator("input[data-tick-all]")
    assert boxes.count() == 3
    every.check()
    assert all(box.is_checked() for box in boxes.all())
    boxes.first.uncheck()
    assert not every.is_checked()
    assert every.evaluate("box => box.indeterminate")
    every.check()
    every.uncheck()
    assert not any(box.is_checked() for box in boxes.all())


def test_without_script_there_is_no_such_box(desk: OpenDesk, empty: Server) -> None:
    owner = desk(empty, script=False)
    first_run(owner)
    owner.go("/people/")
    owner.page.fill("#new_name", "林晓彤")
    owner.page.select_option("#new_position", index=3)
    owner.press("form[action$='/people/add/'] button")
    owner.go("/people/invite/")
    assert owner.page.locator("tbody input[type=checkbox]").count() == 1
    assert not owner.page.locator("input[data-tick-all]").is_visible()
