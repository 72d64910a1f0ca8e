"""Every page a person can reach in the sample, as links to follow: its months and ids move with the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from playwright.sync_api import Page

from kaibo.sample.generate import drawn
from kaibo.sample.sales import month_end
from kaibo.sample.story import ZONE

PATH = "#path .path-column:nth-child({}) a.path-row >> nth={}"
SESSION, SEGMENT, ROW = PATH.format(1, 1), PATH.format(2, -1), PATH.format(3, 0)
A_SESSION = "main td a[href^='/sessions/']"
OPEN_SHIFT = "main .shift-row .who a"


def sample_month() -> date:
    """The first day of the month that the sample tells of in full: unasked, pages show the newest days, after it."""
    now = datetime.now(ZONE)
    first = previous(now.date().replace(day=1))
    return previous(first) if now < drawn(first, settled=False) else first


def sample_days() -> str:
    """The sample's month as the list of sessions takes it."""
    return f"from={sample_month()}&to={month_end(sample_month())}"


def previous(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


# the last broadcast that ends at midnight on the dot: an ordinary evening with two hosts
EVENING = "main tr:has-text('旗舰店'):has-text('24:00') td a[href^='/sessions/']"


@dataclass(frozen=True)
class Shown:
    """A page, for `who` (a sample sign-in, or nobody): open `path`, then follow each link of `trail`.

    A part of it that begins with “?” is asked of the page where one is.
    """

    name: str
    who: str
    path: str
    trail: tuple[str, ...] = ()

    def open(self, go: Callable[[str], object], page: Page) -> None:
        """Walk there. Links are followed by address, so that what htmx would swap is loaded whole."""
        go(self.path)
        for selector in self.trail:
            if selector.startswith("?"):
                go(page.evaluate("asked => location.pathname + asked", selector))
                continue
            href = page.locator(selector).first.get_attribute("href")
            assert href, f"{selector} on {page.url} leads nowhere"
            go(page.evaluate("h => { const u = new URL(h, location); return u.pathname + u.search }", href))


# by the name of either language
HOST = "main a:is(:has-text('主播'), :has-text('Host'))"
A_REVIEW = "main a.title[href^='/reviews/']:not([href$='/rate/'], [href$='/say/'])"
A_BOARD_ROW = "main table.board a"
AN_APPEAL = "main ul.list a[href^='/appeals/']"
A_DRAFT = "main a[href^='/cards/drafts/']"
ON_AIR = "main a:is(:has-text('直播现场'), :has-text('The broadcast'))"


PAGES = (
    Shown("sign-in", "nobody", "/sign-in/"),
    Shown("password", "host", "/password/"),
    Shown("security", "host", "/security/"),
    Shown("tokens", "owner", "/tokens/"),
    Shown("home-owner", "owner", "/"),
    Shown("home-lead", "lead", "/"),
    Shown("home-host", "host", "/"),
    Shown("upload", "owner", "/upload/"),
    Shown("sources", "owner", "/sources/"),
    Shown("mappings", "owner", "/mappings/"),
    Shown("batches", "owner", "/batches/"),
    Shown("batch-orders", "owner", "/batches/", ("main a:has-text('订单')",)),
    Shown("batch-roster", "owner", "/batches/", ("main a:has-text('排班表')",)),
    Shown("row", "owner", "/batches/", ("main a:has-text('订单')", "main a[href*='/rows/']")),
    Shown("job", "owner", "/jobs/1/"),
    Shown("roster", "owner", "/roster/"),
    Shown("codes", "owner", "/codes/"),
    Shown("code", "owner", "/codes/?edit=A1"),
    Shown("tags", "owner", "/tags/"),
    Shown("matches", "owner", "/matches/"),
    Shown("matches-lead", "lead", "/matches/?kind=shifts"),
    Shown("simulcasts", "owner", "/simulcasts/"),
    Shown("rates", "owner", "/rates/"),
    Shown("outages", "owner", "/outages/"),
    Shown("outages-host", "host", "/outages/"),
    Shown("ad-accounts", "owner", "/ad-accounts/"),
    Shown("readings", "owner", "/readings/"),
    Shown("readings-host", "host", "/readings/"),
    Shown("left-out", "owner", "/left-out/"),
    Shown("left-out-lines", "owner", "/left-out/", ("main tbody a.door",)),
    Shown("responsibilities", "owner", "/rooms/", ("main a[href^='/rooms/'][href*='1']", "a[href$='/responsible/']")),
    Shown("rooms", "owner", "/rooms/"),
    Shown("room", "owner", "/rooms/", ("main a[href^='/rooms/'][href*='1']",)),
    Shown("people", "owner", "/people/"),
    Shown("person", "owner", "/people/", ("main a:has-text('林晓彤')",)),
    Shown("positions", "owner", "/positions/"),
    Shown("positions-host", "host", "/positions/?by=level"),
    Shown("position", "owner", "/positions/", (HOST,)),
    Shown("position-edit", "owner", "/positions/", (HOST, "main .actions a.filled")),
    Shown("chart", "owner", "/organisation/"),
    Shown("chart-host", "host", "/organisation/?q=主播&fold=all"),
    Shown("department", "owner", "/organisation/", ("main a.edit",)),
    Shown("duties", "owner", "/duties/"),
    Shown("duties-edit", "owner", "/duties/edit/"),
    Shown("duties-mine", "host", "/duties/mine/"),
    Shown("process", "owner", "/duties/", (ON_AIR,)),
    Shown("handbook", "owner", "/positions/handbook/"),
    Shown("shifts", "owner", "/shifts/"),
    Shown("shifts-lead", "lead", "/shifts/"),
    Shown("shift-open", "owner", "/shifts/", (OPEN_SHIFT,)),
    Shown("shift-add", "owner", "/shifts/", ("main a[href*='/shifts/add/']",)),
    Shown("shifts-own", "host", "/shifts/", ("main a[href*='month=']",)),
    Shown("shift-own", "host", "/me/", ("main a[href^='/shifts/'][href$='/']",)),
    Shown("calendar", "owner", "/calendar/", ("main .strip a.button",)),
    Shown("calendar-day", "owner", "/calendar/?view=day", ("main .strip a.button",)),
    Shown("line-named", "service", "/me/", ("main a[href*='/satisfaction/']",)),
    Shown("calendar-month", "owner", f"/calendar/?view=month&day={sample_month()}"),
    Shown("calendar-host", "host", f"/calendar/?view=month&day={sample_month()}"),
    Shown("plan-shift", "owner", "/calendar/", ("main .actions a.filled",)),
    Shown("sessions", "owner", "/sessions/"),
    Shown("sessions-host", "host", "/sessions/"),
    Shown("session", "owner", f"/sessions/?{sample_days()}", (EVENING,)),
    Shown("session-open", "owner", "/sessions/", (A_SESSION,)),
    Shown("session-host", "host", "/sessions/", (A_SESSION,)),
    Shown("session-edit", "owner", "/sessions/", (A_SESSION, "a[href$='/edit/']")),
    Shown("daily", "owner", "/daily/"),
    Shown("daily-empty", "owner", "/daily/", ("main .filters a[href*='from='] >> nth=1",)),
    Shown("team", "owner", "/team/"),
    Shown("team-lead", "lead", "/team/"),
    Shown("team-sorted", "owner", "/team/", ("main thead a.sort[href*='sort=-net_paid']",)),
    Shown("compare", "owner", "/team/compare/?people=1&people=2&people=3"),
    Shown("month", "host", "/me/"),
    Shown("month-owner", "owner", "/people/", ("main a:has-text('吴桐')", "main a[href^='/people/'].filled")),
    Shown("month-empty", "host", "/people/1/2020-01/"),
    Shown("line-first", "host", "/me/", ("main a[href*='/net_paid/']",)),
    Shown("line-session", "host", "/me/", ("main a[href*='/net_paid/']", SESSION)),
    Shown("line-segment", "host", "/me/", ("main a[href*='/net_paid/']", SESSION, SEGMENT)),
    Shown("line", "host", "/me/", ("main a[href*='/net_paid/']", SESSION, SEGMENT, ROW)),
    Shown("rate", "host", "/me/", ("main a[href*='/view_order_rate/']",)),
    Shown("rate-row", "host", "/me/", ("main a[href*='/view_order_rate/']", SESSION, ROW)),
    Shown("hours", "host", "/me/", ("main a[href*='/airtime_attainment/']",)),
    Shown("hours-row", "host", "/me/", ("main a[href*='/airtime_attainment/']", SESSION, ROW)),
    Shown("refunds", "host", "/me/", ("main a[href*='/refund_rate/']",)),
    Shown("month-ads", "ads", "/me/"),
    Shown("line-ads", "ads", "/me/", ("main a[href*='/ad_roi/']",)),
    Shown("month-floor", "floor", "/me/"),
    Shown("month-service", "service", "/me/"),
    Shown("month-tech", "tech", "/me/"),
    Shown("reviews", "host", "/reviews/"),
    Shown("reviews-manager", "manager", "/reviews/"),
    Shown("review", "host", "/reviews/", (A_REVIEW,)),
    Shown("review-rate", "manager", "/reviews/", ("main a:has-text('顾北辰')",)),
    Shown("review-notes", "lead", "/reviews/", (A_REVIEW, "main a[href$='/notes/']")),
    Shown("cycles", "hr", "/reviews/cycles/"),
    Shown("cycle-template", "hr", "/reviews/cycles/template/"),
    Shown("cycle", "hr", f"/reviews/cycles/{sample_month():%Y-%m}/"),
    Shown("cycle-owner", "owner", f"/reviews/cycles/{previous(sample_month()):%Y-%m}/"),
    Shown("calibration", "ceo", f"/calibration/{sample_month():%Y-%m}/"),
    Shown("calibrate", "ceo", f"/calibration/{sample_month():%Y-%m}/", (A_BOARD_ROW,)),
    Shown("appeals", "ceo", "/appeals/"),
    Shown("appeals-host", "host", "/appeals/"),
    Shown("appeal", "host", "/appeals/", (AN_APPEAL,)),
    Shown("appeal-open", "ceo", "/appeals/", (AN_APPEAL,)),
    Shown("appeal-new", "host", "/reviews/", (A_REVIEW, "main a[href^='/appeals/new/']")),
    Shown("appeal-counts", "hr", "/appeals/", ("main .actions a",)),
    Shown("cards", "owner", "/cards/"),
    Shown("card", "owner", "/cards/host/?version=2"),
    Shown("card-compare", "owner", "/cards/host/?version=2&against=1"),
    Shown("card-import", "owner", "/cards/import/"),
    Shown("card-kpis", "owner", "/cards/kpis/"),
    Shown("card-draft", "owner", "/cards/", (A_DRAFT,)),
    Shown("card-preview", "owner", "/cards/", (A_DRAFT, "?person=1")),
    Shown("card-item", "owner", "/cards/", (A_DRAFT, "main a[href*='/items/line-8/']")),
    Shown("card-item-new", "owner", "/cards/", (A_DRAFT, "main a[href$='/items/new/']")),
    Shown("card-rated-new", "owner", "/cards/", (A_DRAFT, "main a[href*='rated=1']")),
    Shown("card-rule", "owner", "/cards/", (A_DRAFT, "main a[href*='/items/line-8/']", "main a[href*='/rules/']")),
    Shown("card-parts", "owner", "/cards/", (A_DRAFT, "main a[href$='/parts/']")),
    Shown("card-effect", "owner", "/cards/", (A_DRAFT, "main a[href$='/effect/']")),
    Shown("audit", "owner", "/audit/"),
    Shown("roles", "owner", "/roles/"),
    Shown("months", "owner", "/months/"),
    Shown("closing", "owner", "/months/", (f"main a[href='/months/{sample_month():%Y-%m}/']",)),
    Shown("missing", "host", "/people/1/1999-13/"),
    Shown("states", "owner", "/look/"),
)
