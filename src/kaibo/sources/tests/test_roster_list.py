"""排班列表: one fact for everyone named, in minutes after the day's midnight."""

from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.facts.schema import ROSTER_SHIFT, TABLES
from kaibo.sources.people import people_named, person_name
from kaibo.sources.reading import Reading, Refused
from kaibo.sources.roster_list import _times
from kaibo.sources.tests.making import csv_file, reading, xlsx

HEADER = ["日期", "上播时间", "下播时间", "主播姓名", "场控姓名", "直播间", "时段消耗"]


def read_rows(tmp_path: Path, *rows: list[Any], header: list[str] = HEADER) -> Reading:
    return reading(csv_file(tmp_path / "a.csv", [header, *rows]))


def shift(start: Any = "19:00", end: Any = "23:00", host: str = "林晓彤", floor: str = "吴桐") -> list[Any]:
    return ["2026-04-18", start, end, host, floor, "示例旗舰店", "1,234.50"]


def test_everyone_named_has_a_shift(tmp_path: Path) -> None:
    found = read_rows(tmp_path, shift(host="林 晓彤、陈嘉禾"))
    assert set(found.facts[0]) == set(TABLES[ROSTER_SHIFT])
    assert [(f["person_name"], f["role"], f["column"]) for f in found.facts] == [
        ("林晓彤", "host", 4), ("陈嘉禾", "host", 4), ("吴桐", "floor_manager", 5)
    ]  # fmt: skip
    assert {(f["start_minute"], f["end_minute"], f["account_name"], f["month"]) for f in found.facts} == {
        (1140, 1380, "示例旗舰店", "2026-04")
    }
    assert found.accounts == ["示例旗舰店"]


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("19:00", "02:00", (1140, 1560)), ("19:00", "24:00", (1140, 1440)), ("19:00", "次日02:00", (1140, 1560)),
        ("19:00", "26:00", (1140, 1560)), ("00:00", "06:00", (0, 360)), ("19:00:00", "23:30:59", (1140, 1410)),
    ],
)  # fmt: skip
def test_past_midnight(tmp_path: Path, start: str, end: str, minutes: tuple[int, int]) -> None:
    fact = read_rows(tmp_path, shift(start, end)).facts[0]
    assert (fact["start_minute"], fact["end_minute"]) == minutes


@given(st.integers(0, 2879), st.integers(0, 2879))
def test_a_shift_starts_on_its_day_and_is_never_empty(start: int, end: int) -> None:
    times = _times(start, end)
    assert (times is None) == (start >= 1440 or start == end)
    assert times is None or (0 <= times[0] < 1440 and times[0] < times[1] < times[0] + 2 * 1440)


def test_spreadsheet_times(tmp_path: Path) -> None:
    with_dates = [datetime(2026, 4, 18), time(19, 0), 0.5, "林晓彤", "", "", ""]
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page, clock = book.add_worksheet(), book.add_format({"num_format": "hh:mm"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, HEADER)
        page.write_datetime(1, 0, with_dates[0], day)
        page.write_datetime(1, 1, with_dates[1], clock)
        page.write_row(1, 2, with_dates[2:])
    [fact] = reading(tmp_path / "a.xlsx").facts
    assert (fact["date"], fact["start_minute"], fact["end_minute"]) == ("2026-04-18", 1140, 720 + 1440)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (shift("19:00", "19:00"), "下播时间"), (shift("25:00", "26:00"), "下播时间"), (shift("7pm"), "上播时间"),
        (shift(end=""), "下播时间"), (shift(host="", floor="-"), "主播姓名"), (["", *shift()[1:]], "日期"),
        (["4月18日", *shift()[1:]], "日期"), (["1926-04-18", *shift()[1:]], "日期"), ([*shift(), "x"], ""),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, row: list[Any], column: str) -> None:
    found = read_rows(tmp_path, row)
    assert [(r.line, r.column) for r in found.rejects] == [(2, column)]
    assert found.facts == []


def test_two_shifts_a_day_and_the_same_one_twice(tmp_path: Path) -> None:
    found = read_rows(tmp_path, shift("08:00", "12:00", floor=""), shift(floor=""), shift(floor=""))
    assert [fact["start_minute"] for fact in found.facts] == [480, 1140]
    assert [reject.line for reject in found.rejects] == [4]


def test_totals_and_long_shifts(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ["合计", "", "", "", "", "", "9"], shift("08:00", "07:00"))
    assert (found.dropped_totals, len(found.facts), found.rejects) == (1, 2, [])
    assert "longer than 14" in str(found.warnings[0])


def test_more_roles(tmp_path: Path) -> None:
    header = [*HEADER[:4], "副播姓名", "跟播运营姓名", "投流姓名", "中控姓名", "客服姓名"]
    found = read_rows(tmp_path, ["2026-04-18", "8:00", "9:00", *"甲乙丙丁戊己"], header=header)
    assert [f["role"] for f in found.facts] == ["host", "co_host", "operator", "ads", "control", "service"]


def test_missing_columns_refuse(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="下播时间"):
        read_rows(tmp_path, shift(), header=["日期", "上播时间", "收工", *HEADER[3:]])


def test_a_day_merged_over_its_shifts(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.merge_range(1, 0, 2, 0, "2026-04-18")
        page.write_row(1, 1, ["08:00", "12:00", "林晓彤"])
        page.write_row(2, 1, ["12:00", "16:00", "陈嘉禾"])
    assert [f["date"] for f in reading(tmp_path / "a.xlsx").facts] == ["2026-04-18"] * 2


def test_names() -> None:
    assert person_name(" 欧阳　娜娜 ") == "欧阳娜娜"
    assert person_name("Mary  Ann") == "Mary Ann"
    assert person_name("-") == person_name(3.0) == ""
    assert people_named("甲/乙，丙\n甲") == ["甲", "乙", "丙"]


def test_the_same_as_a_workbook(tmp_path: Path) -> None:
    assert len(reading(xlsx(tmp_path / "a.xlsx", [["四月排班"], HEADER, shift()])).facts) == 2
