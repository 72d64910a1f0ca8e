"""Values that some sessions' files do not tell: said in both languages wherever they stand."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal import keeping
from kaibo.appraisal.models import KeptLine
from kaibo.appraisal.month import month_of
from kaibo.appraisal.path import path_of
from kaibo.jobs.queue import Progress
from kaibo.live.models import Session
from kaibo.measurement.models import Credit, Segment, SegmentFact

from .conftest import OCTOBER, at


@pytest.fixture
def two(evening):  # type: ignore[no-untyped-def]
    """A second session of the host's, with sales and time on air, whose files say nothing of views."""
    evening.target(100_000)
    second = Session.objects.create(account=evening.account, start=at("19:00", 17), end=at("21:00", 17))
    Segment.objects.create(
        computation=evening.computation, session=second, number=1, start=second.start, end=second.end,
        crew={"host": [{"person": evening.cast.host.pk, "name": "", "weight": 1, "shift": evening.shifts[0].pk,
                        "lead": True, "confirmed": True}]},
    )  # fmt: skip
    for measure, amount in {"air_ms": 7_200_000, "orders": 1, "paid_minor": 5_000}.items():
        Credit.objects.create(
            computation=evening.computation, session=second, segment=1, role="host", person=evening.cast.host,
            shift=evening.shifts[0], date=OCTOBER.replace(day=17), measure=measure, basis="measured", amount=amount,
            weight=1, weights=1,
        )  # fmt: skip
    return evening


def text(evening, url: str, language: str = "zh-hans") -> str:  # type: ignore[no-untyped-def]
    got = evening.cast.client("owner").get(url, headers={"accept-language": language})
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode())))


def test_my_month_says_of_how_many_sessions_a_value_is_made(two):
    url = reverse("appraisal:month", args=[two.cast.host.pk, "2026-10"])
    assert "按 1 / 2 场计算" in text(two, url)
    assert "1 项只按部分场次计算" in text(two, url)
    assert "from 1 of 2 sessions" in text(two, url, "en")
    assert "1 item made from some sessions only" in text(two, url, "en")


def test_the_line_says_which_sessions_lack_and_that_it_is_computed_again(two):
    url = reverse("appraisal:line", args=[two.cast.host.pk, "2026-10", "view_order_rate"])
    assert "按 1 / 2 场计算，补齐后会重算。 文件里没有这一项的场次：10-17 周六 生活旗舰店。".replace(
        "。 ", "。"
    ) in text(two, url)
    assert "From 1 of 2 sessions; it is computed again once the rest is there." in text(two, url, "en")
    assert "Their files do not tell it: Sat 17 Oct 生活旗舰店." in text(two, url, "en")
    # sales are told of both
    whole = reverse("appraisal:line", args=[two.cast.host.pk, "2026-10", "airtime_attainment"])
    assert "场计算" not in text(two, whole)


def in_part(two) -> None:  # type: ignore[no-untyped-def]
    """Of the first evening's second segment no file tells the views: 2 of the 4 orders lie there."""
    for model in (Credit, SegmentFact):
        views = model.objects.filter(session=two.session, segment=2, measure="views")
        for row in views:
            row.pk, row.measure, row.basis, row.amount = None, "untold:views", "measured", 7_200_000
            row.save(force_insert=True)
        views.filter(measure="views").delete()


