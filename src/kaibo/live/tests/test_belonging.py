"""Which department a room belongs to from a day on: what is said, corrected, taken away and refused."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaibo.audit.models import AuditEvent
from kaibo.live import actions
from kaibo.live.belonging import departments_on, history
from kaibo.live.models import Account, RoomDepartment, Session
from kaibo.live.tests.night import at, room
from kaibo.org.actions import add_department, close_department, save_department
from kaibo.org.models import Appointment, Department


@pytest.fixture
def studio(cast):
    return room()


@pytest.fixture
def one(cast):
    return Department.objects.get(name="直播一部")


@pytest.fixture
def two(cast):
    return add_department(by=cast.owner, name="直播九部")


def place(studio, department, month, day=1):
    return actions.place_room(by=None, account=studio, department=department, start=date(2026, month, day))


def held(studio, *days):
    return [departments_on(day).get(studio.pk) for day in days]


def test_a_room_belongs_to_a_department_until_it_is_said_otherwise(studio, one, two):
    place(studio, one, 10)
    place(studio, two, 11, 15)
    place(studio, None, 12)
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 11, 14), date(2026, 11, 15), date(2026, 12, 1)]
    assert held(studio, *days) == [None, one, one, two, None]
    # what is said of days before holds until then, and another room knows nothing of it
    place(studio, two, 9)
    assert held(studio, *days) == [two, one, one, two, None]
    other = Account.objects.create(handle="other", name="生活馆")
    assert departments_on(date(2026, 11, 20), [other.pk]) == {}
    told = history(studio, date(2026, 11, 20))
    assert [(row.row.department, row.until, row.now) for row in told] == [
        (None, None, False), (two, date(2026, 12, 1), True), (one, date(2026, 11, 15), False),
        (two, date(2026, 10, 1), False),
    ]  # fmt: skip


def test_a_second_word_on_a_day_corrects_the_first_and_the_same_again_is_refused(studio, one, two):
    place(studio, one, 11)
    with pytest.raises(ValidationError, match="2026-11-01"):
        place(studio, one, 11, 20)
    place(studio, two, 11)
    assert [row.department for row in RoomDepartment.objects.all()] == [two]
    assert AuditEvent.objects.filter(verb="place_room").latest("pk").data["former"] == one.name
    with pytest.raises(ValidationError, match="不归属任何部门"):
        place(studio, None, 10)


def test_what_was_a_mistake_is_taken_away_once_and_what_held_before_goes_on(studio, one, two):
    place(studio, one, 10)
    wrong = place(studio, two, 11)
    actions.take_room_out(by=None, placed=wrong)
    assert held(studio, date(2026, 11, 5)) == [one]
    # a second click finds a row that is gone
    again = RoomDepartment(pk=one.pk + 1000, account=studio, department=two, start=date(2026, 11, 1))
    actions.take_room_out(by=None, placed=again)
    assert AuditEvent.objects.filter(verb="take_room_out").count() == 1


def test_a_department_that_is_not_there_then_takes_no_room(cast, studio, one, two):
    save_department(by=cast.owner, department=two, name=two.name, opened_on=date(2026, 11, 1))
    with pytest.raises(ValidationError, match="2026-11-01"):
        place(studio, two, 10)
    placed = place(studio, two, 11)
    # as it could be closed before rooms stood in the way
    Department.objects.filter(pk=two.pk).update(closed_on=date(2026, 11, 10))
    two.refresh_from_db()
    with pytest.raises(ValidationError, match="2026-11-10"):
        actions.place_room(
            by=None, account=Account.objects.create(handle="b", name="b"), department=two, start=date(2026, 11, 2)
        )
    # a room that stays in it is not forgotten: its page says so
    placed.refresh_from_db()
    page = cast.client("owner").get(f"/rooms/{studio.pk}/").content.decode()
    assert "直播九部从" in page
    assert "已撤销" in page


def test_a_department_with_rooms_is_not_closed_until_they_are_moved(cast, studio, one, two):
    other = Account.objects.create(handle="other", name="生活馆")
    place(studio, two, 10)
    place(other, two, 11)
    owner, url = cast.client("owner"), f"/departments/{two.pk}/close/"
    refused = owner.post(url, {"day": "2026-11-10"})
    assert refused.status_code == 422
    told = refused.content.decode()
    assert "还有 2 个直播间归属该部门：生活旗舰店、生活馆" in told
    assert "请先在直播间页面上设置之后归属的部门" in told
    two.refresh_from_db()
    assert two.closed_on is None
    # the day on which the last one leaves is the first without it
    place(studio, one, 11)
    place(other, None, 11, 10)
    with pytest.raises(ValidationError, match="生活馆"):
        close_department(by=cast.owner, department=two, day=date(2026, 11, 9))
    assert owner.post(url, {"day": "2026-11-10"})["Location"] == "/organisation/"
    two.refresh_from_db()
    assert two.closed_on == date(2026, 11, 10)


def test_a_room_to_come_stands_in_the_way_and_one_that_left_does_not(cast, studio, one, two):
    place(studio, one, 10)
    place(studio, two, 12)
    with pytest.raises(ValidationError, match="生活旗舰店"):
        close_department(by=cast.owner, department=two, day=date(2026, 11, 1))
    Appointment.objects.filter(department=one).delete()
    close_department(by=cast.owner, department=one, day=date(2026, 12, 1))


def test_the_departments_page_lists_its_rooms_with_their_days(cast, studio, one, two):
    others = [Account.objects.create(handle=f"r{n}", name=f"房间{n}") for n in range(3)]
    place(studio, one, 9)
    place(studio, two, 10)
    place(others[0], one, 10)
    place(others[1], one, 12)
    owner, url = cast.client("owner"), f"/departments/{one.pk}/"
    with time_machine.travel(at("11-15 12:00"), tick=False):
        page = owner.get(url)
        shown = [(row.name, row.start, row.until, row.now) for row in page.context["rooms"]]
        assert shown == [
            ("房间0", date(2026, 10, 1), None, True), ("房间1", date(2026, 12, 1), None, False),
            ("生活旗舰店", date(2026, 9, 1), date(2026, 10, 1), False),
        ]  # fmt: skip
        text = page.content.decode()
        assert f'href="/rooms/{others[0].pk}/"' in text
        assert "归属该部门的直播间" in text
        with CaptureQueriesContext(connection) as before:
            owner.get(url)
        place(others[2], one, 10)
        with CaptureQueriesContext(connection) as after:
            owner.get(url)
    assert len(after) == len(before)


def test_the_months_on_air_of_every_room_from_that_day_are_computed_again(cast, studio, one):
    other = Account.objects.create(handle="other", name="生活馆")
    for account, when in ((studio, "09-20"), (other, "10-30"), (studio, "12-02")):
        Session.objects.create(account=account, start=at(f"{when} 20:00"), end=at(f"{when} 22:00"), by_hand=True)
    placed = place(studio, one, 10, 15)
    assert AuditEvent.objects.get(verb="place_room").data["months"] == ["2026-10", "2026-12"]
    actions.take_room_out(by=None, placed=placed)
    assert AuditEvent.objects.get(verb="take_room_out").data["months"] == ["2026-10", "2026-12"]


def test_a_night_past_the_end_of_a_month_is_of_the_month_before(studio, one):
    """Where the room belongs from 30 November on, the night that begins at 2 on 1 December is that day's."""
    Session.objects.create(account=studio, start=at("12-01 02:00"), end=at("12-01 06:00"), by_hand=True)
    place(studio, one, 11, 30)
    assert AuditEvent.objects.get(verb="place_room").data["months"] == ["2026-11"]
    # from 1 December on that night is none of its days, nor is what is over when the day begins
    place(studio, None, 12)
    assert AuditEvent.objects.filter(verb="place_room").latest("pk").data["months"] == []
    Session.objects.create(account=studio, start=at("12-01 05:00"), end=at("12-01 07:00"), by_hand=True)
    place(studio, None, 11, 30)
    assert AuditEvent.objects.filter(verb="place_room").latest("pk").data["months"] == ["2026-11", "2026-12"]


