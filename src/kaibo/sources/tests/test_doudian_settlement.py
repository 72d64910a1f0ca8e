"""结算账单: a fact a settled row; the line of formulas is none; two settlements of one line stay two."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import KEYS, SETTLEMENT, TABLES
from kaibo.sources.reading import Reading, Refused
from kaibo.sources.tests.making import FIRST_ID, csv_file, raw, reading, xlsx

COLUMNS = [
    "结算时间", "订单号", "子订单号", "结算金额", "结算账户", "结算单类型", "有结算前退款", "下单时间", "商品ID",
    "商品数量", "业务类型", "订单类型", "订单总价", "商品总价", "运费", "店铺劵", "结算前退款金额", "平台补贴",
    "达人补贴", "抖音支付补贴", "抖音月付营销补贴", "用户实付", "收入合计", "平台服务费", "佣金", "渠道分成",
    "招商服务费", "站外推广费", "其他分成", "其他分成说明", "支出合计", "是否免佣", "免佣金额", "备注",
]  # fmt: skip
FORMULAS: dict[str, str] = {
    "结算金额": "结算金额=收入合计+支出合计", "收入合计": "①=订单总价-店铺券-结算前退款",
    "支出合计": "②=平台服务费+佣金", "订单号": "平台订单号", "子订单号": "商品单号", "结算时间": "订单结算的时间",
}  # fmt: skip
EXPLAINED = [FORMULAS.get(name, "") for name in COLUMNS]
# 2026-05-06 10:00 +08:00
SETTLED_MS = 1_778_032_800_000


def settled(number: int = 0, **cells: Any) -> list[Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "-") | {
        "结算时间": "2026-05-06 10:00:00",
        "订单号": f"'{FIRST_ID + 1000 + number}",
        "子订单号": f"'{FIRST_ID + number}",
        "结算金额": "53.91",
        "下单时间": "2026-04-18 20:00:01",
        "结算前退款金额": "0.00",
        "用户实付": "59.90",
        "收入合计": "59.90",
        "平台服务费": "-3.00",
        "佣金": "-2.99",
        "支出合计": "-5.99",
        "备注": "张三 13800138000",
    }
    return list((row | cells).values())


def read_rows(tmp_path: Path, *rows: list[Any], explained: Any = EXPLAINED, header: Any = COLUMNS) -> Reading:
    return reading(csv_file(tmp_path / "up.csv", [header, *([explained] if explained else []), *rows]))


def test_34_columns_of_the_export_are_declared(tmp_path: Path) -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 34
    assert read_rows(tmp_path, settled()).unknown_columns == []


def test_a_settlement_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled())
    assert (found.source.key, found.rejects, found.warnings, found.rows_seen) == ("doudian_settlement", [], [], 1)
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SETTLEMENT])
    assert (fact["sub_order"], fact["main_order"], fact["row"]) == (str(FIRST_ID), str(FIRST_ID + 1000), 3)
    assert (fact["settled_ms"], fact["ordered_ms"]) == (SETTLED_MS, SETTLED_MS - 17 * 86_400_000 - 50_399_000)
    assert (fact["settled_minor"], fact["income_minor"], fact["expense_minor"]) == (5_391, 5_990, -599)
    assert (fact["platform_fee_minor"], fact["commission_minor"], fact["refund_before_minor"]) == (-300, -299, 0)
    assert (fact["platform"], fact["currency"], found.first_instant_ms) == ("douyin", "CNY", SETTLED_MS)


def test_buyers_are_dropped_at_the_door(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled())
    assert "备注" not in raw(found.facts[0])
    assert "13800138000" not in repr(found)


@pytest.mark.parametrize("sheet", [0, 1, 2])
def test_none_one_or_two_lines_of_explanation(tmp_path: Path, sheet: int) -> None:
    path = xlsx(tmp_path / "a.xlsx", [COLUMNS, *[EXPLAINED] * sheet, settled(), settled(1)])
    found = reading(path)
    assert [fact["row"] for fact in found.facts] == [2 + sheet, 3 + sheet]
    assert (found.rejects, found.dropped_totals) == ([], 0)


def test_a_ruined_first_row_is_no_explanation(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(结算时间="soon", 结算金额="x"), settled(1), explained=None)
    assert [r.line for r in found.rejects] == [2]
    with pytest.raises(Refused, match="子订单号"):
        read_rows(tmp_path, settled(结算时间="soon", 结算金额="x", 订单号="-", 子订单号="6.91793E+18"), explained=None)


def test_two_settlements_of_one_line_at_one_time_stay_two(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(), settled(结算金额="-5.00", 结算单类型="退款", 收入合计="-5.00", 支出合计="0"))
    assert [fact["settled_minor"] for fact in found.facts] == [5_391, -500]
    assert len({fact["row_key"] for fact in found.facts}) == 2


def test_the_same_settlement_has_the_same_key_however_it_was_saved(tmp_path: Path) -> None:
    text = read_rows(tmp_path, settled()).facts[0]
    saved = settled(
        结算金额=53.91, 用户实付=59.9, 收入合计=59.9, 平台服务费=-3.0, 备注="x", 子订单号=str(FIRST_ID), 运费=""
    )
    [book] = reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, EXPLAINED, saved])).facts
    assert [text[name] for name in KEYS[SETTLEMENT]] == [book[name] for name in KEYS[SETTLEMENT]]
    other = read_rows(tmp_path, settled(结算单类型="补差")).facts[0]
    assert other["row_key"] != text["row_key"]


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(), settled())
    assert len(found.facts) == 1
    assert "twice" in str(found.warnings[0])


def test_a_flow_number_is_the_key_where_there_is_one(tmp_path: Path) -> None:
    header = [*COLUMNS, "动帐流水号"]
    found = read_rows(tmp_path, [*settled(), "'77001"], [*settled(1), ""], header=header)
    assert found.facts[0]["row_key"] == "77001"
    assert found.facts[1]["row_key"] not in ("77001", None)
    twice = read_rows(tmp_path, [*settled(), "'77001"], [*settled(结算金额="1"), "'77001"], header=header)
    assert (twice.facts, [r.line for r in twice.rejects]) == ([], [3, 4])


def test_totals_are_dropped_labelled_or_not(tmp_path: Path) -> None:
    blank = {"订单号": "", "子订单号": "", "下单时间": ""}
    labelled, unlabelled = settled(结算时间="合计", **blank), settled(结算时间="", **blank)
    found = read_rows(tmp_path, labelled, settled(), unlabelled)
    assert (len(found.facts), found.dropped_totals, found.rejects) == (1, 2, [])


@pytest.mark.parametrize(
    ("column", "value"),
    [("结算时间", ""), ("结算时间", "2026-13-06"), ("结算金额", "-"), ("结算金额", "5.391"), ("佣金", "1.2.3")],
)
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: str) -> None:
    found = read_rows(tmp_path, settled(), settled(1, **{column: value}))
    assert [(r.line, r.column) for r in found.rejects] == [(4, column)]


def test_a_row_without_its_order_line(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(子订单号="-"), settled(1, 子订单号="-", 订单号="-"))
    assert [fact["sub_order"] for fact in found.facts] == [None]
    assert [(r.line, r.amount_minor) for r in found.rejects] == [(4, 5_391)]


def test_what_does_not_add_up_is_said(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(), settled(1, 结算金额="60.00"), settled(2, 支出合计="5.99"))
    assert "1 (first: line 4)" in str(found.warnings[0])


@pytest.mark.parametrize("cell", [6.917926768823643e18, "6.91793E+18"])
def test_damaged_order_lines_refuse_the_file(tmp_path: Path, cell: Any) -> None:
    with pytest.raises(Refused, match="lost their last digits") as caught:
        reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, EXPLAINED, settled(子订单号=cell)]))
    assert "15 digits" in str(caught.value.todo)


def test_a_damaged_main_order_becomes_unknown(tmp_path: Path) -> None:
    found = read_rows(tmp_path, settled(订单号="6.91793E+18"))
    assert found.facts[0]["main_order"] is None
    assert "订单号" in str(found.warnings[0])
