"""打卡时间记录: a cell is a day of a person; no punch, one punch and an unknown day are three different things."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kaibo.facts.schema import CLOCK_IN, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import raw, reading
from kaibo.sources.wecom_days import WEEKDAYS

MADE = "制表时间:2026-04-24 15:29(UTC+8)"
PERIOD = "统计时间:03-01 ～ 03-31"


def head(day: date) -> str:
    return f"{day.day}\n星期{WEEKDAYS[day.weekday()]}"


def march(count: int = 31) -> list[str]:
    return [head(date(2026, 3, n)) for n in range(1, count + 1)]


def person(name: str, *cells: str, login: str = "user01") -> list[str]:
    return [name, login, "示例公司/直播一部", "--", "--", *cells]


def report(path: Path, heads: list[str], people: list[list[str]], title: str = f"{PERIOD}     {MADE}") -> Path:
    """The report as 企业微信 writes it: two title rows, two header rows, merges across and down."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("打卡时间记录")
        last = 4 + len(heads)
        page.merge_range(0, 0, 0, last, "打卡时间记录")
        page.merge_range(1, 0, 1, last, title)
        page.merge_range(2, 0, 3, 0, "姓名")
        page.merge_range(2, 1, 3, 1, "账号")
        page.merge_range(2, 2, 2, 4, "基础信息")
        page.merge_range(2, 5, 2, max(last, 6), "打卡时间记录")
        page.write_row(3, 2, ["部门", "职务", "工号", *heads])
        for line, row in enumerate(people, 4):
            page.write_row(line, 0, row)
    return path


def read_people(
    tmp_path: Path, *people: list[str], answers: Answers | None = None, name: str = "a.xlsx", **more: Any
) -> Reading:
    heads = more.pop("heads", march())
    return reading(report(tmp_path / "up.xlsx", heads, list(people), **more), answers, name)


def stay(fact: dict[str, Any]) -> tuple[Any, ...]:
    return fact["date"][-2:], fact["punches"], fact["first_minute"], fact["last_minute"]


def test_what_a_cell_says(tmp_path: Path) -> None:
    cells = ["--", "08:38、18:00", "09:30", "18:00、18:00", "", "09:52、09:53、21:16", "19:00、次日02:10"]
    found = read_people(tmp_path, person(" 林 晓彤", *cells))
    assert [stay(fact) for fact in found.facts] == [
        ("01", None, None, None),
        ("02", "08:38、18:00", 8 * 60 + 38, 18 * 60),
        ("03", "09:30", 9 * 60 + 30, None),
        ("04", "18:00、18:00", 18 * 60, None),
        ("06", "09:52、09:53、21:16", 9 * 60 + 52, 21 * 60 + 16),
        ("07", "19:00、次日02:10", 19 * 60, 26 * 60 + 10),
    ]
    first = found.facts[1]
    assert set(first) == set(TABLES[CLOCK_IN])
    assert (first["row"], first["column"], first["person_name"], first["position"]) == (5, 7, "林晓彤", None)
    assert first["department"] == "示例公司/直播一部"
    assert raw(first)["2026-03-02"] == "08:38、18:00"
    assert [str(w) for w in found.warnings] == [
        "Days with one time only: 2. Whether the person came or went then is unknown."
    ]


def test_times_entered_afterwards_are_counted(tmp_path: Path) -> None:
    found = read_people(tmp_path, person("甲", "08:30(补卡)、18:00", "08:30、18:00（补卡）", "08:30、18:00"))
    assert [(f["first_minute"], f["last_minute"]) for f in found.facts] == [(510, 1080)] * 3
    assert [str(w) for w in found.warnings] == ["Punches that were entered afterwards (补卡): 2."]


@pytest.mark.parametrize("cell", ["休息", "8.30", "08:30、", "08:61", "08:30(无效)", "08:30-18:00"])
def test_a_cell_that_is_no_time_is_rejected_alone(tmp_path: Path, cell: str) -> None:
    found = read_people(tmp_path, person("甲", cell, "08:30、18:00"))
    assert [(r.line, r.column, r.value) for r in found.rejects] == [(5, "2026-03-01", cell)]
    assert [f["date"] for f in found.facts] == ["2026-03-02"]


def test_the_report_says_its_month_and_when_it_was_made(tmp_path: Path) -> None:
    found = read_people(tmp_path, person("甲", "08:30"), name="打卡_202604.xlsx")
    assert [f["date"] for f in found.facts] == ["2026-03-01"]
    assert found.as_of_ms == datetime(2026, 4, 24, 7, 29, tzinfo=UTC).timestamp() * 1000
    assert found.as_of_from == "file"
    assert found.first_instant_ms == datetime(2026, 2, 28, 16, tzinfo=UTC).timestamp() * 1000


def test_a_december_reported_in_january(tmp_path: Path) -> None:
    heads = [head(date(2025, 12, n)) for n in range(1, 32)]
    title = "统计时间:12-01 ～ 12-31     制表时间:2026-01-04 09:00(UTC+8)"
    found = read_people(tmp_path, person("甲", *["08:30"] * 31), heads=heads, title=title)
    assert [f["date"] for f in found.facts][::30] == ["2025-12-01", "2025-12-31"]


