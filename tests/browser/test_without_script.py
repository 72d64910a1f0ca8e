"""Scorecards, reviews and appeals where the browser runs no script: every step is a link or a form."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import review_walk
from tests.browser.conftest import Desk, OpenDesk, Server, serving
from tests.browser.review_walk import fill, keeps_quiet, says

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# the month after the one that month_team's card counts from
FROM = "2026-09"


def windows(desk: OpenDesk, server: Server) -> Callable[..., Desk]:
    return lambda **told: desk(server, script=False, **told)


def nothing(_name: str, _desk: Desk) -> None:
    """Looks at no page: what measures contrast and width is a script."""


def test_a_scorecard_is_changed_item_by_item_and_published(desk: OpenDesk, tmp_path: Path) -> None:
    """Ten of the sales' fifty go to the number of orders: 10 points from 10 orders on."""
    review_walk.prepare(tmp_path / "home")
    with serving(tmp_path / "home") as server:
        owner = windows(desk, server)().sign_in("owner")
        owner.go("/cards/host/")
        owner.press("form[action$='/draft/'] button")
        add_orders(owner)
        weigh(owner)
        publish(owner)
        host = windows(desk, server)(width=390).sign_in("host")
        host.go("/cards/host/")
        says(host, "订单数", "至少 10 → 10")


def add_orders(owner: Desk) -> None:
    """The fields of another rule come by a button; a table with a hole is refused, and what was typed stays."""
    page = owner.page
    owner.press("a[href$='/items/new/']")
    page.locator("select[name=kpi]").select_option("orders")
    page.locator("select[name=form]").select_option("bands")
    owner.press("button[name=show]")
    fill(owner, weight="10")
    page.locator("select[name=on]").select_option("value")
    fill(owner, **{"bands-0-at_least": "10", "bands-0-points": "10", "bands-1-below": "8", "bands-1-points": "0"})
    owner.press("form .form-actions button.filled")
    says(owner, "订单数", "第 3 项在 8 到 10 之间没有分值")
    draft = page.url
    # between 8 and 10 nothing is said: the draft says so, and cannot be published
    expect(page.locator("form[action$='/publish/'] button")).to_be_disabled()
    owner.press("table.card-items a:has-text('订单数')")
    assert page.locator("input[name='bands-1-below']").input_value() == "8"
    fill(owner, **{"bands-1-below": "10"})
    owner.press("form .form-actions button.filled")
    assert page.url.split("#")[0] == draft.split("#")[0]


def weigh(owner: Desk) -> None:
    """110 in all is refused until the sales have 40; up and down, undone and done again."""
    expect(owner.page.locator("form[action$='/publish/'] button")).to_be_disabled()
    owner.page.locator("tr:has(a:text-is('成交')) input.short").fill("40")
    owner.press("main form button:has-text('保存权重')")
    expect(owner.page.locator("form[action$='/publish/'] button")).to_be_enabled()
    owner.press("button[value='up:line-3']")
    owner.press("#steps button[value=undo]")
    owner.press("#steps button[value=redo]")
    says(owner, "100")


def publish(owner: Desk) -> None:
    form = owner.page.locator("form[action$='/publish/']")
    form.locator("input[name=since]").fill("2026-13")
    with owner.page.expect_navigation():
        form.locator("button").click()
    says(owner, "请把月份写成 2026-11。")
    form.locator("input[name=since]").fill(FROM)
    with owner.page.expect_navigation():
        form.locator("button").click()
    says(owner, FROM, "至少 10 → 10", "达成率 × 40 分")
    keeps_quiet(owner, "草稿不计分")


def test_a_month_is_reviewed_appealed_against_and_closed(desk: OpenDesk, tmp_path: Path) -> None:
    """The walk of five people; the files alone are sent by a browser that runs scripts, as the page of uploads asks."""
    review_walk.prepare(tmp_path / "home")
    with serving(tmp_path / "home") as server:
        sender = desk(server).sign_in("owner")
        five = review_walk.sign_in(windows(desk, server))
        review_walk.review_month(five, tmp_path, nothing, sender=sender)
