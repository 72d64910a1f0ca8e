"""Every page, in both languages, on a desk and on a phone, light and dark: the promises made for all of them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Response
from tools.gallery import TITLES

from tests.browser.checks import axe_faults, read_faults, width_faults
from tests.browser.conftest import Desk, Server, open_desk
from tests.browser.pages import PAGES, Shown

pytestmark = pytest.mark.browser
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
NOT_FOUND = "the server responded with a status of 404"


@pytest.fixture(scope="module")
def desks(browser: Browser, sample: Server) -> Iterator[Callable[[str, str], Desk]]:
    """One window for each person and language, kept for all pages: signing in is slow by design."""
    kept: dict[tuple[str, str], Desk] = {}

    def desk(who: str, language: str) -> Desk:
        if (who, language) not in kept:
            made = open_desk(browser, sample, language=LANGUAGES[language])
            kept[who, language] = made if who == "nobody" else made.sign_in(who)
        return kept[who, language]

    yield desk
    for one in kept.values():
        one.page.context.close()


def looks() -> Iterator[object]:
    """The main pages, as the gallery shows them, in Chinese; the others and the English half are looked at by the CI's
    last step.
    """
    for shown in PAGES:
        for language in LANGUAGES:
            soon = language == "zh" and shown.name in TITLES
            yield pytest.param(shown, language, marks=() if soon else pytest.mark.slow, id=f"{shown.name}-{language}")


@pytest.mark.parametrize(("shown", "language"), list(looks()))
def test_a_page_keeps_every_promise(desks: Callable[[str, str], Desk], shown: Shown, language: str) -> None:
    desk = desks(shown.who, language)
    page, answers = desk.page, list[Response]()
    desk.errors.clear()
    page.set_viewport_size({"width": 1280, "height": 900})
    shown.open(lambda path: answers.append(desk.go(path)), page)
    faults = read_faults(page, answers[-1].body(), language)
    faults += width_faults(page, 1280)
    if language == "zh":
        faults += axe_faults(page, "light")
        page.emulate_media(color_scheme="dark")
        faults += axe_faults(page, "dark", rules=("color-contrast",))
        page.emulate_media(color_scheme="light")
    faults += width_faults(page, 390)
    if language == "zh":
        faults += axe_faults(page, "phone")
    faults += [error for error in desk.errors if not (answers[-1].status == 404 and NOT_FOUND in error)]
    faults += [f"asked {address}" for address in desk.foreign]
    assert not faults, "\n".join(faults)
