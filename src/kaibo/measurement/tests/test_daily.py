"""The daily report: rows and totals are the same sums, targets are shared exactly, every form says the same."""

from datetime import date
from fractions import Fraction
from io import BytesIO

import python_calamine
import time_machine
from django.utils.translation import override

from kaibo.live.models import Account, Session
from kaibo.measurement.daily import daily
from kaibo.measurement.daily_picture import picture
from kaibo.measurement.daily_text import as_text
from kaibo.measurement.models import Credit, ExchangeRate

from .conftest import EVENING


def report(start: date = EVENING, end: date = EVENING):  # type: ignore[no-untyped-def]
    return daily(start, end)


def test_rows_by_room_shift_and_host_and_unassigned_last(evening) -> None:  # type: ignore[no-untyped-def]
    (day,) = report().days
    assert [(r.kind, r.name, r.paid, r.refund, r.net) for r in day.rows] == [
        ("host", "林晓彤", 30_000, 5_000, 25_000),
        ("host", "陈嘉禾", 20_000, None, None),
        ("unassigned", "", 100, None, None),
    ]
    assert day.totals.paid == sum(r.paid for r in day.rows) == 50_100


def test_what_is_unknown_of_a_shift_is_in_no_sum_that_it_would_change(evening) -> None:  # type: ignore[no-untyped-def]
    """Of two shifts nobody knows what came back: their sales after refunds are no part, nor is their target."""
    evening.target(296_000)
    found = report()
    # the host's 146 of 296 planned minutes
    assert (found.totals.net, found.totals.target, found.totals.attainment) == (
        25_000, 296_000, Fraction(25_000, 146_000),
    )  # fmt: skip
    assert (found.totals.paid, found.totals.paid_partial) == (50_100, "")
    assert found.totals.partial == "退后成交按 1 / 3 个班次计算"
    assert "退后成交按 1 / 3 个班次计算" in as_text(found).splitlines()[-1]
    assert picture(found).lines[-1].name == "退后成交按 1 / 3 个班次计算"
    client = evening.cast.client("lead")
    assert client.get("/daily/?from=2026-10-14").content.decode().count("退后成交按 1 / 3 个班次计算") >= 3
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(client.get("/daily.xlsx?from=2026-10-14").content))
    assert book.get_sheet_by_index(0).to_python()[-1][4] == "退后成交按 1 / 3 个班次计算"


def test_sales_of_a_room_without_orders_are_in_no_sum(evening) -> None:  # type: ignore[no-untyped-def]
    Credit.objects.filter(person=evening.cast.host2, measure="paid_minor").update(measure="air_ms")
    evening.target(296_000)
    found = report().totals
    assert (found.paid, found.paid_partial) == (30_100, "成交按 2 / 3 个班次计算")
    assert found.attainment == Fraction(25_000, 146_000)


