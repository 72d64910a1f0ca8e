"""A manager's team is their department's rooms, day by day: scored, explained, added up, closed and verified."""

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kaibo.appraisal.beside import beside_of
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.keeping import keep_month, keep_unkept_now
from kaibo.appraisal.models import KeptLine
from kaibo.appraisal.month import month_from, month_of
from kaibo.appraisal.month_data import read
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.sums import of_sessions
from kaibo.closing.bundle import Bundle, closed_root
from kaibo.closing.tests.test_rooms import said, wrong
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.facts.schema import SERVICE_RESULT
from kaibo.jobs.queue import Progress
from kaibo.kpi.catalog import KPIS
from kaibo.kpi.rules import Band, TeamPart
from kaibo.live.actions import place_room, take_room_out
from kaibo.live.models import Account, RoomDepartment
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.due import new_events
from kaibo.org.actions import add_department, save_department
from kaibo.org.models import Appointment, Department, Person, Position

from .conftest import OCTOBER, Autumn, at, fact, ms

EARLY = date(2026, 1, 1)
# 生活旗舰店 on the 14th and at the month's end, 床品馆 on the 10th; paid, minor units
ON_14TH, AT_THE_END, SECOND = 300_00 + 33_33 + 200_00 + 1, 100_01 + 77_77, 440_04


@dataclass
class House:
    """直播一部 has 生活旗舰店, 直播二部 has 床品馆; 客服部 has none; all are under 公司."""

    autumn: Autumn
    second: Account
    top: Department
    one: Department
    two: Department
    service: Department

    def lead(self, name: str, department: Department, position: str = "live_manager", start: date = EARLY) -> Person:
        person = Person.objects.filter(name=name).first() or Person.objects.create(name=name)
        held = Position.objects.get_or_create(key=position, defaults={"name": position})[0]
        Appointment.objects.create(person=person, position=held, department=department, start=start)
        return person


@pytest.fixture
def house(autumn: Autumn) -> House:
    second = Account.objects.create(handle="second", name="床品馆")
    autumn.room, first = second, autumn.room
    evening = autumn.session(at(10, "19:00"), at(10, "22:00"))
    autumn.shift(autumn.cast.host2, at(10, "19:00"), at(10, "22:00"))
    autumn.room = first
    rows = [autumn.order(51, at(10, "20:00"), SECOND, product="p9", creator_id="second")]
    autumn.batch("order_line", rows, as_of=at(11, "09:00", 12))
    report = autumn.report(61, evening) | {"account": "second", "account_name": "床品馆"}
    autumn.batch("session_report", [report], as_of=at(11, "09:00", 12))
    autumn.compute()
    top, two, service = (add_department(by=None, name=name) for name in ("公司", "直播二部", "客服部"))
    one = Department.objects.get(name="直播一部")
    Department.objects.exclude(pk=top.pk).update(parent=top)
    for department in (one, two, service):
        department.refresh_from_db()
    return House(autumn, second, top, one, two, service)


def place(account: Account, department: Department | None, start: date = EARLY) -> RoomDepartment:
    return place_room(by=None, account=account, department=department, start=start)


def paid(person: Person) -> int | None:
    """Sales of the person's team less refunds, which only the evening of the 14th has."""
    value = next(line.value for line in month_of(person, OCTOBER).lines if line.line.kpi == "net_paid")
    return None if value.missing else value.top


def test_two_managers_each_have_their_own_room_and_the_top_has_all(house: House) -> None:
    first, second = house.lead("甲", house.one), house.lead("乙", house.two)
    top, service = house.lead("总", house.top), house.lead("客", house.service)
    everything = ON_14TH + AT_THE_END + SECOND - 50_00
    assert {paid(one) for one in (first, second, top, service)} == {everything}, "no room has a department yet"
    page = owner(house).get(reverse("appraisal:line", args=[first.pk, "2026-10", "net_paid"])).content.decode()
    assert "还没有直播间归属部门" in page
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    assert (paid(first), paid(second)) == (everything - SECOND, SECOND)
    # who leads all, or a department that serves all, has all
    assert (paid(top), paid(service)) == (everything, everything)
    # a room of no department is the company's alone
    RoomDepartment.objects.filter(account=house.second).delete()
    assert (paid(first), paid(second), paid(top)) == (everything - SECOND, everything, everything)
    place(house.second, house.two, date(2026, 9, 1))
    place(house.second, None, date(2026, 10, 1))
    assert (paid(first), paid(second), paid(top)) == (everything - SECOND, None, everything)


