"""The frame and the states page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

LOOK = settings.PACKAGE / "look"


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("lead", 200), ("host", 404), ("nobody", 302)])
def test_states_page_is_for_leads(cast, who, status):
    assert cast.client(who).get("/look/").status_code == status


def test_the_frame_has_landmarks_language_and_nothing_from_elsewhere(cast):
    html = cast.client("owner").get("/look/").content.decode()
    assert '<html lang="zh-Hans"' in html
    assert 'class="skip" href="#content"' in html
    assert html.count("<main") == 1
    assert "<h1>" in html
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html)
    assert not re.findall(r"<script(?![^>]*src=)", html)
    for nav in re.findall(r"<nav[^>]*>", html):
        assert "aria-label" in nav


def test_every_icon_a_template_names_is_in_the_sprite():
    sprite = (LOOK / "static/look/icons.svg").read_text()
    named = set()
    for path in settings.PACKAGE.rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text()))
        named |= set(re.findall(r'icon="([\w-]+)"', path.read_text()))
    for path in settings.PACKAGE.rglob("*.py"):
        named |= set(re.findall(r'icon="([\w-]+)"', path.read_text()))
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


def test_the_style_sheets_stay_small_and_ask_no_other_host():
    sheets = sorted((LOOK / "static/look").glob("*.css"))
    assert len(sheets) <= 3
    for sheet in sheets:
        text = sheet.read_text()
        assert len(text.splitlines()) <= 400
        assert "http" not in text.replace("http://www.w3.org", "")


def test_every_colour_used_is_a_token():
    """Colours are spelled once, in the tokens: so that dark and print follow."""
    for name in ("parts.css", "figures.css"):
        text = re.sub(r"@media print.*", "", (LOOK / "static/look" / name).read_text(), flags=re.S)
        assert re.findall(r"#[0-9a-f]{3,8}\b", text) == []


def test_vendored_licences_are_there():
    assert Path(LOOK / "static/look/fonts/OFL.txt").exists()
    assert len(list((LOOK / "static/look/vendor").glob("*LICENSE.txt"))) == 2


@pytest.mark.parametrize(("who", "has_rail"), [("owner", True), ("nobody", False)])
def test_what_is_not_there_is_said_in_the_house_style(cast, who, has_rail):
    client = cast.client(who)
    client.raise_request_exception = False
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    html = answer.content.decode()
    assert "这里没有你能看的内容" in html
    assert ('class="rail"' in html) is has_rail


def test_a_fault_is_said_without_knowing_anyone(cast):
    html = render_to_string("500.html")
    assert "是我们这边出了错" in html
    assert "look/kaibo.css" in html


def test_a_stale_form_is_said_in_words(cast):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/", {"username": "owner"})
    assert answer.status_code == 403
    assert "这一页打开得太久了" in answer.content.decode()


def test_no_tag_tells_other_hosts_or_runs_inline(cast):
    answer = cast.client("owner").get("/look/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
