"""Rooms that sell in another currency: one conversion a session and measure, shared out so that the parts make it."""

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, MonthResult, RateIn, SessionIn, ShiftIn
from kaibo.kpi.money import Rates, waits
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_places import at
from kaibo.kpi.values import value_of

ROOMS = [
    AccountIn(1, ("room1",), "Asia/Shanghai", "CNY"),
    AccountIn(2, ("toko",), "Asia/Jakarta", "IDR", "1:1", "tiktok"),
]
SESSIONS = [SessionIn(1, 1, at("19:00"), at("22:00")), SessionIn(2, 2, at("19:00"), at("22:00"))]
SHIFTS = [
    ShiftIn(1, 1, 11, "host", at("19:00"), at("22:00")),
    ShiftIn(2, 2, 12, "host", at("19:00"), at("20:00")),
    ShiftIn(3, 2, 13, "host", at("20:00"), at("22:00")),
]


def line(row: int, minute: str, minor: int, **said: Any) -> dict[str, Any]:
    usual = {"platform": "tiktok", "currency": "IDR", "creator_id": "toko"}
    return fact(
        "order_line", row, sub_order=f"s{row}", ordered_ms=at(minute), paid_ms=at(minute), payable_minor=minor,
        flow_kind="直播", **(usual | said),
    )  # fmt: skip


# Rp 123.45, 678.90 and 1,000.00 before the handover and after it, and a yuan in the other room
ORDERS = [
    line(1, "19:10", 12_345),
    line(2, "20:10", 67_890),
    line(3, "20:20", 100_000),
    line(4, "19:10", 100, platform="douyin", currency="CNY", creator_id="room1"),
]
REFUNDS = [
    fact("after_sale", 1, platform="tiktok", after_sale="a1", sub_order="s3", applied_ms=at("23:00"),
         refunded_ms=at("23:00"), refund_minor=100_000),
    # the same number on another platform is another order
    fact("after_sale", 2, platform="douyin", after_sale="a1", sub_order="s2", applied_ms=at("23:00"),
         refunded_ms=at("23:00"), refund_minor=5, currency="CNY"),
]  # fmt: skip


@cache
def evening(rate: str) -> tuple[MonthResult, tuple[dict[str, Any], ...]]:
    rates = [RateIn("IDR", "2026-10-18", rate)] if rate else []
    with TemporaryDirectory() as folder:
        tables = {"order_line": [(1, 1, one) for one in ORDERS], "after_sale": [(2, 1, one) for one in REFUNDS]}
        batches = write(Path(folder) / "facts", tables)
        month = MonthInputs("2026-10", ROOMS, SESSIONS, (), SHIFTS, batches, rates=rates)
        result = run(month, Path(folder) / "out")
        return result, tuple(pq.read_table(result.rows_path).to_pylist())


def test_the_session_is_converted_once_and_its_segments_make_the_sum() -> None:
    # Rp 1,802.35 × 0.00045 = ¥0.8110575 → 81 fen; 12,345 : 167,890 of 81 is 5.55 : 75.45
    found = {f.segment: (f.amount, f.currency, f.original) for f in evening("0.00045")[0].facts
             if (f.session, f.measure, f.place) == (2, "paid_minor", "segment")}  # fmt: skip
    assert found == {1: (6, "IDR", 12_345), 2: (75, "IDR", 167_890)}


def test_the_rows_of_a_segment_make_its_amount() -> None:
    rows = [r for r in evening("0.00045")[1] if r["session"] == 2 and r["measure"] == "paid_minor"]
    assert [(r["segment"], r["amount"], r["original"], r["currency"]) for r in rows] == [
        (1, 6, 12_345, "IDR"),
        (2, 30, 67_890, "IDR"),
        (2, 45, 100_000, "IDR"),
    ]


