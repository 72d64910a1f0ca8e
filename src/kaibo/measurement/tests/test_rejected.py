"""Rejected order rows in the bridge: in a step where their time and room are the session's, else named."""

from datetime import timedelta

import pytest

from kaibo.imports.models import Batch, Reject
from kaibo.live.models import Account, Session
from kaibo.live.spans import whole
from kaibo.measurement.models import ExchangeRate
from kaibo.measurement.rejected import rejected_orders
from kaibo.measurement.tests.conftest import at

ORDERED = at("20:00")


def rejected(batch: Batch, amount: int | None, line: int = 2, **about: object) -> Reject:
    """A paid live order of 20:00 with this amount, as far as it could be read; None takes a field away."""
    known = {"ordered_ms": ms(ORDERED), "paid_ms": ms(ORDERED), "flow_kind": "直播", **about}
    known = {name: value for name, value in known.items() if value is not None}
    instant = ORDERED if "ordered_ms" in known else None
    return Reject.objects.create(
        batch=batch, line=line, column="数量", value="x", reason="x", amount_minor=amount, instant=instant, about=known
    )


def ms(instant) -> int:  # type: ignore[no-untyped-def]
    return int(instant.timestamp()) * 1000


@pytest.fixture
def orders(evening) -> Batch:  # type: ignore[no-untyped-def]
    """A file of the whole month, not of the evening alone."""
    return Batch.objects.create(
        source="douyin_orders", table="order_line", file_name="x.csv", sha256="x", as_of=at("09:00", 16), folder="x",
        accepted=9, rejected=1, rejected_minor=500, first_instant=at("00:00", 1), last_instant=at("23:00", 30),
    )  # fmt: skip


# (what is known of the row, of the session, perhaps of it)
SPEC = [
    ("names the room", {"creator_id": "room"}, 500, []),
    ("names no room", {}, 500, []),
    ("names another creator", {"creator_name": "达人甲"}, 0, []),
    ("a product card", {"flow_kind": "商品卡"}, 0, []),
    ("a creator's, by its source", {"flow_source": "精选联盟"}, 0, []),
    ("no time that could be read", {"ordered_ms": None}, 0, [(500, "CNY")]),
    ("not paid, or it cannot be read", {"paid_ms": None}, 0, [(500, "CNY")]),
    ("of another platform", {"platform": "taobao"}, 0, []),
    ("in a currency of no rate", {"creator_id": "room", "currency": "IDR"}, 0, [(500, "IDR")]),
]


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_a_rejected_row_is_in_the_bridge_of_the_session_it_would_be_of(evening, orders, case) -> None:  # type: ignore[no-untyped-def]
    _, about, inside, left = case
    Account.objects.filter(pk=evening.account.pk).update(handle="room")
    rejected(orders, 500, **about)
    found = rejected_orders(whole(Session.objects.get(pk=evening.session.pk)))
    assert (found.inside, list(found.open)) == (inside, left)


def test_rows_at_another_time_and_those_held_or_withdrawn_are_none_of_it(evening, orders) -> None:  # type: ignore[no-untyped-def]
    row = rejected(orders, 500)
    Reject.objects.update(instant=evening.session.end)
    assert rejected_orders(whole(evening.session)).inside == 0
    Reject.objects.update(instant=ORDERED, held=True)
    assert rejected_orders(whole(evening.session)).inside == 0
    Reject.objects.update(held=False)
    assert rejected_orders(whole(evening.session)).inside == 500
    # a row with two faults counts once
    row.pk = None
    row.save()
    assert rejected_orders(whole(evening.session)).inside == 500
    Batch.objects.update(state="withdrawn")
    assert rejected_orders(whole(evening.session)).inside == 0


def test_with_another_room_on_air_a_row_without_a_room_is_of_neither_for_sure(evening, orders) -> None:  # type: ignore[no-untyped-def]
    other = Account.objects.create(handle="2", name="二")
    Session.objects.create(account=other, start=ORDERED - timedelta(hours=1), end=ORDERED + timedelta(hours=1))
    rejected(orders, 500)
    found = rejected_orders(whole(evening.session))
    assert (found.inside, list(found.open)) == (0, [(500, "CNY")])


def test_foreign_money_is_converted_at_the_days_rate(evening, orders) -> None:  # type: ignore[no-untyped-def]
    Account.objects.filter(pk=evening.account.pk).update(currency="IDR")
    rejected(orders, 100_000)
    ExchangeRate.objects.create(currency="IDR", day=at("00:00", 1).date(), rate="0.0005", source="x", act="x")
    found = rejected_orders(whole(Session.objects.get(pk=evening.session.pk)))
    assert (found.inside, list(found.open)) == (50, [])


def test_rows_of_before_their_times_were_kept_are_named_by_their_files_sum(evening, orders) -> None:  # type: ignore[no-untyped-def]
    for line in (2, 3):
        Reject.objects.create(batch=orders, line=line, column="数量", value="x", reason="x")
    found = rejected_orders(whole(evening.session))
    assert (found.inside, list(found.open)) == (0, [(500, "CNY")])


def test_the_page_names_the_step_and_the_platforms_own_orders(evening, orders) -> None:  # type: ignore[no-untyped-def]
    evening.fact("report_paid_minor", 50_600, place="report")
    rejected(orders, 500, creator_id=evening.account.handle)
    rejected(orders, 77, 3, ordered_ms=None)
    client = evening.cast.client("lead")
    page = client.get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "抖店订单" in page
    assert "被拒的行 ¥5.00" in page
    assert "¥0.77" in page
    Account.objects.filter(pk=evening.account.pk).update(platform="taobao")
    page = client.get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "抖店" not in page
    assert "淘宝订单" in page
