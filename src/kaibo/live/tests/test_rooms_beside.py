"""A room more, or a name more, makes files say something else of the rooms beside it: their months are done again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from kaibo.audit.models import AuditEvent
from kaibo.imports.tests.made import SESSIONS, landed, session
from kaibo.live.actions import add_account
from kaibo.live.actions.explaining_roster import Explained, Room, explain_roster
from kaibo.live.importer import sync_from_reports
from kaibo.live.models import Account, Session

pytestmark = pytest.mark.django_db
AUGUST = datetime(2026, 8, 3, 11, tzinfo=UTC)


@pytest.fixture
def room() -> Account:
    """On air once, in August."""
    found = Account.objects.create(handle="101", name="一号间", other_names=["旗舰店"])
    Session.objects.create(account=found, start=AUGUST, end=AUGUST + timedelta(hours=3))
    return found


def named_months() -> list[str]:
    return AuditEvent.objects.select_related("payload").order_by("-pk")[0].payload.data["months"]


def test_orders_of_the_only_room_are_looked_at_again_once_there_is_a_second(room: Account) -> None:
    add_account(by=None, handle="202", name="二号间")
    assert named_months() == ["2026-08"]


def test_a_third_room_or_one_elsewhere_changes_nothing(room: Account) -> None:
    add_account(by=None, handle="202", name="TT", platform="tiktok")
    assert named_months() == []
    add_account(by=None, handle="202", name="二号间")
    add_account(by=None, handle="303", name="三号间")
    assert named_months() == []


def test_a_report_of_a_second_room_does_so_too(room: Account) -> None:
    landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00", account="202", name="二号间")], sha="a")
    _touched, otherwise = sync_from_reports()
    assert {f"{start:%Y-%m}" for start in otherwise} == {"2026-08"}
    assert sync_from_reports()[1] == set()


@pytest.mark.parametrize(("handle", "name"), [("202", "旗舰店"), ("202", "101"), ("旗舰店", "二号间")])
def test_a_new_room_has_no_name_of_another(room: Account, handle: str, name: str) -> None:
    """Files that write it would mean neither."""
    with pytest.raises(ValidationError, match="一号间"):
        add_account(by=None, handle=handle, name=name)
    assert Account.objects.get() == room


def test_a_roster_gives_no_room_the_name_of_another(cast: Any, room: Account) -> None:
    other = Account.objects.create(handle="202", name="二号间")
    with pytest.raises(ValidationError, match="二号间"), transaction.atomic():
        explain_roster(by=None, explained=Explained(rooms=[Room("二号间", (), room)]))
    room.refresh_from_db()
    assert room.other_names == ["旗舰店"]
    explain_roster(by=None, explained=Explained(rooms=[Room("直播间甲", (), room)]))
    room.refresh_from_db()
    assert room.other_names == ["旗舰店", "直播间甲"]
    said = AuditEvent.objects.get(verb="room named")
    # what files of the month call the room may be that name
    assert said.payload.data["months"] == ["2026-08"]
    assert other.other_names == []