def test_a_period_that_crosses_the_new_year(tmp_path: Path) -> None:
    days = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]
    title = "统计时间:12-30 ～ 01-02     制表时间:2026-01-04 09:00(UTC+8)"
    found = read_people(tmp_path, person("甲", *["08:30"] * 4), heads=[head(d) for d in days], title=title)
    assert [f["date"] for f in found.facts] == [d.isoformat() for d in days]


def test_a_month_that_nothing_says_is_asked_for(tmp_path: Path) -> None:
    people = person("甲", "08:30")
    asked = read_people(tmp_path, people, title="企业微信")
    assert (asked.questions, asked.facts) == (["month"], [])
    # the name of a file may be the day of its export: its month does not fit the weekdays
    assert read_people(tmp_path, people, title="企业微信", name="打卡_202604.xlsx").questions == ["month"]
    named = read_people(tmp_path, people, title="企业微信", name="wecom_202603.xlsx")
    told = read_people(tmp_path, people, title="企业微信", answers=Answers(month="2026-03"))
    assert [f["date"] for f in [*named.facts, *told.facts]] == ["2026-03-01"] * 2


def test_weekdays_of_another_month_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="2026-04, day 1 of this report is no 星期日"):
        read_people(tmp_path, person("甲", "08:30"), answers=Answers(month="2026-04"))
    with pytest.raises(Refused, match="2026-04, day 1"):
        read_people(tmp_path, person("甲", "08:30"), title=f"统计时间:04-01 ～ 04-30 {MADE}")
    with pytest.raises(Refused, match="day 2 of this report is no 星期五"):
        read_people(tmp_path, person("甲", "08:30"), heads=[march()[0], "2\n星期五"])


def test_two_people_of_one_name_are_both_left_out(tmp_path: Path) -> None:
    rows = [person("甲", "08:30", "18:00"), person("乙", "08:31"), person("甲 ", "09:00", login="user02")]
    found = read_people(tmp_path, *rows)
    assert {f["person_name"] for f in found.facts} == {"乙"}
    assert [(r.line, r.value) for r in found.rejects] == [(5, "甲"), (7, "甲")]
    assert "line 7" in str(found.rejects[0].reason)


def test_the_same_line_twice_counts_once(tmp_path: Path) -> None:
    found = read_people(tmp_path, person("甲", "08:30、18:00"), person("甲", "08:30、18:00"))
    assert (len(found.facts), found.rejects, found.rows_seen) == (1, [], 2)
    assert str(found.warnings[0]) == "Rows that stand in the file twice, word for word: 1. They count once."


def test_totals_headings_and_nameless_lines(tmp_path: Path) -> None:
    rows = [person("甲", "08:30"), [], person("合计", "1"), person("姓名", *march()), person("", "08:30")]
    found = read_people(tmp_path, *rows)
    assert (len(found.facts), found.dropped_totals, found.rows_seen) == (1, 1, 3)
    assert [(r.line, str(r.reason)) for r in found.rejects] == [(9, "This line has no name.")]


def test_without_a_column_of_names_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line, row in enumerate([["打卡时间记录"], ["谁", *march()], ["甲", "08:30"]]):
            page.write_row(line, 0, row)
    with pytest.raises(Refused, match="holds the names"):
        reading(path, Answers(month="2026-03"))


def test_a_report_from_the_future_does_not_say_of_when_it_speaks(tmp_path: Path) -> None:
    title = f"{PERIOD} 制表时间:2099-04-24 15:29(UTC+8)"
    found = read_people(tmp_path, person("甲", "08:30"), title=title, answers=Answers(month="2026-03"))
    assert (found.as_of_ms, found.as_of_from) == (None, "")


@pytest.mark.real
def test_the_real_report(real_files: Path) -> None:
    """The counts are those of a look into the sheet by hand: 114 lines × 31 days, none blank."""
    path = real_files / "wecom_clock_in_202603.xlsx"
    found = reading(path)
    kinds = {"no punch": 0, "one": 0, "more": 0}
    for fact in found.facts:
        punched = 0 if fact["punches"] is None else len(fact["punches"].split("、"))
        kinds["no punch" if not punched else "one" if punched == 1 else "more"] += 1
    assert (len(found.facts), found.rejects, found.questions, found.rows_seen) == (114 * 31, [], [], 114)
    # 2079 dashes in all, of which 114 each stand under 职务 and 工号
    assert kinds["one"] == 117
    assert kinds["more"] == 1539 + 12 + 5 + 5 + 4 + 1
    assert len({f["person_name"] for f in found.facts}) == 114
    assert (min(f["date"] for f in found.facts), max(f["date"] for f in found.facts)) == ("2026-03-01", "2026-03-31")
    assert "afterwards (补卡): 16" in " ".join(map(str, found.warnings))
