"""生意参谋 直播分场次效果: seconds, %-text, and days that are joined only where the rows show what they are."""

from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SESSION_REPORT, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.consistency import check_consistent
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

# the order of the columns is not known; these are the names that parsers read
COLUMNS = [
    "日期", "场次信息", "场次id", "直播开播时间", "开播时长", "封面图点击率", "观看人数", "观看次数",
    "新增粉丝数", "流量券消耗", "观看总时长（秒）", "人均观看时长（秒）", "次均观看时长（秒）", "商品点击人数",
    "商品点击次数", "商品点击率", "加购人数", "加购件数", "加购次数", "成交金额（元）", "成交人数", "成交件数",
    "成交笔数", "成交转化率", "退款人数", "退款笔数", "退款件数", "退款金额", "预售定金支付金额",
    "预售预估总金额", "店铺名称",
]  # fmt: skip
HOUR_MS = 3_600_000


def row(**cells: Any) -> list[Any]:
    """Text cells throughout, as the platform's data are kept in the wild."""
    found: dict[str, Any] = dict.fromkeys(COLUMNS, "0")
    found |= {
        "日期": "2026-04-18", "场次信息": "春季上新", "场次id": "438812345678901234",
        "直播开播时间": "2026-04-18 20:00:00", "开播时长": "7200", "封面图点击率": "3.21%", "观看人数": "1,000",
        "观看次数": "1.2万", "观看总时长（秒）": "90000", "人均观看时长（秒）": "90", "成交金额（元）": "1,059.90",
        "成交人数": "9", "成交笔数": "10", "成交转化率": "0.9%", "预售定金支付金额": "500",
        "预售预估总金额": "9,999.00", "店铺名称": "示例旗舰店",
    }  # fmt: skip
    return list((found | cells).values())


def read_rows(tmp_path: Path, *rows: list[Any], answers: Answers | None = None, columns: Any = None) -> Reading:
    return reading(csv_file(tmp_path / "a.csv", [columns or COLUMNS, *rows]), answers)


def test_a_session(tmp_path: Path) -> None:
    found = read_rows(tmp_path, row())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SESSION_REPORT])
    assert (fact["platform"], fact["account"], fact["currency"]) == ("taobao", "示例旗舰店", "CNY")
    assert fact["session_key"] == "438812345678901234"
    assert fact["start_ms"] == 1776513600000
    assert fact["end_ms"] - fact["start_ms"] == 2 * HOUR_MS
    assert (fact["watch_ms"], fact["mean_stay_ms"], fact["views"]) == (90_000_000, 90_000, 12_000)
    # neither deposits nor the estimate are part of it
    assert (fact["gmv_minor"], fact.get("presale_minor")) == (105_990, None)
    assert raw(fact)["预售预估总金额"] == "9,999.00"
    assert (found.rejects, found.warnings, found.questions, found.accounts) == ([], [], [], ["示例旗舰店"])
    check_consistent(found)


def test_without_a_shop_the_room_is_asked(tmp_path: Path) -> None:
    columns, cells = COLUMNS[:-1], row()[:-1]
    assert read_rows(tmp_path, cells, columns=columns).questions == ["account"]
    assert read_rows(tmp_path, row(店铺名称="-")).questions == ["account"]
    assert read_rows(tmp_path, cells, columns=columns, answers=Answers(account="t1")).facts[0]["account"] == "t1"


def test_a_shop_that_only_some_rows_name_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 3"):
        read_rows(tmp_path, row(), row(店铺名称="", 直播开播时间="2026-04-19 20:00:00"))


@pytest.mark.parametrize(
    ("heading", "cell", "minutes"),
    [
        ("开播时长", "7200", 120), ("开播时长", "2:05:10", 125), ("开播时长", "2小时5分", 125),
        ("开播时长", "125分钟", 125),
               ("开播时长（分钟）", "125", 125), ("开播时长（秒）", "600", 10),
    ],
)  # fmt: skip
def test_lengths(tmp_path: Path, heading: str, cell: str, minutes: int) -> None:
    columns = [heading if name == "开播时长" else name for name in COLUMNS]
    [fact] = read_rows(tmp_path, row(开播时长=cell), columns=columns).facts
    assert (fact["end_ms"] - fact["start_ms"]) // 60_000 == minutes


def test_lengths_that_must_be_minutes_are_not_taken_for_seconds(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="names no unit") as caught:
        read_rows(tmp_path, row(开播时长="240"), row(开播时长="300", 直播开播时间="2026-04-19 20:00:00"))
    assert "分钟" in str(caught.value.todo)


NIGHT = {"直播开播时间": "2026-04-18 22:00:00"}
BEFORE = NIGHT | {"日期": "2026-04-18", "开播时长": "7200", "成交金额（元）": "100.00", "观看次数": "60"}
AFTER = NIGHT | {"日期": "2026-04-19", "开播时长": "3600", "成交金额（元）": "50.00", "观看次数": "40"}


@pytest.mark.parametrize("turned", [False, True])
def test_a_broadcast_over_midnight_is_the_sum_of_its_days(tmp_path: Path, turned: bool) -> None:
    rows = [row(**BEFORE), row(**AFTER)]
    found = read_rows(tmp_path, *(reversed(rows) if turned else rows))
    [fact] = found.facts
    assert fact["end_ms"] - fact["start_ms"] == 3 * HOUR_MS
    assert (fact["gmv_minor"], fact["views"]) == (15_000, 100)
    # people may be the same on both days
    assert (fact["viewers"], fact["buyers"], fact["mean_stay_ms"]) == (None, None, None)
    assert raw(fact)["成交金额（元）"] == "100.00 + 50.00"
    assert "added up: 1" in str(found.warnings[0])
    check_consistent(found)


def test_the_same_broadcast_told_on_two_days_counts_once(tmp_path: Path) -> None:
    found = read_rows(tmp_path, row(**BEFORE), row(**BEFORE | {"日期": "2026-04-19"}))
    assert [fact["gmv_minor"] for fact in found.facts] == [10_000]
    assert found.rejects == []


@pytest.mark.parametrize(
    "after",
    [AFTER | {"日期": "2026-04-20"}, AFTER | {"日期": "?"}, AFTER | {"场次id": "438812345678901235"}],
)
def test_rows_that_do_not_show_what_they_are_are_rejected_with_their_amounts(tmp_path: Path, after: Any) -> None:
    found = read_rows(tmp_path, row(**BEFORE), row(**after), row(直播开播时间="2026-04-25 20:00:00"))
    assert [fact["row"] for fact in found.facts] == [4]
    assert [(reject.line, reject.amount_minor) for reject in found.rejects] == [(2, 10_000), (3, 5_000)]


def test_a_part_that_does_not_reach_midnight_is_no_part(tmp_path: Path) -> None:
    found = read_rows(tmp_path, row(**BEFORE | {"开播时长": "10800"}), row(**AFTER))
    assert (found.facts, len(found.rejects)) == ([], 2)


def test_a_damaged_session_id_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="场次id"):
        reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, row(场次id=4.38812345678901e17)]))


@pytest.mark.parametrize(("column", "value"), [("开播时长", "0"), ("观看人数", "3.2%"), ("直播开播时间", "昨天")])
def test_a_wrong_row_is_rejected(tmp_path: Path, column: str, value: str) -> None:
    found = read_rows(tmp_path, row(), row(**{"直播开播时间": "2026-04-19 20:00:00", column: value}))
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, column)]
