"""Rosters: what is asked once, and the planned shifts that follow."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from kaibo.audit.chain import members_digest
from kaibo.audit.models import AuditEvent
from kaibo.imports.actions import withdraw_batch
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import ROSTER, cell, landed, ms
from kaibo.live.actions import move_shift, remove_code, save_code
from kaibo.live.instants import to_instant
from kaibo.live.models import Account, Shift, ShiftCode, ShiftState
from kaibo.live.roster import offers
from kaibo.live.roster_sync import sync_roster_shifts
from kaibo.org.models import Person, PersonAlias

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(cast) -> Account:
    account = Account.objects.create(handle="101", name="一号间", other_names=["旗舰店"])
    save_code(by=None, code="A1", account=account, start=time(19), end=time(1), next_day=True)
    save_code(by=None, code="休", off=True)
    return account


def wide(*cells: dict[str, object], sha: str = "r", as_of: str = "2026-11-01 08:00") -> Batch:
    return landed(ROSTER, list(cells), sha=sha, as_of=as_of)


def timed(
    row: int, name: str, day: str, start: int, end: int, account: str = "", role: str = "host"
) -> dict[str, object]:
    return cell(row, 4, name, day, "", start_minute=start, end_minute=end, account_name=account, role=role)


def test_a_code_becomes_a_shift_past_midnight_with_the_persons_own_role(cast, room) -> None:
    batch = wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"), cell(3, 3, "林晓彤", "2026-10-04", "休"))
    outcome = sync_roster_shifts(by=None)
    shift = Shift.objects.get()
    assert (shift.person, shift.role, shift.account) == (cast.host, "host", room)
    assert (shift.planned_start, shift.planned_end) == tuple(
        to_instant(ms(at)) for at in ("2026-10-03 19:00", "2026-10-04 01:00")
    )
    assert (shift.batch, shift.row, shift.column) == (batch, 3, 2)
    assert (outcome.made, dict(outcome.waiting), outcome.months) == (1, {}, {"2026-10"})


def test_syncing_twice_changes_nothing(room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"))
    sync_roster_shifts(by=None)
    again = sync_roster_shifts(by=None)
    assert (again.made, again.changed, again.removed, again.months) == (0, 0, 0, set())


def test_spaces_widths_and_aliases_are_seen_through(cast, room) -> None:
    PersonAlias.objects.create(alias="小彤", person=cast.host)
    wide(cell(3, 2, " 林 晓彤 ", "2026-10-03", "A1"), cell(4, 2, "小彤(代)", "2026-10-04", "A1"))
    assert not offers().any
    assert sync_roster_shifts(by=None).made == 2


def test_unknown_names_and_codes_are_offered_with_who_they_may_be(cast, room) -> None:
    wide(
        cell(3, 2, "林小彤", "2026-10-03", "A1"),
        cell(3, 3, "林小彤", "2026-10-04", "B9"),
        cell(4, 2, "周可", "2026-10-03", "休"),
    )
    found = offers()
    assert sorted((o.name, o.shifts, o.start) for o in found.names) == [
        ("周可", 1, date(2026, 10, 1)), ("林小彤", 2, date(2026, 10, 1)),
    ]  # fmt: skip
    assert next(o for o in found.names if o.name == "林小彤").similar == (cast.host,)
    assert [(o.code, o.off) for o in found.codes] == [("B9", False)]
    outcome = sync_roster_shifts(by=None)
    assert (outcome.made, dict(outcome.waiting)) == (0, {"name": 2})


def test_a_newer_roster_replaces_what_nobody_confirmed(cast, room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"), cell(3, 3, "林晓彤", "2026-10-04", "A1"))
    sync_roster_shifts(by=None)
    confirmed = Shift.objects.earliest("planned_start")
    Shift.objects.filter(pk=confirmed.pk).update(
        state=ShiftState.CONFIRMED, confirmed_start=confirmed.planned_start, confirmed_end=confirmed.planned_end
    )
    newer = wide(
        cell(3, 2, "林晓彤", "2026-10-03", "A1"), cell(4, 3, "陈嘉禾", "2026-10-04", "A1"),
        sha="newer", as_of="2026-11-02 08:00",
    )  # fmt: skip
    sync_roster_shifts(by=None)
    assert {(s.person.name, s.state) for s in Shift.objects.all()} == {("林晓彤", "confirmed"), ("陈嘉禾", "planned")}
    withdraw_batch(by=None, batch=newer, reason="x")
    sync_roster_shifts(by=None)
    assert {s.person.name for s in Shift.objects.all()} == {"林晓彤"}
    assert Shift.objects.count() == 2


def test_a_newer_roster_keeps_what_people_said_about_a_shift_that_stays(cast, room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"), cell(3, 3, "林晓彤", "2026-10-04", "A1"))
    sync_roster_shifts(by=None)
    said = Shift.objects.earliest("planned_start")
    Shift.objects.filter(pk=said.pk).update(flag="I went home at ten", lead=True)
    newer = wide(
        cell(3, 9, "陈嘉禾", "2026-10-04", "A1"), cell(4, 2, "林晓彤", "2026-10-03", "A1"),
        sha="newer", as_of="2026-11-02 08:00",
    )  # fmt: skip
    outcome = sync_roster_shifts(by=None)
    shift = Shift.objects.get(pk=said.pk)
    assert (shift.flag, shift.lead, shift.batch, shift.row) == ("I went home at ten", True, newer, 4)
    assert (outcome.made, outcome.changed, outcome.removed) == (1, 0, 1)


def test_a_shift_in_the_hour_that_the_clock_leaves_out_stops_nothing(cast, room) -> None:
    Account.objects.update(zone="America/New_York")
    wide(
        timed(2, "林晓彤", "2027-03-14", 130, 195, role="host"),
        timed(3, "陈嘉禾", "2027-03-14", 150, 195, role="host"),
        timed(4, "陈嘉禾", "2027-03-15", 150, 195, role="host"),
    )
    outcome = sync_roster_shifts(by=None)
    spring = Shift.objects.earliest("planned_start")
    assert spring.planned_end - spring.planned_start == timedelta(minutes=5), "02:10 to 03:15 without an hour"
    assert (outcome.made, dict(outcome.waiting)) == (2, {"overlap": 1})


def test_a_month_wide_roster_and_a_list_stand_side_by_side(room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"))
    listed = replace(ROSTER, key="roster_list")
    landed(listed, [timed(2, "陈嘉禾", "2026-10-03", 1140, 1380)], sha="list", as_of="2026-11-02 08:00")
    sync_roster_shifts(by=None)
    assert {s.person.name for s in Shift.objects.all()} == {"林晓彤", "陈嘉禾"}


def test_an_older_roster_uploaded_late_replaces_nothing(room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"), as_of="2026-11-02 08:00")
    wide(cell(3, 2, "陈嘉禾", "2026-10-03", "A1"), sha="old", as_of="2026-11-01 08:00")
    sync_roster_shifts(by=None)
    assert [s.person.name for s in Shift.objects.all()] == ["林晓彤"]


def test_rosters_of_two_rooms_stand_side_by_side(room) -> None:
    Account.objects.create(handle="102", name="二号间")
    wide(timed(2, "林晓彤", "2026-10-03", 1140, 1380, "旗舰店"), sha="one")
    wide(timed(2, "陈嘉禾", "2026-10-03", 1140, 1500, "二号间"), sha="two", as_of="2026-11-02 08:00")
    sync_roster_shifts(by=None)
    assert {(s.person.name, s.account.name) for s in Shift.objects.all()} == {
        ("林晓彤", "一号间"),
        ("陈嘉禾", "二号间"),
    }


def test_a_list_roster_without_room_takes_the_only_one_else_asks(room) -> None:
    batch = wide(timed(2, "林晓彤", "2026-10-03", 1140, 1380))
    assert not offers().any
    Account.objects.create(handle="102", name="二号间")
    asked = offers().rooms[0]
    assert (asked.name, asked.batches, asked.shifts) == ("", (batch.pk,), 1)
    assert dict(sync_roster_shifts(by=None).waiting) == {"room": 1}


def test_nobody_is_twice_in_one_role_at_a_time(room) -> None:
    wide(timed(2, "林晓彤", "2026-10-03", 1140, 1380), timed(3, "林晓彤", "2026-10-03", 1200, 1440))
    outcome = sync_roster_shifts(by=None)
    assert (outcome.made, dict(outcome.waiting)) == (1, {"overlap": 1})


def test_a_code_explained_anew_moves_planned_shifts_and_a_forgotten_one_leaves_them(room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"))
    sync_roster_shifts(by=None)
    save_code(by=None, code="A1", account=room, start=time(20), end=time(23))
    assert Shift.objects.get().planned_start == to_instant(ms("2026-10-03 20:00"))
    told = AuditEvent.objects.filter(verb="shifts planned").latest("pk").data
    assert told["months"] == ["2026-10"]
    # one row for however many, which names them by their digest
    assert told["members"] == members_digest([f"changed {Shift.objects.get().pk}"])
    remove_code(by=None, code=ShiftCode.objects.get(code="A1"))
    assert Shift.objects.get().planned_start == to_instant(ms("2026-10-03 20:00"))


# the page


def fields(page: object, name: str) -> dict[str, str]:
    """The prefilled form as a browser would send it."""
    sent: dict[str, str] = {}
    form = page.context["form"]  # type: ignore[attr-defined]
    for part in [*form.names, *form.codes, *form.rooms, form.department]:
        for bound in part:
            value = bound.value()
            if value is True:
                sent[bound.html_name] = "on"
            elif value not in (None, False):
                sent[bound.html_name] = str(getattr(value, "pk", value))
    return sent


def test_one_form_makes_people_aliases_and_codes_and_plans_the_shifts(cast, room) -> None:
    ShiftCode.objects.all().delete()
    wide(
        cell(3, 2, "林小彤", "2026-10-03", "A1"),
        cell(4, 2, "周可", "2026-10-03", "A1"),
        cell(4, 3, "周可", "2026-10-04", "休"),
    )
    client = cast.client("lead")
    page = client.get("/roster/")
    sent = fields(page, "names")
    form = page.context["form"]
    alias = next(part for part in form.names if part.offer.name == "林小彤")
    sent[alias["same"].html_name] = str(cast.host.pk)
    a1 = form.codes[0]
    sent |= {a1["start"].html_name: "19:00", a1["end"].html_name: "01:00", a1["next_day"].html_name: "on"}
    assert client.post("/roster/", sent).status_code == 302
    assert PersonAlias.objects.get().person == cast.host
    new = Person.objects.get(name="周可")
    assert new.appointments.get().start == date(2026, 10, 1)
    assert (new.appointments.get().position.key, ShiftCode.objects.get(code="休").off) == ("host", True)
    assert Shift.objects.count() == 2


def test_a_wrong_answer_keeps_the_form_and_changes_nothing(cast, room) -> None:
    wide(cell(4, 2, "周可", "2026-10-03", "B9"))
    client = cast.client("lead")
    page = client.get("/roster/")
    sent = fields(page, "codes")
    code = page.context["form"].codes[0]
    sent |= {code["start"].html_name: "13:00", code["end"].html_name: "10:00"}
    answer = client.post("/roster/", sent)
    assert answer.status_code == 422
    assert 'value="13:00"' in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert not Person.objects.filter(name="周可").exists()


def test_a_name_left_out_waits(cast, room) -> None:
    wide(cell(4, 2, "周可", "2026-10-03", "A1"))
    client = cast.client("lead")
    page = client.get("/roster/")
    sent = fields(page, "names")
    del sent[page.context["form"].names[0]["take"].html_name]
    assert client.post("/roster/", sent).headers["Location"] == "/roster/"
    assert not Person.objects.filter(name="周可").exists()


def test_a_room_said_once_is_remembered(cast, room) -> None:
    other = Account.objects.create(handle="102", name="二号间")
    wide(timed(2, "林晓彤", "2026-10-03", 1140, 1380, "2号"), timed(3, "林晓彤", "2026-10-05", 1140, 1380, ""))
    client = cast.client("lead")
    page = client.get("/roster/")
    sent = fields(page, "rooms")
    for part in page.context["form"].rooms:
        sent[part["account"].html_name] = str(other.pk if part.offer.name else room.pk)
    client.post("/roster/", sent)
    other.refresh_from_db()
    assert other.other_names == ["2号"]
    assert {s.account for s in Shift.objects.all()} == {room, other}


def test_only_leads_and_owners_see_it(cast) -> None:
    assert [cast.client(who).get("/roster/").status_code for who in ("owner", "lead", "host")] == [200, 200, 404]


def test_a_shift_moved_by_hand_stays_when_the_roster_is_read_again_or_anew(cast, room) -> None:
    wide(cell(3, 2, "林晓彤", "2026-10-03", "A1"))
    sync_roster_shifts(by=None)
    shift = Shift.objects.get()
    moved = shift.planned_start + timedelta(days=2), shift.planned_end + timedelta(days=2)
    move_shift(by=cast.owner, shift=shift, start=moved[0], end=moved[1], person=cast.host2)
    sync_roster_shifts(by=None)
    wide(cell(5, 2, "林晓彤", "2026-10-03", "A1"), sha="newer", as_of="2026-11-02 08:00")
    sync_roster_shifts(by=None)
    only = Shift.objects.get()
    assert (only.pk, only.person, only.planned_start, only.planned_end) == (shift.pk, cast.host2, *moved)
