"""Invitations and links for a new password: once, in time, and one sentence for each way in which they are over."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.login import actions, throttle
from kaibo.login.links import LIFE, Gone
from kaibo.login.models import Link, LinkKind, Role, User

CHOSEN = {"username": "zhouke", "password": "a-new-one-26"}


@pytest.fixture
def invited(db) -> tuple[User, str]:
    user = actions.prepare_sign_in(by=None, username="", email="", role=Role.LEAD)
    return user, f"/invitation/{actions.make_link(by=None, user=user, kind=LinkKind.INVITATION)[1]}/"


def test_the_invited_choose_name_and_password_and_are_in(invited):
    user, path = invited
    browser = Client()
    assert "~" not in browser.get(path).content.decode(), "no name is proposed where none was given"
    assert browser.post(path, CHOSEN).url == "/"
    user.refresh_from_db()
    assert (user.username, user.is_active, user.roles) == ("zhouke", True, ["lead"])
    assert user.check_password("a-new-one-26")
    assert browser.get("/password/").status_code == 200
    told = AuditEvent.objects.get(verb="login.accept_invitation")
    assert (told.by_id, "a-new-one-26" in str(told.data)) == (user.pk, False)


def test_only_a_hash_of_a_link_is_kept(invited):
    text = invited[1].split("/")[2]
    assert text not in str(Link.objects.values_list())
    assert len(text) >= 32


@pytest.mark.parametrize(
    ("change", "said"),
    [({"used_at": True}, "已用过"), ({"revoked_at": True}, "已收回"), ({"expires_at": True}, "有效期到")],
)
def test_a_link_that_is_over_says_why_and_changes_nothing(invited, change, said):
    user, path = invited
    Link.objects.update(**dict.fromkeys(change, timezone.now()))
    for answer in (Client().get(path), Client().post(path, CHOSEN)):
        assert answer.status_code == 410
        assert said in answer.content.decode()
    user.refresh_from_db()
    assert not user.is_active


def test_an_address_of_somebody_invited_is_refused_without_their_made_up_name(db):
    actions.prepare_sign_in(by=None, username="", email="he@example.com", role=Role.PERSON)
    with pytest.raises(ValidationError) as refused:
        actions.prepare_sign_in(by=None, username="", email="HE@example.com", role=Role.PERSON)
    assert "HE@example.com" in refused.value.messages[0]
    assert "~" not in refused.value.messages[0]


def test_an_invitation_lasts_seven_days(invited):
    link = Link.objects.get()
    assert LIFE[LinkKind.INVITATION] == timedelta(days=7)
    assert timedelta(days=6, hours=23) < link.expires_at - link.made_at <= timedelta(days=7)


@pytest.mark.parametrize("wrong", [{"username": "WuTong"}, {"username": "a b"}, {"password": "short"}])
def test_what_is_refused_leaves_the_invitation_open(cast, invited, wrong):
    answer = Client().post(invited[1], CHOSEN | wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert Link.objects.get().used_at is None


def test_of_two_who_open_it_at_once_one_is_told(invited):
    user, _path = invited
    first, second = Link.objects.get(), Link.objects.get()
    actions.accept_invitation(by=user, link=first, **CHOSEN)
    with pytest.raises(Gone, match=r"用过|already"):
        actions.accept_invitation(by=user, link=second, **CHOSEN)


def test_a_link_for_a_new_password_ends_the_old_one_and_its_browsers(cast):
    browser = cast.client("host")
    path = f"/new-password/{actions.make_link(by=cast.owner, user=cast.host.user, kind=LinkKind.RESET)[1]}/"
    assert browser.get("/password/").status_code == 200, "until it is used nothing changes"
    visitor = Client()
    assert visitor.post(path, {"password": "a-new-one-26"}).url == "/sign-in/"
    assert browser.get("/password/").status_code == 302
    assert visitor.get("/password/").status_code == 302, "one still signs in with it"
    assert visitor.post("/sign-in/", {"username": "linxiaotong", "password": "a-new-one-26"}).url == "/"
    assert visitor.get(path).status_code == 410


def test_a_link_opens_only_its_own_kind(invited):
    assert Client().get(invited[1].replace("invitation", "new-password")).status_code == 404


def test_who_tries_links_that_do_not_exist_must_wait(invited):
    for number in range(throttle.LIMIT):
        assert Client().get(f"/invitation/{number}/").status_code == 404
    assert Client().get(invited[1]).status_code == 429
    assert AuditEvent.objects.filter(verb="login.throttled").count() == 1
    assert Client(REMOTE_ADDR="10.0.0.7").get(invited[1]).status_code == 200
