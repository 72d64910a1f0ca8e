"""Signing in through the company, against a real OpenID Connect provider that is started here."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.test import Client

from kaibo.audit.models import AuditEvent
from kaibo.login import factors
from kaibo.login.actions import set_email
from kaibo.login.models import User

# the provider's library warns of its own future
pytestmark = pytest.mark.filterwarnings("ignore")
SUBJECT = "s-1042"


class Provider:
    """The provider, and a way to tamper with the ID tokens that it hands out."""

    def __init__(self, application: Callable[..., list[bytes]]) -> None:
        self.application = application
        self.tamper: Callable[[str], str] | None = None
        self.url = ""

    def __call__(self, environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        if not self.tamper or environ["PATH_INFO"] != "/oauth2/token":
            return self.application(environ, start)
        said: list[object] = []
        body = json.loads(b"".join(self.application(environ, lambda *head: said.append(head))))
        body["id_token"] = self.tamper(body["id_token"])
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    def knows(self, **claims: object) -> None:
        requests.put(f"{self.url}/users/{SUBJECT}", json=claims, timeout=60).raise_for_status()


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    import oidc_provider_mock
    from werkzeug.serving import make_server

    made = Provider(oidc_provider_mock.app())
    server = make_server("localhost", 0, made, threaded=True)
    made.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(served: Provider, settings, cast) -> Provider:
    settings.OIDC = {"issuer": served.url, "client_id": "kaibo", "client_secret": "geheim", "name": "企业登录"}
    served.tamper = None
    served.knows(email="Tong@example.com", email_verified=True)
    User.objects.filter(pk=cast.lead.user.pk).update(email="tong@example.com")
    return served


def changed(url: str, **query: str) -> str:
    parts = urlsplit(url)
    read = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    return parts._replace(query=urlencode(read)).geturl()


def there_and_back(browser: Client, **asked: str) -> str:
    """Go to the provider, say who one is, and the path with which it sends the browser back."""
    away = changed(browser.get("/sign-in/company/?next=/people/").url, **asked)
    back = requests.post(away, data={"sub": SUBJECT}, allow_redirects=False, timeout=60).headers["Location"]
    return back.removeprefix("http://testserver")


def signed_in(browser: Client) -> bool:
    return browser.get("/password/").status_code == 200


def refused(browser: Client, path: str, said: str, status: int = 403) -> None:
    before = User.objects.count()
    answer = browser.get(path)
    assert (answer.status_code, signed_in(browser), User.objects.count()) == (status, False, before)
    assert said in answer.content.decode()


def test_the_button_leads_there_and_who_is_known_by_address_comes_in(provider):
    browser = Client()
    assert "企业登录" in browser.get("/sign-in/").content.decode()
    away = browser.get("/sign-in/company/").url
    assert away.startswith(f"{provider.url}/oauth2/authorize?")
    assert "code_challenge_method=S256" in away
    assert browser.get(there_and_back(browser)).url == "/people/"
    assert signed_in(browser)
    assert AuditEvent.objects.get(verb="login.link_company").data["subject"] == SUBJECT


def test_once_linked_the_address_may_change(provider, cast):
    first = Client()
    first.get(there_and_back(first))
    provider.knows(email="another@example.com", email_verified=True)
    again = Client()
    assert again.get(there_and_back(again)).url == "/people/"
    assert int(again.session["_auth_user_id"]) == cast.lead.user.pk


def test_another_address_cuts_the_link(provider, cast):
    first = Client()
    first.get(there_and_back(first))
    cast.lead.user.refresh_from_db()
    set_email(by=cast.owner, user=cast.lead.user, email="another@example.com")
    again = Client()
    refused(again, there_and_back(again), "Tong@example.com")


def test_a_second_factor_is_still_asked_for(provider, cast):
    factors.add_app(by=cast.lead.user, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    browser = Client()
    assert browser.get(there_and_back(browser)).url == "/sign-in/second/"
    assert not signed_in(browser)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "stranger@example.com", "email_verified": True}, "stranger@example.com"),
        ({"email": "tong@example.com", "email_verified": False}, "没有说明"),
        ({"email": "tong@example.com"}, "没有说明"),
        ({}, "没有给出邮箱"),
    ],
)
def test_nobody_is_made_and_an_address_must_be_verified(provider, claims, said):
    provider.knows(**claims)
    browser = Client()
    refused(browser, there_and_back(browser), said)


def test_who_has_left_or_has_not_come_yet_stays_out(provider, cast):
    User.objects.filter(pk=cast.lead.user.pk).update(is_active=False)
    browser = Client()
    refused(browser, there_and_back(browser), "这个账号已停用")
    User.objects.filter(pk=cast.lead.user.pk).update(password="!")
    refused(browser, there_and_back(browser), "邀请")


def test_another_subject_with_the_same_address_is_not_the_same_person(provider, cast):
    from allauth.socialaccount.models import SocialAccount

    SocialAccount.objects.create(provider=provider.url, uid="s-0001", user=cast.lead.user)
    browser = Client()
    refused(browser, there_and_back(browser), "另一个")


def test_a_forged_state_a_replayed_answer_and_anothers_answer_are_refused(provider):
    browser, thief = Client(), Client()
    back = there_and_back(browser)
    refused(browser, changed(back, state="x" * 16), "没有对应")
    refused(thief, back, "没有对应")
    assert browser.get(back).url == "/people/"
    browser.post("/sign-out/")
    refused(browser, back, "没有对应")


def test_a_wrong_nonce_is_refused_and_written_down(provider):
    browser = Client()
    refused(browser, there_and_back(browser, nonce="not-ours"), "无法验证")
    assert "nonce" in AuditEvent.objects.get(verb="login.company_refused").data["why"]


def _parts(token: str) -> list[str]:
    return token.split(".")


def _packed(said: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def _with(token: str, **claims: object) -> str:
    head, body, signature = _parts(token)
    read = json.loads(base64.urlsafe_b64decode(body + "=="))
    return ".".join([head, _packed(read | claims), signature])


TAMPERED: dict[str, Callable[[str], str]] = {
    "another subject": lambda token: _with(token, sub="boss"),
    "no signature": lambda token: ".".join([_packed({"alg": "none"}), _parts(token)[1], ""]),
    "signed with what everybody knows": lambda token: ".".join([_packed({"alg": "HS256"}), *_parts(token)[1:]]),
    "not a token": lambda token: "x",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_the_company_did_not_sign_is_refused(provider, how):
    provider.tamper = TAMPERED[how]
    browser = Client()
    refused(browser, there_and_back(browser), "无法验证")
    assert AuditEvent.objects.filter(verb="login.company_refused").count() == 1


def test_a_token_made_for_another_program_is_refused(provider, settings):
    browser = Client()
    back = there_and_back(browser)
    settings.OIDC = {**settings.OIDC, "client_id": "another"}
    refused(browser, back, "无法验证")


def test_a_provider_that_is_down_or_another_says_so(provider, settings):
    settings.OIDC = {**settings.OIDC, "issuer": "http://localhost:9"}
    refused(Client(), "/sign-in/company/", "没有正常回应", 503)
    settings.OIDC = {**settings.OIDC, "issuer": f"{provider.url}/../"}
    refused(Client(), "/sign-in/company/", "没有正常回应", 503)


def test_breaking_off_there_leads_back(provider):
    browser = Client()
    state = parse_qs(urlsplit(browser.get("/sign-in/company/").url).query)["state"][0]
    refused(browser, f"/sign-in/company/answer/?error=access_denied&state={state}", "中断")
