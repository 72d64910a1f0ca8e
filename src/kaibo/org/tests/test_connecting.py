"""An owner's sign-in becomes a person's: it is made before there is anyone whose it could be."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from kaibo.audit.models import AuditEvent
from kaibo.login.models import Role, User
from kaibo.org import actions
from kaibo.org.models import Person


@pytest.fixture(autouse=True)
def _in_chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def alone(cast):
    """The owner belongs to no person; a person of the same name has been added."""
    assert not hasattr(cast.owner, "person")
    return Person.objects.create(name="苏敏")


def test_an_owner_says_on_the_page_that_the_sign_in_is_theirs(cast, alone):
    client = cast.client("owner")
    assert "还没有对应的人员" in client.get("/me/").content.decode()
    assert client.post(f"/people/{alone.pk}/sign-in/", {"sign_in": cast.owner.pk}).status_code == 302
    assert Person.objects.get(pk=alone.pk).user == cast.owner
    assert client.get("/me/").url.startswith(f"/people/{alone.pk}/")
    assert "还没有对应的人员" not in client.get("/duties/mine/").content.decode()
    told = AuditEvent.objects.get(verb="connect_sign_in")
    assert (told.by_id, told.data["username"]) == (cast.owner.pk, cast.owner.username)
    # nobody else's page offers it any more
    assert "/sign-in/" not in client.get(f"/people/{Person.objects.create(name='新人甲').pk}/").content.decode()


def test_a_mistake_is_taken_back(cast, alone):
    client = cast.client("owner")
    client.post(f"/people/{alone.pk}/sign-in/", {"sign_in": cast.owner.pk})
    client.post(f"/people/{alone.pk}/sign-in/part/")
    assert Person.objects.get(pk=alone.pk).user is None
    assert User.objects.get(pk=cast.owner.pk).is_active
    assert "还没有对应的人员" in client.get("/me/").content.decode()
    assert AuditEvent.objects.get(verb="part_sign_in").data["username"] == cast.owner.username


def test_a_sign_in_of_somebody_else_is_refused_in_words(cast, alone):
    client = cast.client("owner")
    # it is not among those to choose from
    answer = client.post(f"/people/{alone.pk}/sign-in/", {"sign_in": cast.host.user_id})
    assert answer.status_code == 422
    with pytest.raises(ValidationError, match="属于别人"):
        actions.connect_sign_in(by=cast.owner, person=alone, user=cast.host.user)
    with pytest.raises(ValidationError, match="已经有登录账号"):
        actions.connect_sign_in(by=cast.owner, person=cast.host, user=cast.owner)
    gone = Person.objects.create(name="走了的", active=False)
    with pytest.raises(ValidationError, match="已离开"):
        actions.connect_sign_in(by=cast.owner, person=gone, user=cast.owner)
    assert not AuditEvent.objects.filter(verb="connect_sign_in").exists()


def test_only_owners_say_whose_a_sign_in_is(cast, alone):
    hr = User.objects.create_user("hr2", password="kaibo-Test-1", role=Role.HR)
    with pytest.raises(ValidationError, match="只有所有者"):
        actions.connect_sign_in(by=hr, person=alone, user=hr)
    with pytest.raises(ValidationError, match="只有所有者"):
        actions.part_sign_in(by=hr, person=cast.host)
    assert Person.objects.get(pk=alone.pk).user is None


def test_who_is_nobody_and_no_owner_is_told_whom_to_ask(cast, client):
    client.force_login(User.objects.create_user("nobody", password="kaibo-Test-1"))
    told = client.get("/me/").content.decode()
    assert "请所有者" in told
    assert "/people/" not in told.partition("<main")[2]
