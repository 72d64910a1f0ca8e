"""CSAT lists: day or month first is decided by what stands in the file, and customers' words are not kept."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SERVICE_CASE, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, csv_file, raw, xlsx
from kaibo.sources.tests.test_mutations import check_consistent

HEADER = [
    "Unique id", "channel_name", "category", "Sub-category", "Customer Remarks", "Order_id", "order_date_time",
    "Issue_reported at", "issue_responded", "Survey_response_Date", "Customer_City", "Product_category", "Item_price",
    "connected_handling_time", "Agent_name", "Supervisor", "Manager", "Tenure Bucket", "Agent Shift", "CSAT Score",
]  # fmt: skip
SHANGHAI = Answers(zone="Asia/Shanghai")


def case(number: int = 0, **cells: Any) -> list[Any]:
    row: dict[str, Any] = dict.fromkeys(HEADER, "")
    row |= {
        "Unique id": f"7e9ae164-6a8b-4521-a2d4-{number:012}",
        "channel_name": "Inbound",
        "category": "Returns",
        "Sub-category": "Reverse Pickup Enquiry",
        "Customer Remarks": "call me on 13800138000",
        "Order_id": "c27c9bb4-fa36-4140-9f1f-21009254ffdb",
        "order_date_time": "23/07/2023 16:19",
        "Issue_reported at": "1/8/2023 11:13",
        "issue_responded": "1/8/2023 11:47",
        "Survey_response_Date": "1-Aug-23",
        "Customer_City": "HYDERABAD",
        "Item_price": "32999",
        "Agent_name": "Vicki Collins",
        "Supervisor": "Dylan Kim",
        "Manager": "Michael Lee",
        "Tenure Bucket": ">90",
        "Agent Shift": "Morning",
        "CSAT Score": "5",
    }
    return list((row | {name.replace("__", " "): value for name, value in cells.items()}).values())


def reading(path: Path, answers: Answers = SHANGHAI) -> Reading:
    return read(path, path.name, answers, now_ms=NOW_MS)


def read_rows(tmp_path: Path, *rows: list[Any], answers: Answers = SHANGHAI) -> Reading:
    return reading(csv_file(tmp_path / "a.csv", [HEADER, *rows], "utf-8"), answers)


def ms(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type,misc]


def test_a_conversation(tmp_path: Path) -> None:
    found = read_rows(tmp_path, case())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SERVICE_CASE])
    assert (fact["opened_ms"], fact["answered_ms"]) == (ms(2023, 8, 1, 3, 13), ms(2023, 8, 1, 3, 47))
    assert (fact["rated_day"], fact["rating"], fact.get("handling_ms")) == (
        "2023-08-01", 5, None,
    )  # fmt: skip
    assert (fact["agent"], fact["supervisor"], fact["tenure"], fact["shift"]) == (
        "Vicki Collins", "Dylan Kim", ">90", "Morning",
    )  # fmt: skip
    assert (found.source.key, found.rows_seen, found.rejects, found.unknown_columns) == ("csat_cases", 1, [], [])


def test_what_customers_wrote_and_where_they_live_is_dropped(tmp_path: Path) -> None:
    found = read_rows(tmp_path, case())
    told = str(found.facts) + str(found.sample)
    assert "13800138000" not in told
    assert "HYDERABAD" not in told
    assert raw(found.facts[0])["Item_price"] == "32999"


def test_the_zone_is_asked_for(tmp_path: Path) -> None:
    asked = read_rows(tmp_path, case(), answers=Answers())
    assert (asked.questions, asked.facts) == (["zone"], [])
    assert "13800138000" not in str(asked.sample)


def test_the_month_first_where_a_day_above_12_says_so(tmp_path: Path) -> None:
    american: dict[str, Any] = {"order_date_time": "7/23/2023 16:19", "Issue_reported__at": "8/1/2023 11:13",
                "issue_responded": "8/2/2023 11:13"}  # fmt: skip
    [fact] = read_rows(tmp_path, case(0, **american)).facts
    assert fact["answered_ms"] - fact["opened_ms"] == 86_400_000


def test_both_orders_in_one_file_are_refused_by_their_lines(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"23/07/2023 16:19 \(line 2\).*8/13/2023 9:00 \(line 3\)"):
        read_rows(tmp_path, case(), case(1, issue_responded="8/13/2023 9:00"))


def test_where_no_date_decides_it_asks_and_takes_the_answer(tmp_path: Path) -> None:
    row = case(order_date_time="", issue_responded="2/8/2023 9:00")
    assert read_rows(tmp_path, row).questions == ["day_order"]
    day_first = read_rows(tmp_path, row, answers=Answers(zone="UTC", day_order="DM")).facts[0]
    month_first = read_rows(tmp_path, row, answers=Answers(zone="UTC", day_order="MD")).facts[0]
    assert (day_first["opened_ms"], month_first["opened_ms"]) == (ms(2023, 8, 1, 11, 13), ms(2023, 1, 8, 11, 13))


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"issue_responded": "1/8/2023 11:12"}, "issue_responded", "earlier than the question"),
        ({"CSAT__Score": "6"}, "CSAT Score", "1 to 5"),
        ({"CSAT__Score": "0"}, "CSAT Score", "1 to 5"),
        ({"CSAT__Score": "4.5"}, "CSAT Score", "no decimals"),
        ({"Survey_response_Date": "31-Feb-23"}, "Survey_response_Date", "no such date"),
        ({"Survey_response_Date": "1-Aug-1999"}, "Survey_response_Date", "out of range"),
        ({"Survey_response_Date": "1-Xyz-23"}, "Survey_response_Date", "not a date"),
        ({"Issue_reported__at": ""}, "Issue_reported at", "empty"),
        ({"Issue_reported__at": "32/8/2023 11:13"}, "Issue_reported at", "no such date"),
    ],
)
def test_rows_that_cannot_be_are_rejected(tmp_path: Path, cells: dict[str, str], column: str, why: str) -> None:
    found = read_rows(tmp_path, case(), case(1, **cells))
    assert [f["row"] for f in found.facts] == [2]
    [reject] = found.rejects
    assert (reject.line, reject.column, reject.amount_minor) == (3, column, None)
    assert why in str(reject.reason)


def test_unknown_is_not_zero(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, case(issue_responded="", CSAT__Score="", Survey_response_Date="")).facts
    assert (fact["answered_ms"], fact["rating"], fact["rated_day"]) == (None, None, None)


def test_a_case_twice(tmp_path: Path) -> None:
    found = read_rows(tmp_path, case(), case(), case(CSAT__Score="1"))
    assert len(found.facts) == 1
    assert [r.line for r in found.rejects] == [4]


def test_a_workbook_of_it_with_dates_of_its_own(tmp_path: Path) -> None:
    at: dict[str, Any] = {
        "order_date_time": datetime(2023, 7, 23, 16, 19),
        "Issue_reported__at": datetime(2023, 8, 1, 11, 13),
        "issue_responded": datetime(2023, 8, 1, 11, 47),
        "Survey_response_Date": datetime(2023, 8, 1),
    }
    [fact] = reading(xlsx(tmp_path / "a.xlsx", [HEADER, case(0, **at)])).facts
    assert (fact["opened_ms"], fact["rated_day"]) == (ms(2023, 8, 1, 3, 13), "2023-08-01")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    rows = [[name for name in HEADER if name != "CSAT Score"], case()[:-1]]
    with pytest.raises(Refused, match="CSAT Score"):
        reading(csv_file(tmp_path / "a.csv", rows))


def test_an_hour_that_the_clocks_skip_is_rejected(tmp_path: Path) -> None:
    skipped = case(1, Issue_reported__at="12/3/2023 2:30", issue_responded="13/3/2023 9:00")
    found = read_rows(tmp_path, case(), skipped, answers=Answers(zone="America/New_York"))
    assert [(r.line, "clocks changed" in str(r.reason)) for r in found.rejects] == [(3, True)]


def test_totals_and_blank_lines_are_no_conversations(tmp_path: Path) -> None:
    total = ["" for _ in HEADER[:-1]]
    found = read_rows(tmp_path, [], case(), [*total, "4"], ["合计", *total[1:], "4"], [""] * len(HEADER))
    assert ([f["row"] for f in found.facts], found.dropped_totals, found.rejects) == ([3], 2, [])


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="CSAT Score stands in the file twice"):
        reading(csv_file(tmp_path / "a.csv", [[*HEADER, "CSAT  Score"], [*case(), "1"]]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    found = reading(csv_file(tmp_path / "a.csv", [HEADER, case(Agent_name="林晓彤")], encoding))
    assert found.facts[0]["agent"] == "林晓彤"


@pytest.mark.real
def test_the_real_list(real_files: Path) -> None:
    path = real_files / "cs_csat_sessions.csv"
    assert b"\r\n" in path.read_bytes()
    found = reading(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(found.facts) == len(rows) == 1499
    assert (found.rejects, found.questions, found.warnings, found.unknown_columns) == ([], [], [], [])
    assert sum(f["rating"] for f in found.facts) == sum(int(row["CSAT Score"]) for row in rows)
    assert {f["rated_day"] for f in found.facts} == {"2023-08-01", "2023-08-02"}
    # 29 July 12:23 to 2 August 23:57, Shanghai
    assert (found.first_instant_ms, found.last_instant_ms) == (ms(2023, 7, 29, 4, 23), ms(2023, 8, 2, 15, 57))
    assert not any({"Customer Remarks", "Customer_City"} & set(raw(fact)) for fact in found.facts)
    check_consistent(found)
