"""Where order lines and refunds go: one October evening of two rooms, every rule once, as a table."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, MonthResult, SessionIn, ShiftIn, TagRuleIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.slow_numbers import as_ms

ROOMS = [
    AccountIn(1, ("room1", "旗舰店"), "Asia/Shanghai", "CNY"),
    AccountIn(2, ("room2", "二号店"), "Asia/Shanghai", "CNY"),
]


def at(clock: str, day: int = 20, month: int = 10) -> int:
    hour, minute = clock.split(":")
    return as_ms(datetime(2026, month, day, int(hour), int(minute), tzinfo=UTC)) - 8 * 3_600_000


# room 1 is on air 19:00–22:00 with a handover at 20:00, room 2 21:00–23:00 (both reported 3:1)
SESSIONS = [SessionIn(1, 1, at("19:00"), at("22:00")), SessionIn(2, 2, at("21:00"), at("23:00"))]
SHIFTS = [
    ShiftIn(1, 1, 11, "host", at("19:00"), at("20:00")),
    ShiftIn(2, 1, 12, "host", at("20:00"), at("22:00")),
    ShiftIn(3, 2, 13, "host", at("21:00"), at("23:00")),
]

# (what, said of the line, place, kind, session, segment)
ORDERS: list[tuple[str, dict[str, Any], str, str, int | None, int | None]] = [
    ("first instant", {"ordered_ms": at("19:00"), "creator_id": "room1"}, "segment", "self_live", 1, 1),
    ("on the boundary", {"ordered_ms": at("20:00"), "creator_id": "room1"}, "segment", "self_live", 1, 2),
    ("last instant", {"ordered_ms": at("22:00") - 1, "creator_name": "旗舰店"}, "segment", "self_live", 1, 2),
    ("the end is after", {"ordered_ms": at("22:00"), "creator_id": "room1"}, "after", "self_live", 1, None),
    ("30 days after", {"ordered_ms": at("21:59", 19, 11), "creator_id": "room1"}, "after", "self_live", 1, None),
    ("before the first", {"ordered_ms": at("18:59"), "creator_id": "room1"}, "unmatched", "self_live", None, None),
    ("paid after the session", {"ordered_ms": at("21:59"), "paid_ms": at("23:30"), "creator_id": "room1"},
     "segment", "self_live", 1, 2),
    ("one room live, no name", {"ordered_ms": at("20:30")}, "segment", "self_live", 1, 2),
    ("no room live, no name", {"ordered_ms": at("23:30")}, "unmatched", "self_live", None, None),
    ("room from the answer", {"ordered_ms": at("21:30"), "account": "room2"}, "segment", "self_live", 2, 1),
    ("unpaid", {"ordered_ms": at("19:30"), "paid_ms": None, "creator_id": "room1"}, "unpaid", "self_live", 1, None),
    ("someone else's", {"ordered_ms": at("19:30"), "creator_id": "达人甲"}, "outside", "creator_live", None, None),
    ("affiliate", {"ordered_ms": at("19:30"), "flow_source": "精选联盟"}, "outside", "creator_live", None, None),
    ("product card", {"ordered_ms": at("19:30"), "flow_kind": "商品卡"}, "outside", "product_card", None, None),
    ("short video", {"ordered_ms": at("19:30"), "flow_kind": "短视频"}, "outside", "short_video", None, None),
    ("mall", {"ordered_ms": at("19:30"), "flow_kind": "商城"}, "outside", "mall", None, None),
    ("not known yet", {"ordered_ms": at("19:30"), "flow_kind": "数据将于第二天更新"}, "outside", "pending", None, None),
    ("no kind", {"ordered_ms": at("19:30"), "flow_kind": None}, "unmatched", "unknown", None, None),
    ("lucky bag", {"ordered_ms": at("19:30"), "creator_id": "room1", "payable_minor": 1}, "tagged", "福袋", 1, None),
    ("dollars", {"ordered_ms": at("19:30"), "creator_id": "room1", "currency": "USD"},
     "unmatched", "currency", None, None),
]  # fmt: skip


def line(row: int, sub_order: str, **said: Any) -> dict[str, Any]:
    usual = {"payable_minor": 1000, "currency": "CNY", "flow_kind": "直播", "paid_ms": said.get("ordered_ms")}
    return fact("order_line", row, sub_order=sub_order, **(usual | said))


def refund(row: int, sub_order: str, refunded: int | None, amount: int) -> dict[str, Any]:
    return fact(
        "after_sale", row, after_sale=f"a{row}", sub_order=sub_order, applied_ms=at("12:00"),
        refunded_ms=refunded, refund_minor=amount,
    )  # fmt: skip


def report(row: int, room: str, start: int, end: int, paid: int) -> dict[str, Any]:
    return fact("session_report", row, account=room, start_ms=start, end_ms=end, views=301, paid_minor=paid, viewers=9)


def tables() -> dict[str, list[tuple[int, int, dict[str, Any]]]]:
    lines = [line(row, name, **said) for row, (name, said, *_) in enumerate(ORDERS, 1)]
    doubtful = [line(90 + n, f"two rooms {n}", ordered_ms=at("21:30"), payable_minor=101) for n in (1, 2)]
    deposit = line(95, "deposit", ordered_ms=at("19:10"), creator_id="room1", order_type="预售", paid_ms=None)
    older = line(1, "first instant", ordered_ms=at("19:00"), creator_id="room1", payable_minor=5)
    sales = [
        refund(1, "on the boundary", at("23:59", 4, 11), 300),
        refund(2, "on the boundary", at("12:00", 25), 200),
        refund(3, "last instant", at("00:00", 5, 11), 1000),
        refund(4, "nobody's", at("12:00"), 77),
        refund(5, "first instant", None, 1000),
    ]
    reports = [report(1, "room1", at("19:00"), at("22:00"), 300), report(2, "room2", at("21:00"), at("23:00"), 100)]
    return {
        "order_line": [(1, 100, one) for one in [*lines, *doubtful, deposit]] + [(2, 50, older)],
        "after_sale": [(3, 100, one) for one in sales],
        "session_report": [(4, 100, one) for one in reports],
    }


@cache
def evening() -> tuple[MonthResult, tuple[dict[str, Any], ...]]:
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", tables())
        rules = (TagRuleIn("福袋", "amount_at_most", "1"),)
        result = run(MonthInputs("2026-10", ROOMS, SESSIONS, (), SHIFTS, batches, rules), Path(folder) / "out")
        return result, tuple(pq.read_table(result.rows_path).to_pylist())


def sums(place: str, **where: Any) -> Counter:
    found: Counter = Counter()
    for one in evening()[0].facts:
        if one.place == place and all(getattr(one, name) == value for name, value in where.items()):
            found[one.measure, one.basis] += one.amount
    return found


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order[0])
def test_place_of_a_line(order: tuple) -> None:
    name, _, *expected = order
    (row,) = [r for r in evening()[1] if r["sub_order"] == name and r["table"] == "order_line"]
    assert [row["place"], row["kind"], row["session"], row["segment"]] == expected
    assert row["basis"] == "measured"


def test_lines_that_two_rooms_may_claim_are_shared_as_the_rooms_report() -> None:
    found = [
        (r["session"], r["amount"]) for r in evening()[1] if r["basis"] == "allocated" and r["count"] and r["sub_order"]
    ]
    assert sorted(found) == [(1, 101), (1, 101), (2, 101), (2, 101)]
    # 202 split 3:1, and two orders
    assert sums("segment", session=1)["paid_minor", "allocated"] == 152
    assert sums("segment", session=2)["paid_minor", "allocated"] == 50
    assert sums("segment", session=1)["orders", "allocated"] == 2


def test_an_older_export_does_not_overwrite_a_newer_one() -> None:
    assert sums("segment", session=1, segment=1)["paid_minor", "measured"] == 1000


def test_refunds_within_fifteen_local_days_count_and_later_ones_stand_beside() -> None:
    found = sums("segment", session=1, segment=2)
    assert found["refund_minor", "measured"] == 500
    assert found["refund_orders", "measured"] == 1
    assert found["refund_late_minor", "measured"] == 1000
    assert not [c for c in evening()[0].credits if c.measure == "refund_late_minor"]


def test_a_refund_of_an_unknown_line_is_unmatched() -> None:
    assert sums("unmatched", kind="unknown_line") == {
        ("refund_minor", "measured"): 77,
        ("refund_orders", "measured"): 1,
    }


def test_a_deposit_is_a_measure_of_its_own_and_no_sale_until_paid() -> None:
    assert sums("segment", session=1, segment=1)["presale_orders", "measured"] == 1
    (row,) = [r for r in evening()[1] if r["sub_order"] == "deposit"]
    assert row["place"] == "unpaid"


def test_views_are_allocated_unless_one_person_held_the_role_throughout() -> None:
    views = [(c.session, c.person, c.amount, c.basis) for c in evening()[0].credits if c.measure == "views"]
    assert sorted(views) == [(1, 11, 100, "allocated"), (1, 12, 201, "allocated"), (2, 13, 301, "measured")]


def test_what_the_report_says_is_kept_for_the_bridge() -> None:
    found = sums("report", session=1)
    assert (found["report_paid_minor", "measured"], found["report_viewers", "measured"]) == (300, 9)


def test_coverage_says_how_far_the_data_reaches() -> None:
    seen = evening()[0].coverage["order_line"]
    assert (seen["as_of_ms"], seen["until_ms"], seen["rows"]) == (100, at("21:59", 19, 11), len(ORDERS) + 3)


def test_main_orders_and_late_payments_are_kept_for_the_bridge() -> None:
    """Two lines of one order; one was paid after the session report was exported (as_of 100 in the other tests)."""
    session, shift = SessionIn(1, 1, at("19:00"), at("20:00")), ShiftIn(1, 1, 11, "host", at("19:00"), at("20:00"))
    lines = [
        line(1, "a", main_order="m1", ordered_ms=at("19:10"), creator_id="room1", payable_minor=300),
        line(2, "b", main_order="m1", ordered_ms=at("19:10"), paid_ms=at("19:50"), creator_id="room1"),
    ]
    said = [(4, at("19:30"), report(1, "room1", at("19:00"), at("20:00"), 300))]
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", {"order_line": [(1, 1, one) for one in lines], "session_report": said})
        result = run(MonthInputs("2026-10", ROOMS[:1], [session], (), [shift], batches), Path(folder) / "out")
    found = {f.measure: f.amount for f in result.facts if f.place == "report"}
    assert (found["main_orders"], found["since_report_minor"]) == (1, 1000)


# Lists of orders that are no sales

LISTED = [
    # (what, said of the line, tag, batch, row, rule)
    ("l1", {}, "自购", 8, 1, None),
    ("l2 of a whole order", {"main_order": "m1"}, "样品", 8, 2, None),
    ("l3 of a whole order too", {"main_order": "m1"}, "样品", 8, 2, None),
    # the number of one line, written as an order's
    ("l4", {}, "样品", 8, 3, None),
    ("l5 its own number beats its order's, though older", {"main_order": "m1", "sub_order": "l5"}, "测试", 7, 9, None),
    ("l6 a list beats a rule", {"payable_minor": 1, "sub_order": "l6"}, "刷单", 8, 4, None),
    ("l7 the newest list", {"sub_order": "l7"}, "新", 9, 1, None),
    ("l8 a rule alone", {"payable_minor": 1}, "福袋", None, None, 5),
    ("l9 another platform's number", {"platform": "tiktok", "sub_order": "l1"}, None, None, None, None),
    ("l10 on no list", {}, None, None, None, None),
]


def on_list(row: int, tag: str, **number: str) -> dict[str, Any]:
    return fact("tagged_line", row, list_name="名单", reason="自己买的", platform="douyin", tag=tag, **number)


def test_lists_tag_lines_and_whole_orders_and_what_beats_what(tmp_path: Path) -> None:
    orders = [
        line(row, said.pop("sub_order", name.split(" ")[0]), ordered_ms=at("19:10"), creator_id="room1", **said)
        for row, (name, said, *_) in enumerate([(n, dict(s), *r) for n, s, *r in LISTED], 1)
    ]
    lists = [
        (7, 50, on_list(9, "测试", sub_order="l5")), (7, 50, on_list(10, "旧", sub_order="l7")),
        (8, 60, on_list(1, "自购", sub_order="l1")), (8, 60, on_list(2, "样品", main_order="m1")),
        (8, 60, on_list(3, "样品", main_order="l4")), (8, 60, on_list(4, "刷单", sub_order="l6")),
        (8, 60, on_list(5, "旧", sub_order="l7")), (9, 60, on_list(1, "新", main_order="l7")),
        (9, 60, on_list(2, "样品", sub_order="still to come")),
    ]  # fmt: skip
    batches = write(tmp_path / "facts", {"order_line": [(1, 100, one) for one in orders], "tagged_line": lists})
    rules = (TagRuleIn("福袋", "amount_at_most", "1", 5),)
    result = run(MonthInputs("2026-10", ROOMS, SESSIONS, (), SHIFTS, batches, rules), tmp_path / "out")
    rows = {row["row"]: row for row in pq.read_table(result.rows_path).to_pylist() if row["table"] == "order_line"}
    for number, (name, _, tag, batch, listed, rule) in enumerate(LISTED, 1):
        row = rows[number]
        assert [row["tag"], row["tag_batch"], row["tag_row"], row["tag_rule"]] == [tag, batch, listed, rule], name
        if name != "l9 another platform's number":
            assert row["place"] == ("tagged" if tag else "segment"), name
    assert "tagged_line" not in result.coverage
