"""Published rosters, leave, and what is due of whom."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.kpi.due import length
from kaibo.live import actions
from kaibo.live.due import due_in_room, due_shifts
from kaibo.live.leave import when
from kaibo.live.models import Account, Leave, LeaveState, PublishedShift, Shift
from kaibo.live.publications import published
from kaibo.live.tests.night import NOW, at, room, shift
from kaibo.org.models import Person

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
HOUR = 3_600_000


def due(person):
    found = due_shifts(NOVEMBER, DECEMBER, people=[person.pk])
    return length(piece for one in found for piece in one.pieces)


def publish(cast, **more):
    return actions.publish_roster(
        by=cast.lead.user, month=NOVEMBER, shifts=Shift.objects.all(), people=list(Person.objects.all()), **more
    )


def leave(cast, person, start, end, state=LeaveState.APPROVED):
    return Leave.objects.create(person=person, kind="annual", start=at(start), end=at(end), state=state)


def test_leave_is_taken_off_the_plan_when_nothing_was_published(cast):
    shift(room(), cast.host, "11-20 19:00", "11-20 22:00")
    asked = leave(cast, cast.host, "11-20 21:00", "11-21 06:00", LeaveState.ASKED)
    leave(cast, cast.host2, "11-20 06:00", "11-21 06:00")
    assert due(cast.host) == 3 * HOUR
    actions.decide_leave(by=cast.lead.user, leave=asked, approve=True)
    assert due(cast.host) == 2 * HOUR
    assert AuditEvent.objects.get(verb="decide_leave").data["months"] == ["2026-11"]
    actions.decide_leave(by=cast.owner, leave=asked, approve=False, answer="人手不够")
    assert due(cast.host) == 3 * HOUR


def test_published_counts_and_later_changes_do_not_until_they_are_published_too(cast):
    place = room()
    one = shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    publish(cast)
    actions.move_shift(by=cast.owner, shift=one, start=at("11-20 19:00"), end=at("11-21 00:00"), reason="加场")
    shift(place, cast.host, "11-22 19:00", "11-22 22:00")
    assert due(cast.host) == 3 * HOUR
    publish(cast)
    assert due(cast.host) == 8 * HOUR
    assert PublishedShift.objects.filter(replaced_by__isnull=False).count() == 1


def test_one_rooms_shifts_are_those_of_all_rooms_that_are_in_it(cast):
    place, other = room(), room("other")
    shift(other, cast.host, "11-20 19:00", "11-20 22:00")
    publish(cast)
    # not due before it is published: the person's month was published, though in another room
    shift(place, cast.host, "11-22 19:00", "11-22 22:00")
    every = due_shifts(NOVEMBER, DECEMBER)
    assert [one.account for one in every] == [other.pk]
    for at_room in (place, other):
        assert in_room(at_room) == [(one.start, one.end) for one in every if one.account == at_room.pk]


def in_room(place: Account) -> list[tuple[datetime, datetime]]:
    return sorted(due_in_room(place.pk, NOVEMBER, "host"))


def test_what_was_cancelled_or_given_away_is_owed_by_nobody_before(cast):
    place = room()
    one = shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    other = shift(place, cast.host, "11-21 19:00", "11-21 22:00")
    publish(cast)
    actions.cancel(by=cast.owner, shift=one, reason="停播")
    actions.move_shift(
        by=cast.owner, shift=other, start=other.planned_start, end=other.planned_end, person=cast.host2, reason="换班"
    )
    assert due(cast.host) == 0
    # nothing was published for the one who took it over: the plan counts
    assert due(cast.host2) == 3 * HOUR
    assert in_room(place) == [(one.start, one.end) for one in due_shifts(NOVEMBER, DECEMBER)] != []
    Shift.objects.filter(pk=one.pk).delete()
    assert due(cast.host) == 0
    assert len(in_room(place)) == 1


def test_changes_say_who_and_why(cast):
    place = room()
    one = shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    publish(cast, note="十一月")
    assert published(cast.host.user, NOVEMBER).changes == []
    actions.move_shift(by=cast.lead.user, shift=one, start=at("11-20 20:00"), end=at("11-20 23:00"), reason="换场")
    changes = published(cast.host.user, NOVEMBER).changes
    assert [(c.kind, c.who, c.why, c.before, c.after) for c in changes] == [
        (
            "moved", "wutong", "换场", (at("11-20 19:00"), at("11-20 22:00")),
            (at("11-20 20:00"), at("11-20 23:00")),
        )
    ]  # fmt: skip
    assert published(cast.outsider.user, NOVEMBER).latest is None
    assert "有改动" in cast.client("lead").get("/calendar/?day=2026-11-20").content.decode()


def test_nobody_decides_on_themselves_and_a_refusal_needs_a_reason(cast):
    own = leave(cast, cast.lead, "11-20 06:00", "11-21 06:00", LeaveState.ASKED)
    theirs = leave(cast, cast.host, "11-20 06:00", "11-21 06:00", LeaveState.ASKED)
    with pytest.raises(ValidationError):
        actions.decide_leave(by=cast.lead.user, leave=own, approve=True)
    client = cast.client("lead")
    assert client.post(f"/leave/{own.pk}/decide/", {"say": "approve"}).status_code == 404
    page = client.post(f"/leave/{theirs.pk}/decide/", {"say": "refuse"})
    assert page.status_code == 422
    assert "请写几句理由" in page.content.decode()
    client.post(f"/leave/{theirs.pk}/decide/", {"say": "refuse", "answer": "双十一"})
    theirs.refresh_from_db()
    assert (theirs.state, theirs.answer, theirs.decided_by) == (LeaveState.REFUSED, "双十一", cast.lead.user)
    assert cast.client("outsider").post(f"/leave/{theirs.pk}/decide/", {"say": "approve"}).status_code == 404


ASKED = {"kind": "annual", "first": "2026-11-20", "last": "2026-11-21", "part": "whole"}


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ({}, "11-20 06:00", "11-22 06:00"),
        ({"last": "", "part": "first"}, "11-20 06:00", "11-20 14:00"),
        ({"last": "", "part": "second"}, "11-20 14:00", "11-21 06:00"),
        ({"last": "", "part": "hours", "begin": "19:00", "end": "21:30"}, "11-20 19:00", "11-20 21:30"),
        ({"last": "", "part": "hours", "begin": "23:00", "end": "01:00"}, "11-20 23:00", "11-21 01:00"),
        ({"last": "", "part": "hours", "begin": "01:00", "end": "02:00"}, "11-21 01:00", "11-21 02:00"),
    ],
)
def test_a_person_asks_for_days_halves_and_hours_of_business_days(cast, said, start, end):
    assert cast.client("host").post("/leave/", ASKED | said).status_code == 302
    asked = Leave.objects.get()
    assert (asked.person, asked.start, asked.end, asked.state) == (cast.host, at(start), at(end), LeaveState.ASKED)
    again = cast.client("host").post("/leave/", ASKED | said)
    assert again.status_code == 422
    assert Leave.objects.count() == 1


def test_hours_of_several_days_and_backward_days_are_refused(cast):
    client = cast.client("host")
    for wrong in ({"part": "first"}, {"last": "2026-11-19"}, {"last": "", "part": "hours"}):
        assert client.post("/leave/", ASKED | wrong).status_code == 422
    assert not Leave.objects.exists()


def test_leave_is_withdrawn_by_its_person_until_it_begins(cast):
    asked = leave(cast, cast.host, "11-20 06:00", "11-21 06:00")
    with time_machine.travel(NOW, tick=False):
        assert cast.client("lead").post(f"/leave/{asked.pk}/withdraw/").status_code == 404
        cast.client("host").post(f"/leave/{asked.pk}/withdraw/")
    asked.refresh_from_db()
    assert asked.state == LeaveState.WITHDRAWN
    begun = leave(cast, cast.host, "11-22 06:00", "11-23 06:00")
    with time_machine.travel(at("11-22 09:00"), tick=False), pytest.raises(ValidationError):
        actions.withdraw_leave(by=cast.host.user, leave=begun)


def test_whole_days_are_said_as_days(cast):
    assert when(at("11-20 06:00"), at("11-21 06:00")) == "11-20 周五，1 天"
    assert when(at("11-20 06:00"), at("11-23 06:00")).endswith("3 天")
    assert when(at("11-20 19:00"), at("11-20 21:00")) == "11-20 周五 19:00–21:00"


def test_planning_somebody_on_leave_is_said(cast):
    leave(cast, cast.host, "11-20 06:00", "11-21 06:00")
    page = cast.client("lead").post(
        "/calendar/plan/",
        {
            "person": cast.host.pk, "account": room().pk, "role": "host", "start": "2026-11-20T19:00",
            "end": "2026-11-20T22:00",
        },
    )  # fmt: skip
    assert page.status_code == 422
    assert "已批请假" in page.content.decode()


def test_publishing_page_and_calendar_show_what_is_published(cast):
    place = room()
    shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    client = cast.client("lead")
    assert "没有发布" in client.get("/calendar/?day=2026-11-20").content.decode()
    assert client.post("/roster/publish/", {"month": "2026-11", "note": "好"}).status_code == 302
    assert "wutong" in client.get("/roster/publish/?month=2026-11").content.decode()
    assert client.post("/roster/publish/", {"month": "2026-09"}).status_code == 422
    own = cast.client("host").get("/calendar/?view=month&day=2026-11-20").content.decode()
    assert "wutong" in own
    assert timezone.localtime(PublishedShift.objects.get().start) == at("11-20 19:00")
    assert PublishedShift.objects.get().end - PublishedShift.objects.get().start == timedelta(hours=3)


def test_who_comes_back_early_owes_hours_again_from_that_day(cast):
    place = room()
    for day in ("20", "21"):
        shift(place, cast.host, f"11-{day} 19:00", f"11-{day} 22:00")
    off = leave(cast, cast.host, "11-20 06:00", "11-23 06:00")
    assert due(cast.host) == 0
    client, path = cast.client("lead"), f"/leave/{off.pk}/decide/"
    for day in ("2026-11-20", "2026-11-23", ""):
        assert client.post(path, {"say": "back", "back_on": day}).status_code == 422
    assert client.post(path, {"say": "back", "back_on": "2026-11-21", "answer": "项目提前"}).status_code == 302
    assert due(cast.host) == 3 * HOUR
    told = AuditEvent.objects.get(verb="end_leave_early")
    assert (told.reason, told.data["months"]) == ("项目提前", ["2026-11"])
    own = leave(cast, cast.lead, "11-20 06:00", "11-23 06:00")
    with pytest.raises(ValidationError):
        actions.end_leave_early(by=cast.lead.user, leave=own, back_on=date(2026, 11, 21))
