"""TikTok Shop orders: whole keys or none, one reading of the dates, no refund without a day, no buyer kept."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import ORDER_LINE, TABLES
from kaibo.sources import tiktok_orders
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.consistency import check_consistent
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

COLUMNS = [c.name for c in tiktok_orders.COLUMNS]
PRIVATE = [c.name for c in tiktok_orders.COLUMNS if c.private]
TOLD = Answers(account="shop", zone="Asia/Kuala_Lumpur", currency="MYR")
ORDER, SKU = 583591642362381385, 1729522211955443124


def line(number: int = 0, **cells: Any) -> list[Any]:
    """A row as the platform writes it: text, the day first."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    row |= dict.fromkeys(PRIVATE, "secret")
    row |= {
        "Order ID": str(ORDER + number), "Order Status": "Shipped", "Normal or Pre-order": "Normal",
        "SKU ID": str(SKU + number), "Product Name": "Buku, biru", "Variation": "Lalai", "Quantity": "1",
        "SKU Unit Original Price": "160", "SKU Platform Discount": "10", "SKU Seller Discount": "1.01",
        "SKU Subtotal After Discount": "148.99", "Shipping Fee After Discount": "2.70", "Taxes": "0",
        "Order Amount": "151.69", "Order Refund Amount": "0", "Created Time": "18/04/2026 23:45:00",
        "Paid Time": "18/04/2026 23:46:10", "Payment Method": "Online banking",
    }  # fmt: skip
    return list((row | cells).values())


def read_rows(tmp_path: Path, *rows: list[Any], answers: Answers = TOLD, without: tuple[str, ...] = ()) -> Reading:
    lines = [[c for name, c in zip(COLUMNS, row, strict=True) if name not in without] for row in (COLUMNS, *rows)]
    return reading(csv_file(tmp_path / "a.csv", lines), answers)


def test_a_line_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[ORDER_LINE])
    assert (fact["sub_order"], fact["main_order"]) == (f"{ORDER}-{SKU}", str(ORDER))
    assert (fact["platform"], fact["account"], fact["currency"]) == ("tiktok", "shop", "MYR")
    # 23:45 in Kuala Lumpur is 15:45 UTC
    assert fact["ordered_ms"] == 1776527100000
    assert fact["paid_ms"] - fact["ordered_ms"] == 70_000
    assert (fact["payable_minor"], fact["platform_discount_minor"], fact["status"]) == (14_899, 1000, "Shipped")
    assert (found.rejects, found.warnings, found.questions) == ([], [], [])
    check_consistent(found)


def test_no_buyer_is_kept(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, line()).facts
    assert not set(PRIVATE) & set(raw(fact))
    assert "secret" not in str(fact)


def test_the_orders_amount_is_not_summed_over_its_lines(tmp_path: Path) -> None:
    whole = {"Order ID": str(ORDER), "Order Amount": "300.68"}
    found = read_rows(tmp_path, line(0, **whole), line(1, **whole))
    assert [fact["payable_minor"] for fact in found.facts] == [14_899, 14_899]
    assert len({fact["sub_order"] for fact in found.facts}) == 2
    assert found.warnings == []


def test_an_order_whose_lines_were_deleted_is_a_warning(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line(0), line(1, **{"Order Amount": "311.60"}))
    assert "come to less than their Order Amount: 1 (first: line 3)" in str(found.warnings[0])


def test_the_workbooks_description_line_is_no_order(tmp_path: Path) -> None:
    told = [f"About {name}." for name in COLUMNS]
    found = reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, told, line()], "OrderSKUList"), TOLD)
    assert ([fact["row"] for fact in found.facts], found.rejects, found.rows_seen) == ([3], [], 1)


def test_what_the_file_does_not_say_is_asked(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line(), answers=Answers())
    assert (found.questions, found.facts) == (["account", "zone", "currency", "order_kind"], [])
    assert not any(name in found.sample[0] for name in PRIVATE)
    # order_kind alone never holds a file up
    assert read_rows(tmp_path, line()).questions == []
    marked = line(**{"SKU Subtotal After Discount": "Rp9.467.316", "Order Amount": "Rp9.467.316"})
    [fact] = read_rows(tmp_path, marked, answers=Answers(account="shop", zone="Asia/Jakarta")).facts
    assert (fact["currency"], fact["payable_minor"]) == ("IDR", 946_731_600)


@pytest.mark.parametrize(("kind", "flow"), [("self_live", "直播"), ("unknown", None), ("", None)])
def test_a_line_is_of_the_live_only_where_someone_said_so(tmp_path: Path, kind: str, flow: str | None) -> None:
    answers = Answers(account="shop", zone="Asia/Kuala_Lumpur", currency="MYR", order_kind=kind)
    assert read_rows(tmp_path, line(), answers=answers).facts[0]["flow_kind"] == flow


def test_cash_on_delivery_counts_once_paid(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line(0, **{"Paid Time": "", "Payment Method": "Cash on delivery"}), line(1))
    assert [fact["paid_ms"] is None for fact in found.facts] == [True, False]
    assert "not paid yet: 1" in str(found.warnings[0])


def test_cancelled_and_returned_orders_keep_their_state_and_no_refund_is_invented(tmp_path: Path) -> None:
    back = {"Cancelation/Return Type": "Return", "Order Refund Amount": "70", "Order Status": "Delivered"}
    found = read_rows(tmp_path, line(**back))
    [fact] = found.facts
    assert (fact["status"], fact["after_sale_status"], fact["payable_minor"]) == ("Delivered", "Return", 14_899)
    assert raw(fact)["Order Refund Amount"] == "70"
    assert "does not date refunds" in str(found.warnings[0])


