"""A room's day and month so far against its day plan."""

from datetime import date
from fractions import Fraction

import pytest
from django.utils.translation import override

from kaibo.imports.models import Batch
from kaibo.live.actions import import_targets, set_day_plan
from kaibo.live.models import Account
from kaibo.measurement import due
from kaibo.measurement.daily import daily
from kaibo.measurement.daily_text import as_text
from kaibo.measurement.models import ExchangeRate, SegmentFact

from .conftest import EVENING, OCTOBER


@pytest.fixture
def planned(evening):  # type: ignore[no-untyped-def]
    """¥501.00 sold, ¥50.00 back; the 13th aims at ¥100, the 14th at ¥600, the 31st at ¥300."""
    SegmentFact.objects.update(account=evening.account)
    evening.imported("order_line")
    evening.imported("after_sale")
    days = {date(2026, 10, 13): 10_000, EVENING: 60_000, date(2026, 10, 31): 30_000}
    import_targets(by=None, aimed=[(evening.account, OCTOBER, 100_000, days)])
    return evening


def test_the_day_and_the_month_so_far(planned) -> None:  # type: ignore[no-untyped-def]
    (row,) = daily(EVENING, EVENING).plan
    assert (row.day.target, row.day.net, row.day.attainment) == (60_000, 45_100, Fraction(45_100, 60_000))
    assert (row.day.ahead, row.behind) == (45_100 - 60_000, 60_000 - 45_100)
    assert (row.so_far.target, row.so_far.net, row.whole, row.left) == (70_000, 45_100, 100_000, 100_000 - 45_100)


def test_what_was_ordered_after_the_broadcast_is_the_rooms_day_too(planned) -> None:  # type: ignore[no-untyped-def]
    planned.fact("paid_minor", 20_000, place="after", kind="self_live", account=planned.account)
    planned.fact("paid_minor", 900, place="outside", kind="product_card", account=planned.account)
    (row,) = daily(EVENING, EVENING).plan
    assert (row.day.net, row.behind) == (65_100, 0)


def test_unknown_is_no_zero_and_no_target_is_said(planned) -> None:  # type: ignore[no-untyped-def]
    SegmentFact.objects.filter(measure="refund_minor").delete()
    planned.account.targets.all().delete()
    Batch.objects.filter(table="after_sale").delete()
    (row,) = daily(EVENING, EVENING).plan
    assert (row.day.net, row.day.target, row.day.attainment, row.left) == (None, None, None, None)
    page = planned.cast.client("owner").get(f"/daily/?from={EVENING}&to={EVENING}").content.decode()
    assert "没有设目标" in page


def test_money_that_waits_for_a_rate_leaves_the_day_unknown(planned) -> None:  # type: ignore[no-untyped-def]
    Account.objects.filter(pk=planned.account.pk).update(currency="IDR")
    planned.fact("paid_minor@IDR 2026-10-14", 5, account=planned.account)
    (row,) = daily(EVENING, EVENING).plan
    assert (row.day.net, row.day.target) == (None, None)
    ExchangeRate.objects.create(currency="IDR", day=OCTOBER, rate="0.0005", source="x")
    (row,) = daily(EVENING, EVENING).plan
    # 60,000 minor units of IDR (2 decimals) at 0.0005
    assert row.day.target == 30


def test_page_and_text_say_it(planned) -> None:  # type: ignore[no-untyped-def]
    set_day_plan(by=None, account=planned.account, month=OCTOBER, weekdays=[1] * 7, special={EVENING: (20, "专场")})
    (row,) = daily(EVENING, EVENING).plan
    # 20 of 50 weights
    assert row.day.target == 40_000
    page = planned.cast.client("owner").get(f"/daily/?from={EVENING}&to={EVENING}").content.decode()
    assert "+¥51.00" in page
    with override("zh-hans"):
        assert "日目标 ¥400.00，完成 ¥451.00，112.8" in as_text(daily(EVENING, EVENING))


def test_the_page_of_a_broadcast_says_how_its_rooms_day_stands(planned, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    planned.fact("paid_minor", 20_000, place="after", kind="self_live", account=planned.account)
    url = f"/sessions/{planned.session.pk}/"
    owner, host = planned.cast.client("owner"), planned.cast.client("host")
    (row,) = daily(EVENING, EVENING).plan
    due.mark_seen(due.new_events())
    with django_assert_max_num_queries(15):
        answer = owner.get(url)
    assert answer.context["page"].day_plan == row.day
    assert "108.5" in answer.content.decode()
    # what the room sold in other broadcasts is not everybody's
    assert host.get(url).context["page"].day_plan is None
    Batch.objects.filter(table="after_sale").delete()
    SegmentFact.objects.filter(measure="refund_minor").delete()
    assert owner.get(url).context["page"].day_plan.net is None
    planned.account.targets.all().delete()
    assert owner.get(url).context["page"].day_plan is None
    assert "直播间当日计划" not in owner.get(url).content.decode()
