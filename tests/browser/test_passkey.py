"""A passkey in a real browser, with Chromium's virtual device: made, then asked for at the next sign-in."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PASSWORD, Server, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def test_a_passkey_is_made_and_then_signs_in(browser: Browser, empty: Server) -> None:
    # browsers know passkeys under a name only, not under an address of numbers
    url = empty.url.replace("127.0.0.1", "localhost")
    desk = open_desk(browser, Server(url, empty.home))
    page = desk.page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    desk.go("/start/")
    for name, text in [("name", "苏敏"), ("username", "sumin"), ("password", PASSWORD)]:
        page.fill(f"[name={name}]", text)
    desk.press("form.card button")
    desk.go("/security/passkey/")
    page.fill("[name=name]", "手机")
    desk.press("form[data-passkey] button")
    assert page.locator("#codes li").count() == 10
    page.context.clear_cookies()
    desk.go("/sign-in/")
    page.fill("[name=username]", "sumin")
    page.fill("[name=password]", PASSWORD)
    desk.press("form.card button.filled")
    assert page.url.endswith("/sign-in/second/")
    desk.press("form[data-passkey] button")
    assert page.url == f"{url}/"
    assert (desk.errors, desk.foreign) == ([], [])
    page.context.close()