def test_an_absence_counts_against_the_target_of_the_whole(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("after_sale")
    evening.target(600_000)
    evening.shift(evening.cast.host, "10:00", "14:56", state="absent", confirmed_start=None, confirmed_end=None)
    found = report().totals
    assert (found.attainment, found.partial) == (Fraction(45_100, 600_000), "")


def test_zero_where_the_file_speaks_of_the_day(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("after_sale")
    totals = report().totals
    assert [row.refund for row in report().rows] == [5_000, 0, 0]
    assert (totals.refund, totals.net) == (5_000, 45_100)


def test_the_target_is_shared_exactly_over_planned_hours(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("after_sale")
    evening.target(1_000_001)
    first, second, nobody = report().rows
    assert (first.target, second.target) == (Fraction(1_000_001 * 146, 296), Fraction(1_000_001 * 150, 296))
    assert nobody.target is None
    assert report().totals.target == 1_000_001
    assert first.attainment == Fraction(25_000) / first.target
    assert report().totals.attainment == Fraction(45_100, 1_000_001)


def test_a_shift_that_is_credited_in_two_rooms_has_its_target_once(evening) -> None:  # type: ignore[no-untyped-def]
    evening.target(296_000)
    own = Credit.objects.filter(person=evening.cast.host, measure="paid_minor").get()
    # before the shift's own room in the order of names
    room = Account.objects.create(handle="b", name="一号间")
    mine = Session.objects.get(pk=own.session_id)
    other = Session.objects.create(account=room, start=mine.start, end=mine.end)
    own.pk, own.session = None, other
    own.save()
    rows = [row for row in report().rows if row.name == "林晓彤"]
    assert [(row.room, row.target) for row in rows] == [("一号间", None), (mine.account.name, 146_000)]
    assert report().totals.target == 296_000


def test_a_planned_shift_without_a_session_keeps_its_target(evening) -> None:  # type: ignore[no-untyped-def]
    evening.target(600_000)
    evening.shift(evening.cast.host, "10:00", "14:56", state="absent", confirmed_start=None, confirmed_end=None)
    absent = report().rows[0]
    assert (absent.kind, absent.air_ms, absent.paid, absent.target) == ("absent", None, None, 300_000)
    assert report().totals.target == 600_000


@time_machine.travel("2026-10-14 15:00:00+08:00")
def test_a_shift_that_is_still_to_come_is_not_listed(evening) -> None:  # type: ignore[no-untyped-def]
    evening.shift(evening.cast.outsider, "20:00", "23:00", state="planned", confirmed_start=None, confirmed_end=None)
    assert "何川" not in [row.name for row in report().rows]


def test_a_shift_after_midnight_counts_on_the_evening_it_belongs_to(evening) -> None:  # type: ignore[no-untyped-def]
    evening.target(100)
    evening.shift(evening.cast.host, "26:00", "28:00", state="absent")
    assert [row.kind for row in report().rows].count("absent") == 1


def test_a_foreign_rooms_target_is_converted_or_lacks_a_rate(evening) -> None:  # type: ignore[no-untyped-def]
    Account.objects.filter(pk=evening.account.pk).update(currency="IDR")
    evening.target(2_000_000)
    found = report()
    assert (found.totals.target, found.totals.paid, found.totals.currency) == (None, 50_100, "CNY")
    assert found.without_rate == ["IDR"]
    page = evening.cast.client("lead").get("/daily/?from=2026-10-14&to=2026-10-14").content.decode()
    assert "IDR" in page
    ExchangeRate.objects.create(currency="IDR", day=date(2026, 10, 9), rate="0.00045", source="x", act="x")
    assert report().totals.target == Fraction(2_000_000 * 45, 100_000)
    # the rate of the month's first day goes before one dated later
    ExchangeRate.objects.create(currency="IDR", day=date(2026, 9, 20), rate="0.0005", source="x", act="x")
    assert report().totals.target == 1000
    assert report().without_rate == []


def test_hosts_over_a_range_add_up_to_the_range(evening) -> None:  # type: ignore[no-untyped-def]
    Credit.objects.filter(person=evening.cast.host2).update(date=date(2026, 10, 15))
    found = report(date(2026, 10, 14), date(2026, 10, 15))
    assert [day.date.day for day in found.days] == [14, 15]
    assert [(row.name, sums.paid) for row, sums in found.hosts] == [("林晓彤", 30_000), ("陈嘉禾", 20_000), ("", 100)]
    assert sum(sums.paid for _row, sums in found.hosts) == found.totals.paid == 50_100


def test_the_text_says_what_the_page_says(evening) -> None:  # type: ignore[no-untyped-def]
    text = as_text(report())
    assert "【生活旗舰店】" in text
    assert "林晓彤  19:04–21:30" in text
    assert "¥300.00" in text
    assert text.splitlines()[-1].startswith("合计")
    assert "成交 ¥501.00" in text.splitlines()[-1]
    with override("en"):
        assert "[生活旗舰店] " in as_text(report())


def test_the_picture_has_a_line_for_each_row_and_the_total(evening) -> None:  # type: ignore[no-untyped-def]
    drawn = picture(report())
    assert [line.kind for line in drawn.lines] == ["row", "row", "quiet", "total"]
    assert drawn.lines[-1].figures[2][1] == "¥501.00"
    assert drawn.height > drawn.lines[-1].bottom


def test_the_file_has_numbers_not_texts(evening) -> None:  # type: ignore[no-untyped-def]
    answer = evening.cast.client("lead").get("/daily.xlsx?from=2026-10-14")
    (sheet,) = python_calamine.CalamineWorkbook.from_filelike(BytesIO(answer.content)).sheet_names
    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_name(sheet).to_python()
    assert rows[1][8] == 300
    assert rows[1][0] == EVENING
    assert rows[-1][8] == 501


def test_no_days_no_totals(db) -> None:  # type: ignore[no-untyped-def]
    found = report()
    assert (found.days, found.totals, as_text(found)) == ([], None, as_text(found))