def test_a_session_that_is_told_in_part_counts_with_what_is_told_and_every_place_says_so(two):
    in_part(two)
    mine = month_of(two.cast.host, OCTOBER)
    rate = mine.line("view_order_rate").value
    # 3 orders of the first segment ÷ its 1,000 views; neither side has anything of the second
    assert (rate.top, rate.bottom, rate.sessions, rate.of_sessions, rate.in_part) == (3, 1000, 0, 2, 1)
    url = reverse("appraisal:month", args=[two.cast.host.pk, "2026-10"])
    assert "按 0 / 2 场计算，另 1 场只计有数据的分段" in text(two, url)
    assert "from 0 of 2 sessions and a part of 1 more" in text(two, url, "en")
    line = reverse("appraisal:line", args=[two.cast.host.pk, "2026-10", "view_order_rate"])
    said = text(two, line)
    assert "以下场次只计有分钟、读数或事件的分段，分子分母都是如此：10-14 周三 生活旗舰店。" in said
    # the way of the number has the told segment alone, and adds up to it
    assert "合计 3 / 1,000" in said
    assert [step.number for step in path_of(mine, rate).segments] == [1]
    path = path_of(mine, rate)
    assert (path.sum.top, path.sum.bottom) == (path.whole.top, path.whole.bottom) == (3, 1000)
    assert mine.line("view_order_rate").trend[-1].value == rate.number
    keeping.keep_month(Progress(), "2026-10")
    kept = KeptLine.objects.get(score__person=two.cast.host, kpi="view_order_rate")
    assert (kept.sessions, kept.of_sessions, kept.in_part) == (0, 2, 1)
    assert "另 1 场只计有数据的分段" in two.cast.client("owner").get("/team/?month=2026-10").content.decode()


def test_whoever_was_only_where_nothing_is_told_has_no_value(two):
    in_part(two)
    rate = month_of(two.cast.host2, OCTOBER).line("view_order_rate").value
    # the second host was in the second segment alone: nothing is known of it
    assert (rate.missing, rate.in_part) == ("not_said", 0)


def test_the_team_says_it_where_the_pointer_rests_and_in_the_export(two):
    keeping.keep_month(Progress(), "2026-10")
    client = two.cast.client("owner")
    body = client.get("/team/?month=2026-10").content.decode()
    assert 'title="按 1 / 2 场计算；0.0\u202f% 实测"' in body
    assert "点线：只按部分场次计算" in body
    english = client.get("/team/?month=2026-10", headers={"accept-language": "en"}).content.decode()
    assert 'title="from 1 of 2 sessions; 0.0\u202f% measured"' in english
    got = client.get("/team.xlsx?month=2026-10")
    head, *rows = CalamineWorkbook.from_filelike(BytesIO(got.content)).get_sheet_by_index(0).to_python()
    column = head.index("观看-成交率（次数） · 计入场次")
    assert {row[0]: row[column] for row in rows} == {"林晓彤": "1 / 2", "陈嘉禾": ""}


def test_a_tile_of_money_has_its_currency(two):
    keeping.keep_month(Progress(), "2026-10")
    body = text(two, "/team/?month=2026-10", "en")
    assert "Sales after refunds ¥500.01" in body
    Credit.objects.filter(measure="paid_minor").update(amount=100_000_000)
    keeping.keep_month(Progress(), "2026-10")
    # four rows of ¥1,000,000 less ¥50 of refunds
    assert "Sales after refunds ¥4.00M" in text(two, "/team/?month=2026-10", "en")
    assert "退后成交 ¥400 万" in text(two, "/team/?month=2026-10")


def test_the_file_that_lacks_is_called_by_the_name_it_has_where_it_comes_from(two):
    from kaibo.imports.models import Batch

    Batch.objects.filter(table="order_line").delete()
    url = reverse("appraisal:month", args=[two.cast.host.pk, "2026-10"])
    assert "请上传抖店订单明细。" in text(two, url)
    two.account.platform = "tiktok"
    two.account.save()
    assert "抖店" not in text(two, url)
    assert "TikTok" in text(two, url)
    two.account.platform = "kuaishou"
    two.account.save()
    assert "请上传直播间所在平台的订单。" in text(two, url)


def test_a_month_that_holds_nothing_is_not_listed(two):
    from datetime import date

    from kaibo.measurement.finders import computed_months
    from kaibo.measurement.models import Computation

    Computation.objects.create(
        month=date(2026, 8, 1), state="current", engine_version="1", folder="august", inputs_sha256="y",
        finished_at=at("09:00", 20, 11), coverage={},
    )  # fmt: skip
    assert computed_months() == [OCTOBER]
    body = text(two, reverse("appraisal:month", args=[two.cast.host.pk, "2026-10"]))
    assert "2026年8月" not in body
