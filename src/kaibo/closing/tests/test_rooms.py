"""Whoever answers for a room, on shift or not: scored from what the room gave, explained, closed and verified."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal.explaining import faults, whole_of
from kaibo.appraisal.keeping import keep_month
from kaibo.appraisal.models import KeptScore
from kaibo.appraisal.month import MyMonth, month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.rows import tabs_of
from kaibo.appraisal.sums import of_records, of_segments, of_sessions
from kaibo.closing.bundle import Bundle, closed_root
from kaibo.closing.tests.test_ads import with_ads
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.jobs.queue import Progress
from kaibo.live.actions import assign_responsibility, map_ad_account, remove_responsibility
from kaibo.live.models import Responsibility, RoomDuty, Session
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.last_orders import last_orders
from kaibo.measurement.person_values import kpi_values
from kaibo.org.models import Appointment, Department, Person, Position

from .conftest import OCTOBER, Autumn, at


@pytest.fixture
def buyer(autumn: Autumn) -> Person:
    """裴乐, on no shift, answers for the room's ads until the 31st; from then on nobody does."""
    person = Person.objects.create(name="裴乐")
    Appointment.objects.create(
        person=person, position=Position.objects.get_or_create(key="ads", defaults={"name": "投手"})[0],
        department=Department.objects.first(), start=date(2026, 1, 1),
    )  # fmt: skip
    with_ads(autumn)
    map_ad_account(by=None, ad_account="青禾投放", start=date(2026, 10, 1), parts=[(autumn.room, 1)])
    answer(autumn, person, until=date(2026, 10, 31))
    compute_stale_now()
    return person


def answer(autumn: Autumn, person: Person, until: date | None = None) -> Responsibility:
    return assign_responsibility(
        by=None, account=autumn.room, person=person, duty=RoomDuty.ADS, start=date(2026, 10, 1), end=until
    )


def wrong(mine: MyMonth, line: MonthLine) -> list[object]:
    """Every check of a line's page, of every segment."""
    path = path_of_line(mine, line)
    whole = whole_of(path, mine, line)
    feet = [of_sessions(path), *(of_segments(path.kpi, one) for one in path.sessions)]
    for one in path.segments:
        feet += [of_records(tab, one, whole.of_session(one.session), True) for tab in tabs_of(path.kpi, one)]
    return [foot for foot in feet if not foot.holds] + list(faults(line, path, whole, mine.person.pk))


def test_who_is_on_no_shift_is_scored_by_the_rooms_they_answer_for(autumn: Autumn, buyer: Person) -> None:
    mine = month_of(buyer, OCTOBER)
    assert (mine.role, mine.card and mine.card.version) == ("ads", 2)
    values = {line.line.kpi: line.value for line in mine.lines}
    # both hosts' evening of the 14th less the refund; the 31st is nobody's
    assert values["net_paid"].top == 300_00 + 33_33 + 200_00 + 1 - 50_00
    # 100.00, 90.01, and 7.00 off air
    assert (values["ad_roi"].top, values["ad_roi"].bottom) == (350_00, 197_01)
    assert (values["ad_order_cost"].top, values["ad_order_cost"].bottom) == (197_01, 3)
    assert [line.trend[-1].value for line in mine.lines] == [line.value.number for line in mine.lines]
    # thirty days of the room's day plan; nobody is planned as host but on three evenings, the last on the 31st
    target = next(line.target for line in mine.lines if line.line.kpi == "net_paid")
    (part,) = target.parts  # type: ignore[union-attr]
    assert (part.own_days, part.all_days, part.room_minor) == (30, 31, 1_000_00)
    assert 0 < part.amount_minor < 1_000_00  # type: ignore[operator]
    for line in mine.lines:
        assert wrong(mine, line) == [], line.line.kpi


def test_the_page_and_the_workbook_go_down_to_the_files_rows(autumn: Autumn, buyer: Person) -> None:
    client = autumn.cast.client("owner")
    address = reverse("appraisal:line", args=[buyer.pk, "2026-10", "ad_roi"])
    page = client.get(address)
    shown = page.context["page"]
    assert (page.status_code, shown.recomputed, [step.off_air for step in shown.path.sessions]) == (
        200, True, [False, True],
    )  # fmt: skip
    assert [(one.room, one.days) for one in shown.answers] == [("生活旗舰店", "10-01 – 10-30")]
    off_air = shown.path.sessions[-1].session.pk
    opened = client.get(f"{address}?session={off_air}&segment=14&measure=spend_minor").context["page"].columns
    assert [(row.figure, row.record.row) for row in opened.records] == [("¥7.00", 4)]
    assert opened.origin.batch.file_name == "千川.csv"
    assert "先别用这个数" not in page.content.decode()
    book = client.get(reverse("appraisal:export", args=[buyer.pk, "2026-10", "ad_roi"]))
    records = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(3).to_python()
    spent = [row[6] for row in records[1:] if row[13] in (2, 3, 4) and row[5] == "青禾投放"]
    # 千川's 350.00 of sales, 100 + 90.01 + 7 of spend
    assert sum(spent) == pytest.approx(350 + 197.01)


