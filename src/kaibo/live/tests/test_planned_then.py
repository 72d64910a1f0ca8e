"""Leave and plans are reached by the organisation of their own days: the old lead has theirs, the new one the rest."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kaibo.live.access import find_leave_to_decide, leaves_to_decide, visible_leaves
from kaibo.live.due import due_in_room, due_shifts
from kaibo.live.models import Account, Leave, LeaveState, PublishedShift, Shift
from kaibo.live.publications import changed_ids, published
from kaibo.live.tests.moved import MOVED, both, head, move
from kaibo.live.tests.night import at, shift
from kaibo.login.models import User
from kaibo.org.actions import save_department
from kaibo.org.models import Department, Person

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("late_november")


@pytest.fixture
def other(cast) -> User:
    """The lead of where the host went, mid November."""
    made = head("新", Department.objects.get(name="投放部"))
    made.set_password("kaibo-demo-1")
    made.save()
    return made


def off(person: Person, first: str, until: str) -> Leave:
    """Asked for; whole business days, `until` excluded."""
    return Leave.objects.create(person=person, kind="annual", start=at(f"{first} 06:00"), end=at(f"{until} 06:00"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def decides(user: User) -> set[Leave]:
    return set(leaves_to_decide(user))


def test_leave_is_decided_by_the_lead_of_its_first_day_and_seen_by_those_of_all(cast, other):
    early, last = off(cast.host, "11-10", "11-12"), off(cast.host, "11-15", "11-16")
    across, late = off(cast.host, "11-14", "11-18"), off(cast.host, "11-16", "11-20")
    move(cast.host, Department.objects.get(name="投放部"))
    assert set(visible_leaves(cast.lead.user)) == {early, last, across}
    assert set(visible_leaves(other)) == {across, late}
    assert decides(cast.lead.user) == {early, last, across}
    assert decides(other) == {late}
    assert find_leave_to_decide(other, late.pk) == late
    assert client_of(other).post(f"/leave/{across.pk}/decide/", {"say": "approve"}).status_code == 404
    assert client_of(cast.lead.user).post(f"/leave/{across.pk}/decide/", {"say": "approve"}).status_code == 302
    assert client_of(cast.lead.user).post(f"/leave/{late.pk}/decide/", {"say": "approve"}).status_code == 404
    assert set(Leave.objects.filter(state=LeaveState.APPROVED)) == {across}
    page = client_of(other).get("/leave/").content.decode()
    assert page.count(f"/leave/{late.pk}/decide/") > 0
    assert f"/leave/{across.pk}/decide/" not in page


def test_leave_follows_the_tree_of_its_day_too(cast):
    live = Department.objects.get(name="直播一部")
    first, second = Department.objects.create(name="一事业部"), Department.objects.create(name="二事业部")
    save_department(by=None, department=live, name=live.name, parent=first)
    early, late = off(cast.host, "11-10", "11-12"), off(cast.host, "11-18", "11-20")
    save_department(by=None, department=live, name=live.name, parent=second, since=MOVED)
    assert decides(head("一", first)) == {early}
    assert decides(head("二", second)) == {late}
    assert decides(cast.lead.user) == {early, late}


def test_leave_is_asked_for_whom_one_leads_on_its_first_day(cast, other):
    move(cast.host, Department.objects.get(name="投放部"))
    form = {"person": cast.host.pk, "kind": "sick", "first": "2026-11-12", "part": "whole"}
    refused = client_of(other).post("/leave/", form)
    assert refused.status_code == 422
    assert "这天林晓彤不归你负责" in refused.content.decode()
    assert client_of(cast.lead.user).post("/leave/", form).status_code == 302
    assert Leave.objects.get().start == at("11-12 06:00")
    assert client_of(cast.lead.user).post("/leave/", form | {"first": "2026-11-20"}).status_code == 422


def test_one_is_planned_by_the_lead_of_the_planned_day(cast, other, place):
    move(cast.host, Department.objects.get(name="投放部"))
    form = {
        "person": cast.host.pk, "role": "host", "account": place.pk, "start": "2026-11-12T19:00",
        "end": "2026-11-12T22:00",
    }  # fmt: skip
    late = form | {"start": "2026-11-20T19:00", "end": "2026-11-20T22:00"}
    mine, theirs = client_of(cast.lead.user), client_of(other)
    assert mine.post("/calendar/plan/", late).status_code == 422
    refused = theirs.post("/calendar/plan/", form)
    assert refused.status_code == 422
    assert "这天林晓彤不归你负责" in refused.content.decode()
    assert Shift.objects.count() == 0
    assert mine.post("/calendar/plan/", form).status_code == 302
    assert theirs.post("/calendar/plan/", late).status_code == 302
    early = Shift.objects.get(planned_start=at("11-12 19:00"))
    # and what is planned is not moved into the time of somebody else
    url = f"/calendar/shifts/{early.pk}/"
    assert mine.post(url, {"start": "2026-11-20T19:00", "end": "2026-11-20T22:00"}).status_code == 422
    assert mine.post(url, {"start": "2026-11-13T19:00", "end": "2026-11-13T22:00"}).status_code == 302
    option = f'<option value="{cast.host.pk}">林晓彤'
    assert option in mine.get("/calendar/?view=week&day=2026-11-12").content.decode()
    assert option not in mine.get("/calendar/?view=week&day=2026-11-23").content.decode()


def test_one_persons_month_shows_each_lead_their_days(cast, other, place):
    both(place, cast.host)
    move(cast.host, Department.objects.get(name="投放部"))
    for user, sees in ((cast.lead.user, "11-10"), (other, "11-20")):
        answer = client_of(user).get(f"/shifts/?person={cast.host.pk}&month=2026-11")
        assert [f"{day:%m-%d}" for day, _shifts in answer.context["days"]] == [sees]


def test_each_lead_publishes_their_days_and_the_others_stay_as_they_were(cast, other, place):
    early, late = both(place, cast.host)
    move(cast.host, Department.objects.get(name="投放部"))
    assert client_of(cast.lead.user).post("/roster/publish/", {"month": "2026-11"}).status_code == 302
    # what nobody has published is still due as it is planned
    assert hours(cast.host, place) == 6 * HOUR
    extra = shift(place, cast.host, "11-12 19:00", "11-12 22:00")
    assert hours(cast.host, place) == 6 * HOUR, "of days that were published the plan alone is not due"
    shift(place, cast.host, "11-22 19:00", "11-22 22:00")
    assert hours(cast.host, place) == 9 * HOUR
    assert changed_ids(list(Shift.objects.all())) == {extra.pk}
    assert client_of(other).post("/roster/publish/", {"month": "2026-11"}).status_code == 302
    standing = PublishedShift.objects.filter(replaced_by=None, person=cast.host)
    assert {one.shift_id for one in standing} == {early.pk, late.pk, Shift.objects.latest("pk").pk}
    assert hours(cast.host, place) == 9 * HOUR
    (change,) = published(cast.lead.user, NOVEMBER).changes
    assert change.shift == extra.pk
    assert published(other, NOVEMBER).changes == []
    # publishing anew replaces one's own days alone
    assert client_of(cast.lead.user).post("/roster/publish/", {"month": "2026-11"}).status_code == 302
    assert hours(cast.host, place) == 12 * HOUR
    assert published(cast.owner, NOVEMBER).changes == []


def hours(person: Person, place: Account) -> timedelta:
    """Of the person, whom the room's alone are."""
    found = due_shifts(NOVEMBER, DECEMBER, people=[person.pk])
    assert sorted((one.start, one.end) for one in found) == sorted(due_in_room(place.pk, NOVEMBER, "host"))
    return sum((one.end - one.start for one in found), timedelta())


def test_as_many_questions_however_many_leaves_and_changes(cast, other):
    def asked() -> tuple[int, int]:
        user = User.objects.get(pk=cast.lead.user.pk)
        with CaptureQueriesContext(connection) as said:
            client_of(user).get("/leave/")
        return len(said), len(visible_leaves(user))

    off(cast.host, "11-02", "11-03")
    few, one = asked()
    live = Department.objects.get(name="直播一部")
    for n in range(6):
        off(cast.host2, f"11-0{n + 1}", f"11-0{n + 2}")
        save_department(
            by=None, department=live, name=live.name, parent=Department.objects.create(name=f"集团{n}"),
            since=date(2026, 11, 1) + timedelta(days=n),
        )  # fmt: skip
    move(cast.host, Department.objects.get(name="投放部"))
    many, seven = asked()
    assert (one, seven) == (1, 7)
    assert many == few
