"""Signing in, the first run, language and appearance."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.login import throttle
from kaibo.login.models import Role, SignInFailure, User

OWNER = {"name": "苏敏", "username": "sumin", "password": "kaibo-demo-1"}


@pytest.mark.django_db
def test_an_empty_installation_leads_to_its_first_run():
    answer = Client().get("/sign-in/", follow=True)
    assert answer.redirect_chain == [("/start/", 302)]
    assert answer.status_code == 200


@pytest.mark.django_db
def test_the_first_run_makes_one_owner_and_signs_in():
    browser = Client()
    assert browser.post("/start/", OWNER).url == "/"
    owner = User.objects.get()
    assert (owner.roles, str(owner), owner.pk) == ([Role.OWNER], "苏敏", int(browser.session["_auth_user_id"]))
    assert AuditEvent.objects.get().verb == "login.make_owner"


def test_the_first_run_is_gone_once_there_is_a_user(cast):
    before = User.objects.count()
    assert Client().post("/start/", OWNER).status_code == 302
    assert User.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"password": "short"}, {"password": "password"}, {"username": "a b"}, {"name": ""}])
def test_a_wrong_first_run_keeps_what_was_typed(wrong):
    answer = Client().post("/start/", OWNER | wrong)
    assert answer.status_code == 422
    assert not User.objects.exists()
    assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "密码太短，至少 8 位。"), ("en", "Too short: at least 8 characters.")]
)
def test_a_short_password_is_refused_in_the_readers_language(language, words):
    answer = Client(headers={"accept-language": language}).post("/start/", OWNER | {"password": "abcdefg"})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_signing_in_goes_on_to_the_page_that_was_asked_for(cast):
    asked = Client().get("/look/")
    assert asked.url == "/sign-in/?next=/look/"
    answer = Client().post(asked.url, {"username": "owner", "password": "kaibo-demo-1", "next": "/look/"})
    assert answer.url == "/look/"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_signing_in_never_goes_to_another_host(cast, target):
    answer = Client().post("/sign-in/", {"username": "owner", "password": "kaibo-demo-1", "next": target})
    assert answer.url == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(cast):
    answer = Client().post("/sign-in/", {"username": "owner", "password": "wrong"})
    assert answer.status_code == 422
    assert 'value="owner"' in answer.content.decode()


def test_ten_wrong_passwords_make_one_wait_even_with_the_right_one(cast):
    for _ in range(throttle.LIMIT):
        Client().post("/sign-in/", {"username": "owner", "password": "wrong"})
    right = {"username": "Owner", "password": "kaibo-demo-1"}
    assert Client().post("/sign-in/", right).status_code == 429
    assert Client(REMOTE_ADDR="10.0.0.7").post("/sign-in/", right | {"username": "owner"}).status_code == 302
    assert AuditEvent.objects.get(verb="login.throttled").by_name == "kaibo"
    SignInFailure.objects.update(at=timezone.now() - throttle.WINDOW)
    assert Client().post("/sign-in/", right | {"username": "owner"}).status_code == 302


def test_a_right_password_ends_the_count(cast):
    for _ in range(throttle.LIMIT - 1):
        Client().post("/sign-in/", {"username": "owner", "password": "wrong"})
    Client().post("/sign-in/", {"username": "owner", "password": "kaibo-demo-1"})
    assert not SignInFailure.objects.exists()


def test_the_language_is_remembered_with_browser_and_user(cast):
    browser = cast.client("host")
    answer = browser.post("/language/", {"language": "en", "next": "/look/"})
    assert answer.url == "/look/"
    assert browser.cookies["django_language"].value == "en"
    cast.host.user.refresh_from_db()
    assert cast.host.user.language == "en"
    again = Client().post("/sign-in/", {"username": "linxiaotong", "password": "kaibo-demo-1"})
    assert again.cookies["django_language"].value == "en"


@pytest.mark.django_db
def test_the_language_can_be_chosen_before_signing_in_and_unknown_ones_are_ignored():
    assert Client().post("/language/", {"language": "en"}).cookies["django_language"].value == "en"
    assert "django_language" not in Client().post("/language/", {"language": "xx"}).cookies


@pytest.mark.parametrize("theme", ["dark", "light", ""])
def test_the_theme_is_remembered_and_drawn(cast, theme):
    browser = cast.client("owner")
    browser.post("/theme/", {"theme": theme})
    cast.owner.refresh_from_db()
    assert cast.owner.theme == theme
    html = browser.get("/look/").content.decode()
    assert (f'data-theme="{theme}"' in html) is bool(theme)


def test_signing_out_needs_a_post(cast):
    browser = cast.client("owner")
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/look/").status_code == 302


def test_a_signed_in_user_is_not_asked_again(cast):
    assert cast.client("owner").get("/sign-in/").url == "/"


NEW = {"old_password": "kaibo-demo-1", "new_password1": "a-new-one-26", "new_password2": "a-new-one-26"}


def test_one_changes_the_own_password_and_stays_signed_in(cast):
    browser, elsewhere = cast.client("host"), cast.client("host")
    assert browser.post("/password/", NEW).url == "/password/"
    assert "a-new-one-26" not in browser.get("/password/").content.decode()
    assert elsewhere.get("/password/").status_code == 302
    assert AuditEvent.objects.get(verb="login.change_password").data == {}
    cast.host.user.refresh_from_db()
    assert cast.host.user.check_password("a-new-one-26")


@pytest.mark.parametrize(
    "wrong", [{"old_password": "not-it"}, {"new_password2": "another-26"}, {"new_password1": "1", "new_password2": "1"}]
)
def test_a_refused_password_changes_nothing(cast, wrong):
    assert cast.client("host").post("/password/", NEW | wrong).status_code == 422
    cast.host.user.refresh_from_db()
    assert cast.host.user.check_password("kaibo-demo-1")


@pytest.mark.django_db
def test_two_first_runs_at_once_make_one_owner():
    with CaptureQueriesContext(connection) as seen:
        Client().post("/start/", OWNER)
    alone = any("LOCK TABLE" in query["sql"] for query in seen)
    assert alone or connection.vendor == "sqlite", "elsewhere two transactions would both find no user"


@pytest.mark.django_db
def test_a_language_that_nobody_offers_is_no_language_of_the_owner():
    browser = Client()
    browser.cookies["django_language"] = "x" * 200
    assert browser.post("/start/", OWNER).status_code == 302
    assert User.objects.get().language == ""
