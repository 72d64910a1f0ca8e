"""A month's review, from the files to the closed cycle, by five people with a browser each; what each must see.

The figures are worked out by hand from `month_team`: 林晓彤 has 89.3 and B before her appeal, 98.5 and A after it.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect
from pypdf import PdfReader

from tests import migrated
from tests.browser.conftest import Desk, environment
from tests.browser.month_team import CUT, HOST, MONTH, OTHER, OWNER, write_files
from tests.browser.walk import until, upload

Look = Callable[[str, Desk], None]
# the reviewed has a phone, whoever approves reads English
WHO: Mapping[str, Mapping[str, object]] = {
    "owner": {}, "hr": {}, "host": {"width": 390}, "manager": {}, "chief": {"language": "en-US"},
}  # fmt: skip
CYCLE = f"/reviews/cycles/{MONTH:%Y-%m}/"
REFUSED = "the server responded with a status of 422"
NOTE = b"%PDF-1.7 the door's record of the evening"


@dataclass
class Five:
    """The desks of who brings the data, runs the cycle, is reviewed, rates, and approves."""

    owner: Desk
    hr: Desk
    host: Desk
    manager: Desk
    chief: Desk


def prepare(home: Path) -> None:
    """An installation with the people of `month_team` and nothing else."""
    migrated.into(home)
    command = [sys.executable, "-m", "tests.browser.month_team"]
    subprocess.run(command, env=environment(home), cwd=Path(__file__).parents[2], check=True)


def sign_in(open_one: Callable[..., Desk]) -> Five:
    """`open_one(width=…, language=…)` opens a window."""
    return Five(**{who: open_one(**told).sign_in(who) for who, told in WHO.items()})


def review_month(five: Five, folder: Path, look: Look, *, sender: Desk | None = None) -> None:
    """From nothing but people and a scorecard to a closed cycle. `look` is called with each page worth a look.

    `folder`: where the month's files are written; `sender`: who uploads them (the owner).
    """
    files, evidence = write_files(folder), folder / "门禁记录.pdf"
    evidence.write_bytes(NOTE)
    bring_in(sender or five.owner, files, look)
    open_and_compute(five.hr, look)
    cut_short(five.owner)
    compute_again(five.hr, look)
    assess(five.host, five.hr, look)
    rate(five.manager, five.hr, look)
    calibrate(five.chief, five.hr, look)
    publish(five, look)
    acknowledge(five, look)
    appeal(five, evidence, look)
    decide(five.owner, look)
    correct(five.owner, look)
    read_what_changed(five.host, look)
    close(five.hr, look)


def says(desk: Desk, *words: str) -> None:
    """All of this stands on the page."""
    shown = desk.page.locator("main").inner_text()
    missing = [word for word in words if word not in shown]
    assert not missing, f"{missing} not on {desk.page.url}:\n{shown}"


def keeps_quiet(desk: Desk, *words: str) -> None:
    shown = desk.page.locator("main").inner_text()
    assert not [word for word in words if word in shown], desk.page.url


def refused(desk: Desk, *words: str) -> None:
    """The last press was refused with these words; a browser that runs scripts notes it in its console: no fault."""
    says(desk, *words)
    noted = [text for text in desk.errors if REFUSED in text]
    assert noted or not desk.script, desk.errors
    desk.errors[:] = [text for text in desk.errors if text not in noted]


def fill(desk: Desk, **said: str) -> None:
    """The fields of the form, by how their names begin."""
    for name, text in said.items():
        desk.page.locator(f"main form [name^='{name}']").first.fill(text)


def to_reviews(desk: Desk) -> None:
    """The page of reviews, from the navigation."""
    desk.press(".rail a[href='/reviews/'], .tabs a[href='/reviews/']")


def to_cycle(desk: Desk) -> None:
    to_reviews(desk)
    desk.press("main a[href='/reviews/cycles/']")
    desk.press(f"main a[href='{CYCLE}']")


def go_on(hr: Desk, stage: str) -> None:
    """HR takes the cycle to its next stage."""
    to_cycle(hr)
    hr.press("#next button.filled")
    expect(hr.page.locator("h1 .chip")).to_have_text(stage)


def to_review(desk: Desk, who: str) -> None:
    """A person's review, from the cycle's table."""
    to_cycle(desk)
    desk.press(f"#people th a:has-text('{who}')")


def bring_in(owner: Desk, files: list[Path], look: Look) -> None:
    """Upload, import, confirm who was on air."""
    owner.go("/")
    upload(owner, files)
    until(owner, "main a.button[href^='/shifts/']")
    owner.press("main a.button[href^='/shifts/']")
    look("shifts", owner)
    owner.press("form[action$='/shifts/confirm/'] button")
    until(owner, "form[action$='/shifts/undo/']")


def open_and_compute(hr: Desk, look: Look) -> None:
    """The cycle of the month with its proposed deadlines; computed once the figures are there."""
    to_reviews(hr)
    hr.press("main a[href='/reviews/cycles/']")
    # a month can be chosen once it is computed
    chip = f"#open a.chip[href^='?month={MONTH:%Y-%m}']"
    until(hr, chip)
    hr.press(chip)
    # the hosts alone: whoever manages has a scorecard of their own
    hr.page.locator("#open input[name=roles][value=host]").check()
    look("cycle-open", hr)
    hr.press("#open button.filled")
    says(hr, "2 份考核")
    go_on(hr, "收集数据")
    until(hr, "#next:not(:has(.item-icon.warn))")
    hr.press("#next button.filled")
    until(hr, "h1 .chip:text-is('已计算')")
    # a figure for each, and an item that waits for a person
    # 30 for the hours and 6,300 ÷ 6,000 × 50 for the sales, of the 80 that are known
    expect(hr.page.locator("#people tr").filter(has_text=HOST)).to_contain_text("103.1")
    look("cycle-computed", hr)


def cut_short(owner: Desk) -> None:
    """Somebody writes that one evening ended an hour earlier; it did not."""
    owner.go(f"/shifts/?from={MONTH:%Y-%m}-{CUT:02}&to={MONTH:%Y-%m}-{CUT:02}")
    row = owner.page.locator(".shift-row").filter(has_text=HOST)
    row.locator("a[href^='/shifts/']").first.click()
    form = owner.page.locator("form.shift-form")
    form.locator("input[name=end]").fill("21:00")
    form.locator("input[name=note]").fill("晚班提前下播")
    owner.press("form.shift-form button")


def compute_again(hr: Desk, look: Look) -> None:
    """What a later change does is shown item by item, with why."""
    to_cycle(hr)
    until(hr, "#next:not(:has(.item-icon.warn))")
    form = hr.page.locator("#next form:has(input[name=reason])")
    form.locator("input[name=reason]").fill("08-05 的班次改过")
    with hr.page.expect_navigation():
        form.locator("button").click()
    until(hr, "a[href^='?run=']")
    hr.press("a[href^='?run=']")
    rows = hr.page.locator("#diff tbody tr")
    expect(rows.filter(has_text="30.0 → 27.5")).to_contain_text(HOST)
    expect(rows.filter(has_text="52.5 → 45.8")).to_contain_text(HOST)
    expect(rows.filter(has_text=OTHER)).to_have_count(0)
    # (27.5 + 45.8) of 80
    expect(hr.page.locator("#people tr").filter(has_text=HOST)).to_contain_text("91.7")
    look("cycle-diff", hr)


def assess(host: Desk, hr: Desk, look: Look) -> None:
    go_on(hr, "自评")
    to_reviews(host)
    # neither figures nor points before it is published
    keeps_quiet(host, "91.7", "/ 100")
    host.press("main a[href$='/assess/'].button")
    fill(host, points="20", comment="每次都提前十分钟交接", evidence="08-04 断货，我换了备选款", strengths="晚场成交稳")
    look("assess", host)
    host.press("button[name=hand_in]")
    says(host, "自评已提交")


def rate(manager: Desk, hr: Desk, look: Look) -> None:
    go_on(hr, "上级评分")
    to_reviews(manager)
    says(manager, HOST, OTHER)
    # 11 of 12 hours and ¥5,500 of ¥6,000; all four hours and ¥3,000
    for who, told, points, words in (
        (HOST, ("27.5", "45.8"), "15", "交接清楚"), (OTHER, ("30.0", "25.0"), "8", "两次要人提醒"),
    ):  # fmt: skip
        to_reviews(manager)
        manager.press(f"main a.title:has-text('{who}')")
        keeps_quiet(manager, "晚场成交稳")
        says(manager, "上播时长达成率", *told)
        if who == HOST:
            # the highest points without saying what they rest on
            fill(manager, points="20")
            manager.press("button[name=hand_in]")
            refused(manager, "最高分和最低分需要证据")
        fill(manager, points=points, comment=words)
        look("rate", manager)
        manager.press("button[name=hand_in]")
    for who, praised in ((OTHER, "0"), (HOST, "1")):
        to_reviews(manager)
        manager.press(f"main a.title:has-text('{who}')")
        says(manager, "还没有等级", "还没有人记录次数")
        look("review-times", manager)
        for key, times in (("praised", praised), ("serious", "0")):
            form = manager.page.locator(f"form:has(input[name=key][value={key}])")
            form.locator("input[name=times]").fill(times)
            form.locator("input[name=reason]").fill("客服记录")
            with manager.page.expect_navigation():
                form.locator("button").click()
    # having handed in one reads what the other said of themselves; 88.3 and a point outside the hundred
    says(manager, "晚场成交稳", "89.3", "等级：B", "距离A还差 0.7 分", "+1.0")
    look("review-manager", manager)


def calibrate(chief: Desk, hr: Desk, look: Look) -> None:
    """The other host gets four points more, with a reason; the group is settled."""
    go_on(hr, "校准")
    to_cycle(chief)
    chief.press("main .actions a.button")
    says(chief, "89.3", "63.0")
    look("calibration", chief)
    chief.press(f"table.board a:has-text('{OTHER}')")
    line = chief.page.locator("li.item").filter(has_text="Working together")
    line.locator("summary").click()
    line.locator("input[name=points]").fill("12")
    line.locator("input[name=reason]").fill("两次都在换场前补上了")
    look("calibrate", chief)
    with chief.page.expect_navigation():
        line.locator("form button").click()
    says(chief, "8.0 → 12.0", "67.0 points per 100")
    chief.press(".crumbs a")
    chief.press("main .actions form button")
    says(chief, "Locked")


def publish(five: Five, look: Look) -> None:
    """Who changed a score publishes the others; somebody else publishes that one."""
    to_reviews(five.host)
    keeps_quiet(five.host, "89.3")
    to_cycle(five.chief)
    says(five.chief, "You rated or changed it; somebody else approves it.")
    look("publish", five.chief)
    five.chief.press("#next button.filled")
    says(five.chief, "1 review is published. 1 is held back")
    to_cycle(five.owner)
    five.owner.press("#next button.filled")
    expect(five.owner.page.locator("h1 .chip")).to_have_text("已公布")
    go_on(five.hr, "申诉期")


def acknowledge(five: Five, look: Look) -> None:
    """She reads every item and says that she has seen it; of whoever does not click the manager says how."""
    host, manager = five.host, five.manager
    to_reviews(host)
    host.press("main a.title:has-text('2026')")
    # 11 ÷ 12 × 30 + 5,500 ÷ 6,000 × 50 + 15, and 1 for praise
    says(host, "89.3", "27.5", "45.8", "15.0", "等级：B", "交接清楚")
    look("review-host", host)
    with host.page.expect_download() as saved:
        host.touch("main a[href$='/review.pdf']")
    assert "89.3" in "".join(page.extract_text() for page in PdfReader(saved.value.path()).pages)
    host.press("button:has-text('我已阅')")
    says(host, "不等于同意")
    to_review(manager, OTHER)
    manager.page.locator("input[name=note]").fill("当面说明，本人拿走一份")
    manager.press("button[value=delivered]")
    says(manager, "67.0", "当面说明，本人拿走一份")


def appeal(five: Five, evidence: Path, look: Look) -> None:
    """One shift is wrong: an hour of it is missing."""
    host = five.host
    to_reviews(host)
    host.press("main a.title:has-text('2026')")
    host.press("a[href*='line=airtime_attainment']")
    page = host.page
    page.locator("select[name=about]").select_option("shift")
    wrong = page.locator("select[name=shift]")
    wrong.select_option(wrong.locator("option").filter(has_text=f"08-{CUT:02}").get_attribute("value"))
    fill(host, text="我播到 22:00，直播间也是 22:00 下播。")
    page.set_input_files("input[type=file]", evidence)
    look("appeal-new", host)
    host.press("main form button.filled")
    says(host, "申诉中，结果未生效", f"由{OWNER}裁定", evidence.name)
    look("appeal-host", host)
    # nothing is closed over it
    to_cycle(five.hr)
    five.hr.press("#next button.filled")
    refused(five.hr, "还有 1 件申诉没有了结")


def decide(owner: Desk, look: Look) -> None:
    to_reviews(owner)
    owner.press("main a[href='/appeals/']")
    owner.press("#waiting a")
    says(owner, HOST, "27.5", "我播到 22:00")
    with owner.page.expect_download() as handed:
        owner.touch("main a[href*='/files/']")
    assert handed.value.path().read_bytes() == NOTE
    owner.page.locator("input[name=verdict][value=granted]").check()
    fill(owner, reason="直播明细也是 22:00 下播，属实")
    look("appeal-decide", owner)
    owner.press("form[action$='/decide/'] button")
    says(owner, "更正并重算")


def correct(owner: Desk, look: Look) -> None:
    """The shift on its own page; then, once the month is computed, the correction is named and the review follows."""
    to_reviews(owner)
    owner.press("main a[href='/appeals/']")
    owner.press("#waiting a")
    there = owner.page.url
    owner.press("main .actions a[href^='/shifts/']")
    owner.page.locator("form.shift-form input[name=end]").fill("22:00")
    owner.page.locator("form.shift-form input[name=note]").fill("按直播明细更正")
    owner.press("form.shift-form button")
    owner.page.goto(there)
    until(owner, "form[action$='/settle/']:not(:has(button[disabled])) input[type=checkbox]")
    owner.page.locator("form[action$='/settle/'] input[type=checkbox]").first.check()
    look("appeal-settle", owner)
    owner.press("form[action$='/settle/'] button")
    says(owner, "27.5", "30.0", "45.8", "52.5")
    look("appeal-settled", owner)


def read_what_changed(host: Desk, look: Look) -> None:
    """12 ÷ 12 × 30 + 6,300 ÷ 6,000 × 50 + 15 + 1: both items moved, and the grade."""
    to_reviews(host)
    says(host, "98.5")
    host.press("main a[href='/appeals/']")
    host.press("main ul.list a[href^='/appeals/']")
    says(host, "27.5", "30.0", "45.8", "52.5", "88.3", "97.5", "等级", "B", "系数", "1.2")
    look("appeal-diff", host)
    to_reviews(host)
    host.press("main a.title:has-text('2026')")
    says(host, "98.5", "等级：A", "30.0", "52.5")
    keeps_quiet(host, "结果未生效")
    look("review-again", host)
    # another version: to be seen again
    host.press("button:has-text('我已阅')")


def close(hr: Desk, look: Look) -> None:
    go_on(hr, "已关闭")
    row = hr.page.locator("#people tr").filter(has_text=HOST)
    expect(row).to_contain_text("98.5")
    look("cycle-closed", hr)
