"""A manager's team where rows name people: its department's people on the day of the row."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal.beside import beside_of
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.month import month_from, month_of
from kaibo.appraisal.month_data import read
from kaibo.appraisal.month_lines import MonthLine
from kaibo.kpi.rules import Band, TeamPart
from kaibo.login.models import Grant, User
from kaibo.login.rights import Role, Scope
from kaibo.measurement.models import DirectCredit
from kaibo.org.actions import add_department
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

from .conftest import OCTOBER

EARLY = date(2026, 1, 1)


@dataclass
class House:
    """公司 over 客服部, which is over 客服一组 and 客服二组; and over 直播一部, where the others are."""

    evening: object
    top: Department
    service: Department
    one: Department
    two: Department
    rows: int = 0

    def person(self, name: str, department: Department, start: date = EARLY, **other) -> Person:  # type: ignore[no-untyped-def]
        """Holds the position in the department; the same name again: a further appointment."""
        key = other.pop("key", "live_service")
        person = Person.objects.filter(name=name).first() or Person.objects.create(name=name)
        position = Position.objects.get_or_create(key=key, defaults={"name": key})[0]
        Appointment.objects.create(person=person, position=position, department=department, start=start, **other)
        return person

    def lead(self, name: str, department: Department, start: date = EARLY, **other) -> Person:  # type: ignore[no-untyped-def]
        return self.person(name, department, start, key="service_supervisor", **other)

    def named(self, person: Person | None, day: int, good: int, of: int, reason: str = "", name: str = "") -> None:
        self.rows += 1
        for measure, amount in (("good_ratings", good), ("ratings", of)):
            DirectCredit.objects.create(
                computation=self.evening.computation, person=person, date=date(2026, 10, day), table="service_result",  # type: ignore[attr-defined]
                batch=1, row=self.rows, name=name or (person.name if person else "?"), measure=measure, amount=amount,
                reason=reason,
            )  # fmt: skip

    def client(self, person: Person | None = None):  # type: ignore[no-untyped-def]
        """As the owner; or as a person who sees their own line alone."""
        if person is None:
            return self.evening.cast.client("owner")  # type: ignore[attr-defined]
        user = User.objects.create_user(f"u{person.pk}", password="kaibo-demo-1")
        Person.objects.filter(pk=person.pk).update(user=user)
        client = type(self.evening.cast.client("owner"))()  # type: ignore[attr-defined]
        client.force_login(user)
        return client

    def page(self, person: Person, who: Person | None = None, client=None):  # type: ignore[no-untyped-def]
        url = reverse("appraisal:line", args=[person.pk, "2026-10", "satisfaction"])
        more = {"who": who.pk} if who else {}
        return (client or self.client()).get(url, {"role": "service_supervisor", **more})


@pytest.fixture
def house(evening) -> House:  # type: ignore[no-untyped-def]
    top, service = add_department(by=None, name="公司"), add_department(by=None, name="客服部")
    one, two = add_department(by=None, name="客服一组"), add_department(by=None, name="客服二组")
    Department.objects.filter(pk__in=(one.pk, two.pk)).update(parent=service)
    Department.objects.exclude(pk__in=(top.pk, one.pk, two.pk)).update(parent=top)
    return House(evening, top, service, one, two)


def line(person: Person) -> MonthLine:
    return next(one for one in month_of(person, OCTOBER, role="service_supervisor").lines
                if one.line.kpi == "satisfaction")  # fmt: skip


def told(person: Person) -> tuple[int, int | None] | str:
    value = line(person).value
    return value.missing or (value.top, value.bottom)


def test_each_manager_has_the_people_of_their_department(house: House) -> None:
    heads = [house.lead(f"主管{one.name}", one) for one in (house.top, house.service, house.one, house.two)]
    first, second = house.person("甲", house.one), house.person("乙", house.two)
    house.named(first, 3, 9, 10)
    house.named(second, 4, 5, 8)
    house.named(house.evening.cast.host, 5, 1, 2)  # type: ignore[attr-defined]
    assert [told(one) for one in heads] == [(15, 20), (14, 18), (9, 10), (5, 8)]


def test_who_moves_in_the_month_counts_on_each_side_from_the_day_on(house: House) -> None:
    here, there = house.lead("一", house.one), house.lead("二", house.two)
    both = house.lead("总", house.service)
    person = house.person("甲", house.one, end=date(2026, 10, 15))
    house.person("甲", house.two, date(2026, 10, 15))
    for day in (14, 15, 31):
        house.named(person, day, 1, day)
    assert [told(one) for one in (here, there, both)] == [(1, 14), (2, 46), (3, 60)]


def test_the_main_position_says_where_who_is_in_two_departments_belongs(house: House) -> None:
    here, there = house.lead("一", house.one), house.lead("二", house.two)
    person = house.person("甲", house.one)
    house.person("甲", house.two, kind=AppointmentKind.SECOND, key="tech")
    house.named(person, 9, 1, 2)
    assert [told(one) for one in (here, there)] == [(1, 2), "team_not_named"]


def test_a_manager_has_what_happened_while_they_led(house: House) -> None:
    lead = house.lead("主管", house.one, date(2026, 10, 10))
    person = house.person("甲", house.one)
    house.named(person, 9, 1, 2)
    house.named(person, 10, 3, 4)
    assert told(lead) == (3, 4)
    path = house.page(lead).context["path"]
    assert (path.holds, path.count) == (True, 1)
    assert [one.days for one in path.members] == [["客服一组 10-10 – 10-31"]]


def test_what_counts_nowhere_is_in_nobodys_team_and_names_unknown_are_the_companys(house: House) -> None:
    top, one = house.lead("总", house.top), house.lead("一", house.one)
    person = house.person("甲", house.one)
    house.named(person, 3, 9, 10)
    house.named(None, 3, 4, 5, "unknown_name", name="kf99")
    for reason in ("told_again", "over_months"):
        house.named(None, 3, 100, 100, reason)
    assert [told(top), told(one)] == [(13, 15), (9, 10)]
    page = house.page(top)
    [_known, unknown] = page.context["path"].members
    assert "kf99" in unknown.name
    assert (unknown.figures, unknown.href, page.context["path"].holds) == (["4", "5"], "", True)


def test_who_is_in_no_department_is_told_so(house: House) -> None:
    lead = house.lead("主管", house.one)
    house.named(house.person("甲", house.one), 3, 9, 10)
    Appointment.objects.filter(person=lead).delete()
    cards = {"host": replace(cards_in(OCTOBER)["service_supervisor"], role="host")}
    host = house.evening.cast.host  # type: ignore[attr-defined]
    Appointment.objects.filter(person=host).delete()
    [found] = [one for one in month_from(read([host], OCTOBER, cards=cards), host).lines
               if one.line.kpi == "satisfaction"]  # fmt: skip
    assert found.value.missing == "no_department"


def test_the_path_names_people_and_days_and_goes_down_to_the_rows(house: House) -> None:
    lead = house.lead("主管", house.service)
    person, silent = house.person("甲", house.one, end=date(2026, 10, 15)), house.person("乙", house.two)
    house.person("甲", house.top, date(2026, 10, 15))
    for day in (3, 14, 15):
        house.named(person, day, day, 20)
    page = house.page(lead)
    path, text = page.context["path"], page.content.decode()
    [member] = path.members
    assert (member.name, member.days, member.figures, member.rows) == (
        "甲",
        ["客服一组 10-01 – 10-14"],
        ["17", "40"],
        2,
    )
    assert (path.people, path.count, path.sums, path.holds) == (1, 2, ["17", "40"], True)
    assert silent.name in path.silent
    assert "客服部的业绩" in text
    assert "先别用这个数" not in text
    rows = house.page(lead, person)
    assert [(row.date.day, row.figures) for row in rows.context["path"].rows] == [(3, ["3", "20"]), (14, ["14", "20"])]
    # on a phone rows are cards: each figure says what it is
    assert [rows.content.decode().count(f'data-label="{title}"') for title in path.titles] == [4, 4]
    book = house.client().get(reverse("appraisal:export", args=[lead.pk, "2026-10", "satisfaction"]))
    cells = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in cells[2:]] == [3, 20, 14, 20]
    # whose rows are no part of the team's are not to be had by their number
    assert house.page(lead, house.evening.cast.host).context["path"].rows == []  # type: ignore[attr-defined]


def test_rows_of_whom_one_may_not_see_are_told_together(house: House) -> None:
    lead = house.lead("主管", house.one)
    first, second = house.person("甲", house.one), house.person("乙", house.one)
    house.named(first, 3, 9, 10)
    house.named(second, 4, 5, 8)
    mine = house.client(lead)
    Grant.objects.filter(user__person=lead).delete()
    page = house.page(lead, first, mine)
    path, text = page.context["path"], page.content.decode()
    [together] = path.members
    assert (together.figures, together.rows, together.href, path.holds) == (["14", "18"], 2, "", True)
    assert (path.rows, path.chosen) == ([], "")
    assert "甲" not in text
    assert "乙" not in text
    book = mine.get(reverse("appraisal:export", args=[lead.pk, "2026-10", "satisfaction"]))
    cells = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in cells[2:]] == [14, 18]
    assert not any("甲" in str(cell) for row in cells for cell in row)


def test_who_sees_figures_without_amounts_opens_no_rows_since_amounts_stand_in_them(house: House) -> None:
    lead, person = house.lead("主管", house.one), house.person("甲", house.one)
    house.named(person, 3, 9, 10)
    mine = house.client(lead)
    user = User.objects.get(person=lead)
    for role, scope, seen in ((Role.HR, Scope.COMPANY, False), (Role.EXECUTIVE, Scope.COMPANY, True)):
        Grant.objects.filter(user=user).delete()
        Grant.objects.create(user=user, role=role, scope=scope, start=EARLY)
        path = house.page(lead, person, mine).context["path"]
        assert (path.sums, [one.name == "甲" for one in path.members], bool(path.rows)) == (["9", "10"], [seen], seen)


def test_a_coefficient_may_be_of_what_rows_tell_of_the_departments_people(house: House) -> None:
    lead = house.lead("主管", house.one)
    house.named(house.person("甲", house.one), 3, 9, 10)
    house.named(house.person("乙", house.two), 3, 1, 10)
    card = cards_in(OCTOBER)["service_supervisor"]
    part = TeamPart("satisfaction", (Band(Decimal(1)),))
    cards = {"service_supervisor": replace(card, card=replace(card.card, team=part))}
    data = read([lead], OCTOBER, cards=cards)
    found = beside_of(data, month_from(data, lead))
    assert (found["team"], found["team_of"]) == ("9/10", [("客服一组", "")])


def test_many_managers_and_people_ask_no_more_than_one(house: House) -> None:
    def asked(people: list[Person]) -> int:
        with CaptureQueriesContext(connection) as queries:
            data = read(people, OCTOBER)
            for person in people:
                month_from(data, person)
        return len(queries)

    first = house.lead("主管", house.one)
    house.named(house.person("甲", house.one), 3, 9, 10)
    before = asked([first])
    heads = [house.lead(f"主管{n}", (house.two, house.service, house.top)[n % 3]) for n in range(6)]
    for n in range(6):
        moved = house.person(f"客{n}", house.one, end=date(2026, 10, 3 + n))
        house.person(f"客{n}", house.two, date(2026, 10, 3 + n))
        house.named(moved, 4 + n, 1, 2)
    assert asked([first, *heads]) == before
    with CaptureQueriesContext(connection) as one:
        house.page(first)
    with CaptureQueriesContext(connection) as many:
        house.page(heads[1])
    assert len(many) <= len(one)
