"""The live pages as leads and the people on the shifts get them."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from kaibo.live.models import Session, Shift, ShiftCode, ShiftState
from kaibo.live.tests.night import NOW, Evening, at, room, shift
from kaibo.login.models import Role, User
from kaibo.org.models import Person, PersonAlias

NIGHT = {"from": "2026-11-18", "to": "2026-11-18"}


@pytest.fixture
def evening(cast):
    with time_machine.travel(NOW, tick=False):
        yield Evening(cast)


@pytest.fixture
def lead(cast, evening):
    return cast.client("lead")


def confirm(client):
    return client.post("/shifts/confirm/", NIGHT | {"digest": client.get("/shifts/").context["night"].digest})


def test_last_night_says_how_many_wait(lead):
    page = lead.get("/shifts/")
    assert "昨晚 3 班，3 班待确认" in page.content.decode()
    assert "18:56–21:30" in page.content.decode()


def test_a_quiet_night_shows_whatever_is_still_open(cast):
    shift(room(), cast.host, "11-10 19:00", "11-10 21:00")
    with time_machine.travel(NOW, tick=False):
        for address in ("/shifts/", "/shifts/?open=1"):
            night = cast.client("lead").get(address).context["night"]
            assert [p.shift.person.name for p in night.proposals] == ["林晓彤"]


def test_confirm_all_then_undo(lead, evening):
    answer = confirm(lead)
    assert Shift.objects.filter(state=ShiftState.CONFIRMED).count() == 3
    after = lead.get(answer["Location"])
    assert after.context["done_count"] == 3
    lead.post("/shifts/undo/", {"act": after.context["done"], "next": "/shifts/"})
    assert Shift.objects.filter(state=ShiftState.PLANNED).count() == 3
    assert "done_count" not in lead.get("/shifts/").context


def test_a_list_that_changed_since_is_not_confirmed(lead, evening):
    digest = lead.get("/shifts/").context["night"].digest
    Shift.objects.filter(pk=evening.first.pk).update(planned_end=at("11-18 21:00"))
    assert lead.post("/shifts/confirm/", NIGHT | {"digest": digest}).status_code == 422
    assert not Shift.objects.filter(state=ShiftState.CONFIRMED).exists()


def test_problems_stand_first_and_are_not_confirmed(lead, evening, cast):
    shift(evening.room, cast.host, "11-18 21:00", "11-18 22:00")
    page = lead.get("/shifts/").content.decode()
    assert page.index("21:00–22:00") < page.index("21:30–次日")
    confirm(lead)
    assert Shift.objects.filter(state=ShiftState.PLANNED).count() == 2


def test_holes_link_to_a_filled_form(lead, evening, cast):
    evening.second.delete()
    page = lead.get("/shifts/").content.decode()
    assert "21:30–次日 00:04" in page
    form = lead.get(
        f"/shifts/add/?account={evening.room.pk}&role=host&start=2026-11-18T21:30:00%2B08:00"
    ).content.decode()
    assert 'value="2026-11-18T21:30"' in form


def test_shifts_of_other_days_are_announced(lead, evening, cast):
    shift(evening.room, cast.host, "11-10 19:00", "11-10 20:00")
    page = lead.get("/shifts/")
    assert page.context["elsewhere"] == 1
    everything = lead.get("/shifts/?from=2026-11-10&to=2026-11-19&open=1")
    assert len(everything.context["night"].proposals) == 4


@pytest.mark.parametrize(
    ("start", "end", "status"), [("19:05", "21:30", 302), ("19:00", "18:00", 422), ("19:00", "", 422)]
)
def test_edit_by_times_of_day(lead, evening, start, end, status):
    answer = lead.post(f"/shifts/{evening.first.pk}/edit/", {"start": start, "end": end, "next": "/shifts/"})
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith("/shifts/?done=")
    else:
        assert f'value="{end}"' in answer.content.decode()


def test_an_end_past_midnight_needs_no_date(lead, evening):
    lead.post(f"/shifts/{evening.second.pk}/edit/", {"start": "21:40", "end": "00:10"})
    evening.second.refresh_from_db()
    assert (evening.second.confirmed_start, evening.second.confirmed_end) == (at("11-18 21:40"), at("11-19 00:10"))


@pytest.mark.parametrize(("path", "state"), [("absent", "absent"), ("cancel", "cancelled")])
def test_absent_and_cancelled(lead, evening, path, state):
    assert lead.post(f"/shifts/{evening.first.pk}/{path}/", {"note": "病假"}).status_code == 302
    assert Shift.objects.get(pk=evening.first.pk).state == state


def test_a_substitute_in_one_form(lead, evening, cast):
    form = lead.get(f"/shifts/add/?instead={evening.second.pk}")
    assert "陈嘉禾" in form.content.decode()
    data = {
        "name": "周可", "account": evening.room.pk, "role": "host", "start": "2026-11-18T21:30",
        "end": "2026-11-19T00:04", "instead": evening.second.pk,
    }  # fmt: skip
    assert lead.post("/shifts/add/", data | {"end": "2026-11-18T21:00"}).status_code == 422
    assert lead.post("/shifts/add/", data).status_code == 302
    assert Person.objects.get(name="周可").shifts.get().state == ShiftState.CONFIRMED
    assert Shift.objects.get(pk=evening.second.pk).state == ShiftState.ABSENT
    assert not lead.get("/shifts/").context["night"].holes


def test_nobody_adds_whom_somebody_else_leads_that_day(lead, evening, cast):
    data = {"account": evening.room.pk, "role": "host", "start": "2026-11-18T21:30", "end": "2026-11-18T22:30"}
    PersonAlias.objects.create(person=cast.outsider, alias="川哥")
    for name in ("何川", " 川哥 "):
        answer = lead.post("/shifts/add/", data | {"name": name})
        assert answer.status_code == 422
        assert "何川" in " ".join(answer.context["form"].errors["name"])
    assert not cast.outsider.shifts.exists()
    assert not Person.objects.filter(name="川哥").exists()
    assert cast.client("owner").post("/shifts/add/", data | {"name": "川哥"}).status_code == 302
    assert cast.outsider.shifts.count() == 1
    # a guest whom nobody leads that day is anybody's, also the second time
    Person.objects.create(name="周可")
    assert lead.post("/shifts/add/", data | {"name": "周可"}).status_code == 302


def test_the_redirect_stays_on_this_site(lead, evening):
    answer = lead.post(f"/shifts/{evening.first.pk}/absent/", {"next": "https://elsewhere.example/"})
    assert answer["Location"].startswith(f"/shifts/{evening.first.pk}/")


def test_a_person_sees_only_the_own_shifts_and_flags_one(cast, evening):
    host = cast.client("host")
    page = host.get("/shifts/?month=2026-11").content.decode()
    assert "19:00–21:30" in page
    assert "21:30–24:00" not in page
    assert host.get(f"/shifts/{evening.second.pk}/").status_code == 404
    assert host.post(f"/shifts/{evening.first.pk}/flag/", {"words": ""}).status_code == 422
    assert host.post(f"/shifts/{evening.first.pk}/flag/", {"words": "我 21:10 就下了"}).status_code == 302
    assert host.post(f"/shifts/{evening.first.pk}/edit/", {"start": "19:00", "end": "21:10"}).status_code == 404
    first = cast.client("lead").get("/shifts/").context["hard"][0]
    assert first.shift.flag == "我 21:10 就下了"


def test_nobody_flags_for_someone_else_but_a_lead_may_close_it(cast, lead, evening):
    assert lead.post(f"/shifts/{evening.first.pk}/flag/", {"words": "x"}).status_code == 404
    Shift.objects.filter(pk=evening.first.pk).update(flag="不对")
    assert lead.post(f"/shifts/{evening.first.pk}/unflag/").status_code == 302
    assert Shift.objects.get(pk=evening.first.pk).flag == ""


def test_who_leads(lead, evening):
    lead.post(f"/shifts/{evening.first.pk}/lead/")
    assert Shift.objects.get(pk=evening.first.pk).lead


def test_a_month_of_shifts_stays_a_small_page(lead, evening, cast):
    for day in range(1, 18):
        for hour in range(10, 22):
            shift(evening.room, cast.host, f"11-{day:02} {hour}:00", f"11-{day:02} {hour}:59")
    page = lead.get("/shifts/?from=2026-11-01&to=2026-11-19")
    assert len(page.content) < 150_000


def test_rooms_targets_sessions(cast, evening):
    owner, pk = cast.client("owner"), evening.room.pk
    assert "生活旗舰店" in owner.get("/rooms/").content.decode()
    assert owner.post("/rooms/add/", {"name": "家纺优选", "handle": "jiafang"}).status_code == 302
    assert owner.post("/rooms/add/", {"name": "家纺优选", "handle": "jiafang"}).status_code == 422
    changes = {
        "name": "旗舰店",
        "other_names": "旧名\n",
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "split_rule": "7:3",
    }
    assert owner.post(f"/rooms/{pk}/edit/", changes | {"zone": "x"}).status_code == 422
    assert owner.post(f"/rooms/{pk}/edit/", changes).status_code == 302
    assert owner.post(f"/rooms/{pk}/target/", {"month": "2026-11", "amount": "1200000.555"}).status_code == 422
    assert owner.post(f"/rooms/{pk}/target/", {"month": "2026-11", "amount": "1200000"}).status_code == 302
    assert evening.room.targets.get().amount_minor == 120_000_000
    assert "¥1,200,000.00" in owner.get("/rooms/").content.decode()


def test_sessions_by_hand(lead, evening):
    data = {"start": "2026-11-18T23:00", "end": "2026-11-19T01:00", "title": "", "air_kind": ""}
    assert "18:56" in lead.post(f"/rooms/{evening.room.pk}/sessions/add/", data).content.decode()
    data |= {"start": "2026-11-17T19:00", "end": "2026-11-17T19:05"}
    assert lead.post(f"/rooms/{evening.room.pk}/sessions/add/", data).status_code == 302
    made = Session.objects.get(by_hand=True)
    assert made.air_kind == "test"
    moved = {"title": "试播", "air_kind": "live", "start": "2026-11-17T19:00", "end": "2026-11-17T18:00"}
    assert lead.post(f"/sessions/{made.pk}/edit/", moved).status_code == 422
    assert lead.post(f"/sessions/{made.pk}/edit/", moved | {"end": "2026-11-17T19:06"}).status_code == 302
    assert "10 分" in lead.get(f"/rooms/{evening.room.pk}/?month=2026-11").content.decode()
    assert lead.post(f"/sessions/{evening.session.pk}/remove/").status_code == 422
    assert lead.post(f"/sessions/{made.pk}/remove/").status_code == 302


def test_codes(lead, evening):
    data = {"code": "A1", "account": evening.room.pk, "role": "", "start": "19:00", "end": "01:00"}
    assert lead.post("/codes/", data | {"start": "13:00", "end": "10:00"}).status_code == 422
    assert lead.post("/codes/", data).status_code == 302
    assert ShiftCode.objects.get().next_day
    assert 'value="A1"' in lead.get("/codes/?edit=A1").content.decode()
    assert lead.post(f"/codes/{ShiftCode.objects.get().pk}/remove/").status_code == 302


def test_a_lead_opens_one_persons_month(lead, evening, cast):
    page = lead.get(f"/shifts/?person={cast.host.pk}&month=2026-11").content.decode()
    assert "林晓彤的班次" in page
    assert lead.get(f"/shifts/?person={cast.outsider.pk}").status_code == 404


def test_a_substitute_is_offered_the_real_times(lead, evening):
    """The evening was planned until 24:00 and ended minutes later: those belong to who stood in."""
    evening.session.end += timedelta(minutes=7)
    evening.session.save()
    form = lead.get(f"/shifts/add/?instead={evening.second.pk}").context["form"]
    assert form["end"].value() == timezone.make_naive(evening.session.end)


def test_own_shifts_open_at_the_newest_month_that_has_some(cast, evening):
    page = cast.client("host").get("/shifts/")
    newest = Shift.objects.filter(person=cast.host).latest("planned_start").planned_start
    assert page.context["month"] == timezone.localdate(newest).replace(day=1)


def test_a_confirmed_shift_can_be_taken_back_on_its_own_page(lead, evening):
    sent = {"start": "19:00", "end": "21:00", "note": ""}
    page = lead.post(f"/shifts/{evening.first.pk}/edit/", sent, follow=True)
    assert page.context["done_count"] == 1
    assert "/shifts/undo/" in page.content.decode()


def test_who_plans_no_shifts_is_offered_none_to_add(lead, evening, cast):
    """HR sees the roster of everybody, and every hole in it, but whoever plans fills it."""
    hr = Client()
    hr.force_login(User.objects.create_user("hr1", password="kaibo-demo-1", role=Role.HR))
    Shift.objects.filter(pk=evening.first.pk).delete()
    pages = [client.get("/shifts/") for client in (lead, hr)]
    assert all(page.context["night"].holes for page in pages)
    offered = ["/shifts/add/" in page.content.decode() for page in pages]
    assert offered == [True, False]
    assert hr.get("/shifts/add/").status_code == 404
