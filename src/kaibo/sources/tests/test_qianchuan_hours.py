"""千川 by the hour: what an ad account spent from when to when; ratios are not imported, totals are dropped."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import AD_SPEND, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

HEADER = [
    "日期", "小时区间", "账号名称", "整体消耗", "整体支付ROI", "整体成交金额", "整体成交订单数", "整体成交订单成本",
    "净成交金额", "智能优惠券金额", "1小时内退款金额", "1小时内退款订单数",
]  # fmt: skip
# 2026-04-18 19:00 +08:00
SEVEN_MS = 1_776_510_000_000
HOUR_MS = 3_600_000


def hour(**cells: Any) -> list[Any]:
    row = dict(zip(HEADER, [
        "2026-04-18", "19:00 - 20:00", "示例投放户", "1,234.50", "3.2", "3,950.40", "41", "30.11", "3,800.40", "12",
        "150", "2",
    ], strict=True))  # fmt: skip
    return list((row | cells).values())


def read_rows(tmp_path: Path, *rows: list[Any], header: list[str] = HEADER, answers: Answers | None = None) -> Reading:
    return reading(csv_file(tmp_path / "up.csv", [header, *rows]), answers)


def test_an_hour_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, hour())
    assert (found.source.key, found.questions, found.rejects) == ("qianchuan_hours", [], [])
    [fact] = found.facts
    assert set(fact) <= set(TABLES[AD_SPEND])
    assert (fact["start_ms"], fact["end_ms"]) == (SEVEN_MS, SEVEN_MS + HOUR_MS)
    assert (fact["ad_account"], fact["platform"], fact["currency"]) == ("示例投放户", "douyin", "CNY")
    assert (fact["spend_minor"], fact["gmv_minor"], fact["orders"]) == (123_450, 395_040, 41)
    assert (fact["net_gmv_minor"], fact["coupon_minor"], fact["refund_1h_minor"]) == (380_040, 1_200, 15_000)
    assert raw(fact)["整体支付ROI"] == "3.2"
    assert (found.first_instant_ms, found.last_instant_ms) == (SEVEN_MS, SEVEN_MS)
    assert found.sample[0]["日期"] == "2026-04-18 19:00:00"


@pytest.mark.parametrize(
    ("hours", "start", "length"),
    [
        ("00:00 - 01:00", -19, 1), ("23:00 - 24:00", 4, 1), ("23:00 - 00:00", 4, 1), ("23:00-23:59", 4, 1),
        ("19:00:00~19:59:59", 0, 1), ("9:00 － 10:00", -10, 1), (" 19：00 -  20：00 ", 0, 1),
        ("19:30 - 20:00", 0.5, 0.5),
    ],
)  # fmt: skip
def test_hours_as_platforms_write_them(tmp_path: Path, hours: str, start: float, length: float) -> None:
    [fact] = read_rows(tmp_path, hour(小时区间=hours)).facts
    assert (fact["start_ms"] - SEVEN_MS, fact["end_ms"] - fact["start_ms"]) == (start * HOUR_MS, length * HOUR_MS)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("小时区间", ""), ("小时区间", "-"), ("小时区间", "19"), ("小时区间", "25:00 - 26:00"),
        ("小时区间", "00:00 - 24:00"),
        ("小时区间", "19:61 - 20:00"), ("日期", "2026-04-18 19:00"), ("日期", "18/04/2026"), ("整体消耗", "-"),
        ("整体消耗", "1.2.3"), ("整体消耗", "-5"), ("账号名称", ""), ("整体成交订单数", "1.5"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: str) -> None:
    found = read_rows(tmp_path, hour(小时区间="20:00 - 21:00"), hour(**{column: value}))
    assert [fact["row"] for fact in found.facts] == [2]
    assert [(r.line, r.column) for r in found.rejects] == [(3, column)]


def test_without_cost_the_ratio_is_blank_and_nothing_is_guessed(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, hour(整体消耗="0", 整体支付ROI="", 智能优惠券金额="-")).facts
    assert (fact["spend_minor"], fact["coupon_minor"]) == (0, None)


def test_totals_are_dropped_labelled_or_not(tmp_path: Path) -> None:
    labelled = hour(日期="总计", 小时区间="-", 账号名称="-")
    by_account = hour(账号名称="合计")
    unlabelled = hour(日期="", 小时区间="", 账号名称="")
    found = read_rows(tmp_path, hour(), labelled, by_account, unlabelled)
    assert (len(found.facts), found.dropped_totals, found.rejects) == (1, 3, [])


def test_two_accounts_in_one_file(tmp_path: Path) -> None:
    found = read_rows(tmp_path, hour(), hour(账号名称="另一个户"))
    assert [fact["ad_account"] for fact in found.facts] == ["示例投放户", "另一个户"]
    assert found.warnings == []


def test_an_hour_twice(tmp_path: Path) -> None:
    assert len(read_rows(tmp_path, hour(), hour()).facts) == 1
    found = read_rows(tmp_path, hour(), hour(整体消耗="9"))
    assert found.facts == []
    assert [(r.line, r.amount_minor) for r in found.rejects] == [(2, 123_450), (3, 900)]
    overlapping = read_rows(tmp_path, hour(), hour(小时区间="19:30 - 20:30"))
    assert "lines 2 and 3" in str(overlapping.warnings[0])


def test_without_an_account_column_it_asks(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "账号名称"]
    row = [cell for name, cell in zip(HEADER, hour(), strict=True) if name != "账号名称"]
    assert read_rows(tmp_path, row, header=header).questions == ["ad_account"]
    found = read_rows(tmp_path, row, header=header, answers=Answers(ad_account="户一"))
    assert (found.questions, found.facts[0]["ad_account"]) == ([], "户一")


def test_other_names_of_columns(tmp_path: Path) -> None:
    other = {"整体消耗": "消耗", "智能优惠券金额": "整体成交\n智能优惠券金额\t"}
    [fact] = read_rows(tmp_path, hour(), header=[other.get(name, name) for name in HEADER]).facts
    assert (fact["spend_minor"], fact["coupon_minor"]) == (123_450, 1_200)


def test_day_and_hour_in_one_column(tmp_path: Path) -> None:
    header = ["时间-小时", *HEADER[2:]]
    found = read_rows(tmp_path, ["2026-04-18 19:00", *hour()[2:]], ["2026-02-30 19:00", *hour()[2:]], header=header)
    [fact] = found.facts
    assert (fact["start_ms"], fact["end_ms"]) == (SEVEN_MS, SEVEN_MS + HOUR_MS)
    assert [(r.line, r.column) for r in found.rejects] == [(3, "时间-小时")]
    both = read_rows(tmp_path, ["2026-04-18", "2026-04-18 19:00", *hour()[2:]], header=["日期", *header])
    assert both.facts[0]["start_ms"] == SEVEN_MS


def test_a_workbook_with_dates_and_numbers(tmp_path: Path) -> None:
    row = hour(日期=datetime(2026, 4, 18), 整体消耗=1234.5)
    [fact] = reading(xlsx(tmp_path / "up.xlsx", [["千川报表"], [], HEADER, row])).facts
    assert (fact["start_ms"], fact["spend_minor"], fact["row"]) == (SEVEN_MS, 123_450, 4)


def test_reports_without_hours_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no hours"):
        read_rows(tmp_path, hour()[:1] + hour()[2:], header=HEADER[:1] + HEADER[2:])
    material = ["素材ID", "素材名称", "整体消耗", "基础消耗", "整体支付ROI", "净成交金额"]
    with pytest.raises(Refused, match="by material") as caught:
        read_rows(tmp_path, ["7", "a", "1", "1", "2", "3"], header=material)
    assert "小时区间" in str(caught.value.todo)
