"""交接时抄大屏: sums since the start per room and instant; what falls is said with both lines."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kaibo.facts.schema import READING, TABLES
from kaibo.sources.reading import Answers, Reading
from kaibo.sources.tests.making import csv_file, reading, xlsx

HEADER = ["时间", "直播间", "累计观看次数", "累计成交金额", "累计订单数", "在线人数", "累计评论", "新增粉丝", "抄录人"]
# 2026-04-18 20:00 +08:00
EIGHT_MS = 1_776_513_600_000
HOUR_MS = 3_600_000


def screen(**cells: Any) -> list[Any]:
    row = dict(zip(HEADER, [
        "2026-04-18 20:00", "示例旗舰店", "12,034", "¥8,800.50", "96", "310", "540", "33", "陈 嘉禾",
    ], strict=True))  # fmt: skip
    return list((row | cells).values())


def later(hour: int, views: Any, orders: Any, comments: Any, **cells: Any) -> list[Any]:
    said = {"时间": f"2026-04-18 {hour}:00", "累计观看次数": views, "累计订单数": orders, "累计评论": comments}
    return screen(**(said | {"累计成交金额": "", "新增粉丝": ""} | cells))


def read_rows(tmp_path: Path, *rows: list[Any], header: list[str] = HEADER, answers: Answers | None = None) -> Reading:
    return reading(csv_file(tmp_path / "up.csv", [header, *rows]), answers)


def test_a_reading_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, screen())
    assert (found.source.key, found.questions, found.rejects, found.warnings) == ("handover_readings", [], [], [])
    [fact] = found.facts
    assert set(fact) <= set(TABLES[READING])
    assert (fact["instant_ms"], fact["account"], fact["person_name"]) == (EIGHT_MS, "示例旗舰店", "陈嘉禾")
    assert (fact["views"], fact["gmv_minor"], fact["orders"]) == (12_034, 880_050, 96)
    assert (fact["online"], fact["comments"], fact["new_followers"], fact["likes"]) == (310, 540, 33, None)
    assert (fact["platform"], fact["currency"], found.accounts) == (None, "CNY", ["示例旗舰店"])


def test_the_platform_is_said_by_the_row_or_the_answer(tmp_path: Path) -> None:
    header = [*HEADER, "平台"]
    rows = [[*screen(直播间="a"), "抖音"], [*screen(直播间="b"), "tiktok"], [*screen(直播间="c"), ""]]
    found = read_rows(tmp_path, *rows, [*screen(直播间="d"), "电视"], header=header, answers=Answers(platform="wechat"))
    assert [fact["platform"] for fact in found.facts] == ["douyin", "tiktok", "wechat"]
    assert [(r.line, r.column) for r in found.rejects] == [(5, "平台")]


def test_a_value_that_falls_names_both_lines(tmp_path: Path) -> None:
    eight, ten, nine = later(20, "1000", "10", "50"), later(22, "900", "30", "80"), later(21, "1500", "20", "60")
    found = read_rows(tmp_path, eight, ten, nine)
    assert len(found.facts) == 3
    [warning] = found.warnings
    # in the order of time, not of lines
    assert warning.values == {"column": "累计观看次数", "one": 4, "other": 3}


def test_online_may_fall_and_unknown_is_no_fall(tmp_path: Path) -> None:
    found = read_rows(
        tmp_path, later(20, "1000", "10", "50"), later(21, "-", "20", "", 在线人数="5"), later(22, "2000", "20", "60")
    )
    assert found.warnings == []


def test_another_broadcast_begins_from_nothing(tmp_path: Path) -> None:
    same_day = read_rows(tmp_path, later(10, "1000", "10", "50"), later(15, "100", "0", "7"))
    next_day = read_rows(tmp_path, later(10, "1000", "10", "50"), later(23, "100", "11", "51"))
    other_room = read_rows(tmp_path, later(10, "1000", "10", "50"), later(11, "1", "11", "51", 直播间="另一间"))
    assert same_day.warnings == next_day.warnings == other_room.warnings == []
    # 0 orders before and after say nothing: the views alone fell
    misread = read_rows(tmp_path, later(10, "1000", "0", "0"), later(11, "100", "0", "0"))
    assert len(misread.warnings) == 1


def test_many_falls_are_counted(tmp_path: Path) -> None:
    rows = [later(8 + n, str(1000 - n), str(n), str(n)) for n in range(13)]
    found = read_rows(tmp_path, *rows)
    assert len(found.warnings) == 11
    assert "2" in str(found.warnings[-1])


def test_what_the_screen_rounded_is_said(tmp_path: Path) -> None:
    found = read_rows(tmp_path, screen(累计观看次数="1.2万", 累计成交金额="3.4w"))
    assert (found.facts[0]["views"], found.facts[0]["gmv_minor"]) == (12_000, 3_400_000)
    assert "rounded" in str(found.warnings[0])
    assert found.warnings[0].values == {"count": 2}


@pytest.mark.parametrize(
    ("day", "clock"),
    [("2026-04-18", "20:00"), (datetime(2026, 4, 18), "20:00:00"), ("2026/4/18", datetime(2026, 4, 18, 20)),
     ("2026-04-17", "2026-04-18 20:00")],
)  # fmt: skip
def test_day_and_clock_in_two_columns(tmp_path: Path, day: Any, clock: Any) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["日期", *HEADER], [day, *screen(时间=clock)]])
    assert reading(path).facts[0]["instant_ms"] == EIGHT_MS


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("时间", ""), ("时间", "20:00"), ("时间", "2026-04-18 25:00"), ("直播间", ""), ("累计观看次数", "many"),
        ("累计成交金额", "1.2.3"), ("累计订单数", "-5"), ("在线人数", "5.5"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: str) -> None:
    found = read_rows(tmp_path, screen(直播间="a"), screen(**{column: value}))
    assert [fact["account"] for fact in found.facts] == ["a"]
    assert [(r.line, r.column) for r in found.rejects] == [(3, column)]


def test_a_row_without_figures_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ["2026-04-18 20:00", "示例旗舰店", "", "-", "", "", "", "", "陈嘉禾"])
    assert [r.line for r in found.rejects] == [2]


def test_one_instant_twice(tmp_path: Path) -> None:
    assert len(read_rows(tmp_path, screen(), screen()).facts) == 1
    found = read_rows(tmp_path, screen(), screen(累计订单数="97"), screen(直播间="另一间"))
    assert [fact["account"] for fact in found.facts] == ["另一间"]
    assert [(r.line, r.reason.values["line"]) for r in found.rejects] == [(2, 3), (3, 2)]


def test_totals_are_dropped_labelled_or_not(tmp_path: Path) -> None:
    found = read_rows(tmp_path, screen(), screen(时间="", 直播间="合计"), screen(时间="", 直播间=""))
    assert (len(found.facts), found.dropped_totals, found.rejects) == (1, 2, [])


def test_a_room_named_once_in_a_merged_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line, row in enumerate([HEADER, screen(), screen(时间="2026-04-18 21:00")]):
            page.write_row(line, 0, row)
        page.merge_range("B2:B3", "示例旗舰店")
    assert [fact["account"] for fact in reading(path).facts] == ["示例旗舰店"] * 2


def test_increments_are_not_taken_for_sums(tmp_path: Path) -> None:
    header = ["时间", "直播间", "累计订单数", "观看次数", "成交金额"]
    found = read_rows(tmp_path, ["2026-04-18 20:00", "a", "9", "100", "50"], header=header)
    assert found.unknown_columns == ["观看次数", "成交金额"]
    assert (found.facts[0]["views"], found.facts[0]["gmv_minor"]) == (None, None)


def test_a_handle_of_digits(tmp_path: Path) -> None:
    found = reading(xlsx(tmp_path / "a.xlsx", [HEADER, screen(直播间=20290000001.0)]))
    assert found.facts[0]["account"] == "20290000001"