def test_a_closed_month_keeps_who_answered(autumn: Autumn, buyer: Person) -> None:
    keep_month(Progress(), "2026-10")
    assert KeptScore.objects.filter(person=buyer, role="ads", state="current").exists()
    closing = autumn.close()
    found = verify_closing(closing)
    assert (found.code, found.differences) == (EQUAL, [])
    rows = [row for row in Bundle(closed_root() / closing.folder).lines("values") if row.get("route") == "account"]
    assert {row["kpi"]: row["number"] for row in rows if row["role"] == "ads"}["spend"] == "19701"
    before = said(month_of(buyer, OCTOBER))
    held = Responsibility.objects.get(person=buyer)
    remove_responsibility(by=None, held=held)
    answer(autumn, autumn.cast.host2)
    compute_stale_now()
    assert said(month_of(buyer, OCTOBER)) == before
    assert verify_closing(closing).code == EQUAL


def said(mine: MyMonth) -> list[object]:
    return [(line.line.kpi, line.value.number, line.score.points, line.score.target) for line in mine.lines]


def test_who_answers_for_no_room_is_told_so(autumn: Autumn, buyer: Person) -> None:
    remove_responsibility(by=None, held=Responsibility.objects.get(person=buyer))
    compute_stale_now()
    assert month_of(buyer, OCTOBER).card is None
    autumn.shift(buyer, autumn.evening.start, autumn.evening.end, role="ads")
    compute_stale_now()
    autumn.compute()
    mine = month_of(buyer, OCTOBER)
    assert {line.score.waiting for line in mine.lines} == {"no_room"}
    page = autumn.cast.client("owner").get(reverse("appraisal:month", args=[buyer.pk, "2026-10"]))
    assert page.status_code == 200
    assert "没有以该职责负责任何直播间" in page.content.decode()


def test_a_room_is_final_only_when_nothing_bought_after_its_broadcasts_can_come_back(
    autumn: Autumn, buyer: Person
) -> None:
    """After the 14th the room is on air again on the 31st: what is bought until then is the 14th's, and comes back
    within 15 days. Who was on shift has only what was sold while they were.
    """

    def finals() -> tuple[date | None, date | None]:
        room = next(line.value for line in month_of(buyer, OCTOBER).lines if line.line.kpi == "net_paid")
        shift = kpi_values([autumn.cast.host2], OCTOBER)[autumn.cast.host2.pk, "host"]["net_paid"]
        return room.immature_until, shift.immature_until

    def drawn(day: int) -> None:
        autumn.sales.as_of = at(day, "09:00", 11)
        autumn.sales.save()

    Session.objects.filter(pk=autumn.night.pk).update(gone=True)
    drawn(10)
    autumn.compute()
    assert finals() == (date(2026, 11, 16), None)
    drawn(16)
    assert finals() == (None, None)
    drawn(15)
    autumn.compute()
    closing = autumn.close()
    assert closing.state == "closed", closing.problem
    before = finals()
    assert before == (date(2026, 11, 16), None)
    # a broadcast that is heard of later changes no closed month
    Session.objects.create(account=autumn.room, start=at(20, "19:00"), end=at(20, "20:00"), by_hand=True)
    assert finals() == before
    found = verify_closing(closing)
    assert (found.problem, found.differences) == ("", [])
    rows = [row for row in Bundle(closed_root() / closing.folder).lines("values") if row.get("route") == "account"]
    assert {row["immature_until"] for row in rows if row["kpi"] == "net_paid"} == {"2026-11-16"}


def test_without_another_broadcast_orders_may_come_for_thirty_days(autumn: Autumn) -> None:
    assert last_orders(OCTOBER)[autumn.last.pk] == date(2026, 11, 1)
    Session.objects.exclude(pk__in=[autumn.evening.pk, autumn.last.pk]).update(gone=True)
    found = last_orders(OCTOBER, [autumn.room.pk])
    assert found == {autumn.evening.pk: date(2026, 10, 31), autumn.last.pk: date(2026, 12, 1)}
