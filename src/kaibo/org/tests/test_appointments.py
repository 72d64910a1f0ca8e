"""Main, second and acting positions: what goes beside what, what is refused, what is taken back."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.audit.models import AuditEvent
from kaibo.org import actions
from kaibo.org.directory import Listed, Places, Wanted, groups_of
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

SECOND, ACTING = AppointmentKind.SECOND, AppointmentKind.ACTING
DAY = date(2026, 11, 1)


@pytest.fixture
def appoint(cast):
    def appoint(key="floor_manager", department="直播一部", start=DAY, person=cast.host, **more):
        return actions.appoint(
            by=cast.owner, person=person, position=Position.objects.get(key=key),
            department=Department.objects.get(name=department), start=start, **more,
        )  # fmt: skip

    return appoint


def test_a_second_position_and_acting_stand_beside_the_main_one(cast, appoint):
    appoint("ads", "投放部", kind=SECOND)
    appoint(kind=ACTING, end=date(2026, 12, 1))
    assert cast.host.appointments.filter(end=None).count() == 2
    listed = Listed(cast.owner, Wanted(), DAY).everyone()
    assert [one.department for one in listed if one.person == cast.host.pk] == ["直播一部"]
    entry = groups_of([one for one in listed if one.person == cast.host.pk], {"直播一部": 1}, DAY, Places())[0].entries[
        0
    ]
    assert (entry.appointment.position.key, {one.kind for one in entry.beside}) == ("host", {"second", "acting"})


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("end", {"kind": ACTING}),
        ("end", {"kind": SECOND, "end": DAY}),
        ("end", {"kind": ACTING, "end": date(2028, 1, 1)}),
        ("position", {"key": "host", "kind": SECOND}),
        ("department", {"department": "投放部", "kind": SECOND}),
        ("start", {"start": date(2026, 1, 1)}),
    ],
)
def test_what_is_refused_names_the_field(cast, appoint, field, said):
    Department.objects.filter(name="投放部").update(closed_on=date(2026, 10, 1))
    with pytest.raises(ValidationError) as refused:
        appoint(**said)
    assert list(refused.value.error_dict) == [field]
    assert cast.host.appointments.count() == 1


def test_who_left_is_not_appointed(cast, appoint):
    actions.deactivate(by=cast.owner, person=cast.host, day=DAY)
    with pytest.raises(ValidationError, match=r"left|离"):
        appoint()


def test_the_database_itself_holds_one_main_position(cast):
    held = cast.host.appointments.get()
    for start in (held.start, DAY):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.create(
                person=cast.host, position=held.position, department=held.department, start=start
            )


def test_a_slip_is_taken_back_and_what_it_ended_goes_on(cast, appoint):
    slip = appoint("ads", "投放部")
    actions.take_back_appointment(by=cast.owner, appointment=slip)
    assert cast.host.appointments.get().end is None
    assert AuditEvent.objects.get(verb="take_back_appointment").data["position"] == "ads"


def test_nobody_comes_back_into_a_department_that_was_closed_meanwhile(cast, appoint):
    slip = appoint("ads", "投放部")
    former = cast.host.appointments.exclude(pk=slip.pk).get()
    Appointment.objects.exclude(person=cast.host).filter(department=former.department).delete()
    actions.close_department(by=cast.owner, department=former.department, day=slip.start)
    with pytest.raises(ValidationError, match="撤销"):
        actions.take_back_appointment(by=cast.owner, appointment=slip)
    assert cast.host.appointments.count() == 2


def test_what_stood_longer_than_a_day_or_was_followed_is_history(cast, appoint):
    first = appoint()
    second = appoint("ads", "投放部", start=date(2026, 11, 5))
    with pytest.raises(ValidationError):
        actions.take_back_appointment(by=cast.owner, appointment=first)
    Appointment.objects.filter(pk=second.pk).update(made_at=timezone.now() - timedelta(days=2))
    with pytest.raises(ValidationError):
        actions.take_back_appointment(by=cast.owner, appointment=second)


def test_a_main_position_does_not_reach_into_the_next(cast, appoint):
    before = cast.host.appointments.get()
    appoint(start=DAY)
    with pytest.raises(ValidationError):
        actions.end_appointment(by=cast.owner, appointment=before, end=DAY + timedelta(days=1))


def test_leaving_ends_everything_and_coming_back_is_written_down(cast, appoint):
    appoint("ads", "投放部", kind=SECOND)
    appoint("ads", "投放部", start=date(2026, 12, 1), person=cast.host2)
    for person in (cast.host, cast.host2):
        actions.deactivate(by=cast.owner, person=person, day=date(2026, 11, 15), reason="合同到期")
        assert {one.end for one in person.appointments.all()} == {date(2026, 11, 15)}
        with pytest.raises(ValidationError):
            actions.deactivate(by=cast.owner, person=person, day=date(2026, 11, 20))
    with pytest.raises(ValidationError):
        actions.reactivate(by=cast.owner, person=cast.host, day=DAY)
    actions.reactivate(by=cast.owner, person=cast.host, day=date(2026, 12, 1))
    gone = cast.host.departures.get()
    assert (gone.day, gone.back_on, gone.reason) == (date(2026, 11, 15), date(2026, 12, 1), "合同到期")


def test_the_page_appoints_ends_and_takes_back(cast):
    client, path = cast.client("owner"), f"/people/{cast.host.pk}/"
    said = {
        "position": Position.objects.get(key="ads").pk, "department": Department.objects.get(name="投放部").pk,
        "kind": "acting", "start": "2026-11-01",
    }  # fmt: skip
    assert client.post(f"{path}appoint/", said).status_code == 422
    assert client.post(f"{path}appoint/", said | {"end": "2099-01-01"}).status_code == 422
    assert client.post(f"{path}appoint/", said | {"end": "2027-01-01"}).status_code == 302
    made = cast.host.appointments.get(kind="acting")
    assert client.post(f"/people/{cast.host2.pk}/appointments/{made.pk}/take-back/").status_code == 404
    assert client.post(f"{path}appointments/{made.pk}/take-back/").status_code == 302
    assert not cast.host.appointments.filter(kind="acting").exists()


days = st.integers(0, 40).map(lambda n: DAY + timedelta(days=n))
steps = st.lists(
    st.tuples(st.sampled_from(["main", "main", "second", "acting", "end", "back"]), days, days), max_size=7
)


@settings(max_examples=25)
@given(steps)
def test_whatever_is_done_nobody_has_two_main_positions_on_a_day(cast, steps):
    with transaction.atomic():
        person = Person.objects.create(name="某某")
        posts, department = list(Position.objects.order_by("pk")[:3]), Department.objects.get(name="直播一部")
        for number, (what, first, second) in enumerate(steps):
            newest = person.appointments.order_by("pk").last()
            try:
                if what in AppointmentKind.values:
                    actions.appoint(
                        by=None, person=person, position=posts[number % 3], department=department, start=first,
                        kind=AppointmentKind(what), end=second if what != "main" or second > first else None,
                    )  # fmt: skip
                elif newest and what == "end":
                    actions.end_appointment(by=None, appointment=newest, end=second)
                elif newest:
                    actions.take_back_appointment(by=None, appointment=newest)
            except ValidationError:
                continue
        mains = list(person.appointments.filter(kind="main"))
        for n in range(45):
            on = DAY + timedelta(days=n)
            assert sum(one.start <= on and (one.end is None or on < one.end) for one in mains) <= 1
        transaction.set_rollback(True)
