"""Writes docs/gallery: the main pages of the sample, desk and phone, Chinese and English.

    make gallery

Pages come from a sample made for the purpose and served as anyone's; nothing is retouched. Takes five minutes.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.browser import review_walk, walk
from tests.browser.conftest import ARGS, Desk, Server, environment, open_desk, serving
from tests.browser.pages import PAGES, Shown

from tools.browser import HELP, find_browser
from tools.png import smaller

FOLDER = Path(__file__).resolve().parent.parent / "docs/gallery"
WIDTHS, LANGUAGES = (1280, 390), {"zh": "zh-CN", "en": "en-US"}
HIGHEST = 2000
TITLES = {
    "line": "One line of a score, down to the file row",
    "line-ads": "The same for an ads buyer: the platform's ROI, to the hour of the ad account",
    "line-named": "The same for customer service: rows of the file that name the person",
    "month": "My month",
    "month-ads": "The month of an ads buyer, by the rooms that they answer for",
    "month-floor": "The month of a floor manager",
    "month-service": "The month of someone in customer service",
    "team": "The team's month: everyone in a role, without ranks",
    "compare": "Three people side by side, with where and when they worked",
    "home-host": "Home of a host",
    "home-owner": "Home of the owner",
    "session": "A session: crew over the orders of each minute",
    "sessions": "Sessions",
    "calendar": "The week, as planned and as it was",
    "calendar-month": "The month's roster, until it is published",
    "room": "A room: targets by day, who answers for it, outages",
    "shifts": "Shifts to confirm",
    "daily": "Daily report",
    "people": "People",
    "person": "A person: positions, terms and stages by day, sign-in, other spellings",
    "audit": "The audit: who did what to what, when and why",
    "positions": "Positions by department: what each is there for",
    "position": "A position: duties, skills, the KPIs that judge it, whom it reports to",
    "duties": "Who has which part in what the team does",
    "duties-mine": "What am I responsible for",
    "chart": "The organisation as of a day",
    "matches": "What files leave in doubt, settled by keyboard or in bulk",
    "reviews": "Reviews from one's own side",
    "review": "A published review: points by item, each down to its file, words of both sides",
    "review-rate": "Rating what no figure tells, beside what the figures say",
    "reviews-manager": "Reviews from the side of who rates",
    "cycle": "A review cycle: its stages, what its data lacks, the next step, everyone in it",
    "walk-cycle-diff": "What computing a cycle again changed, item by item, with why",
    "walk-review-times": "A review before it is final: what is outside the 100 is written down with what it rests on",
    "calibration": "Calibration: how scores are spread, how raters give; people by name",
    "walk-calibrate": "One review in calibration: other points with a reason, a preview that counts nothing",
    "walk-review-again": "A published review with its grade, why it is that one, and what is outside the 100",
    "appeals": "Appeals: what waits for one, and others'",
    "walk-appeal-decide": "An appeal with its evidence, before whoever is independent decides",
    "walk-appeal-diff": "A granted appeal: old and new side by side, the second level still open",
    "cards": "Scorecards in use",
    "card": "A scorecard, to be read and handed on",
    "card-compare": "Two versions of a scorecard, item by item",
    "card-draft": "The editor: a draft with weights, order, grades, gates, one real month under it",
    "card-item": "The editor: one item with its bands",
    "card-parts": "The editor: sections, grades, gates, bonus and deduction items",
    "card-effect": "What a draft would change: who would have more or less, the distribution, what it pays",
    "months": "Months: what is open, what is closed",
    "closing": "What stands against closing a month",
    "left-out": "What was left out, and why",
    "outages": "Outages, recorded by one and confirmed by another",
    "tags": "Orders that are no sales: rules and lists",
    "readings-host": "Copying the screen at handover",
    "sources": "What Kaibo reads, and what each file makes possible",
    "batches": "Batches",
    "upload": "Upload",
    "upload-preview": "How a file was understood, before it counts",
    "roster-asks": "What a roster asks, once",
    "first-run": "First run",
    "sign-in": "Sign in",
    "states": "States: empty, waiting, wrong",
}
# the pages that were drawn first: docs/look
DRAWN = {
    "line": ("explain-desk", "explain-phone"),
    "month": ("month-desk", "month-phone"),
    "team": ("team-desk", "team-dark"),
    "home-owner": ("home-desk",),
    "session": ("session-desk", "session-dark"),
    "card-draft": ("scorecard-desk",),
    "states": ("states-desk",),
}
WALK = "walk-"
DARK = ("line", "session", "team", "month")


def main() -> int:
    """Make the sample, take every picture, write the index. The exit code."""
    path = find_browser()
    if path is None:
        print(HELP)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        home, empty, small = Path(made, "sample"), Path(made, "empty"), Path(made, "small")
        subprocess.run(
            [sys.executable, "-m", "kaibo.site", "demo", "--prepare-only"], env=environment(home), check=True
        )
        empty.mkdir()
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        with serving(empty) as server:
            newcomer(browser, server, sorted((home / "sample-files").iterdir()))
        review_walk.prepare(small)
        with serving(small) as server:
            reviewed(browser, server, Path(made))
        with serving(home) as server:
            everyone(browser, server)
        browser.close()
    (FOLDER / "README.md").write_text(index(), encoding="utf-8")
    print(f"{sum(p.stat().st_size for p in FOLDER.glob('*.png')) / 1e6:.1f} MB in {FOLDER}")
    return 0


def everyone(browser: Browser, server: Server) -> None:
    """The pages of the sample's people."""
    shown = [one for one in PAGES if one.name in TITLES]
    for width in WIDTHS:
        for language in LANGUAGES:
            for who in sorted({one.who for one in shown}):
                desk = open_desk(browser, server, width=width, language=LANGUAGES[language])
                if who != "nobody":
                    desk.sign_in(who)
                for one in shown:
                    if one.who == who:
                        picture(desk, one, width, language)
                desk.page.context.close()


