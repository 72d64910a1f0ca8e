"""Files of one shop say nothing of rooms on another platform: there a sum is unknown, and never 0."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation

from kaibo.appraisal.completeness import data_findings
from kaibo.appraisal.month import month_of
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch
from kaibo.live.models import Account, Session
from kaibo.measurement.covered import Coverage, as_frozen, coverage, filled
from kaibo.measurement.models import Credit, SegmentFact

from .conftest import OCTOBER, at


@pytest.fixture
def elsewhere(evening):  # type: ignore[no-untyped-def]
    """The room is TikTok's and nothing of its sales is known; orders and after-sales are Doudian's."""
    evening.target(100_000)
    for model in (Credit, SegmentFact):
        model.objects.filter(measure__in=["orders", "paid_minor", "refund_minor"]).delete()
    of_platform(evening, "tiktok")
    for table, source in ((ORDER_LINE, "doudian_orders"), (AFTER_SALE, "doudian_after_sales")):
        Batch.objects.filter(table=table).update(source=source)
    return evening


def of_platform(evening, platform: str) -> None:  # type: ignore[no-untyped-def]
    evening.account.platform = platform
    evening.account.save()


def missing(evening) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {line.kpi.key: line.value.missing for line in month_of(evening.cast.host, OCTOBER).lines}


def test_sales_of_a_room_whose_platform_has_no_orders_are_unknown(elsewhere):
    found = missing(elsewhere)
    assert found["net_paid"] == found["view_order_rate"] == found["refund_rate"] == "no_orders"
    of_platform(elsewhere, "douyin")
    assert missing(elsewhere)["net_paid"] == missing(elsewhere)["view_order_rate"] == ""


def test_refunds_are_unknown_where_only_another_platforms_after_sales_are_there(elsewhere):
    Batch.objects.filter(table=ORDER_LINE).update(source="tiktok_orders")
    found = missing(elsewhere)
    assert (found["view_order_rate"], found["net_paid"]) == ("", "no_after_sales")
    # a table that somebody explained says in its answers whose it is
    Batch.objects.filter(table=AFTER_SALE).update(source="mapped", answers={"platform": "tiktok"})
    assert missing(elsewhere)["net_paid"] == ""


def test_page_and_api_say_which_file_lacks(elsewhere):
    client = elsewhere.cast.client("owner")
    got = client.get(reverse("appraisal:month", args=[elsewhere.cast.host.pk, "2026-10"]))
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode())))
    assert "还没有订单数据" in text
    assert "¥0.00" not in text
    line = client.get(reverse("appraisal:line", args=[elsewhere.cast.host.pk, "2026-10", "view_order_rate"]))
    assert "还没有订单数据" in unescape(line.content.decode())


def shown(platform: str, day: int = 14, **amounts: int) -> dict:  # type: ignore[type-arg]
    """What a page shows of a broadcast on the evening of this day."""
    return filled(
        {(name, "measured"): n for name, n in amounts.items()}, coverage().lacking(at("19:00", day), platform)
    )


def test_a_broadcast_shows_no_sales_that_nobody_knows(elsewhere):
    assert ("paid_minor", "measured") not in shown("tiktok")
    assert shown("douyin")["paid_minor", "measured"] == 0


def test_refunds_of_unknown_sales_are_unknown(evening):
    Batch.objects.filter(table=ORDER_LINE).delete()
    assert shown("douyin") == {}
    assert shown("douyin", paid_minor=5)["refund_minor", "measured"] == 0


def test_a_closed_month_keeps_whose_files_there_were(elsewhere):
    imported = coverage()
    kept = as_frozen(imported, OCTOBER, date(2026, 10, 31))
    again = Coverage.from_frozen({"coverage": kept, "refund_days": 15})
    for platform in ("tiktok", "douyin"):
        asked = (OCTOBER, date(2026, 10, 31), {platform})
        assert again.tables(*asked) == imported.tables(*asked)
    # one that was closed before files were a platform's: they speak of every room
    before = {table: [span[:3] for span in spans] for table, spans in kept.items()}
    old = Coverage.from_frozen({"coverage": before, "refund_days": 15})
    assert ORDER_LINE in old.tables(OCTOBER, date(2026, 10, 31), {"tiktok"})


def test_what_the_month_lacks_is_said_of_the_platform_that_lacks_it(elsewhere):
    Session.objects.create(
        account=Account.objects.create(handle="other", name="抖音旗舰店"), start=at("19:00", 15), end=at("21:00", 15)
    )
    with translation.override("zh-hans"):
        found = {one.code: (one.title, one.todo) for one in data_findings(OCTOBER, at("12:00", 20, 11))}
    assert found["missing_order_line"] == ("1 个开播日没有订单", "请导出并上传：10-14 · TikTok Shop")
    assert "missing_session_report" not in found
    assert "10-15" not in found["missing_after_sale"][1]
