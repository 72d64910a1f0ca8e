"""Of two who add the same thing at once, by a second click or from two desks, one does: the other is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from kaibo.audit.models import AuditEvent
from kaibo.database.tests.at_once import at_once
from kaibo.live import actions
from kaibo.live.actions.confirming import Confirmation
from kaibo.live.models import (
    Account,
    CrewRole,
    Leave,
    LeaveKind,
    Outage,
    OutageCause,
    Responsibility,
    RoomDepartment,
    RoomDuty,
    Session,
    Shift,
    ShiftState,
)
from kaibo.login.models import User
from kaibo.org.actions import close_department
from kaibo.org.models import Department, Person

START, END = datetime(2026, 10, 18, 11, tzinfo=UTC), datetime(2026, 10, 18, 13, tzinfo=UTC)
ADDED: dict[str, tuple[Any, Callable[[Account, Person], object]]] = {
    "outage": (
        Outage,
        lambda room, _who: actions.record_outage(
            by=None, account=room, start=START, end=END, cause=OutageCause.PLATFORM
        ),
    ),
    "broadcast": (Session, lambda room, _who: actions.add_session(by=None, account=room, start=START, end=END)),
    "leave": (
        Leave, lambda _room, who: actions.ask_leave(by=None, person=who, kind=LeaveKind.ANNUAL, start=START, end=END)
    ),
    "plan": (
        Shift,
        lambda room, who: actions.plan_shift(
            by=None, person=who, account=room, role=CrewRole.HOST, start=START, end=END
        ),
    ),
    "department": (
        RoomDepartment,
        lambda room, _who: actions.place_room(
            by=None, account=room, department=Department.objects.get(name="直播一部"), start=date(2026, 10, 1)
        ),
    ),
    "duty": (
        Responsibility,
        lambda room, who: actions.assign_responsibility(
            by=None, account=room, person=who, duty=RoomDuty.MANAGER, start=date(2026, 10, 1)
        ),
    ),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ADDED)
def test_what_is_added_twice_at_once_is_there_once(what: str) -> None:
    model, act = ADDED[what]
    room, person = Account.objects.create(handle="a", name="甲"), Person.objects.create(name="林晓彤")
    Department.objects.create(name="直播一部")
    wrong = at_once(model, *[lambda: act(room, person)] * 2)
    assert [type(one) for one in wrong] == [ValidationError]
    assert model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_room_placed_while_its_department_is_closed_is_refused() -> None:
    room, department = Account.objects.create(handle="a", name="甲"), Department.objects.create(name="直播一部")
    day, wrong = date(2026, 10, 1), []

    def place() -> None:
        try:
            actions.place_room(by=None, account=room, department=department, start=day)
        except ValidationError as error:
            wrong.append(error)
        finally:
            connection.close()

    placing = Thread(target=place)
    with transaction.atomic():
        close_department(by=None, department=department, day=day)
        if connection.vendor == "postgresql":
            placing.start()
            # it waits for the one who closes
            placing.join(timeout=1)
            assert placing.is_alive()
    if connection.vendor != "postgresql":
        # SQLite writes one after the other anyway
        placing.start()
    placing.join(timeout=60)
    assert (len(wrong), RoomDepartment.objects.count()) == (1, 0)


SAID: dict[str, Callable[[Shift], object]] = {
    "confirm": lambda shift: actions.confirm_shifts(by=None, items=[Confirmation(shift, START, END)]),
    "absent": lambda shift: actions.mark_absent(by=None, shift=shift, reason="病假"),
    "cancel": lambda shift: actions.cancel(by=None, shift=shift),
    "aside": lambda shift: actions.set_aside_shifts(by=None, shifts=[shift], state=ShiftState.ABSENT, reason="没来"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", SAID)
def test_of_two_who_say_what_became_of_a_shift_the_second_is_told(what: str) -> None:
    room, person = Account.objects.create(handle="a", name="甲"), Person.objects.create(name="林晓彤")
    made = Shift.objects.create(account=room, person=person, role="host", planned_start=START, planned_end=END)
    # each has read it before either says anything
    read = [Shift.objects.select_related("person").get(pk=made.pk) for _one in range(2)]
    wrong = at_once(Shift, *[lambda: SAID[what](read.pop())] * 2)
    assert [type(one) for one in wrong] == [ValidationError]
    assert "林晓彤" in str(wrong[0])
    assert AuditEvent.objects.about("live.shift", made.pk).count() == 1


def test_nobody_confirms_an_outage_that_they_corrected_meanwhile(cast) -> None:
    room = Account.objects.create(handle="a", name="甲")
    told = {"account": room, "start": START, "end": END, "cause": OutageCause.PLATFORM}
    outage = actions.record_outage(by=cast.host.user, **told)
    read_before = Outage.objects.get(pk=outage.pk)
    lead: User = cast.lead.user
    actions.edit_outage(by=lead, outage=outage, start=START, end=END, cause=OutageCause.OWN_EQUIPMENT)
    with pytest.raises(ValidationError):
        actions.confirm_outages(by=lead, outages=[read_before])
    assert Outage.objects.get().confirmed_at is None
    actions.remove_outage(by=cast.owner, outage=outage)
    actions.confirm_outages(by=cast.owner, outages=[read_before])
    assert Outage.objects.get().confirmed_at is None, "taken back meanwhile"


def test_an_end_does_not_reach_into_somebody_elses_days(cast) -> None:
    """Both would be credited with the whole room."""
    room = Account.objects.create(handle="a", name="甲")
    said = {"by": cast.owner, "account": room, "duty": RoomDuty.MANAGER}
    first = actions.assign_responsibility(**said, person=cast.host, start=date(2026, 9, 1))
    actions.assign_responsibility(**said, person=cast.host2, start=date(2026, 10, 1))
    client = cast.client("owner")
    page = client.post(f"/responsible/{first.pk}/end/", {"end": "2026-11-01"}, follow=True).content.decode()
    assert "陈嘉禾从 2026-10-01 起" in page
    assert Responsibility.objects.get(pk=first.pk).end == date(2026, 10, 1)
    client.post(f"/responsible/{first.pk}/end/", {"end": "2026-09-20"})
    assert Responsibility.objects.get(pk=first.pk).end == date(2026, 9, 20)
    client.post(f"/responsible/{first.pk}/end/", {"end": "2026-10-01"})
    assert Responsibility.objects.get(pk=first.pk).end == date(2026, 10, 1)
    client.post(f"/responsible/{first.pk}/end/", {"end": "2026-09-01"})
    assert not Responsibility.objects.filter(pk=first.pk).exists()


def test_refused_leave_is_not_approved_beside_other_leave(cast) -> None:
    asked = {"by": cast.host.user, "person": cast.host, "kind": LeaveKind.ANNUAL, "start": START, "end": END}
    first = actions.ask_leave(**asked)
    actions.decide_leave(by=cast.lead.user, leave=first, approve=False, answer="人手不够")
    second = actions.ask_leave(**asked)
    actions.decide_leave(by=cast.lead.user, leave=second, approve=True)
    answer = cast.client("lead").post(f"/leave/{first.pk}/decide/", {"say": "approve"})
    assert answer.status_code == 422
    with pytest.raises(ValidationError):
        actions.decide_leave(by=cast.lead.user, leave=first, approve=True)
    assert Leave.objects.get(pk=first.pk).state == "refused"
