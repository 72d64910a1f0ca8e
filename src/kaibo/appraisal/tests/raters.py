"""A team in which people rate each other, for tests of who is invited and of what comes from below."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from kaibo.appraisal.actions import (
    change_reviewer,
    save_assessment,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.models import (
    Assessment,
    RaterKind,
    Review,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import computed, kept, opened, rated_card
from kaibo.login.models import Grant, Role, User
from kaibo.org.models import Appointment, Department, Person, Position

ITEM = 10


@contextmanager
def refused(why: str):
    with override("en"), pytest.raises(ValidationError, match=why):
        yield


def english(client, path: str) -> str:
    client.cookies["django_language"] = "en"
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def person(name: str, username: str, position: str, department: str, role: str = Role.PERSON) -> Person:
    made = Person.objects.create(name=name, user=User.objects.create_user(username, password="x", role=role))
    held = {"position": Position.objects.get(key=position), "department": Department.objects.get(name=department)}
    Appointment.objects.create(person=made, start=date(2026, 1, 1), **held)
    return made


def rating_team(cast):  # type: ignore[no-untyped-def]
    """吴桐 rates 林晓彤, 陈嘉禾 and two more hosts, who rate 吴桐 from below; 何川 stands elsewhere.

    The host's `craft` is the manager's and the peers'; the floor manager's `lead` is the manager's and the reports'.
    """
    cast.hosts = [cast.host, cast.host2, person("周一", "zhouyi", "host", "直播一部")]
    cast.hosts.append(person("郑二", "zhenger", "host", "直播一部"))
    cast.hr = person("人事", "renshi", "ads", "投放部", Role.HR)
    Grant.objects.update(start=date(2026, 1, 1))
    rated_card(
        cast.owner, "host", craft={"superior": 60, "peer": 40}, service={"other_department": 100}
    )  # fmt: skip
    rated_card(cast.owner, "floor_manager", lead={"superior": 50, "report": 50}, order={"superior": 100})
    for one in cast.hosts:
        kept(one, "host", [8])
    kept(cast.lead, "floor_manager", [8])
    cast.cycle = opened(cast.owner)
    computed(cast.cycle)
    cast.review = Review.objects.get(cycle=cast.cycle, person=cast.host)
    cast.above = Review.objects.get(cycle=cast.cycle, person=cast.lead)
    change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=cast.hr, reason="上级空缺")
    cast.review.refresh_from_db()
    cast.above.refresh_from_db()
    assert {one.reviewer for one in Review.objects.filter(person__in=cast.hosts)} == {cast.lead}
    return cast


def line(review: Review, key: str) -> ReviewLine:
    return ReviewLine.objects.get(review=review, key=key)


def give(by: Person, review: Review, kind: RaterKind, points: dict[str, str], *, words: str = "") -> Assessment:
    given = {key: Given(Decimal(one), evidence="10-14") for key, one in points.items()}
    return save_assessment(by=by.user, review=review, kind=kind, given=given, strengths=words, hand_in=True)