def test_a_room_handed_over_in_the_month_is_split_by_day_and_adds_up(house: House) -> None:
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    place(house.autumn.room, house.two, date(2026, 10, 20))
    first, second, top = house.lead("甲", house.one), house.lead("乙", house.two), house.lead("总", house.top)
    assert paid(first) == ON_14TH - 50_00
    assert paid(second) == SECOND + AT_THE_END
    assert (paid(first) or 0) + (paid(second) or 0) == paid(top)
    for person in (first, second, top):
        mine = month_of(person, OCTOBER)
        for line in mine.lines:
            assert wrong(mine, line) == [], (person.name, line.line.kpi)
            assert of_sessions(path_of_line(mine, line)).holds
    # the target is that of the same days
    target = next(line.target for line in month_of(first, OCTOBER).lines if line.line.kpi == "net_paid")
    assert [(part.own_days, part.all_days) for part in target.parts] == [(19, 31)]  # type: ignore[union-attr]


def test_who_takes_over_a_department_in_the_month_has_it_since(house: House) -> None:
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    person = house.lead("甲", house.one)
    Appointment.objects.filter(person=person).update(end=date(2026, 10, 12))
    house.lead("甲", house.two, start=date(2026, 10, 12))
    # neither the 14th nor the end of 一部, nor the 10th of 二部
    assert paid(person) == 0
    Appointment.objects.filter(person=person, end=None).delete()
    Appointment.objects.filter(person=person).update(end=None, start=date(2026, 10, 31))
    assert paid(person) == AT_THE_END


def test_the_path_names_the_rooms_and_the_department(house: House) -> None:
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    place(house.autumn.room, house.two, date(2026, 10, 20))
    second, top = house.lead("乙", house.two), house.lead("总", house.top)
    page = owner(house).get(reverse("appraisal:line", args=[second.pk, "2026-10", "net_paid"]))
    shown = page.context["page"]
    assert [(one.room, one.duty, one.days) for one in shown.answers] == [
        ("床品馆", "直播二部", "10-01 – 10-31"), ("生活旗舰店", "直播二部", "10-20 – 10-31"),
    ]  # fmt: skip
    assert "直播二部的业绩" in page.content.decode()
    assert shown.recomputed
    page = owner(house).get(reverse("appraisal:line", args=[top.pk, "2026-10", "net_paid"])).content.decode()
    assert "全公司的业绩" in page


def test_who_has_no_room_or_no_department_is_told_so(house: House) -> None:
    place(house.autumn.room, house.two, date(2026, 9, 1))
    place(house.autumn.room, house.one, date(2026, 10, 1))
    place(house.second, house.one)
    second = house.lead("乙", house.two)
    line = month_of(second, OCTOBER).lines[0]
    assert (line.value.missing, line.score.waiting, line.score.points) == ("no_team_room", "no_team_room", None)
    page = owner(house).get(reverse("appraisal:month", args=[second.pk, "2026-10"])).content.decode()
    assert "这个月没有直播间归属其部门" in page


def test_a_change_of_rooms_or_departments_is_kept_again(house: House) -> None:
    first = house.lead("甲", house.one)
    place(house.autumn.room, house.one)
    placed = place(house.second, house.two)
    compute_stale_now()
    keep_month(Progress(), "2026-10")

    def kept() -> int | None:
        return KeptLine.objects.get(month=OCTOBER, score__person=first, score__state="current", kpi="net_paid").top

    own = ON_14TH + AT_THE_END - 50_00
    assert kept() == own
    take_room_out(by=None, placed=placed)
    place(house.second, house.one)
    assert {month for *_row, months in new_events() for month in months} >= {"2026-10"}
    compute_stale_now()
    assert "2026-10" in keep_unkept_now()
    assert kept() == own + SECOND
    # a department that is put under another brings its rooms
    place(house.second, house.two, date(2026, 2, 1))
    compute_stale_now()
    keep_unkept_now()
    assert kept() == own
    save_department(by=None, department=house.two, name=house.two.name, parent=house.one)
    assert "2026-10" in keep_unkept_now()
    assert kept() == own + SECOND


