"""订单明细: one fact an order line; buyers' data dropped, damaged ids refused."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import ORDER_LINE, TABLES
from kaibo.sources.reading import Answers, Refused
from kaibo.sources.tests.making import FIRST_ID, ORDER_COLUMNS, csv_file, order, raw, reading, xlsx


def read_rows(tmp_path: Path, *rows: list[Any], answers: Answers | None = None) -> Any:
    return reading(csv_file(tmp_path / "订单.csv", [ORDER_COLUMNS, *rows], "gb18030"), answers)


def test_an_order_line_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(), answers=Answers(account="shop_1"))
    [fact] = found.facts
    assert set(fact) == set(TABLES[ORDER_LINE])
    assert (fact["sub_order"], fact["main_order"]) == (str(FIRST_ID), str(FIRST_ID + 1000))
    assert (fact["payable_minor"], fact["unit_price_minor"], fact["quantity"], fact["currency"]) == (
        105990,
        5990,
        1,
        "CNY",
    )
    assert fact["paid_ms"] - fact["ordered_ms"] == 30_000
    assert (fact["creator_id"], fact["creator_name"], fact["account"]) == (None, None, "shop_1")
    assert (found.warnings, found.rejects, found.accounts) == ([], [], ["shop_1"])


def test_75_columns_are_declared() -> None:
    assert len(ORDER_COLUMNS) == len(set(ORDER_COLUMNS)) == 75


def test_the_buyer_is_dropped_at_the_door(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(), order(1, 商品数量="x"))
    everything = repr(found)
    for secret in ("##secret", "13800138000", "secret street"):
        assert secret not in everything
    assert {"收件人", "收件人手机号", "详细地址", "买家留言"}.isdisjoint(raw(found.facts[0]))


def test_unpaid_lines_are_kept_without_a_payment(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(支付完成时间="-", 订单状态="待支付"))
    assert found.facts[0]["paid_ms"] is None
    assert "not paid yet" in str(found.warnings[0])


def test_what_is_known_tomorrow_is_kept_and_counted(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(流量体裁="数据将于第二天更新"), order(1))
    assert found.facts[0]["flow_kind"] == "数据将于第二天更新"
    assert "第二天更新): 1." in str(found.warnings[0])


@pytest.mark.parametrize("damaged", [6.917926768823644e18, "6.91793E+18", "6917926768823640000"])
def test_a_damaged_key_refuses_the_file_and_says_how_to_export(tmp_path: Path, damaged: Any) -> None:
    with pytest.raises(Refused, match="子订单编号") as caught:
        reading(xlsx(tmp_path / "a.xlsx", [ORDER_COLUMNS, order(子订单编号=damaged)]))
    assert "Export the orders again" in str(caught.value.todo)


def test_ids_written_back_from_a_float_are_damaged(tmp_path: Path) -> None:
    rounded = [order(n, 子订单编号=f"{(FIRST_ID + n * 9999) // 1000}000") for n in range(3)]
    with pytest.raises(Refused, match="子订单编号"):
        read_rows(tmp_path, *rounded)


def test_a_lone_round_id_among_whole_ones_is_no_damage(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(0), order(1), order(2, 子订单编号="\t6917926768823640000"))
    assert len(found.facts) == 3


def test_another_damaged_id_becomes_unknown_with_a_warning(tmp_path: Path) -> None:
    rows = [ORDER_COLUMNS, order(商品ID=3.6e18, 主订单编号="6.9E+18"), order(1, 商品ID=3.6e18)]
    found = reading(xlsx(tmp_path / "a.xlsx", rows))
    assert [fact["product_id"] for fact in found.facts] == [None, None]
    assert [str(w) for w in found.warnings] == [
        "Ids in column 主订单编号 that lost their last digits and are unknown now: 1.",
        "Ids in column 商品ID that lost their last digits and are unknown now: 2.",
    ]


@pytest.mark.parametrize("prefix", ["\t", "'", ""])
def test_what_stands_before_an_id(tmp_path: Path, prefix: str) -> None:
    found = read_rows(tmp_path, order(子订单编号=f"{prefix}{FIRST_ID}"))
    assert found.facts[0]["sub_order"] == str(FIRST_ID)


def test_an_export_by_main_order_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="main order"):
        read_rows(tmp_path, order(子订单编号=f"{FIRST_ID};{FIRST_ID + 1}"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("订单应付金额", "1.2.3"), ("订单应付金额", "-5"), ("订单应付金额", "9.999"), ("订单应付金额", "-"),
        ("商品数量", "-1"),
        ("订单提交时间", ""), ("订单提交时间", "18/04/2026 20:00:01"), ("子订单编号", "-"), ("订单状态", ""),
        ("支付完成时间", "2026-04-18 19:00:00"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: str) -> None:
    found = read_rows(tmp_path, order(), order(1, **{column: value}))
    assert [(r.line, r.column) for r in found.rejects] == [(3, column)]
    assert len(found.facts) == 1


def test_totals_are_dropped(tmp_path: Path) -> None:
    total: list[str] = ["-"] * 75
    total[ORDER_COLUMNS.index("订单应付金额")] = "9999.00"
    labelled = [*total]
    labelled[0] = "合计："
    found = read_rows(tmp_path, order(), total, labelled)
    assert (len(found.facts), found.dropped_totals, found.rejects) == (1, 2, [])


def test_commas_and_line_breaks_inside_a_cell(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order(选购商品='杯子,\n蓝色 "大"'), order(1))
    assert found.facts[0]["product"] == '杯子,\n蓝色 "大"'
    # a spreadsheet program counts records, not line breaks
    assert [fact["row"] for fact in found.facts] == [2, 3]


def test_a_cut_line_is_not_half_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, order(), order(1)])
    text = path.read_bytes()
    path.write_bytes(text[: text.rindex(b"1,059.90") + 3] + b'"')
    found = reading(path)
    assert [r.line for r in found.rejects] == [3]
    assert len(found.facts) == 1


def test_blank_cells_left_out_at_the_end_of_a_line_do_no_harm(tmp_path: Path) -> None:
    found = read_rows(tmp_path, order()[:70])
    assert (len(found.facts), found.rejects) == (1, [])


def test_a_shifted_line_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, [*order(), "one more"])
    assert "76 cells" in str(found.rejects[0].reason)


def test_older_exports_split_day_and_time(tmp_path: Path) -> None:
    rows = [[*ORDER_COLUMNS, "订单提交日期"], [*order(订单提交时间="20:00:01"), "2026/04/18"]]
    assert reading(csv_file(tmp_path / "a.csv", rows)).facts[0]["ordered_ms"] == 1776513601000


@pytest.mark.parametrize("column", ["子订单编号", "流量体裁", "达人ID", "订单应付金额"])
def test_a_missing_required_column_refuses_and_names_it(tmp_path: Path, column: str) -> None:
    with pytest.raises(Refused, match=column) as caught:
        reading(csv_file(tmp_path / "a.csv", [[c if c != column else "别的" for c in ORDER_COLUMNS], order()]))
    assert "订单管理" in str(caught.value.todo)
