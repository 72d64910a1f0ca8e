"""售后单: a refund counts only where money went back."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import AFTER_SALE, TABLES
from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import FIRST_ID, SALE_COLUMNS, csv_file, raw, reading, sale


def read_rows(tmp_path: Path, *rows: list[Any]) -> Any:
    return reading(csv_file(tmp_path / "a.csv", [SALE_COLUMNS, *rows], "gb18030"))


def test_a_refund_as_a_fact(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, sale()).facts
    assert set(fact) == set(TABLES[AFTER_SALE])
    assert (fact["sub_order"], fact["refund_minor"]) == (str(FIRST_ID), 5990)
    assert fact["refunded_ms"] - fact["applied_ms"] == 3_600_000


def test_50_columns_are_declared() -> None:
    assert len(SALE_COLUMNS) == len(set(SALE_COLUMNS)) == 50


@pytest.mark.parametrize(
    ("kind", "status", "refunded"),
    [
        ("仅退款", "同意退款，退款成功", True), ("退货退款", "退款成功", True), ("换货", "换货成功", False),
        ("换货", "同意退款，退款成功", False), ("仅退款", "售后关闭", False), ("退货退款", "待商家处理", False),
    ],
)  # fmt: skip
def test_only_a_real_refund_has_an_instant(tmp_path: Path, kind: str, status: str, refunded: bool) -> None:
    [fact] = read_rows(tmp_path, sale(售后类型=kind, 售后状态=status)).facts
    assert (fact["refunded_ms"] is not None) == refunded


def test_the_refunds_instant_falls_back_to_the_end(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, sale(商家退款时间="-")).facts
    assert fact["refunded_ms"] == fact["finished_ms"]


@pytest.mark.parametrize(
    "cells",
    [
        {"商家退款时间": "-", "售后完结时间": ""}, {"退商品金额（元）": "-"}, {"商家退款时间": "2026-04-19 11:00:00"},
        {"退商品金额（元）": "5.9.0"}, {"售后类型": ""}, {"售后申请时间": "-"},
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected(tmp_path: Path, cells: dict[str, str]) -> None:
    found = read_rows(tmp_path, sale(**cells))
    assert [r.line for r in found.rejects] == [2]
    assert found.facts == []


def test_several_after_sales_of_one_line(tmp_path: Path) -> None:
    found = read_rows(tmp_path, sale(0), sale(1, 商品单号=f"\t{FIRST_ID}"))
    assert [fact["sub_order"] for fact in found.facts] == [str(FIRST_ID)] * 2


def test_brackets_may_be_narrow(tmp_path: Path) -> None:
    columns = [c.replace("（", "(").replace("）", ")") for c in SALE_COLUMNS]
    assert reading(csv_file(tmp_path / "a.csv", [columns, sale()])).missing_columns == []


def test_people_are_dropped_at_the_door(tmp_path: Path) -> None:
    found = read_rows(tmp_path, sale(协商记录="买家说", 用户售后说明="我的电话"))
    assert not {"协商记录", "用户售后说明", "商家退货联系人电话"} & set(raw(found.facts[0]))
    assert "13900139000" not in repr(found)


def test_damaged_ids(tmp_path: Path) -> None:
    found = read_rows(tmp_path, sale(商品单号="6.91793E+18"))
    assert found.facts[0]["sub_order"] is None
    assert "商品单号" in str(found.warnings[0])
    with pytest.raises(Refused, match="售后单号"):
        read_rows(tmp_path, sale(售后单号="6.91793E+18"))
