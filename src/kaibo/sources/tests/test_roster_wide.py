"""月度排班表: every code of every day is a fact that knows its cell."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kaibo.facts.schema import ROSTER_SHIFT, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import csv_file, reading, xlsx

SERIAL = 46113  # 2026-04-01


def roster(days: list[Any], *people: list[Any]) -> list[list[Any]]:
    return [["2026年4月排班表"], ["", *days], ["姓名", *["三"] * len(days)], *people]


def read_rows(tmp_path: Path, rows: list[list[Any]], answers: Answers | None = None, name: str = "up.csv") -> Reading:
    return reading(csv_file(tmp_path / "up.csv", rows), answers, name)


def days(count: int = 7) -> list[str]:
    return [f"2026-04-{day:02}" for day in range(1, count + 1)]


def test_cells_become_facts(tmp_path: Path) -> None:
    found = read_rows(tmp_path, roster(days(), ["林 晓彤 ", "A1", "休", "", "-", "Ａ２（代）", " B1\n", "A1"]))
    first = found.facts[0]
    assert set(first) == set(TABLES[ROSTER_SHIFT])
    assert (first["row"], first["column"], first["month"], first["date"]) == (4, 2, "2026-04", "2026-04-01")
    assert {fact["person_name"] for fact in found.facts} == {"林晓彤"}
    assert [fact["code"] for fact in found.facts] == ["A1", "休", "A2(代)", "B1", "A1"]
    assert (found.questions, found.rejects, found.rows_seen) == ([], [], 1)
    assert found.source.key == "roster_wide"


@pytest.mark.parametrize(
    "heading",
    [
        [f"{n}" for n in range(1, 8)], [f"{n}日" for n in range(1, 8)], [f"4/{n}" for n in range(1, 8)],
        [f"4月{n}日" for n in range(1, 8)], [f"{n}号 周一" for n in range(1, 8)], [f"2026/4/{n}" for n in range(1, 8)],
    ],
)  # fmt: skip
def test_days_in_every_spelling(tmp_path: Path, heading: list[str]) -> None:
    found = read_rows(tmp_path, roster(heading, ["陈嘉禾", *["A1"] * 7]))
    assert [fact["date"] for fact in found.facts] == days()


def test_serials_and_dates_and_a_weekday_row_of_formulas(tmp_path: Path) -> None:
    serials = [SERIAL + n for n in range(7)]
    rows = [[SERIAL, *[""] * 7], ["", *serials], ["姓名", *serials], ["陈嘉禾", *["A1"] * 7]]
    assert [f["date"] for f in reading(xlsx(tmp_path / "a.xlsx", rows)).facts] == days()
    dates = [["姓名", *[datetime(2026, 4, n) for n in range(1, 8)]], ["陈嘉禾", *["A1"] * 7]]
    assert [f["date"] for f in reading(xlsx(tmp_path / "b.xlsx", dates)).facts] == days()


def test_a_month_that_nothing_says_is_asked_for(tmp_path: Path) -> None:
    rows = [["姓名", *[f"{n}日" for n in range(1, 8)]], ["陈嘉禾", *["A1"] * 7]]
    asked = read_rows(tmp_path, rows)
    assert (asked.questions, asked.facts) == (["month"], [])
    assert read_rows(tmp_path, rows, Answers(month="2026-05")).facts[0]["date"] == "2026-05-01"
    assert read_rows(tmp_path, rows, name="排班202606.csv").facts[0]["month"] == "2026-06"


def test_a_month_that_title_and_name_say_differently_is_asked_for(tmp_path: Path) -> None:
    rows = roster([f"{n}日" for n in range(1, 8)], ["陈嘉禾", *["A1"] * 7])
    assert read_rows(tmp_path, rows, name="排班表202605.csv").questions == ["month"]


def test_days_without_year_may_cross_the_new_year(tmp_path: Path) -> None:
    heading = ["12/29", "12/30", "12/31", "1/1", "1/2"]
    rows = [["姓名", *heading], ["陈嘉禾", *["A1"] * 5]]
    found = read_rows(tmp_path, rows, Answers(month="2026-12"))
    assert [fact["date"] for fact in found.facts][-2:] == ["2027-01-01", "2027-01-02"]


@pytest.mark.parametrize(
    "heading", [["4/1", "4/2", "4/2", "4/3", "4/4", "4/5"], [f"2026-02-{n}" for n in range(25, 31)]]
)
def test_days_that_stand_twice_or_do_not_exist_refuse(tmp_path: Path, heading: list[str]) -> None:
    with pytest.raises(Refused):
        read_rows(tmp_path, roster(heading, ["陈嘉禾", *["A1"] * 6]))


def test_rows_that_are_no_person(tmp_path: Path) -> None:
    people = [["陈嘉禾", *["A1"] * 7], ["合计", *["1"] * 7], ["说明：A1 是早班"], ["姓名", *days()], ["", "", "A2"]]
    found = read_rows(tmp_path, roster(days(), *people))
    assert {fact["person_name"] for fact in found.facts} == {"陈嘉禾"}
    assert found.dropped_totals == 1
    assert [(r.line, r.column) for r in found.rejects] == [(8, "2026-04-02")]


def test_a_name_twice_on_one_day_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, roster(days(), ["陈嘉禾", "A1", "A1"], ["陈 嘉禾", "A2", "", "A2"]))
    assert [(f["date"], f["code"]) for f in found.facts] == [
        ("2026-04-01", "A1"),
        ("2026-04-02", "A1"),
        ("2026-04-03", "A2"),
    ]
    assert [(r.line, r.column) for r in found.rejects] == [(5, "2026-04-01")]


def test_a_cell_that_is_no_code_is_rejected(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["姓名", *[datetime(2026, 4, n) for n in range(1, 8)]],
        ["陈嘉禾", date(2026, 4, 9), "x" * 21, 1],
    ]
    found = reading(xlsx(tmp_path / "a.xlsx", rows))
    assert [r.column for r in found.rejects] == ["2026-04-01", "2026-04-02"]
    assert [fact["code"] for fact in found.facts] == ["1"]


def test_other_columns_before_the_days(tmp_path: Path) -> None:
    heading = ["部门", "姓名", "岗位", *days()]
    found = read_rows(tmp_path, [heading, ["直播一部", "陈嘉禾", "场控", "A1"], ["直播一部", "何川", "行政", "A1"]])
    assert [(f["person_name"], f["role"], f["column"]) for f in found.facts] == [
        ("陈嘉禾", "floor_manager", 4),
        ("何川", None, 4),
    ]
    with pytest.raises(Refused, match="names"):
        read_rows(tmp_path, [["", "", *days()], ["直播一部", "陈嘉禾", "A1"]])


def test_a_name_merged_over_two_lines_is_the_name_of_both(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", *days()])
        page.merge_range(1, 0, 2, 0, "陈嘉禾")
        page.write_row(1, 1, ["A1", ""])
        page.write_row(2, 1, ["", "B1"])
    assert [(f["row"], f["code"]) for f in reading(tmp_path / "a.xlsx").facts] == [(2, "A1"), (3, "B1")]


def test_two_months_in_one_workbook_refuse(tmp_path: Path) -> None:
    rows = roster(days(), ["陈嘉禾", "A1"])
    with pytest.raises(Refused, match="Several sheets"):
        reading(xlsx(tmp_path / "a.xlsx", rows, "4月", more=[("5月", rows)]))


def test_the_bounds_of_the_month(tmp_path: Path) -> None:
    found = read_rows(tmp_path, roster(days(), ["陈嘉禾", *["A1"] * 7]))
    assert (found.first_instant_ms, found.last_instant_ms) == (1774972800000, 1774972800000 + 7 * 86_400_000 - 1)
