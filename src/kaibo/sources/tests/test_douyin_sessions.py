"""直播明细: one fact a session; totals dropped, wrong rows named, identities checked."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SESSION_REPORT, TABLES
from kaibo.sources.reading import Answers, Refused
from kaibo.sources.tests.making import SESSION_COLUMNS, csv_file, raw, reading, session, xlsx


def read_rows(tmp_path: Path, *rows: list[Any], name: str = "直播明细.xlsx", answers: Answers | None = None) -> Any:
    return reading(xlsx(tmp_path / "up.xlsx", [SESSION_COLUMNS, *rows], "直播间明细"), answers, name)


def test_a_session_as_a_fact(tmp_path: Path) -> None:
    found = read_rows(tmp_path, session())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SESSION_REPORT])
    assert (fact["account"], fact["row"], fact["currency"]) == ("shop_1", 2, "CNY")
    assert (fact["start_ms"], fact["end_ms"]) == (1776510915000, 1776519100000)
    assert (fact["gmv_minor"], fact["net_1h_minor"], fact["mean_stay_ms"]) == (9990, 8990, 16200)
    assert raw(fact)["消费券使用量"] == "-"
    assert "主播头像" not in raw(fact)
    assert (found.accounts, found.warnings, found.questions, found.as_of_ms) == (["shop_1"], [], [], None)


def test_54_columns_are_declared() -> None:
    assert len(SESSION_COLUMNS) == len(set(SESSION_COLUMNS)) == 54


def test_a_missing_figure_is_unknown_not_zero(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, session(直播间退款金额="-", 评论次数="")).facts
    assert fact["refund_minor"] is None
    assert fact["comments"] is None
    assert fact["unfollows"] == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("直播结束时间", "2026/04/18 19:15:15"), ("直播结束时间", "2026/04/18 10:00:00"), ("直播开始时间", ""),
        ("主播抖音号", "-"), ("直播间成交金额", "1.2.3"), ("直播间观看次数", -5.0), ("评论次数", "many"),
        ("直播开始时间", "18/04/2026 19:15"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: Any) -> None:
    found = read_rows(tmp_path, session(主播抖音号="other"), session(**{column: value}))
    assert len(found.facts) == 1
    [reject] = found.rejects
    assert (reject.line, reject.column) == (3, column)
    assert str(reject.reason)


def test_a_rejected_row_says_its_amount(tmp_path: Path) -> None:
    [reject] = read_rows(tmp_path, session(直播结束时间="2026/04/18 10:00:00")).rejects
    assert reject.amount_minor == 9990


def test_totals_are_dropped_labelled_or_not(tmp_path: Path) -> None:
    unlabelled = session(主播昵称="", 主播抖音号="", 直播开始时间="", 直播结束时间="")
    labelled = session(主播昵称="合计", 主播抖音号="-", 直播开始时间="-", 直播结束时间="-")
    found = read_rows(tmp_path, session(), unlabelled, session(主播抖音号="b"), labelled)
    assert [fact["row"] for fact in found.facts] == [2, 4]
    assert (found.dropped_totals, found.rejects, found.rows_seen) == (2, [], 4)


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    found = read_rows(tmp_path, session(), session())
    assert len(found.facts) == 1
    assert "twice" in str(found.warnings[0])


def test_one_session_with_two_values_is_rejected(tmp_path: Path) -> None:
    found = read_rows(tmp_path, session(), session(评论次数=5.0))
    assert [reject.line for reject in found.rejects] == [3]


@pytest.mark.parametrize(
    ("cells", "word"),
    [({"净成交金额": 99.0}, "净成交金额"), ({"直播时长(分钟)": 200.0}, "直播时长")],
)
def test_a_broken_identity_is_a_warning(tmp_path: Path, cells: dict[str, Any], word: str) -> None:
    found = read_rows(tmp_path, session(**cells))
    assert len(found.facts) == 1
    assert word in str(found.warnings[0])


def test_overlapping_sessions_of_one_account_are_a_warning(tmp_path: Path) -> None:
    later = {"直播开始时间": "2026/04/18 21:00:00", "直播结束时间": "2026/04/18 22:00:00", "直播时长(分钟)": 60.0}
    assert "overlap" in str(read_rows(tmp_path, session(), session(**later)).warnings[0])
    assert read_rows(tmp_path, session(), session(**later, 主播抖音号="b")).warnings == []


def test_the_period_of_the_file_name_is_checked(tmp_path: Path) -> None:
    inside = read_rows(tmp_path, session(), name="直播明细_自营账号_20260414_20260528.xlsx")
    outside = read_rows(tmp_path, session(), name="直播明细_自营账号_20260501_20260528.xlsx")
    assert inside.warnings == []
    assert "outside the period" in str(outside.warnings[0])


def test_crossing_midnight_and_spreadsheet_dates(tmp_path: Path) -> None:
    start, end = datetime(2026, 4, 30, 23, 0, 0), datetime(2026, 5, 1, 1, 0, 0)
    cells = {"直播开始时间": start, "直播结束时间": end, "直播时长(分钟)": 120.0}
    [fact] = read_rows(tmp_path, session(**cells)).facts
    assert fact["end_ms"] - fact["start_ms"] == 2 * 3_600_000


def test_a_handle_of_digits_is_text_and_a_long_one_is_damaged(tmp_path: Path) -> None:
    assert read_rows(tmp_path, session(主播抖音号=88123.0)).accounts == ["88123"]
    with pytest.raises(Refused, match="lost their last digits"):
        read_rows(tmp_path, session(主播抖音号=6.917926768823644e18))


def test_the_header_may_stand_lower_and_be_written_otherwise(tmp_path: Path) -> None:
    wild = {
        "直播时长(分钟)": "直播时长（分钟）",
        "直播间观看次数": "直播间\n观看次数",
        "评论次数": "\t评论 次数 ",
        "直播开始时间": "开播时间",
    }
    rows = [["直播明细 2026-04"], [], ["统计周期", "2026-04-01~2026-04-30"], [wild.get(c, c) for c in SESSION_COLUMNS]]
    found = reading(xlsx(tmp_path / "a.xlsx", [*rows, session(评论次数=7.0)], more=[("说明", [["字段", "含义"]])]))
    assert (found.facts[0]["row"], found.facts[0]["comments"], found.missing_columns) == (5, 7, [])


def test_blank_tail_rows_are_nothing(tmp_path: Path) -> None:
    blank: list[Any] = [""] * 54
    found = reading(csv_file(tmp_path / "a.csv", [SESSION_COLUMNS, session(), *[blank] * 75_000]))
    assert (len(found.facts), found.rows_seen, found.rejects) == (1, 1, [])


def test_missing_and_unknown_columns(tmp_path: Path) -> None:
    columns = [*(c for c in SESSION_COLUMNS if c != "取关粉丝数"), "新指标", ""]
    values = [v for c, v in zip(SESSION_COLUMNS, session(), strict=True) if c != "取关粉丝数"]
    found = reading(xlsx(tmp_path / "a.xlsx", [columns, [*values, 5, 6]]))
    assert found.missing_columns == ["取关粉丝数"]
    assert found.unknown_columns == ["新指标"]
    assert "新指标" not in raw(found.facts[0])
    assert found.facts[0]["unfollows"] is None


def test_a_missing_required_column_refuses_and_names_it(tmp_path: Path) -> None:
    columns = [c for c in SESSION_COLUMNS if c not in ("主播抖音号", "直播结束时间")]
    with pytest.raises(Refused, match="主播抖音号, 直播结束时间") as caught:
        reading(xlsx(tmp_path / "a.xlsx", [columns, ["x"] * 52]))
    assert "罗盘" in str(caught.value.todo)


def test_a_column_that_is_read_and_stands_twice_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="直播间成交金额"):
        reading(xlsx(tmp_path / "a.xlsx", [[*SESSION_COLUMNS, "直播间成交金额"], [*session(), 1.0]]))
    assert reading(xlsx(tmp_path / "b.xlsx", [[*SESSION_COLUMNS, "消费券使用量"], [*session(), 1.0]])).facts


def test_two_sheets_of_sessions_refuse(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Several sheets"):
        reading(xlsx(tmp_path / "a.xlsx", [SESSION_COLUMNS, session()], more=[("B", [SESSION_COLUMNS, session()])]))


def test_answers(tmp_path: Path) -> None:
    found = read_rows(tmp_path, session(), answers=Answers(zone="Asia/Jakarta", as_of="2026-05-01 09:00"))
    assert found.facts[0]["start_ms"] == 1776510915000 + 3_600_000
    assert (found.as_of_ms, found.as_of_from) == (1777600800000, "asked")


@pytest.mark.parametrize(
    "answers", [Answers(zone="Nowhere"), Answers(currency="yuan"), Answers(as_of="soon"), Answers(month="4")]
)
def test_answers_that_make_no_sense(tmp_path: Path, answers: Answers) -> None:
    with pytest.raises(Refused):
        read_rows(tmp_path, session(), answers=answers)


def test_the_future_is_a_warning(tmp_path: Path) -> None:
    cells = {"直播开始时间": "2036/04/18 19:15:15", "直播结束时间": "2036/04/18 21:31:40"}
    assert "future" in str(read_rows(tmp_path, session(**cells)).warnings[0])


def test_the_sample_shows_what_was_understood(tmp_path: Path) -> None:
    shown = read_rows(tmp_path, session(直播间退款金额="-", 直播间曝光次数=214240.0)).sample[0]
    assert shown["直播开始时间"] == "2026-04-18 19:15:15"
    assert (shown["直播间成交金额"], shown["直播间退款金额"], shown["直播间曝光次数"]) == ("99.90", "—", "214,240")
