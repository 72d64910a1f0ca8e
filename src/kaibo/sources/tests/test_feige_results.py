"""飞鸽 客服表现: a fact a person and period; shop totals dropped; nothing guessed about who or when."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SERVICE_RESULT, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

COLUMNS = [
    "客服在线天数", "接待会话量", "待回复会话量", "已接待人数", "转出会话量", "有效评价数", "有效好评数", "有效差评数",
    "全天不满意率", "全天满意率", "全天平响时长", "全天首响时长", "全天3分钟回复率", "询单人数", "下单人数", "支付人数",
    "退款人数", "客服询单支付额", "退款金额", "退款后销售额", "询单转化率",
]  # fmt: skip
CELLS = [
    "22", "1,034", "3", "980", "12", "40", "39", "1", "2.5%", "97.5%", "11秒", "2分30秒", "98.04%", "300", "120", "110",
    "9", "12,345.60", "345.60", "12,000.00", "36.67%",
]  # fmt: skip
NAME = "飞鸽_客服表现_20260401-20260430.xlsx"
# +08:00
APRIL_MS, MAY_MS = 1_774_972_800_000, 1_777_564_800_000
DAY_MS = 86_400_000


def person(name: str = "示例店:小美", **cells: Any) -> list[Any]:
    return [name, *(dict(zip(COLUMNS, CELLS, strict=True)) | cells).values()]


def read_rows(
    tmp_path: Path,
    *rows: list[Any],
    first: str = "客服账号",
    name: str = NAME,
    answers: Answers | None = None,
    above: tuple[list[Any], ...] = (),
) -> Reading:
    return reading(xlsx(tmp_path / "up.xlsx", [*above, [first, *COLUMNS], *rows]), answers, name)


def test_a_person_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, person())
    assert (found.source.key, found.questions, found.rejects) == ("feige_results", [], [])
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SERVICE_RESULT])
    assert (fact["agent"], fact["agent_name"], fact["platform"]) == ("示例店:小美", None, "douyin")
    assert (fact["start_ms"], fact["end_ms"]) == (APRIL_MS, MAY_MS)
    assert (fact["received"], fact["persons"], fact["good_ratings"]) == (1_034, 980, 39)
    assert (fact["satisfied_ppm"], fact["dissatisfied_ppm"], fact["in_3_minutes_ppm"]) == (975_000, 25_000, 980_400)
    assert (fact["mean_reply_ms"], fact["first_reply_ms"]) == (11_000, 150_000)
    assert (fact["paid_minor"], fact["refund_minor"], fact["net_minor"]) == (1_234_560, 34_560, 1_200_000)
    assert raw(fact)["询单转化率"] == "36.67%"
    assert (found.first_instant_ms, found.as_of_ms) == (APRIL_MS, None)


def test_shop_totals_are_dropped(tmp_path: Path) -> None:
    total = person("店铺汇总值", 全天满意率="-", 全天平响时长="-", 询单转化率="-")
    unlabelled = person("")
    found = read_rows(tmp_path, total, person("店铺平均值"), person(), unlabelled)
    assert [fact["row"] for fact in found.facts] == [4]
    assert (found.dropped_totals, found.rejects) == (3, [])


def test_a_nickname_beside_the_account(tmp_path: Path) -> None:
    header = ["客服昵称", "客服账号", *COLUMNS]
    total = ["店铺汇总值", "-", *person()[1:]]
    path = csv_file(tmp_path / "a.csv", [header, ["小美", "shop:1", *person()[1:]], total])
    found = reading(path, None, NAME)
    [fact] = found.facts
    assert (fact["agent"], fact["agent_name"], found.dropped_totals) == ("shop:1", "小美", 1)


@pytest.mark.parametrize("first", ["客服昵称", "账号", "客服"])
def test_other_names_of_the_person(tmp_path: Path, first: str) -> None:
    assert read_rows(tmp_path, person("小美"), first=first).facts[0]["agent"] == "小美"


def test_without_a_person_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="客服账号") as caught:
        reading(csv_file(tmp_path / "a.csv", [COLUMNS, CELLS]), None, NAME)
    assert "one line a person" in str(caught.value.todo)


@pytest.mark.parametrize(
    ("column", "cell", "first", "days"),
    [
        ("日期", "2026-04-02", 1, 1), ("日期", "20260402", 1, 1), ("统计周期", "2026-04-01~2026-04-07", 0, 7),
        ("统计周期", "2026/04/01 至 2026/04/07", 0, 7), ("统计日期", datetime(2026, 4, 2), 1, 1),
    ],
)  # fmt: skip
def test_the_period_of_a_row(tmp_path: Path, column: str, cell: Any, first: int, days: int) -> None:
    path = xlsx(tmp_path / "a.xlsx", [[column, "客服账号", *COLUMNS], [cell, *person()]])
    [fact] = reading(path, None, NAME).facts
    assert fact["start_ms"] == APRIL_MS + first * DAY_MS
    assert fact["end_ms"] - fact["start_ms"] == days * DAY_MS


def test_a_person_in_two_periods_of_one_file(tmp_path: Path) -> None:
    rows = [["2026-04-01", *person()], ["2026-04-02", *person()], ["soon", *person()]]
    found = reading(xlsx(tmp_path / "a.xlsx", [["日期", "客服账号", *COLUMNS], *rows]), None, "飞鸽.xlsx")
    assert [fact["start_ms"] for fact in found.facts] == [APRIL_MS, APRIL_MS + DAY_MS]
    assert [(r.line, r.column) for r in found.rejects] == [(4, "日期")]


def test_the_period_above_the_header(tmp_path: Path) -> None:
    above = (["统计时间：2026-04-01 ~ 2026-04-07"], [])
    [fact] = read_rows(tmp_path, person(), name="飞鸽_客服表现.xlsx", above=above).facts
    assert (fact["start_ms"], fact["end_ms"], fact["row"]) == (APRIL_MS, APRIL_MS + 7 * DAY_MS, 4)


@pytest.mark.parametrize(
    "name", ["飞鸽_客服表现.xlsx", "抖音_20260409_示例店_飞鸽_客服表现.xlsx", "飞鸽_客服表现_20260409_201530.xlsx"]
)
def test_the_day_of_the_export_is_no_period(tmp_path: Path, name: str) -> None:
    found = read_rows(tmp_path, person(), name=name)
    assert (found.questions, found.facts) == (["start", "end"], [])
    assert found.sample
    told = read_rows(tmp_path, person(), name=name, answers=Answers(start="2026-04-01", end="2026-04-30"))
    assert (told.facts[0]["start_ms"], told.facts[0]["end_ms"]) == (APRIL_MS, MAY_MS)


def test_half_an_answer_asks_for_the_other_half(tmp_path: Path) -> None:
    answers = Answers(start="2026-04-01")
    assert read_rows(tmp_path, person(), name="飞鸽.xlsx", answers=answers).questions == ["end"]


@pytest.mark.parametrize(("start", "end"), [("2026-04-30", "2026-04-01"), ("April", "2026-04-30")])
def test_a_wrong_answer_is_refused(tmp_path: Path, start: str, end: str) -> None:
    with pytest.raises(Refused):
        read_rows(tmp_path, person(), answers=Answers(start=start, end=end))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("全天满意率", "97.5"), ("全天满意率", "120%"), ("全天平响时长", "90"), ("全天平响时长", "soon"),
        ("接待会话量", "-"), ("接待会话量", "1.5"), ("客服询单支付额", "1.234.5"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, cell: str) -> None:
    found = read_rows(tmp_path, person("a"), person("b", **{column: cell}))
    assert [fact["agent"] for fact in found.facts] == ["a"]
    assert [(r.line, r.column) for r in found.rejects] == [(3, column)]


def test_long_waits_and_missing_figures(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, person(全天首响时长="7小时41分52秒", 全天平响时长="-", 退款后销售额="-5.10")).facts
    assert (fact["first_reply_ms"], fact["mean_reply_ms"]) == (27_712_000, None)
    assert fact["net_minor"] == -510


def test_a_person_twice(tmp_path: Path) -> None:
    assert len(read_rows(tmp_path, person(), person()).facts) == 1
    found = read_rows(tmp_path, person(), person(接待会话量="9"))
    assert found.facts == []
    assert [r.line for r in found.rejects] == [2, 3]
