"""Broadcasts against plan by shift, by room and by the team: on the page down to the shift, closed and verified."""

import re
from datetime import date
from fractions import Fraction
from html import unescape

import pytest
from django.urls import reverse

from kaibo.appraisal import cards, month_data
from kaibo.appraisal.month import month_of
from kaibo.closing import bundling
from kaibo.closing.tests.test_rooms import wrong
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.kpi.values import NO_PLAN
from kaibo.live.actions import assign_responsibility
from kaibo.live.models import Leave, LeaveState, RoomDuty, Shift
from kaibo.measurement.broadcast_plan import broadcast_plan
from kaibo.measurement.computing import compute_stale_now
from kaibo.org.models import Person

from .conftest import NOVEMBER, OCTOBER, Autumn, at


@pytest.fixture
def planned(autumn: Autumn, monkeypatch) -> Autumn:  # type: ignore[no-untyped-def]
    """October by November's cards, with an evening that was planned and never went on air; 秦朗 runs the room."""
    for module in (month_data, bundling):
        monkeypatch.setattr(module, "cards_in", lambda first: cards.cards_in(NOVEMBER))
    autumn.shift(autumn.cast.host, at(20, "19:00"), at(20, "22:00"), state="absent", confirmed_start=None,
                 confirmed_end=None)  # fmt: skip
    autumn.runner = Person.objects.create(name="秦朗")
    assign_responsibility(
        by=None, account=autumn.room, person=autumn.runner, duty=RoomDuty.OPERATOR, start=date(2026, 10, 1), end=None
    )
    autumn.compute()
    compute_stale_now()
    return autumn


def text(autumn: Autumn, person: Person, kpi: str, language: str = "zh-hans") -> str:
    url = reverse("appraisal:line", args=[person.pk, "2026-10", kpi])
    got = autumn.cast.client("owner").get(url, headers={"accept-language": language})
    assert got.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode().replace("\u202f", ""))))


def test_by_shift_and_by_room(planned: Autumn) -> None:
    line = month_of(planned.cast.host, OCTOBER).line("broadcast_attainment")
    # the 14th and the 31st of three planned evenings
    assert line is not None
    assert (line.value.top, line.value.bottom) == (2, 3)
    assert line.score.points == Fraction(2, 3) * 5
    mine = month_of(planned.runner, OCTOBER)
    assert (mine.role, mine.card and mine.card.version) == ("operator", 2)
    room = mine.line("broadcast_attainment")
    # the 31st has two: until 24:30, and the night from 25:30 on, which November's files tell
    assert room is not None
    assert (room.value.top, room.value.bottom) == (3, 4)
    for found, of in ((line, month_of(planned.cast.host, OCTOBER)), (room, mine)):
        assert wrong(of, found) == []


def test_the_team_has_every_rooms(planned: Autumn) -> None:
    mine = month_of(planned.runner, OCTOBER)
    line = mine.line("view_order_rate")
    # lines 1, 2, 3 and 7 of the 14th (8 is of a product card), 4 and 5 of the 31st, over the views of three reports
    assert line is not None
    assert (line.value.top, line.value.bottom) == (6, 1002 + 1003 + 1004)
    assert wrong(mine, line) == []
    assert "全部直播间" in text(planned, planned.runner, "view_order_rate")


def test_the_page_names_what_was_not_held_and_the_shift_behind_what_was(planned: Autumn) -> None:
    said = text(planned, planned.cast.host, "broadcast_attainment")
    assert "计划的场次" in said
    assert "10-20 周二 19:00–22:00 生活旗舰店 未开播" in said
    assert said.count("未开播") == 1
    assert "2 场" in said
    assert "3 场" in said
    assert "先别用这个数" not in said
    english = text(planned, planned.runner, "broadcast_attainment", "en")
    assert "Tue 20 Oct 19:00–22:00 生活旗舰店 not held" in english
    assert english.count("not held") == 1


def test_who_was_on_leave_owes_no_broadcast_and_the_room_still_does(planned: Autumn) -> None:
    Leave.objects.create(
        person=planned.cast.host, kind="personal", start=at(20, "06:00"), end=at(21, "06:00"), state=LeaveState.APPROVED
    )
    plan = broadcast_plan(OCTOBER)
    assert len(plan.of(planned.cast.host.pk, "host")) == 2
    assert len(plan.rooms[planned.room.pk]) == 4


def test_a_floor_manager_over_two_broadcasts_is_planned_for_both_and_a_room_without_hosts_plans_none(
    planned: Autumn,
) -> None:
    ada = Person.objects.create(name="陆行")
    planned.shift(ada, at(31, "20:00"), at(31, "29:00"), role="floor_manager")
    other = Person.objects.create(name="贺原")
    planned.shift(other, at(8, "10:00"), at(8, "18:00"), role="tech")
    plan = broadcast_plan(OCTOBER)
    assert [one.start for one in plan.of(ada.pk, "floor_manager")] == [at(31, "20:00"), at(31, "25:30")]
    assert plan.of(ada.pk, "floor_manager", until=at(31, "25:30")) == plan.of(ada.pk, "floor_manager")[:1]
    assert plan.people[other.pk, "tech"] == []
    assert plan.of_rooms([]) is None


def test_without_a_plan_it_waits_and_is_no_zero(planned: Autumn) -> None:
    Shift.objects.filter(confirmed_start=None).delete()
    Shift.objects.update(planned_start=None, planned_end=None)
    line = month_of(planned.cast.host, OCTOBER).line("broadcast_attainment")
    assert line is not None
    assert (line.value.missing, line.score.points) == (NO_PLAN, None)


def test_a_closed_month_keeps_its_plan(planned: Autumn) -> None:
    closing = planned.close()
    found = verify_closing(closing)
    assert (found.code, found.differences) == (EQUAL, [])
    Shift.objects.filter(planned_start=at(20, "19:00")).update(planned_start=at(20, "20:00"))
    Shift.objects.filter(planned_start=at(14, "19:00")).update(state="cancelled")
    for person, expected in ((planned.cast.host, (2, 3)), (planned.runner, (3, 4))):
        line = month_of(person, OCTOBER).line("broadcast_attainment")
        assert line is not None
        assert (line.value.top, line.value.bottom) == expected
    assert verify_closing(closing).code == EQUAL