def test_the_rooms_page_says_it_and_its_list_is_narrowed_by_it(cast, studio, one, two):
    other = Account.objects.create(handle="other", name="生活馆")
    owner = cast.client("owner")
    assert 'name="department"' not in owner.get("/rooms/").content.decode()
    said = {"department": one.pk, "start": "2026-11-01"}
    assert owner.post(f"/rooms/{studio.pk}/department/", said)["Location"] == f"/rooms/{studio.pk}/"
    refused = owner.post(f"/rooms/{studio.pk}/department/", said)
    assert refused.status_code == 422
    assert "已归属直播一部" in refused.content.decode()
    place(other, two, 11)
    save_department(by=cast.owner, department=two, name=two.name, parent=one)

    def listed(query=""):
        return [account.name for account, _ in owner.get(f"/rooms/{query}").context["rooms"]]

    assert sorted(listed()) == sorted([studio.name, "生活馆"])
    assert listed(f"?department={two.pk}") == ["生活馆"]
    # with what is below it
    assert sorted(listed(f"?department={one.pk}")) == sorted([studio.name, "生活馆"])
    assert sorted(listed("?department=no")) == sorted([studio.name, "生活馆"])
    # who may not change rooms reads where they belong, and is offered nothing
    lead = cast.client("lead").get(f"/rooms/{studio.pk}/").content.decode()
    assert "直播一部" in lead
    assert f"/rooms/{studio.pk}/department/" not in lead