def test_a_closed_month_keeps_whose_rooms_were_whose(house: House) -> None:
    first, second = house.lead("甲", house.one), house.lead("乙", house.two)
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    place(house.autumn.room, house.two, date(2026, 10, 20))
    compute_stale_now()
    before = {person.pk: said(month_of(person, OCTOBER)) for person in (first, second)}
    closing = house.autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.differences, found.problem) == (EQUAL, [], "")
    rows = [row for row in Bundle(closed_root() / closing.folder).lines("values") if row.get("route") == "team"]
    assert {row["person"]: row["number"] for row in rows if row["kpi"] == "net_paid"} == {
        first.pk: str(ON_14TH - 50_00), second.pk: str(SECOND + AT_THE_END),
    }  # fmt: skip
    # later everything is otherwise
    RoomDepartment.objects.all().delete()
    place(house.autumn.room, house.service)
    save_department(by=None, department=house.two, name="直播九部", parent=house.one)
    Appointment.objects.filter(person=second).update(department=house.service)
    compute_stale_now()
    assert {person.pk: said(month_of(person, OCTOBER)) for person in (first, second)} == before
    assert verify_closing(closing).code == EQUAL
    # a value that was changed is found
    folder = closed_root() / closing.folder / "context.json"
    told = json.loads(folder.read_text(encoding="utf-8"))
    told["teams"]["rooms"] = told["teams"]["rooms"][:1]
    folder.write_text(json.dumps(told), encoding="utf-8")
    named = {one.table for one in verify_closing(closing).differences}
    assert {"context.json", "values"} <= named


def test_a_month_closed_before_rooms_had_departments_is_every_rooms_and_verifies(house: House) -> None:
    first = house.lead("甲", house.one)
    house.autumn.compute()
    everything = paid(first)
    closing = house.autumn.close()
    old = {name: value for name, value in closing.frozen.items() if name != "teams"}
    type(closing).objects.filter(pk=closing.pk).update(frozen=old)
    as_before(closing, old)
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    compute_stale_now()
    assert paid(first) == everything
    closing.refresh_from_db()
    found = verify_closing(closing)
    assert {one.table for one in found.differences} <= {"context.json", "values.jsonl", "manifest.json"}, "hashes alone"


def as_before(closing, context) -> None:  # type: ignore[no-untyped-def]
    """The bundle as an earlier Kaibo wrote it: without teams, and without values of them."""
    folder = closed_root() / closing.folder
    (folder / "context.json").write_text(json.dumps(context), encoding="utf-8")
    values = (folder / "values.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in values if json.loads(line).get("route") != "team"]
    assert len(kept) < len(values)
    (folder / "values.jsonl").unlink()
    (folder / "values.jsonl").write_text("".join(kept), encoding="utf-8")


@dataclass
class Service:
    """客服部 with 甲 of it until the 15th, then of 直播一部; a week of each of their halves of October, and of 乙."""

    first: Person
    second: Person
    lead: Person


@pytest.fixture
def service(house: House) -> Service:
    first, second = (house.lead(name, house.service, "service") for name in ("甲", "乙"))
    Appointment.objects.filter(person=first).update(end=date(2026, 10, 15))
    house.lead("甲", house.one, "service", date(2026, 10, 15))
    found = Service(first, second, house.lead("客", house.service, "service_manager"))
    weeks = [(first, 5, 9, 10), (first, 19, 1, 40), (second, 5, 6, 10)]
    rows = [
        fact(SERVICE_RESULT, 2 + n, platform="douyin", agent=person.name, received=50, ratings=of, good_ratings=good,
             start_ms=ms(at(day, "00:00")), end_ms=ms(at(day + 7, "00:00")))
        for n, (person, day, good, of) in enumerate(weeks)
    ]  # fmt: skip
    house.autumn.batch(SERVICE_RESULT, rows, as_of=at(10, "09:00", 12))
    house.autumn.compute()
    return found


def satisfaction(person: Person) -> tuple[int, int | None]:
    value = next(line.value for line in month_of(person, OCTOBER).lines if line.line.kpi == "satisfaction")
    assert not value.missing
    return value.top, value.bottom


def test_a_closed_month_keeps_who_was_whose_people_and_verifies(house: House, service: Service) -> None:
    assert satisfaction(service.lead) == (15, 20)
    closing = house.autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.differences, found.problem) == (EQUAL, [], "")
    rows = [row for row in Bundle(closed_root() / closing.folder).lines("values") if row.get("route") == "team"]
    assert [row["number"] for row in rows if (row["person"], row["kpi"]) == (service.lead.pk, "satisfaction")] == [
        "3/4"
    ]
    # later everything is otherwise
    Appointment.objects.filter(person=service.second).update(department=house.two)
    save_department(by=None, department=house.service, name="售后部", parent=house.two)
    compute_stale_now()
    assert satisfaction(service.lead) == (15, 20)
    page = owner(house).get(reverse("appraisal:line", args=[service.lead.pk, "2026-10", "satisfaction"]))
    path = page.context["path"]
    assert (path.holds, [one.days for one in path.members]) == (
        True, [["客服部 10-01 – 10-31"], ["客服部 10-01 – 10-14"]],
    )  # fmt: skip
    assert verify_closing(closing).code == EQUAL
    # a home that was changed is found
    context = closed_root() / closing.folder / "context.json"
    told = json.loads(context.read_text(encoding="utf-8"))
    told["teams"]["homes"] = [one for one in told["teams"]["homes"] if one[0] != service.second.pk]
    context.write_text(json.dumps(told), encoding="utf-8")
    assert {"context.json", "values"} <= {one.table for one in verify_closing(closing).differences}


