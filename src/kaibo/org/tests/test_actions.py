"""Verbs on people: what they change, what they refuse, that they are written down."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from kaibo.audit.models import AuditEvent
from kaibo.login.models import Role, User
from kaibo.org import actions
from kaibo.org.models import Appointment, Department, Person, Position


def told(verb: str) -> AuditEvent:
    return AuditEvent.objects.get(verb=verb)


def test_the_handbook_positions_are_there_and_speak_the_readers_language(db, settings):
    host = Position.objects.get(key="host")
    assert host.name == "主播"
    assert set(Position.objects.values_list("key", flat=True)) >= {"live_manager", "planner", "analyst", "co_host"}
    assert Department.objects.filter(name="直播部").exists()
    from django.utils import translation

    with translation.override("en"):
        assert host.title == "Host"
        host.name = "金牌主播"
        assert host.title == "金牌主播"


def test_create_person_with_a_first_position(cast):
    position, department = Position.objects.get(key="host"), Department.objects.get(name="直播一部")
    made = actions.create_person(
        by=cast.owner, name=" 周 可 ", position=position, department=department, start=date(2026, 10, 1)
    )
    assert made.name == "周 可"
    assert made.appointments.get().start == date(2026, 10, 1)
    assert told("create_person").by_id == cast.owner.pk


@pytest.mark.parametrize("name", ["林晓彤", "  ", "晓彤"])
def test_a_name_that_is_taken_or_empty_is_refused(cast, name):
    actions.add_alias(by=cast.owner, person=cast.host, alias="晓彤")
    with pytest.raises(ValidationError):
        actions.create_person(by=cast.owner, name=name)


def test_rename_keeps_the_former_name_as_alias(cast):
    actions.rename(by=cast.owner, person=cast.host, name="林小彤")
    assert cast.host.aliases.get().alias == "林晓彤"
    assert told("rename").data["former"] == "林晓彤"
    actions.rename(by=cast.owner, person=cast.host, name="林晓彤")
    assert cast.host.aliases.get().alias == "林小彤"


def test_an_alias_can_be_forgotten(cast):
    alias = actions.add_alias(by=cast.owner, person=cast.host, alias="小林")
    actions.remove_alias(by=cast.owner, alias=alias)
    assert not cast.host.aliases.exists()
    assert told("remove_alias").data["alias"] == "小林"


def test_appoint_ends_the_former_appointment_that_day(cast):
    before = cast.host.appointments.get()
    made = actions.appoint(
        by=cast.owner,
        person=cast.host,
        position=Position.objects.get(key="floor_manager"),
        department=before.department,
        start=date(2026, 11, 1),
    )
    before.refresh_from_db()
    assert (before.end, made.end) == (date(2026, 11, 1), None)
    assert told("end_appointment").data["end"] == "2026-11-01"


def test_appoint_before_an_existing_start_is_refused(cast):
    position, department = Position.objects.get(key="host"), Department.objects.first()
    with pytest.raises(ValidationError) as refused:
        actions.appoint(
            by=cast.owner, person=cast.host, position=position, department=department, start=date(2025, 1, 1)
        )
    assert "start" in refused.value.error_dict
    assert Appointment.objects.filter(person=cast.host).count() == 1


def test_end_appointment_not_before_its_start(cast):
    appointment = cast.host.appointments.get()
    with pytest.raises(ValidationError):
        actions.end_appointment(by=cast.owner, appointment=appointment, end=appointment.start)
    actions.end_appointment(by=cast.owner, appointment=appointment, end=date(2026, 5, 1))
    assert cast.host.appointments.get().end == date(2026, 5, 1)


def test_an_invited_person_cannot_sign_in_and_a_newer_invitation_replaces_the_older(db):
    person = actions.create_person(by=None, name="周可")
    first, text = actions.invite(by=None, person=person, username="zhouke", role=Role.LEAD)
    assert (person.user.is_active, person.user.has_usable_password(), person.user.roles) == (False, False, [Role.LEAD])
    assert text not in str(list(AuditEvent.objects.values_list("payload__data", flat=True)))
    second, _text = actions.invite(by=None, person=person)
    first.refresh_from_db()
    assert (first.revoked_at is None, second.revoked_at is None) == (False, True)


def test_a_user_name_and_an_address_are_given_once(cast):
    person = actions.create_person(by=cast.owner, name="周可")
    actions.know_by_email(by=cast.owner, person=cast.lead, email="tong@example.com")
    for field, wanted in [("username", {"username": "WuTong"}), ("email", {"email": "Tong@Example.com"})]:
        with pytest.raises(ValidationError) as refused:
            actions.invite(by=cast.owner, person=person, **wanted)
        assert field in refused.value.error_dict
    with pytest.raises(ValidationError, match=r"吴桐|wutong"):
        actions.know_by_email(by=cast.owner, person=cast.host, email="tong@EXAMPLE.com")
    person.refresh_from_db()
    assert person.user is None


def test_who_can_sign_in_is_not_invited_and_who_cannot_gets_no_new_password(cast):
    with pytest.raises(ValidationError):
        actions.invite(by=cast.owner, person=cast.host)
    with pytest.raises(ValidationError):
        actions.reset_sign_in(by=cast.owner, person=actions.create_person(by=cast.owner, name="周可"))


def test_nobody_opens_a_way_into_a_sign_in_that_may_more(cast):
    hr = User.objects.create_user("zhaohr", role=Role.HR)
    boss = actions.create_person(by=None, name="苏敏")
    boss.user = cast.owner
    boss.save()
    for verb in (actions.reset_sign_in, actions.take_off_second_factor):
        with pytest.raises(ValidationError, match=r"more than you|比你"):
            verb(by=hr, person=boss)
    with pytest.raises(ValidationError, match=r"more than you|比你"):
        actions.know_by_email(by=hr, person=boss, email="mine@example.com")
    with pytest.raises(ValidationError) as refused:
        actions.invite(by=hr, person=actions.create_person(by=hr, name="周可"), role=Role.OWNER)
    assert "role" in refused.value.error_dict
    actions.reset_sign_in(by=hr, person=cast.host)


def test_who_leaves_takes_no_open_invitation_along(cast):
    person = actions.create_person(by=cast.owner, name="周可")
    link, _text = actions.invite(by=cast.owner, person=person)
    actions.deactivate(by=cast.owner, person=person, day=date(2026, 11, 1))
    link.refresh_from_db()
    assert link.revoked_at
    actions.reactivate(by=cast.owner, person=person)
    person.user.refresh_from_db()
    assert person.user.is_invited, "nobody chose a password yet"


def test_deactivate_closes_the_sign_in_and_ends_the_position(cast):
    actions.deactivate(by=cast.owner, person=cast.host, day=date(2026, 11, 1))
    cast.host.refresh_from_db()
    assert not cast.host.active
    assert not cast.host.user.is_active
    assert cast.host.appointments.get().end == date(2026, 11, 1)
    actions.reactivate(by=cast.owner, person=cast.host)
    assert Person.objects.get(pk=cast.host.pk).user.is_active


def test_who_leaves_before_an_appointment_ends_holds_it_no_longer(cast):
    held = cast.host.appointments.get()
    actions.end_appointment(by=cast.owner, appointment=held, end=date(2026, 12, 31))
    actions.deactivate(by=cast.owner, person=cast.host, day=date(2026, 11, 15))
    held.refresh_from_db()
    assert held.end == date(2026, 11, 15)