def test_what_is_in_the_teams_currency_is_as_it_was() -> None:
    (own,) = [f for f in evening("0.00045")[0].facts if f.session == 1 and f.measure == "paid_minor"]
    assert (own.amount, own.currency, own.original) == (100, "", None)
    (row,) = [r for r in evening("0.00045")[1] if r["session"] == 1 and r["measure"] == "paid_minor"]
    assert (row["amount"], row["currency"], row["original"]) == (100, None, None)


def test_a_refund_is_of_the_order_on_its_own_platform() -> None:
    found = {(f.place, f.session): f.original if f.original is not None else f.amount
             for f in evening("0.00045")[0].facts if f.measure == "refund_minor"}  # fmt: skip
    assert found == {("segment", 2): 100_000, ("unmatched", None): 5}


def test_without_a_rate_money_waits_and_orders_count() -> None:
    result, rows = evening("")
    name = "paid_minor@IDR 2026-10-20"
    credits: Counter = Counter()
    for credit in result.credits:
        credits[credit.person, credit.measure] += credit.amount
    assert (credits[12, name], credits[13, name], credits[13, "orders"]) == (12_345, 167_890, 2)
    assert not any(c.measure == "paid_minor" and c.session == 2 for c in result.credits)
    assert {f.kind for f in result.facts if f.measure == name} == {"currency"}
    assert sum(r["amount"] for r in rows if r["measure"] == name) == 180_235


def test_a_line_that_needs_the_money_says_which_rate_is_lacking() -> None:
    amounts = {("paid_minor", "measured"): 5, ("paid_minor@IDR 2026-10-20", "measured"): 7, ("orders", "measured"): 2}
    value = value_of("paid", amounts, covered=("order_line",))
    assert (value.missing, value.number, value.lacking) == ("no_rate", None, (("IDR", "2026-10-20"),))
    assert value_of("orders", amounts, covered=("order_line",)).number == 2


RATES = Rates("CNY", [RateIn("IDR", "2026-10-01", "0.0004"), RateIn("JPY", "2026-10-01", "0.05")])


@pytest.mark.parametrize(
    ("rates", "currency", "day", "amount", "expected"),
    [
        (RATES, "IDR", "2026-10-01", 1_000_000, 400),
        (RATES, "IDR", "2026-11-01", 1_000_000, 400),  # 31 days old
        (RATES, "IDR", "2026-11-02", 1_000_000, None),  # too old
        (RATES, "IDR", "2026-09-30", 1_000_000, None),  # not yet
        (RATES, "USD", "2026-10-01", 1, None),
        # yen have no decimals: ¥100 are 5.00 yuan
        (RATES, "JPY", "2026-10-01", 100, 500),
        (Rates("JPY", [RateIn("CNY", "2026-10-01", "20")]), "CNY", "2026-10-01", 100, 20),
        # 0.5, 1.5 and 2.5 of a unit go to the even one
        (Rates("JPY", [RateIn("CNY", "2026-10-01", "0.5")]), "CNY", "2026-10-01", 100, 0),
        (Rates("JPY", [RateIn("CNY", "2026-10-01", "0.5")]), "CNY", "2026-10-01", 300, 2),
        (Rates("JPY", [RateIn("CNY", "2026-10-01", "0.5")]), "CNY", "2026-10-01", 500, 2),
    ],
)  # fmt: skip
def test_conversion(rates: Rates, currency: str, day: str, amount: int, expected: int | None) -> None:
    rate = rates.on(currency, day)
    assert (rate.convert(amount) if rate else None) == expected


@pytest.mark.parametrize(("day", "rate"), [("2026-10-01", "0"), ("2026-10-01", "-1"), ("1.10.2026", "1"), ("x", "y")])
def test_what_is_no_rate_is_refused(day: str, rate: str) -> None:
    with pytest.raises(ValueError):
        Rates("CNY", [RateIn("IDR", day, rate)])


def test_the_name_of_waiting_money_can_be_read_back() -> None:
    assert waits("paid_minor@IDR 2026-10-20") == ("paid_minor", "IDR", "2026-10-20")
    assert waits("paid_minor@USD") == ("paid_minor", "USD", "")
    assert waits("paid_minor") is None