def picture(desk: Desk, shown: Shown, width: int, language: str) -> None:
    shown.open(desk.go, desk.page)
    shoot(desk, f"{shown.name}-{width}-{language}")
    if shown.name in DARK and language == "zh":
        desk.page.emulate_media(color_scheme="dark")
        shoot(desk, f"{shown.name}-dark-{width}-{language}")
        desk.page.emulate_media(color_scheme="light")


def newcomer(browser: Browser, server: Server, files: list[Path]) -> None:
    """The pages that only a beginner sees: they come in this order, so each is taken four times before the next."""
    desks = {
        (width, language): open_desk(browser, server, width=width, language=LANGUAGES[language])
        for width in WIDTHS
        for language in LANGUAGES
    }
    first = desks[WIDTHS[0], "zh"]
    for (width, language), desk in desks.items():
        desk.go("/")
        shoot(desk, f"first-run-{width}-{language}")

    def look(name: str) -> None:
        if name not in TITLES or name == "first-run":
            return
        path = first.page.evaluate("location.pathname")
        for (width, language), desk in desks.items():
            if "sessionid" not in {cookie["name"] for cookie in desk.page.context.cookies()}:
                desk.sign_in("sumin", walk.PASSWORD)
            desk.go(path)
            shoot(desk, f"{name}-{width}-{language}")

    first.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    walk.first_run(first)
    walk.upload(first, files, look)
    walk.explain_roster(first, look)
    for desk in desks.values():
        desk.page.context.close()


def reviewed(browser: Browser, server: Server, folder: Path) -> None:
    """Pages that only the review of a month shows, on the way through it; each is taken before the next step."""
    wanted = {name.removeprefix(WALK) for name in TITLES if name.startswith(WALK)}
    five = review_walk.sign_in(lambda **told: open_desk(browser, server, **told))
    beside: dict[tuple[str, int, str], Desk] = {}

    def look(name: str, at: Desk) -> None:
        if name not in wanted:
            return
        wanted.remove(name)
        who = next(one for one in review_walk.WHO if getattr(five, one) is at)
        path = at.page.evaluate("location.pathname + location.search")
        for width in WIDTHS:
            for language in LANGUAGES:
                key = (who, width, language)
                if key not in beside:
                    beside[key] = open_desk(browser, server, width=width, language=LANGUAGES[language]).sign_in(who)
                beside[key].go(path)
                shoot(beside[key], f"{WALK}{name}-{width}-{language}")

    review_walk.review_month(five, folder, look)
    if wanted:
        raise ValueError(f"not on the way: {wanted}")
    for desk in (*beside.values(), *(getattr(five, who) for who in review_walk.WHO)):
        desk.page.context.close()


def shoot(desk: Desk, name: str) -> None:
    """The whole page, as if the window were that high, but not higher than HIGHEST."""
    size = desk.page.viewport_size or {"width": 1280, "height": 900}
    whole = desk.page.evaluate("document.documentElement.scrollHeight")
    desk.page.set_viewport_size({"width": size["width"], "height": min(max(whole, size["height"]), HIGHEST)})
    png = desk.page.screenshot(animations="disabled")
    desk.page.set_viewport_size(size)
    blank = desk.page.context.new_page()
    (FOLDER / f"{name}.png").write_bytes(smaller(blank, png))
    blank.close()
    print(name, flush=True)


def index() -> str:
    """The gallery's README: one section a page."""
    parts = [
        "# Gallery\n",
        "Every picture is a page of the sample (all names and numbers are made up), taken by `make gallery`.\n",
        "Pages that were drawn first stand beside their drawing ([the visual language](../look/README.md)).\n",
        "Date and time fields speak the language of the browser that took the picture, not of the page.\n",
    ]
    for name, title in TITLES.items():
        parts.append(f"## {title}\n")
        drawn = [f"[![{one} as drawn](../look/{one}.png)](../look/{one}.png)" for one in DRAWN.get(name, ())]
        parts.append(f"As it was drawn: {' '.join(drawn)}\n\nAs it is:\n" if drawn else "")
        for kind in (name, f"{name}-dark"):
            for width in WIDTHS:
                files = [f"{kind}-{width}-{language}.png" for language in LANGUAGES]
                shown = [f"[![{file}]({file})]({file})" for file in files if (FOLDER / file).exists()]
                parts.append(" ".join(shown) + "\n" if shown else "")
    return "\n".join(part for part in parts if part)


if __name__ == "__main__":
    sys.exit(main())
