"""A table read as a person said: the facts equal what the writer of the table knew."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.facts.schema import (
    AD_SPEND,
    AFTER_SALE,
    MINUTE,
    ORDER_LINE,
    ROSTER_SHIFT,
    SERVICE_RESULT,
    SESSION_REPORT,
    TABLES,
)
from kaibo.sources.mapped import MappedColumn, Mapping, fingerprint, from_json, problems
from kaibo.sources.mapped_targets import KINDS
from kaibo.sources.reading import Answers, Reading, Refused, UnknownTable
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, csv_file, xlsx

BEIJING = timedelta(hours=8)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Columns = Sequence[tuple[str, ...]]


def mapping(table: str, columns: Columns, **more: Any) -> Mapping:
    made = tuple(MappedColumn(*column) for column in columns)
    header = more.pop("header", tuple(column.name for column in made))
    return Mapping("mapped:1.1", "自己的表", table, header, made, **{"platform": "other", "currency": "CNY"} | more)


def reading(path: Path, how: Mapping, answers: Answers | None = None) -> Reading:
    return read(path, path.name, answers or Answers(), now_ms=NOW_MS, mappings=[how])


def ms(local: datetime) -> int:
    return (local.replace(tzinfo=UTC) - BEIJING - EPOCH) // timedelta(milliseconds=1)


SESSIONS = (
    ("开播", "start_ms", "ymd"),
    ("下播", "end_ms", "ymd"),
    ("号", "account"),
    ("观看", "views"),
    ("额", "gmv_minor", "major"),
)

days = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 30)).map(lambda d: d.replace(microsecond=0))
rows_of_sessions = st.lists(
    st.fixed_dictionaries({
        "start": days,
        "seconds": st.integers(1, 30_000),
        "room": st.sampled_from(["shop_1", "shop_2"]),
        "views": st.none() | st.integers(0, 10**9),
        "gmv": st.none() | st.integers(0, 10**11),
        "stay": st.none() | st.integers(0, 20_000),
    }),
    min_size=1, max_size=12, unique_by=lambda row: (row["room"], row["start"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    rows=rows_of_sessions,
    order=st.sampled_from(["ymd", "dmy", "mdy"]),
    split=st.booleans(),
    ends=st.booleans(),
    unit=st.sampled_from(["major", "minor", "dots"]),
    length=st.sampled_from(["s", "words"]),
    places=st.permutations(range(6)),
)
def test_a_table_written_with_a_known_map_gives_the_facts_that_its_writer_knew(
    tmp_path, rows, order, split, ends, unit, length, places
):
    """The table is written from the facts in every format that a mapping knows; its columns stand in any order."""
    how = {"ymd": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}[order]

    def amount(minor: int | None) -> str:
        if minor is None:
            return "-"
        if unit == "minor":
            return str(minor)
        plain = f"{Decimal(minor) / 100:,.2f}"
        return plain if unit == "major" else plain.translate(str.maketrans(",.", ".,"))

    def stretch(seconds: int | None) -> str:
        if seconds is None:
            return "--"
        return str(seconds) if length == "s" else f"{seconds // 3600}小时{seconds // 60 % 60}分{seconds % 60}秒"

    lines, columns = (
        [],
        [("直播间号", "account"), ("看", "views"), ("钱", "gmv_minor", unit), ("留", "mean_stay_ms", length)],
    )
    columns += [("日", "start_ms:day", order), ("点", "start_ms:time")] if split else [("起", "start_ms", order)]
    columns += [("止", "end_ms", order)] if ends else [("长", "duration_ms", length)]
    for row in rows:
        start, end = row["start"], row["start"] + timedelta(seconds=row["seconds"])
        cells = [
            row["room"],
            "" if row["views"] is None else f"{row['views']:,}",
            amount(row["gmv"]),
            stretch(row["stay"]),
        ]
        cells += [start.strftime(how), start.strftime("%H:%M:%S")] if split else [start.strftime(f"{how} %H:%M:%S")]
        cells += [end.strftime(f"{how} %H:%M:%S")] if ends else [stretch(row["seconds"])]
        lines.append(cells)
    turn = [place for place in places if place < len(columns)] + list(range(6, len(columns)))
    table = [[line[place] for place in turn] for line in [[c[0] for c in columns], *lines]]
    found = reading(csv_file(tmp_path / "t.csv", [["标题"], *table]), mapping(SESSION_REPORT, columns))
    assert found.rejects == []
    assert [
        {k: fact[k] for k in ("row", "account", "start_ms", "end_ms", "views", "gmv_minor", "mean_stay_ms", "currency")}
        for fact in found.facts
    ] == [
        {
            "row": line,
            "account": row["room"],
            "start_ms": ms(row["start"]),
            "end_ms": ms(row["start"]) + row["seconds"] * 1000,
            "views": row["views"],
            "gmv_minor": row["gmv"],
            "mean_stay_ms": None if row["stay"] is None else row["stay"] * 1000,
            "currency": "CNY",
        }
        for line, row in enumerate(rows, 3)
    ]


def test_the_same_headings_in_another_order_and_writing_are_the_same_table():
    assert fingerprint(["开播 时间", "GMV（元）", ""]) == fingerprint(["gmv(元)", "开播时间"])
    assert fingerprint(["开播时间"]) != fingerprint(["开播时间", "GMV"])


def test_a_mapping_survives_being_stored():
    how = mapping(SESSION_REPORT, SESSIONS, zone="Asia/Jakarta", whole="shop_9", sheet="表一")
    assert from_json(how.key, how.name, how.as_json()) == how


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([*SESSIONS, ("另一列", "views")], "Two columns say the same"),
        ([*SESSIONS, ("日期", "start_ms:day", "ymd")], "Two columns say the same"),
        ([*SESSIONS, ("观看", "viewers")], "stands in the file twice"),
        (SESSIONS[1:], "No column is “Start” yet"),
        ([("日期", "start_ms:day", "ymd"), *SESSIONS[1:]], "which column has its time of day"),
        ([("点", "start_ms:time"), *SESSIONS[1:]], "which column has its date"),
        ([("开播", "start_ms"), *SESSIONS[1:]], "in which order it writes day and month"),
        ([*SESSIONS, ("率", "no_such_field")], "there is nothing called no_such_field"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(columns, said):
    assert said in " ".join(str(problem) for problem in problems(mapping(SESSION_REPORT, columns)))


def test_days_and_months_that_stand_both_ways_in_one_column_refuse_the_file(tmp_path):
    columns = (("开播", "start_ms", "dmy"), ("长", "duration_ms", "s"), ("号", "account"))
    lines = [["开播", "长", "号"], ["05/04/2026 19:00", "60", "a"], ["13/04/2026 19:00", "60", "a"]]
    good = csv_file(tmp_path / "good.csv", lines)
    assert [fact["start_ms"] for fact in reading(good, mapping(SESSION_REPORT, columns)).facts] == [
        ms(datetime(2026, 4, 5, 19)), ms(datetime(2026, 4, 13, 19)),
    ]  # fmt: skip
    mixed = csv_file(tmp_path / "mixed.csv", [*lines, ["04/14/2026 19:00", "60", "a"]])
    with pytest.raises(Refused, match="day first in some lines and the month first in others"):
        reading(mixed, mapping(SESSION_REPORT, columns))
    turned = csv_file(tmp_path / "turned.csv", [lines[0], ["04/14/2026 19:00", "60", "a"]])
    with pytest.raises(Refused, match="the other way round"):
        reading(turned, mapping(SESSION_REPORT, columns))


def test_a_spreadsheet_that_turned_some_dates_around_is_refused(tmp_path):
    """Dates that a program understood as month first became its own; those it did not stayed text."""
    columns = (("开播", "start_ms", "dmy"), ("长", "duration_ms", "s"), ("号", "account"))
    rows = [["开播", "长", "号"], [datetime(2026, 5, 4, 19), 60, "a"], ["13/04/2026 19:00", 60, "a"]]
    with pytest.raises(Refused, match="day first in some lines"):
        reading(xlsx(tmp_path / "t.xlsx", rows), mapping(SESSION_REPORT, columns))


def test_an_end_that_is_only_a_clock_time_may_be_on_the_next_day(tmp_path):
    columns = (("日期", "start_ms:day", "ymd"), ("起", "start_ms:time"), ("止", "end_ms:time"), ("号", "account"))
    table = [["日期", "起", "止", "号"], ["2026-04-18", "20:00", "02:30", "a"], ["2026-04-19", "20:00", "", "a"]]
    found = reading(csv_file(tmp_path / "t.csv", table), mapping(SESSION_REPORT, columns))
    assert [(f["start_ms"], f["end_ms"]) for f in found.facts] == [
        (ms(datetime(2026, 4, 18, 20)), ms(datetime(2026, 4, 19, 2, 30)))
    ]
    assert [(r.line, r.column) for r in found.rejects] == [(3, "止")]


def test_amounts_of_another_currency_are_rejected_and_never_taken_for_the_files_own(tmp_path):
    table = [["开播", "下播", "号", "观看", "额"]] + [
        [f"2026-04-1{n} 19:00", f"2026-04-1{n} 20:00", "a", "1", amount]
        for n, amount in enumerate(["¥1,234.50", "$1,234.50", "RM12", "Rp9.467.316", "12 USD", "12 CNY", "1.2万"])
    ]
    found = reading(csv_file(tmp_path / "t.csv", table), mapping(SESSION_REPORT, SESSIONS))
    assert [fact["gmv_minor"] for fact in found.facts] == [123450, 1200, 1200000]
    assert [reject.line for reject in found.rejects] == [3, 4, 5, 6]


def test_rupiah_with_dots_between_thousands(tmp_path):
    columns = [*SESSIONS[:4], ("额", "gmv_minor", "dots")]
    line = ["2026-04-18 19:00", "2026-04-18 20:00", "a", "1", "Rp9.467.316"]
    path = csv_file(tmp_path / "t.csv", [["开播", "下播", "号", "观看", "额"], line])
    how = mapping(SESSION_REPORT, columns, currency="IDR", zone="Asia/Jakarta")
    (fact,) = reading(path, how).facts
    assert (fact["gmv_minor"], fact["start_ms"]) == (946731600, ms(datetime(2026, 4, 18, 20)))


def test_a_file_without_its_room_asks_for_it_and_takes_the_answer(tmp_path):
    columns = [column for column in SESSIONS if column[1] != "account"]
    path = csv_file(
        tmp_path / "t.csv", [["开播", "下播", "观看", "额"], ["2026-04-18 19:00", "2026-04-18 20:00", "1", "2"]]
    )
    assert reading(path, mapping(SESSION_REPORT, columns)).questions == ["account"]
    answered = reading(path, mapping(SESSION_REPORT, columns), Answers(account="shop_1"))
    assert (answered.questions, answered.accounts) == ([], ["shop_1"])
    assert reading(path, mapping(SESSION_REPORT, columns, whole="shop_2")).facts[0]["account"] == "shop_2"


def test_a_damaged_order_number_refuses_the_file_and_a_row_without_one_is_rejected(tmp_path):
    columns = [
        ("单", "sub_order"),
        ("下单", "ordered_ms", "ymd"),
        ("付", "paid_ms", "ymd"),
        ("额", "payable_minor", "major"),
    ]
    head = [column[0] for column in columns]
    good = ["\t6917926768823643751", "2026-04-18 20:00:01", "", "9.90"]
    without = ["", "2026-04-18 20:00:01", "2026-04-18 20:01:00", "9.90"]
    how = mapping(ORDER_LINE, columns, order_kind="self_live")
    found = reading(csv_file(tmp_path / "a.csv", [head, good, without]), how)
    assert [(f["sub_order"], f["paid_ms"], f["flow_kind"]) for f in found.facts] == [
        ("6917926768823643751", None, "直播")
    ]
    assert [(r.line, r.column, r.amount_minor) for r in found.rejects] == [(3, "单", 990)]
    with pytest.raises(UnknownTable, match="lost their last digits"):
        reading(csv_file(tmp_path / "b.csv", [head, ["6.91793E+18", *good[1:]]]), how)


def test_a_refund_counts_where_money_went_back_and_an_exchange_is_none(tmp_path):
    columns = [
        ("售后", "after_sale"), ("单", "sub_order"), ("申请", "applied_ms", "ymd"), ("退", "refunded_ms", "ymd"),
        ("额", "refund_minor", "major"), ("类", "kind"),
    ]  # fmt: skip
    at, back = "2026-04-18 10:00:00", "2026-04-19 10:00:00"
    lines = [
        ["1", "11", at, back, "5", "仅退款"],
        ["2", "12", at, "-", "5", "仅退款"],
        ["3", "13", at, back, "5", "换货"],
    ]
    path = csv_file(tmp_path / "t.csv", [[c[0] for c in columns], *lines])
    facts = reading(path, mapping(AFTER_SALE, columns)).facts
    assert [f["refunded_ms"] for f in facts] == [ms(datetime(2026, 4, 19, 10)), None, None]


def test_minutes_hours_and_days_have_their_lengths(tmp_path):
    minute = csv_file(tmp_path / "m.csv", [["分", "在线"], ["2026-04-18 20:00", "50"], ["2026-04-18 20:01", "60"]])
    how = mapping(MINUTE, [("分", "minute_ms", "ymd"), ("在线", "online")], whole="shop_1")
    found = reading(minute, how)
    assert [(f["length_ms"], f["account"], f["online"]) for f in found.facts] == [
        (60_000, "shop_1", 50),
        (60_000, "shop_1", 60),
    ]
    assert found.last_instant_ms == ms(datetime(2026, 4, 18, 20, 2)) - 1
    hours = csv_file(tmp_path / "h.csv", [["日", "时段", "耗"], ["2026-04-18", "20:00-21:00", "12.30"]])
    how = mapping(
        AD_SPEND,
        [("日", "start_ms:day", "ymd"), ("时段", "start_ms:time"), ("耗", "spend_minor", "major")],
        whole="7001",
    )
    (hour,) = reading(hours, how).facts
    start = ms(datetime(2026, 4, 18, 20))
    assert (hour["start_ms"], hour["end_ms"], hour["spend_minor"], hour["ad_account"]) == (
        start,
        start + 3_600_000,
        1230,
        "7001",
    )
    service = csv_file(tmp_path / "s.csv", [["日", "客服", "接待"], ["2026-04-18", "小敏", "31"]])
    how = mapping(SERVICE_RESULT, [("日", "start_ms:day", "ymd"), ("客服", "agent"), ("接待", "received")])
    (day,) = reading(service, how).facts
    assert (day["start_ms"], day["end_ms"]) == (ms(datetime(2026, 4, 18)), ms(datetime(2026, 4, 19)))


def test_a_list_of_shifts(tmp_path):
    columns = [
        ("日", "date", "dmy"),
        ("起", "start_minute"),
        ("止", "end_minute"),
        ("谁", "person_name"),
        ("岗", "role"),
    ]
    lines = [["18/04/2026", "19:00", "02:00", "林 晓彤", "场控"], ["18/04/2026", "19:00", "24:00", "周也", "厨师"]]
    found = reading(csv_file(tmp_path / "t.csv", [[c[0] for c in columns], *lines]), mapping(ROSTER_SHIFT, columns))
    (shift,) = found.facts
    assert {k: shift[k] for k in ("date", "month", "start_minute", "end_minute", "person_name", "role")} == {
        "date": "2026-04-18", "month": "2026-04", "start_minute": 1140, "end_minute": 1560, "person_name": "林晓彤",
        "role": "floor_manager",
    }  # fmt: skip
    assert [(r.line, r.column) for r in found.rejects] == [(3, "岗")]


def test_totals_are_dropped_and_rows_of_one_key_that_disagree_are_both_left_out(tmp_path):
    at = ["2026-04-18 19:00", "2026-04-18 20:00"]
    other = ["2026-04-19 19:00", "2026-04-19 20:00"]
    lines = [[*at, "a", "1", "2"], [*at, "a", "9", "2"], [*other, "a", "1", "2"], ["合计", "", "", "11", "6"]]
    path = csv_file(tmp_path / "t.csv", [["开播", "下播", "号", "观看", "额"], *lines])
    found = reading(path, mapping(SESSION_REPORT, SESSIONS))
    assert [fact["row"] for fact in found.facts] == [4]
    assert ([reject.line for reject in found.rejects], found.dropped_totals) == ([2, 3], 1)


def test_columns_left_out_are_kept_nowhere(tmp_path):
    """Nobody said what they are: there may be a buyer's name in them."""
    line = ["2026-04-18 19:00", "2026-04-18 20:00", "a", "1", "2", "13800138000"]
    path = csv_file(tmp_path / "t.csv", [["开播", "下播", "号", "观看", "额", "手机"], line])
    found = reading(path, mapping(SESSION_REPORT, SESSIONS, header=("开播", "下播", "号", "观看", "额", "手机")))
    assert "13800138000" not in str(found.facts)
    assert found.unknown_columns == ["手机"]


def test_a_table_with_one_heading_more_is_unknown_again(tmp_path):
    path = csv_file(tmp_path / "t.csv", [["开播", "下播", "号", "观看", "额", "新列"], ["a"] * 6])
    with pytest.raises(UnknownTable):
        reading(path, mapping(SESSION_REPORT, SESSIONS))
    with pytest.raises(KeyError):
        read(path, "t.csv", Answers(), source="mapped:9.9", now_ms=NOW_MS)


def test_every_kind_of_row_can_be_mapped_and_kept():
    """A mapping of all fields of a kind of row is a source whose fields its table has, but for what is worked out."""
    for kind in KINDS:
        fields = {target.field for target in kind.targets} - {"duration_ms"}
        assert fields <= set(TABLES[kind.table]), kind.table
        assert {name for one in kind.needed for name in one} <= fields | {"duration_ms"}
