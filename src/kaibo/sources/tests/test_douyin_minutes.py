"""流量综合趋势分析: a fact a minute; a minute with two values is none; the totals say which session it is."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import MINUTE, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

HEADER = ["时间", "评论次数", "新加直播团人数", "新增粉丝数"]
NAME = "流量综合趋势分析下载_数据更新日期2026-04-19.xlsx"
# 2026-04-18 19:15 +08:00
FIRST_MS = 1_776_510_900_000


def minutes(*counts: tuple[Any, Any, Any]) -> list[list[Any]]:
    return [[f"2026/04/18 19:{15 + n}", *cells] for n, cells in enumerate(counts)]


def read_rows(tmp_path: Path, *rows: list[Any], header: list[str] = HEADER, answers: Answers | None = None) -> Reading:
    return reading(xlsx(tmp_path / "up.xlsx", [header, *rows], "Sheet1"), answers, NAME)


def test_a_minute_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2), (5, 0, 1)), answers=Answers(account="shop_1"))
    assert (found.source.key, found.questions, found.accounts) == ("douyin_minutes", [], ["shop_1"])
    one, two = found.facts
    assert set(one) <= set(TABLES[MINUTE])
    assert (one["minute_ms"], two["minute_ms"], one["length_ms"]) == (FIRST_MS, FIRST_MS + 60_000, 60_000)
    assert (one["comments"], one["fan_club"], one["new_followers"]) == (3, 1, 2)
    assert (one["account"], one["platform"], one["online"], one["row"]) == ("shop_1", "douyin", None, 2)
    assert (found.first_instant_ms, found.last_instant_ms) == (FIRST_MS, FIRST_MS + 60_000)


def test_without_an_account_it_asks_and_says_by_what_the_session_is_known(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2), (5, 0, 1), (0, 0, 4)))
    assert found.questions == ["account"]
    assert {fact["account"] for fact in found.facts} == {None}
    assert found.fingerprint == {
        "first_ms": FIRST_MS, "last_ms": FIRST_MS + 120_000, "comments": 8, "new_followers": 7, "fan_club": 1,
    }  # fmt: skip


def test_a_sum_with_an_unknown_minute_is_no_fingerprint(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2), ("-", 0, 1)))
    assert found.facts[1]["comments"] is None
    assert set(found.fingerprint) == {"first_ms", "last_ms", "new_followers", "fan_club"}
    rejected = read_rows(tmp_path, *minutes((3, 1, 2), ("many", 0, 1)))
    assert set(rejected.fingerprint) == {"first_ms", "last_ms"}


def test_the_same_minute_twice_counts_once(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2), (5, 0, 1)), *minutes((3, 1, 2)))
    assert [fact["comments"] for fact in found.facts] == [3, 5]
    assert found.fingerprint["comments"] == 8
    assert "twice" in str(found.warnings[0])


def test_a_minute_with_two_values_is_rejected_whole_and_names_both_lines(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2), (5, 0, 1)), *minutes((4, 1, 2)), *minutes((3, 1, 2)))
    assert [fact["row"] for fact in found.facts] == [3]
    assert [(r.line, r.reason.values["line"]) for r in found.rejects] == [(2, 4), (4, 2), (5, 2)]
    assert {r.column for r in found.rejects} == {"时间"}
    assert found.rejects[0].value == "2026/04/18 19:15"


def test_other_indicators_are_read_by_their_labels(tmp_path: Path) -> None:
    header = [*HEADER, "在线人数", "进入人数", "直播间成交金额", "千川消耗", "互动率", "没见过的"]
    row = [*minutes((3, 1, 2))[0], 120, "1,034", "¥1,234.50", "1.2万", "3.1%", 7]
    found = read_rows(tmp_path, row, header=header)
    [fact] = found.facts
    assert (fact["online"], fact["enter_users"]) == (120, 1034)
    assert (fact["gmv_minor"], fact["spend_minor"]) == (123_450, 1_200_000)
    assert raw(fact)["互动率"] == "3.1%"
    assert found.unknown_columns == ["没见过的"]


def test_a_session_past_midnight(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ["2026/04/18 23:59", 1, 0, 0], ["2026/04/19 00:00", 1, 0, 0])
    one, two = found.facts
    assert two["minute_ms"] - one["minute_ms"] == 60_000


@pytest.mark.parametrize("cell", ["", "19:15", "2026/04/18 19:15:30", "2026/02/30 19:15", "18/04/2026 19:15"])
def test_a_wrong_minute_is_rejected(tmp_path: Path, cell: str) -> None:
    found = read_rows(tmp_path, ["2026/04/18 19:14", 1, 0, 0], [cell, "-", 0, 0])
    assert [fact["row"] for fact in found.facts] == [2]
    assert [(r.line, r.column) for r in found.rejects] == [(3, "时间")]


def test_totals_are_dropped_labelled_or_not(tmp_path: Path) -> None:
    found = read_rows(tmp_path, *minutes((3, 1, 2)), ["合计", 3, 1, 2], ["", 3, 1, 2])
    assert (len(found.facts), found.dropped_totals, found.rejects) == (1, 2, [])


def test_hours_are_refused(tmp_path: Path) -> None:
    rows = [[f"2026/04/18 {hour}:00", 1, 0, 0] for hour in range(10, 14)]
    with pytest.raises(Refused, match="60 minutes apart") as caught:
        read_rows(tmp_path, *rows)
    assert "分钟" in str(caught.value.todo)


def test_text_of_another_encoding_and_a_header_with_a_line_break(tmp_path: Path) -> None:
    header = ["时间", "评论\n次数", "新加直播团人数\t", "新增粉丝数"]
    found = reading(csv_file(tmp_path / "a.csv", [["导出说明"], header, *minutes((3, 1, 2))], "gb18030"))
    assert [fact["row"] for fact in found.facts] == [3]
