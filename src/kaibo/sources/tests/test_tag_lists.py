"""标签名单: which orders are no sales, and why; a damaged number refuses the file."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import TABLES, TAGGED_LINE
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import csv_file, reading, xlsx

HEADER = ["子订单编号", "订单编号", "标签", "原因", "名单", "平台"]
FIRST, SECOND = "6921234567890123456", "6921234567890123457"
ALL_SAID = Answers(list_name="十一月自购", tag="自购", reason="员工自己买的", platform="douyin")


def read_rows(tmp_path: Path, *rows: list[Any], header: list[str] = HEADER, answers: Answers | None = None) -> Reading:
    return reading(csv_file(tmp_path / "list.csv", [header, *rows]), answers)


def test_a_row_names_a_line_or_an_order(tmp_path: Path) -> None:
    found = read_rows(
        tmp_path,
        [f"'{FIRST}", SECOND, "样品", "寄给达人", "达人寄样", "抖音"],
        ["", SECOND, "刷单", "内部测试", "达人寄样", "TikTok"],
    )
    assert (found.source.key, found.questions, found.rejects) == ("tag_lists", [], [])
    line, order = found.facts
    assert set(line) <= set(TABLES[TAGGED_LINE])
    # the line's number is the narrower one
    assert (line["sub_order"], line["main_order"], line["platform"]) == (FIRST, None, "douyin")
    assert (line["list_name"], line["tag"], line["reason"]) == ("达人寄样", "样品", "寄给达人")
    assert (order["sub_order"], order["main_order"], order["platform"]) == (None, SECOND, "tiktok")
    assert (found.first_instant_ms, found.rows_seen) == (None, 2)


def test_what_the_file_does_not_say_is_asked_once(tmp_path: Path) -> None:
    alone = read_rows(tmp_path, [FIRST], [SECOND], header=["订单编号"])
    assert alone.questions == ["list_name", "tag", "reason", "platform"]
    assert [row["订单编号"] for row in alone.sample] == [FIRST, SECOND]
    told = read_rows(tmp_path, [FIRST], [SECOND], header=["订单编号"], answers=ALL_SAID)
    assert told.questions == []
    assert {(f["list_name"], f["tag"], f["reason"], f["platform"]) for f in told.facts} == {
        ("十一月自购", "自购", "员工自己买的", "douyin")
    }


def test_an_answer_fills_blanks_and_changes_nothing_that_a_row_says(tmp_path: Path) -> None:
    header = ["订单编号", "标签"]
    found = read_rows(tmp_path, [FIRST, "样品"], [SECOND, "-"], header=header, answers=ALL_SAID)
    assert [fact["tag"] for fact in found.facts] == ["样品", "自购"]
    partly = read_rows(tmp_path, [FIRST, "样品"], [SECOND, ""], header=header)
    assert partly.questions == ["list_name", "tag", "reason", "platform"]
    whole = read_rows(tmp_path, [FIRST, "样品"], [SECOND, "样品"], header=header)
    assert whole.questions == ["list_name", "reason", "platform"]


@pytest.mark.parametrize("number", ["6.92123E+18", "6921234567890120000.0"])
def test_damaged_numbers_refuse_the_file_and_say_how_to_do_it_right(tmp_path: Path, number: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rows(tmp_path, [FIRST], [number], header=["订单编号"], answers=ALL_SAID)
    assert "订单编号" in str(refused.value)
    assert "line 3" in str(refused.value)
    assert number in str(refused.value)
    assert "as text" in str(refused.value.todo)


def test_numbers_that_a_workbook_turned_into_figures_refuse_it(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lost their last digits"):
        reading(xlsx(tmp_path / "a.xlsx", [["子订单编号", "标签"], [int(FIRST), "样品"]]), ALL_SAID)
    zeroed = [f"69212345678901{n}0000" for n in range(6)]
    with pytest.raises(Refused, match="lost their last digits"):
        read_rows(tmp_path, *[[number] for number in zeroed], header=["订单编号"], answers=ALL_SAID)


def test_rows_that_say_nothing_or_two_things_are_rejected(tmp_path: Path) -> None:
    found = read_rows(
        tmp_path,
        [FIRST, "", "样品", "寄样", "", ""],
        [FIRST, "", "样品", "寄样", "", ""],
        [FIRST, "", "刷单", "不对", "", ""],
        ["", "", "样品", "没有号", "", ""],
        ["", "待补", "样品", "没有号", "", ""],
        ["", SECOND, "一二三四五六七八九十一二三四五六七八九十一", "长", "", ""],
        ["", SECOND, "样品", "寄样", "", "电视"],
        ["合计", "", "", "", "", ""],
        answers=ALL_SAID,
    )
    assert len(found.facts) == 1
    assert [(r.line, r.column, r.value) for r in found.rejects] == [
        (4, "子订单编号", FIRST), (5, "子订单编号", ""), (6, "订单编号", "待补"),
        (7, "标签", "一二三四五六七八九十一二三四五六七八九十一"), (8, "平台", "电视"),
    ]  # fmt: skip
    assert "2" in str(found.rejects[0].reason)
    assert (found.dropped_totals, found.rows_seen) == (1, 8)


def test_an_order_export_is_no_list(tmp_path: Path) -> None:
    """A number and columns that no list has, without a tag: taken for one, it would leave every order out."""
    with pytest.raises(Refused):
        read_rows(tmp_path, [FIRST, "9.90", "已发货"], header=["订单编号", "金额", "状态"], answers=ALL_SAID)
    tagged = read_rows(tmp_path, [FIRST, "9.90", "样品"], header=["订单编号", "金额", "标签"], answers=ALL_SAID)
    assert (tagged.source.key, tagged.unknown_columns) == ("tag_lists", ["金额"])


def test_an_answer_that_no_page_has_room_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="标签 is too long"):
        read_rows(tmp_path, [FIRST], header=["订单编号"], answers=Answers(tag="x" * 21))