def dated(first: str, second: str) -> list[list[Any]]:
    return [line(n, **{"Created Time": day, "Paid Time": day}) for n, day in enumerate((first, second))]


@pytest.mark.parametrize(
    ("text", "known", "utc_ms"),
    # 5 June and 6 May 2025, 15:28 UTC
    [("5/6/25 23:28", "18/6/25 1:05", 1749137280000), ("5/6/25 23:28", "6/18/25 1:05", 1746545280000)],
)
def test_one_day_above_12_decides_for_the_file(tmp_path: Path, text: str, known: str, utc_ms: int) -> None:
    found = read_rows(tmp_path, *dated(text, known))
    assert (found.facts[0]["ordered_ms"], len(found.facts)) == (utc_ms, 2)


def test_without_one_it_is_asked(tmp_path: Path) -> None:
    rows = dated("5/6/25 23:28", "6/6/25 1:05")
    assert read_rows(tmp_path, *rows).questions == ["day_order"]
    both = [
        read_rows(tmp_path, *rows, answers=Answers("shop", "", "UTC", "MYR", day_order=order)).facts[0]["ordered_ms"]
        for order in ("DM", "MD")
    ]
    assert both == [1749166080000, 1746574080000]
    assert read_rows(tmp_path, *rows, answers=Answers("shop", "", "UTC", "MYR", day_order="x")).questions


def test_the_file_is_believed_against_the_answer(tmp_path: Path) -> None:
    answers = Answers("shop", "", "Asia/Kuala_Lumpur", "MYR", day_order="MD")
    found = read_rows(tmp_path, *dated("5/6/25 23:28", "18/6/25 1:05"), answers=answers)
    assert found.facts[0]["ordered_ms"] == 1749137280000
    assert "was not used" in str(found.warnings[0])


def test_both_orders_in_one_file_refuse_and_name_the_lines(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"18/6/25 1:05 \(line 2\).*6/18/25 1:05 \(line 3\)"):
        read_rows(tmp_path, *dated("18/6/25 1:05", "6/18/25 1:05"))


def test_text_beside_a_spreadsheets_own_dates_refuses(tmp_path: Path) -> None:
    rows = [line(0, **{"Paid Time": ""}), line(1, **{"Created Time": datetime(2026, 5, 4, 9), "Paid Time": ""})]
    with pytest.raises(Refused, match="taken days for months"):
        reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, *rows]), TOLD)


@pytest.mark.parametrize("order", ["5.83591642362381E+17", "583591642362381000"])
def test_a_damaged_order_id_refuses_the_file(tmp_path: Path, order: str) -> None:
    rows = [line(n, **{"Order ID": order, "SKU ID": str(SKU + n)}) for n in range(3)]
    with pytest.raises(Refused, match="lost their last digits") as caught:
        read_rows(tmp_path, *rows)
    assert "Seller Center" in str(caught.value.todo)


@pytest.mark.parametrize("sku", ["1.72952E+18", "1729522211955440000"])
def test_a_damaged_sku_id_names_nothing(tmp_path: Path, sku: str) -> None:
    several = [line(**{"Order ID": str(ORDER + 9), "SKU ID": sku, "Variation": colour}) for colour in "AB"]
    found = read_rows(tmp_path, line(0, **{"SKU ID": sku}), *several)
    [fact] = found.facts
    assert (fact["sub_order"], fact["product_id"]) == (str(ORDER), None)
    assert [(reject.line, reject.amount_minor) for reject in found.rejects] == [(3, 14_899), (4, 14_899)]
    assert any("known by their Order ID alone: 1" in str(warning) for warning in found.warnings)


def test_a_saved_copy_without_its_columns_and_with_nameless_ones(tmp_path: Path) -> None:
    gone = ("SKU ID", "Order Status", "Order Substatus", "Cancelation/Return Type", "Normal or Pre-order")
    header = [("" if c in ("Country", "State") else c.replace("(kg)", "kg")) for c in COLUMNS if c not in gone]
    body = [[c for name, c in zip(COLUMNS, line(n), strict=True) if name not in gone] for n in range(2)]
    found = reading(csv_file(tmp_path / "a.csv", [header, *body]), TOLD)
    assert [fact["sub_order"] for fact in found.facts] == [str(ORDER), str(ORDER + 1)]
    assert (found.facts[0]["status"], found.unknown_columns) == (None, [])
    assert "secret" not in str(found.facts)


def test_one_key_with_other_values_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line(0), line(0, Quantity="2"), line(0))
    assert ([fact["row"] for fact in found.facts], [reject.line for reject in found.rejects]) == ([2], [3])


def test_paid_before_it_was_ordered_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, line(0), line(1, **{"Paid Time": "18/04/2026 23:40:00"}))
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, "Paid Time")]


@pytest.mark.real
def test_the_real_orders(real_files: Path) -> None:
    saved = real_files / "tiktokshop_my_orders_20250605_0609_redacted.csv"
    assert reading(saved, TOLD).questions == ["day_order"]
    found = reading(saved, Answers("shop", "", "Asia/Kuala_Lumpur", "MYR", day_order="DM"))
    assert (len(found.facts), found.rejects, sum(f["paid_ms"] is None for f in found.facts)) == (616, [], 271)
    check_consistent(found)
    found = reading(real_files / "tiktokshop_my_all_order_sample.xlsx", TOLD)
    assert (len(found.facts), found.rejects, found.missing_columns, found.unknown_columns) == (3, [], [], [])
    check_consistent(found)
