"""Second factors: setting one up, signing in with it, losing it, and who must have one."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.login import factors, throttle
from kaibo.login.models import SignInFailure, User
from kaibo.login.tokens import make_token

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RIGHT = {"username": "linxiaotong", "password": "kaibo-demo-1"}


def code(secret: str = SECRET, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def signed_in(client: Client) -> bool:
    return client.get("/password/").status_code == 200


@pytest.fixture
def host(cast) -> User:
    """林晓彤 with an authenticator app; `host.codes` are the recovery codes."""
    user: User = cast.host.user
    user.codes = factors.add_app(by=user, secret=SECRET)
    return user


def after_password(**more: str) -> Client:
    browser = Client(**more)
    assert browser.post("/sign-in/", RIGHT | {"next": "/shifts/"}).url == "/sign-in/second/"
    assert not signed_in(browser)
    return browser


def test_an_app_is_set_up_with_its_first_code_and_asked_for_from_then_on(cast):
    browser, elsewhere = Client(), Client()
    for one in (browser, elsewhere):
        one.post("/sign-in/", RIGHT)
    page = browser.get("/security/app/")
    secret = page.context["secret"].replace(" ", "")
    assert "<svg" in page.content.decode()
    assert browser.post("/security/app/", {"code": "000000"}).status_code == 422
    assert not Authenticator.objects.exists()
    made = browser.post("/security/app/", {"code": code(secret)})
    codes = made.context["codes"]
    assert len(set(codes)) == 10
    assert all(one in made.content.decode() for one in codes)
    assert codes[0] not in browser.get("/security/").content.decode(), "shown once"
    assert (signed_in(browser), signed_in(elsewhere)) == (True, False)
    assert secret not in str(Authenticator.objects.values_list("data"))
    assert secret not in str(AuditEvent.objects.values_list("payload__data"))
    third = after_password()
    assert third.post("/sign-in/second/", {"code": code(secret)}).url == "/shifts/"
    assert signed_in(third)


def test_a_code_opens_once_and_a_wrong_one_nothing(host):
    now = code()
    browser, thief = after_password(), after_password()
    assert browser.post("/sign-in/second/", {"code": "123"}).status_code == 422
    assert browser.post("/sign-in/second/", {"code": now}).url == "/shifts/"
    assert thief.post("/sign-in/second/", {"code": now}).status_code == 422
    assert not signed_in(thief)


@pytest.mark.parametrize(("later", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
@time_machine.travel("2026-11-20 12:00:00.5+08:00", tick=False)
def test_a_code_opens_while_it_is_typed_and_sent_and_on_a_clock_that_is_a_little_off(host, later, opens):
    typed = code(later=later)
    assert (after_password().post("/sign-in/second/", {"code": typed}).status_code == 302) is opens


def test_a_recovery_code_opens_once_and_says_how_many_are_left(host):
    browser = after_password()
    assert browser.post("/sign-in/second/", {"code": host.codes[3]}).url == "/shifts/"
    assert "9" in str(next(iter(browser.get("/security/").context["messages"])))
    assert AuditEvent.objects.filter(verb="login.used_recovery_code", by_id=host.pk).count() == 1
    assert after_password().post("/sign-in/second/", {"code": host.codes[3]}).status_code == 422
    fresh = browser.post("/security/codes/").context["codes"]
    assert not set(fresh) & set(host.codes)
    assert after_password().post("/sign-in/second/", {"code": host.codes[4]}).status_code == 422


def test_ten_wrong_codes_make_one_wait_from_everywhere_even_with_the_right_one(host):
    browser = after_password()
    for number in range(throttle.LIMIT):
        browser.post("/sign-in/second/", {"code": f"{number:06}x"})
    elsewhere = after_password(REMOTE_ADDR="10.0.0.7")
    assert elsewhere.post("/sign-in/second/", {"code": code()}).status_code == 429
    assert AuditEvent.objects.get(verb="login.throttled").data["what"] == "second factor"
    SignInFailure.objects.update(at=timezone.now() - throttle.WINDOW)
    assert elsewhere.post("/sign-in/second/", {"code": code()}).status_code == 302


def test_the_second_step_alone_opens_nothing(host):
    assert Client().get("/sign-in/second/").url == "/sign-in/"
    assert Client().post("/sign-in/second/", {"code": code()}).url == "/sign-in/"
    browser = after_password()
    User.objects.filter(pk=host.pk).update(is_active=False)
    assert browser.post("/sign-in/second/", {"code": code()}).url == "/sign-in/"


@pytest.mark.parametrize("junk", ["", "{}", "[]", '"x"', '{"id": "AA", "rawId": "AA", "response": {}}'])
def test_a_broken_passkey_is_one_refusal(host, junk):
    answer = after_password(HTTP_HOST="localhost").post("/sign-in/second/", {"credential": junk}, HTTP_HOST="localhost")
    assert answer.status_code == 422
    browser = Client(HTTP_HOST="localhost")
    browser.force_login(host)
    session = browser.session
    session["confirmed_at"] = time.time()
    session.save()
    browser.get("/security/passkey/")
    assert browser.post("/security/passkey/", {"name": "x", "credential": junk}).status_code == 422


def test_what_guards_the_sign_in_is_changed_only_after_saying_who_one_is(host, cast):
    browser = cast.client("host")
    assert browser.get("/security/app/").url == "/confirm/?next=/security/app/"
    assert browser.post(f"/security/factors/{Authenticator.objects.first().pk}/remove/").url.startswith("/confirm/")
    assert browser.post("/confirm/", {"password": "wrong"}).status_code == 422
    assert browser.post("/confirm/", {"password": "kaibo-demo-1", "next": "/security/app/"}).url == "/security/app/"
    assert browser.get("/security/app/").status_code == 200


def test_nobody_touches_anothers_factor_and_the_last_takes_the_codes_along(host, cast):
    factor = factors.factors_of(host).app
    other, own = Client(), after_password()
    other.post("/sign-in/", {"username": "chenjiahe", "password": "kaibo-demo-1"})
    assert other.post(f"/security/factors/{factor.pk}/remove/").status_code == 404
    own.post("/sign-in/second/", {"code": code()})
    own.post(f"/security/factors/{factor.pk}/remove/")
    assert not Authenticator.objects.exists()
    host.refresh_from_db()
    assert not host.second_factor


def test_whoever_must_have_one_can_do_nothing_else_before(cast, settings):
    settings.SECOND_FACTOR_ROLES = ["lead"]
    lead = Client()
    lead.post("/sign-in/", {"username": "wutong", "password": "kaibo-demo-1"})
    for path in ("/", "/people/", "/upload/", "/tokens/"):
        assert lead.get(path).url == "/security/", path
    token = {"Authorization": f"Bearer {make_token(by=cast.lead.user, name='script')[1]}"}
    refused = Client().get("/api/v1/batches/", headers=token)
    assert (refused.status_code, "second factor" in refused.json()["error"]) == (403, True)
    assert lead.get("/security/").status_code == 200
    secret = lead.get("/security/app/").context["secret"].replace(" ", "")
    lead.post("/security/app/", {"code": code(secret)})
    assert lead.get("/people/").status_code == 200
    assert Client().get("/api/v1/batches/", headers=token).status_code == 200
    assert cast.client("host").get("/").status_code == 200, "others are not asked"
    lead.post(f"/security/factors/{Authenticator.objects.get(type='totp').pk}/remove/")
    assert Authenticator.objects.filter(type="totp").exists(), "the last one stays"


def test_a_lost_phone_is_taken_off_by_the_owner_who_hands_over_no_secret(host, cast):
    browser = after_password()
    browser.post("/sign-in/second/", {"code": code()})
    owner = cast.client("owner")
    assert cast.client("lead").post(f"/people/{cast.host.pk}/second-factor/remove/").status_code == 404
    assert owner.post(f"/people/{cast.host.pk}/second-factor/remove/").status_code == 302
    assert not signed_in(browser)
    assert Client().post("/sign-in/", RIGHT).url == "/"
    assert AuditEvent.objects.get(verb="login.remove_all_factors").by_id == cast.owner.pk


def test_browsers_are_listed_and_signed_out_one_or_all(cast):
    browsers = [
        Client(HTTP_USER_AGENT=agent) for agent in ("X Chrome/1 Windows", "X Firefox/1 Linux", "iPhone Safari/1")
    ]
    for one in browsers:
        one.post("/sign-in/", RIGHT)
    listed = browsers[0].get("/security/").context["browsers"]
    assert listed[0].name == "Chrome · Windows"
    assert {row.name for row in listed} == {"Chrome · Windows", "Firefox · Linux", "Safari · iPhone"}
    assert [row.here for row in listed] == [True, False, False]
    firefox = next(row for row in listed if "Firefox" in row.name)
    browsers[0].post("/security/sessions/end/", {"browser": firefox.pk})
    assert [signed_in(one) for one in browsers] == [True, False, True]
    for nobodys in ("9" * 30, "9" * 5000, "²"):
        assert browsers[0].post("/security/sessions/end/", {"browser": nobodys}).status_code == 302
    assert [signed_in(one) for one in browsers] == [True, False, True]
    browsers[0].post("/security/sessions/end/")
    assert [signed_in(one) for one in browsers] == [True, False, False]
    assert len(browsers[0].get("/security/").context["browsers"]) == 1


def test_last_seen_is_written_every_few_minutes_and_not_on_each_request(cast):
    from allauth.usersessions.models import UserSession
    from django.core.cache import cache

    browser = Client()
    browser.post("/sign-in/", RIGHT)
    browser.get("/password/")
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/password/").status_code == 200
    assert asked
    assert not [one["sql"] for one in asked if not one["sql"].startswith("SELECT")]
    assert UserSession.objects.get().last_seen_at < timezone.now() - timedelta(minutes=50)
    cache.clear()
    browser.get("/password/")
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_a_new_password_ends_the_other_browsers(cast):
    here, there = Client(), Client()
    for one in (here, there):
        one.post("/sign-in/", RIGHT)
    new = {"old_password": "kaibo-demo-1", "new_password1": "a-new-one-26", "new_password2": "a-new-one-26"}
    here.post("/password/", new)
    assert (signed_in(here), signed_in(there)) == (True, False)
    assert [row.here for row in here.get("/security/").context["browsers"]] == [True]


@pytest.mark.parametrize("name", ["account/login.html", "mfa/authenticate.html", "usersessions/usersession_list.html"])
def test_no_page_of_the_library_can_be_shown(name):
    with pytest.raises(TemplateDoesNotExist):
        get_template(name)