def test_a_month_closed_before_teams_had_people_is_everyones_and_verifies(house: House, service: Service) -> None:
    closing = house.autumn.close()
    teams = {name: value for name, value in closing.frozen["teams"].items() if name != "homes"}
    teams["lines"] = {
        position: [kpi for kpi in kpis if KPIS[kpi].of_rooms] for position, kpis in teams["lines"].items()
    }
    old = closing.frozen | {"teams": teams}
    type(closing).objects.filter(pk=closing.pk).update(frozen=old)
    folder = closed_root() / closing.folder
    (folder / "context.json").write_text(json.dumps(old), encoding="utf-8")
    values = (folder / "values.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in values if (one := json.loads(line)).get("route") != "team" or KPIS[one["kpi"]].of_rooms]
    assert len(kept) < len(values)
    (folder / "values.jsonl").unlink()
    (folder / "values.jsonl").write_text("".join(kept), encoding="utf-8")
    closing.refresh_from_db()
    found = verify_closing(closing)
    assert {one.table for one in found.differences} <= {"context.json", "values.jsonl", "manifest.json"}, "hashes alone"
    # all that rows say, as it was decided
    assert satisfaction(service.lead) == (16, 60)
    page = owner(house).get(reverse("appraisal:line", args=[service.lead.pk, "2026-10", "satisfaction"]))
    assert page.context["path"].holds
    assert "之前就已关账" in page.content.decode()


def test_the_coefficient_is_of_the_department_that_one_is_in(house: House) -> None:
    """Who is on shift in a role is in the department of their main position; before rooms have any, all is one team."""
    host, host2 = house.autumn.cast.host, house.autumn.cast.host2
    Appointment.objects.filter(person=host2).update(department=house.two)
    card = cards_in(OCTOBER)["host"]
    cards = {"host": replace(card, card=replace(card.card, team=TeamPart("paid", (Band(Decimal(1)),))))}

    def told(person: Person) -> tuple[str | None, object]:
        data = read([host, host2], OCTOBER, cards=cards)
        found = beside_of(data, month_from(data, person))
        return found["team"], found.get("team_of")

    everything = str(ON_14TH + AT_THE_END + SECOND)
    assert told(host) == told(host2) == (everything, None)
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    place(house.autumn.room, house.two, date(2026, 10, 20))
    save_department(by=None, department=house.two, name=house.two.name, name_en="Live 2")
    assert told(host) == (str(ON_14TH), [("直播一部", "")])
    assert told(host2) == (str(SECOND + AT_THE_END), [("直播二部", "Live 2")])
    # floor managers by shift, not by appointment: the main position says where
    Position.objects.filter(key="host").update(key="hosting")
    assert told(host) == (str(ON_14TH), [("直播一部", "")])


def test_many_managers_ask_no_more_than_one(house: House) -> None:
    place(house.autumn.room, house.one)
    place(house.second, house.two)
    first = house.lead("甲", house.one)
    others = [
        house.lead(f"经理{n}", department) for n, department in enumerate([house.two, house.top, house.service] * 3)
    ]

    def asked(people: list[Person]) -> int:
        with CaptureQueriesContext(connection) as queries:
            data = read(people, OCTOBER)
            for person in people:
                month_from(data, person)
        return len(queries)

    asked([first])
    assert asked([first, *others]) == asked([first])


def owner(house: House):  # type: ignore[no-untyped-def]
    return house.autumn.cast.client("owner")
