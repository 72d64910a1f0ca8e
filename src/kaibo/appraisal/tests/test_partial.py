"""Values that some sessions' files do not tell: said in both languages wherever they stand."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal import keeping
from kaibo.jobs.queue import Progress
from kaibo.live.models import Session
from kaibo.measurement.models import Credit, Segment

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
