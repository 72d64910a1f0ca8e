"""Planning by hand: what is refused, what is warned of, what a roster's file leaves alone, taking it back."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kaibo.audit.models import AuditEvent
from kaibo.live import actions
from kaibo.live.calendar import gaps
from kaibo.live.models import CrewRole, Shift, ShiftState, Simulcast
from kaibo.live.planning import Slot, refused, union, warnings
from kaibo.live.tests.night import NOW, at, room, session, shift

MINUTE = timedelta(minutes=1)
ZERO = datetime(2026, 11, 1, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 120)).map(
        lambda pair: (ZERO + pair[0] * MINUTE, ZERO + (pair[0] + pair[1]) * MINUTE)
    ),
    max_size=8,
)


def minutes_of(spans):
    """The slow way: every minute that some stretch covers."""
    return {n for start, end in spans for n in range((start - ZERO) // MINUTE, (end - ZERO) // MINUTE)}


@given(SPANS)
def test_union_counts_every_minute_once(spans):
    assert union(spans) == len(minutes_of(spans)) * MINUTE


@given(SPANS, SPANS)
def test_gaps_are_exactly_the_minutes_that_nobody_covers(needed, covered):
    found = gaps(needed, covered, least=timedelta(0))
    assert minutes_of(found) == minutes_of(needed) - minutes_of(covered)
    assert all(start < end for start, end in found)


def slot(person, account, start, end, role=CrewRole.HOST, moved=None):
    return Slot(person, account, role, at(start), at(end), moved)


def test_one_person_in_one_role_of_one_room_at_once_is_refused(cast):
    place = room()
    there = shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    assert "林晓彤 已在生活旗舰店排了主播" in refused(slot(cast.host, place, "11-20 21:00", "11-20 23:00"))[0]
    assert refused(slot(cast.host, place, "11-20 22:00", "11-20 23:00")) == []
    assert refused(slot(cast.host, place, "11-20 20:00", "11-20 23:00", moved=there.pk)) == []
    assert refused(slot(cast.host2, place, "11-20 19:00", "11-20 22:00")) == []
    with pytest.raises(ValidationError):
        actions.plan_shift(
            by=cast.owner, person=cast.host, account=place, role=CrewRole.HOST, start=at("11-20 21:00"),
            end=at("11-20 23:00"),
        )  # fmt: skip
    assert Shift.objects.count() == 1


@pytest.mark.parametrize(("end", "sentences"), [("11-21 02:00", 1), ("11-20 23:00", 0)])
def test_less_than_eleven_hours_of_rest_is_said(cast, end, sentences):
    place = room()
    shift(place, cast.host, "11-20 21:00", end)
    told = warnings(slot(cast.host, place, "11-21 10:00", "11-21 12:00"))
    assert len(told) == sentences
    assert all("只休息 8.0\u00a0小时" in text for text in told)


def test_two_shifts_of_one_evening_are_no_short_rest(cast):
    place = room()
    shift(place, cast.host, "11-20 19:00", "11-20 21:00")
    assert warnings(slot(cast.host, place, "11-20 23:00", "11-21 01:00")) == []


def test_hours_of_a_calendar_day_are_cut_at_midnight(cast):
    place = room()
    shift(place, cast.host, "11-20 14:00", "11-20 19:00")
    assert warnings(slot(cast.host, place, "11-20 21:00", "11-21 02:00")) == []
    told = warnings(slot(cast.host, place, "11-20 20:00", "11-21 00:30"))
    assert told == ["林晓彤 11-20 周五 将排到 9.0\u00a0小时；每天 8 小时，超出算加班。"]


def test_a_week_without_a_day_off_is_said(cast):
    place = room()
    for day in range(16, 22):
        shift(place, cast.host, f"11-{day} 19:00", f"11-{day} 21:00")
    assert "连续上班 7 天" in warnings(slot(cast.host, place, "11-22 19:00", "11-22 21:00"))[0]


def test_another_room_at_that_time_is_said_unless_they_are_served_together(cast):
    one, other = room("一号"), room("二号")
    shift(one, cast.host, "11-20 19:00", "11-20 22:00")
    wanted = slot(cast.host, other, "11-20 20:00", "11-20 21:00")
    assert warnings(wanted) == ["林晓彤 这段时间在一号：19:00–22:00。"]
    group = Simulcast.objects.create(name="双播", start=at("11-01 00:00").date())
    group.accounts.set([one, other])
    assert warnings(wanted) == []


def test_a_moved_shift_keeps_what_the_roster_said_and_can_be_taken_back(cast):
    place = room()
    batch = shift_batch()
    planned = shift(place, cast.host, "11-20 19:00", "11-20 22:00", batch=batch, row=3, column=2)
    act = actions.move_shift(
        by=cast.owner, shift=planned, start=at("11-21 19:00"), end=at("11-21 22:00"), person=cast.host2, reason="换班"
    )
    planned.refresh_from_db()
    assert (planned.person, planned.planned_start) == (cast.host2, at("11-21 19:00"))
    assert planned.rostered["person"] == cast.host.pk
    event = AuditEvent.objects.get(verb="move_shift")
    assert (event.reason, event.data["months"]) == ("换班", ["2026-11"])
    actions.undo(by=cast.owner, act=act)
    planned.refresh_from_db()
    assert (planned.person, planned.planned_start, planned.rostered) == (cast.host, at("11-20 19:00"), None)


def shift_batch():
    from kaibo.imports.models import Batch

    return Batch.objects.create(
        source="roster_wide", table="roster_shift", file_name="r.xlsx", sha256="1" * 64, as_of=NOW, folder="r",
        accepted=1, rejected=0,
    )  # fmt: skip


def test_a_planned_shift_that_is_taken_back_counts_nowhere(cast):
    act = actions.plan_shift(
        by=cast.owner, person=cast.host, account=room(), role=CrewRole.HOST, start=at("11-20 19:00"),
        end=at("11-20 22:00"),
    )  # fmt: skip
    assert Shift.objects.get().state == ShiftState.PLANNED
    actions.undo(by=cast.owner, act=act)
    assert Shift.objects.get().state == ShiftState.CANCELLED


def test_what_is_confirmed_is_not_moved(cast):
    there = shift(
        room(), cast.host, "11-18 19:00", "11-18 22:00", state=ShiftState.CONFIRMED,
        confirmed_start=at("11-18 19:00"), confirmed_end=at("11-18 22:00"),
    )  # fmt: skip
    with pytest.raises(ValidationError):
        actions.move_shift(by=cast.owner, shift=there, start=at("11-18 20:00"), end=at("11-18 22:00"))


# the pages


def post(client, path, **data):
    return client.post(path, data)


def test_a_warning_is_read_before_it_is_saved(cast):
    place = room()
    shift(place, cast.host, "11-20 21:00", "11-21 02:00")
    said = {
        "person": cast.host.pk, "account": place.pk, "role": "host", "start": "2026-11-21T10:00",
        "end": "2026-11-21T12:00",
    }  # fmt: skip
    client = cast.client("lead")
    refused_page = post(client, "/calendar/plan/", **said)
    assert refused_page.status_code == 422
    assert "只休息 8.0\u00a0小时" in refused_page.content.decode()
    assert Shift.objects.count() == 1
    # another warning than the one that was read is shown, too
    other = post(
        client, "/calendar/plan/", **said | {"accept": refused_page.context["digest"], "end": "2026-11-21T23:00"}
    )
    assert other.status_code == 422
    saved = post(client, "/calendar/plan/", **said, accept=refused_page.context["digest"])
    assert saved.status_code == 302
    assert Shift.objects.count() == 2


def test_dragging_sends_only_what_changed(cast):
    place = room()
    there = shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    answer = post(
        cast.client("lead"), f"/calendar/shifts/{there.pk}/", account=place.pk, start="2026-11-20T20:00",
        end="2026-11-20T23:00", next="/calendar/?view=day&day=2026-11-20",
    )  # fmt: skip
    there.refresh_from_db()
    assert there.planned_start == at("11-20 20:00")
    page = cast.client("lead").get(answer["Location"])
    assert page.context["done_count"] == 1
    assert "20:00–23:00" in page.content.decode()


def test_a_night_shift_stands_on_its_evening(cast):
    place = room()
    shift(place, cast.host, "11-21 01:00", "11-21 04:00")
    shift(place, cast.host2, "11-21 06:00", "11-21 08:00")
    board = cast.client("lead").get("/calendar/?view=week&day=2026-11-20").context["board"]
    days = {cell.day.day: [b.shift.person.name for b in cell.blocks] for cell in board.cells if cell.blocks}
    assert days == {20: ["林晓彤"], 21: ["陈嘉禾"]}


def test_holes_are_where_a_crew_or_a_broadcast_is_and_no_host(cast):
    place = room()
    shift(place, cast.lead, "11-20 19:00", "11-21 00:00", CrewRole.FLOOR_MANAGER)
    shift(place, cast.host, "11-20 19:00", "11-20 21:30")
    shift(place, cast.host2, "11-20 22:00", "11-21 00:00")
    session(place, "11-19 19:00", "11-19 20:00")
    board = cast.client("lead").get("/calendar/?view=week&day=2026-11-20").context["board"]
    assert [hole for _cell, hole in board.holes] == [
        (at("11-19 19:00"), at("11-19 20:00")),
        (at("11-20 21:30"), at("11-20 22:00")),
    ]


def test_people_see_their_own_and_leads_not_who_is_of_another_department(cast):
    place = room()
    shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    shift(place, cast.outsider, "11-20 19:00", "11-20 22:00", CrewRole.ADS)
    with time_machine.travel(NOW, tick=False):
        for view in ("day", "week", "month"):
            own = cast.client("host").get(f"/calendar/?view={view}&day=2026-11-20").content.decode()
            lead = cast.client("lead").get(f"/calendar/?view={view}&day=2026-11-20").content.decode()
            assert "何川" not in own
            assert "何川" not in lead
        week = cast.client("lead").get("/calendar/?view=week&day=2026-11-20").content.decode()
    assert "林晓彤" in week
    assert "其他部门 1 班" in week


def test_filters_stand_in_the_address(cast):
    one, other = room("一号"), room("二号")
    shift(one, cast.host, "11-20 19:00", "11-20 22:00")
    shift(other, cast.host2, "11-20 19:00", "11-20 22:00")
    client = cast.client("owner")
    found = client.get(f"/calendar/?day=2026-11-20&person={cast.host2.pk}").context["board"]
    assert [row.room.name for row in found.rows] == ["二号"]
    found = client.get(f"/calendar/?day=2026-11-20&room={one.pk}&role=ads").context["board"]
    assert found.count == 0
    assert client.get("/calendar/?day=1999-99-99&view=x&room=%27&person=99999999999&role=king").status_code == 200


def test_the_board_needs_the_same_queries_for_a_month_as_for_a_day(cast, django_assert_max_num_queries):
    place = room()
    for day in range(1, 29):
        shift(place, cast.host, f"11-{day:02} 19:00", f"11-{day:02} 22:00")
    client = cast.client("owner")
    with django_assert_max_num_queries(18):
        client.get("/calendar/?view=month&day=2026-11-20")
