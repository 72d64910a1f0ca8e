"""Every question has a field: what is known is offered, what is not is typed, nothing is filled in abroad."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from kaibo.home.upload_forms import FIELDS, AnswersForm
from kaibo.live.models import Account, AdAccountPart, Session
from kaibo.sources.reading import Answers

pytestmark = pytest.mark.django_db
TIKTOK_ORDERS = {"source": "tiktok_orders", "table": "order_line"}
TIKTOK_LIST = {"source": "tiktok_lives", "table": "session_report"}


def test_every_answer_has_a_field() -> None:
    assert set(FIELDS) == {answer.name for answer in fields(Answers)}


def test_both_readings_of_a_date_of_the_file_are_offered() -> None:
    form = AnswersForm(["day_order"], preview={"sample": [["579137771429735372", "5/6/25 23:28"]]})
    assert form.fields["day_order"].choices == [("DM", "2025-06-05"), ("MD", "2025-05-06")]
    assert "5/6/25" in str(form.fields["day_order"].label)
    assert AnswersForm(["day_order"], {"day_order": "DM"}).is_valid()
    assert not AnswersForm(["day_order"], {"day_order": "YM"}).is_valid()


def test_orders_are_of_a_known_room_of_their_platform_a_session_list_may_bring_a_new_one() -> None:
    Account.objects.create(handle="101", name="一号间")
    Account.objects.create(handle="7001", name="Jakarta", platform="tiktok")
    orders = AnswersForm(["account"], {"account": "101"}, preview=TIKTOK_ORDERS)
    assert "7001" in str(orders["account"])
    assert not orders.is_valid()
    sessions = AnswersForm(["account"], {"account": "7002"}, preview=TIKTOK_LIST)
    assert '<option value="7001">' in str(sessions["account"])
    assert sessions.is_valid()
    assert sessions.answers() == {"account": "7002"}


def test_a_shop_abroad_gets_no_zone_or_currency_of_ours() -> None:
    abroad = AnswersForm(["zone", "currency"], preview=TIKTOK_ORDERS)
    assert (abroad["zone"].value(), abroad["currency"].value()) == ("", "")
    assert not AnswersForm(["zone", "currency"], {"zone": "", "currency": ""}, preview=TIKTOK_ORDERS).is_valid()
    at_home = AnswersForm(["zone", "currency"], preview={"source": "douyin_sessions"})
    assert (at_home["zone"].value(), at_home["currency"].value()) == ("Asia/Shanghai", "CNY")


def test_the_sessions_around_the_files_times_are_offered() -> None:
    room = Account.objects.create(handle="101", name="一号间")
    start = datetime(2026, 10, 3, 11, tzinfo=UTC)
    for days in (0, 9):
        at = start + timedelta(days=days)
        Session.objects.create(account=room, start=at, end=at + timedelta(hours=4))
    preview = {"source": "douyin_sessions", "first": start.isoformat(), "last": start.isoformat()}
    form = AnswersForm(["session"], {"session": start.isoformat()}, preview=preview)
    assert [value for value, _ in form.fields["session"].choices] == ["", start.isoformat()]
    assert "2026-10-03 19:00 – 23:00 · 一号间" in str(form["session"])
    assert form.is_valid()
    typed = AnswersForm(["session"], {"session": "2026-10-03T19:00"})
    assert typed.is_valid()
    assert typed.answers() == {"session": "2026-10-03T19:00:00+08:00"}


def test_a_period_has_its_days_in_order() -> None:
    told = {"start": "2026-10-01", "end": "2026-10-31"}
    form = AnswersForm(["start", "end"], told)
    assert form.is_valid()
    assert form.answers() == told
    assert "end" in AnswersForm(["start", "end"], {"start": "2026-10-02", "end": "2026-10-01"}).errors


def test_the_ad_account_is_typed_or_taken_from_those_known() -> None:
    room = Account.objects.create(handle="101", name="一号间")
    AdAccountPart.objects.create(ad_account="ads-1", account=room, start=datetime(2026, 10, 1, tzinfo=UTC).date())
    form = AnswersForm(["ad_account", "platform"], {"ad_account": "ads-2", "platform": "wechat"})
    assert '<option value="ads-1">' in str(form["ad_account"])
    assert form.is_valid()


def test_not_knowing_what_orders_are_is_an_answer() -> None:
    form = AnswersForm(["order_kind"], {"order_kind": "unknown"})
    assert form.is_valid()
    assert form.answers() == {"order_kind": "unknown"}
