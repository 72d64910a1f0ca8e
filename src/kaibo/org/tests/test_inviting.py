"""Inviting many at once: by page and by program, who is left out and why, and nobody beyond one's own rights."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.login.actions import prepare_sign_in
from kaibo.login.models import Link, Role, Scope, User
from kaibo.org import actions
from kaibo.org.models import Department, Person

pytestmark = pytest.mark.usefixtures("in_chinese")


def test_many_are_invited_and_who_cannot_be_is_told_with_why(cast):
    new = [Person.objects.create(name=name) for name in ("新人甲", "新人乙")]
    gone = Person.objects.create(name="走了的", active=False)
    client = cast.client("owner")
    page = client.get("/people/invite/").content.decode()
    assert "新人甲" in page
    assert "走了的" not in page
    assert "林晓彤" not in page, "she can sign in"
    chosen = {"person": [one.pk for one in (*new, gone, cast.host)]}
    answer = client.post("/people/invite/", chosen)
    told = answer.content.decode()
    assert "林晓彤 已经可以登录" in told
    assert "走了的 已离开团队" in told
    links = [link for _person, link in answer.context["links"]]
    assert len(links) == 2
    assert all(link in told for link in links)
    assert "no-store" in answer["Cache-Control"]
    # each is opened by whom it is for, who chooses name and password
    path = links[0].removeprefix("http://testserver")
    assert Client().get(path).status_code == 200
    assert AuditEvent.objects.filter(verb="invite_many").get().data["members"]["count"] == 2
    # again, for all of a filter: the former link opens nothing any more
    former = Link.objects.get(user=Person.objects.get(name="新人乙").user)
    again = client.post("/people/invite/?q=乙", {"all": "1"})
    assert [person.name for person, _link in again.context["links"]] == ["新人乙"]
    former.refresh_from_db()
    assert former.revoked_at is not None
    assert client.post("/people/invite/", {}).status_code == 422


def test_two_who_invite_the_same_person_at_once_make_one_sign_in(cast):
    """The second has read the person before the first came."""
    person = Person.objects.create(name="新人甲")
    read_before, users = Person.objects.get(pk=person.pk), User.objects.count()
    first, _text = actions.invite(by=cast.owner, person=person)
    second, _text = actions.invite(by=cast.owner, person=read_before)
    assert second.user == first.user == Person.objects.get(pk=person.pk).user
    assert User.objects.count() == users + 1
    first.refresh_from_db()
    assert first.revoked_at is not None


def test_nobody_invites_into_more_than_they_may(cast):
    """A sign-in that an owner prepared as an owner's: HR would get it by taking the link."""
    hr = User.objects.create_user("hr", role=Role.HR)
    boss = Person.objects.create(
        name="新老板", user=prepare_sign_in(by=cast.owner, username="", email="", role=Role.OWNER)
    )
    with pytest.raises(ValidationError):
        actions.invite(by=hr, person=boss)
    made = actions.invite_many(by=hr, people=[boss])
    assert (len(made.invited), [person.name for person, _why in made.skipped]) == (0, ["新老板"])
    assert not Link.objects.exists()


def test_what_begins_later_or_reaches_further_counts_too(cast):
    """An invitation that nobody has opened yet lasts until the role begins."""
    hr = User.objects.create_user("hr", role=Role.HR)
    later = Person.objects.create(
        name="下月接任", user=prepare_sign_in(by=cast.owner, username="", email="", role=Role.PERSON)
    )
    actions.give_role(
        by=cast.owner, user=later.user, role=Role.OWNER, scope=Scope.COMPANY,
        start=timezone.localdate() + timedelta(days=30),
    )  # fmt: skip
    with pytest.raises(ValidationError):
        actions.invite(by=fresh(hr), person=later)
    made = actions.invite_many(by=fresh(hr), people=[later])
    assert (len(made.invited), [person.name for person, _why in made.skipped]) == (0, ["下月接任"])
    # HR of one department, and one who will be HR of the company in it
    live = Department.objects.get(name="直播一部")
    part = User.objects.create_user("part", role=None)
    actions.give_role(
        by=cast.owner, user=part, role=Role.HR, scope=Scope.DEPARTMENT, department=live, start=timezone.localdate()
    )
    there = {}
    for name, scope, department in (
        ("同部门", Scope.DEPARTMENT, live), ("全公司", Scope.COMPANY, None),
        ("别的部门", Scope.DEPARTMENT, Department.objects.get(name="投放部")),
    ):  # fmt: skip
        user = prepare_sign_in(by=cast.owner, username="", email="", role=Role.PERSON)
        there[name] = Person.objects.create(name=name, user=user)
        actions.give_role(
            by=cast.owner, user=user, role=Role.HR, scope=scope, department=department, start=timezone.localdate()
        )
    assert actions.invite(by=fresh(part), person=there["同部门"])[0].user == there["同部门"].user
    for name in ("全公司", "别的部门"):
        with pytest.raises(ValidationError):
            actions.invite(by=fresh(part), person=there[name])
    assert Link.objects.count() == 1


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)
