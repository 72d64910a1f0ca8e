"""A line for which nothing was counted says what lacks, of which rooms; nothing is said to agree, and nothing is 0."""

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal import sums
from kaibo.appraisal.month import month_of
from kaibo.appraisal.room_path import path_of_line
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.imports.models import Batch
from kaibo.measurement.models import Credit, SegmentFact


@pytest.fixture
def without_orders(evening):  # type: ignore[no-untyped-def]
    """Views and time on air are known, orders are not."""
    evening.target(100_000)
    Batch.objects.filter(table=ORDER_LINE).delete()
    for model in (Credit, SegmentFact):
        model.objects.filter(measure__in=["orders", "paid_minor", "refund_minor"]).delete()
    return evening


def page(evening, kpi: str, language: str = "zh-hans") -> str:  # type: ignore[no-untyped-def]
    url = reverse("appraisal:line", args=[evening.cast.host.pk, "2026-10", kpi])
    got = evening.cast.client("owner").get(url, headers={"accept-language": language})
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode())))


def test_a_waiting_line_says_what_lacks_and_agrees_with_nothing(without_orders):
    shown = page(without_orders, "view_order_rate")
    assert "缺少：生活旗舰店（抖音）的抖店订单明细。" in shown
    assert "1 场在等这些数据；有了之后，这里可以一直查到文件的行。" in shown
    # the views are known, the orders are not
    assert "订单数 — ÷ 观看次数 1,700" in shown
    assert "一致" not in shown
    assert "0 / 1,700" not in shown
    english = page(without_orders, "view_order_rate", "en")
    assert "What lacks: Doudian orders (订单明细), of 生活旗舰店 (Douyin)." in english
    assert "1 session waits for it; then it stands here down to the row of the file." in english
    assert re.search(
        r"Item — target 1.50 % KPI value — No orders imported Sessions — Segments — Records — Files —", english
    )


def test_with_its_file_the_path_is_there(evening):
    shown = page(evening, "view_order_rate")
    assert "还没有计入任何数据" not in shown
    assert "4 / 1,700" in shown
    assert "一致" in shown


def test_the_report_that_lacks_is_named_as_the_rooms_platform_calls_it(evening):
    Batch.objects.filter(table=SESSION_REPORT).delete()
    for model in (Credit, SegmentFact):
        model.objects.filter(measure="views").delete()
    evening.account.platform = "taobao"
    evening.account.save()
    Batch.objects.filter(table=ORDER_LINE).update(source="mapped", answers={"platform": "taobao"})
    shown = page(evening, "view_order_rate")
    assert "缺少：生活旗舰店（淘宝）的淘宝场次（直播分场次效果）。" in shown
    assert "导入直播明细、班次落在场次里之后" not in shown


def test_a_session_whose_files_do_not_tell_it_is_not_asked_for_again(evening):
    """The session and its report are there: the report just has no such column."""
    for model in (Credit, SegmentFact):
        model.objects.filter(measure="views").delete()
    shown = page(evening, "view_order_rate")
    assert "已导入的文件里没有这一项" in shown
    assert re.search("缺少：生活旗舰店（抖音）的[^。]*直播明细", shown)
    assert "观看次数 —" in shown


def test_what_did_not_happen_is_zero_and_lacks_nothing(evening):
    """Orders and after-sales are there and tell of no sale."""
    evening.target(100_000)
    for model in (Credit, SegmentFact):
        model.objects.filter(measure__in=["orders", "paid_minor", "refund_minor"]).delete()
    shown = page(evening, "net_paid")
    assert "这个月没有发生 这个月的记录里没有：是零，不是未知。" in shown
    assert "缺少" not in shown


def test_amounts_without_a_rate_are_not_said_to_be_zero(evening):
    evening.target(100_000)
    Credit.objects.filter(measure="paid_minor").update(measure="paid_minor@USD 2026-10-14")
    shown = page(evening, "net_paid")
    assert "缺 2026-10-14 的 USD 汇率" in shown
    assert "成交 —" in shown
    assert "一致" not in shown


def test_the_workbook_has_no_zero_for_what_is_not_known(without_orders):
    url = reverse("appraisal:export", args=[without_orders.cast.host.pk, "2026-10", "view_order_rate"])
    got = without_orders.cast.client("owner").get(url)
    book = CalamineWorkbook.from_filelike(BytesIO(got.content))
    item = dict(row[:2] for row in book.get_sheet_by_name("考核项").to_python())
    assert (item["指标值"], item["在等"]) == ("—", "还没有订单数据")
    for sheet, views in (("场次", [1700]), ("分段", [1000, 700])):
        head, *rows = book.get_sheet_by_name(sheet).to_python()
        at = head.index("订单数")
        assert [row[at : at + 2] for row in rows] == [["—", one] for one in views]


def test_what_is_known_of_a_waiting_line_is_a_path_of_its_own(evening):
    """Sales are known, what came back is not: their sum is no number, and no gap to one either."""
    Batch.objects.filter(table=AFTER_SALE).delete()
    mine = month_of(evening.cast.host, date(2026, 10, 1), only="net_paid")
    line = mine.line("net_paid")
    path = path_of_line(mine, line)
    assert (line.value.missing, bool(path.sessions)) == ("no_after_sales", True)
    assert sums.of_sessions(path).holds
