"""Kaibo's event file: the documented columns and nothing else, from CSV and from Parquet alike."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts.schema import EVENT, EVENT_KINDS, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, csv_file, xlsx
from kaibo.sources.tests.test_mutations import check_consistent

HEADER = [
    "instant", "account", "platform", "kind", "viewer", "event_id", "item", "count", "amount", "currency",
]  # fmt: skip
AT = "2026-04-18T20:00:01.250+08:00"
AT_MS = int(datetime(2026, 4, 18, 12, 0, 1, tzinfo=UTC).timestamp()) * 1000 + 250
SECRET = b"a secret of this installation"


def event(number: int = 0, **cells: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(HEADER, "")
    row |= {"instant": AT, "account": "shop_1", "platform": "douyin", "kind": "like", "event_id": f"e{number}"}
    return row | cells


def reading(path: Path, answers: Answers | None = None, secret: bytes = SECRET) -> Reading:
    return read(path, path.name, answers or Answers(), now_ms=NOW_MS, secret=secret)


def read_rows(
    tmp_path: Path, *rows: Mapping[str, Any], answers: Answers | None = None, without: Sequence[str] = ()
) -> Reading:
    names = [name for name in HEADER if name not in without]
    path = csv_file(tmp_path / "a.csv", [names, *([row[name] for name in names] for row in rows)])
    return reading(path, answers)


def parquet(tmp_path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def test_an_order_with_everything(tmp_path: Path) -> None:
    row = event(kind="Order", viewer="67890", item="3609999999999999999", count="2", amount="59.90", currency="CNY")
    found = read_rows(tmp_path, row)
    [fact] = found.facts
    assert fact == {
        "row": 2, "raw": fact["raw"], "platform": "douyin", "account": "shop_1", "instant_ms": AT_MS, "kind": "order",
        "viewer": fact["viewer"], "event_id": "e0", "item": "3609999999999999999", "count": 2, "amount_minor": 5990,
        "currency": "CNY",
    }  # fmt: skip
    assert set(fact) == set(TABLES[EVENT])
    assert (found.source.key, found.accounts, found.rejects, found.warnings) == ("kaibo_events", ["shop_1"], [], [])
    assert found.first_instant_ms == found.last_instant_ms == AT_MS
    check_consistent(found)


def test_a_viewer_is_hashed_with_the_key_and_platform_and_never_kept(tmp_path: Path) -> None:
    rows = [event(n, viewer=who, platform=where) for n, (who, where) in enumerate(
        [("viewer-007", "douyin"), ("viewer-007", "douyin"), ("viewer-007", "bilibili"), ("viewer-008", "douyin")]
    )]  # fmt: skip
    found = read_rows(tmp_path, *rows)
    a, same, elsewhere, other = [fact["viewer"] for fact in found.facts]
    assert a == same
    assert len({a, elsewhere, other}) == 3
    assert all(0 <= viewer < 2**63 for viewer in (a, elsewhere, other))
    assert "viewer-00" not in json.dumps([dict(fact) for fact in found.facts]) + str(found.sample)
    again = reading(tmp_path / "a.csv", secret=b"another installation")
    assert a != again.facts[0]["viewer"]


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_kind(tmp_path: Path, kind: str) -> None:
    assert read_rows(tmp_path, event(kind=kind)).facts[0]["kind"] == kind


@pytest.mark.parametrize(
    "instant", [AT, "2026-04-18T12:00:01.250Z", "2026-04-18 12:00:01.250+00:00", str(AT_MS), "20260418T120001.250Z"]
)
def test_instants(tmp_path: Path, instant: str) -> None:
    assert read_rows(tmp_path, event(instant=instant)).facts[0]["instant_ms"] == AT_MS


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"instant": "2026-04-18T20:00:01"}, "instant", "lacks its offset"),
        ({"instant": "2026-04-18"}, "instant", "lacks its offset"),
        ({"instant": str(AT_MS // 1000)}, "instant", "counts seconds"),
        ({"instant": str(AT_MS * 1000)}, "instant", "counts microseconds"),
        ({"instant": "17765136"}, "instant", "no instant of this century"),
        ({"instant": "1.77651E+12"}, "instant", "no instant"),
        ({"instant": ""}, "instant", "empty"),
        ({"kind": "super_like"}, "kind", "Known are: enter, leave, like"),
        ({"kind": ""}, "kind", "empty"),
        ({"account": ""}, "account", "empty"),
        ({"platform": ""}, "platform", "empty"),
        ({"count": "-1"}, "count", "negative"),
        ({"amount": "1.999", "currency": "CNY"}, "amount", "more decimals"),
        ({"amount": "-1", "currency": "CNY"}, "amount", "negative"),
        ({"amount": "5"}, "amount", "no currency"),
        ({"amount": "5", "currency": "yuan"}, "amount", "no currency"),
    ],
)
def test_lines_that_cannot_be_are_rejected(tmp_path: Path, cells: dict[str, str], column: str, why: str) -> None:
    found = read_rows(tmp_path, event(), event(1, **cells), event(2))
    assert [fact["row"] for fact in found.facts] == [2, 4]
    [reject] = found.rejects
    assert (reject.line, reject.column) == (3, column)
    assert why in str(reject.reason)


def test_unknown_is_not_zero_and_one_line_is_one_event(tmp_path: Path) -> None:
    [fact] = read_rows(tmp_path, event(event_id="")).facts
    assert (fact["count"], fact["amount_minor"], fact["currency"], fact["viewer"], fact["item"], fact["event_id"]) == (
        1, None, None, None, None, None,
    )  # fmt: skip


def test_an_event_told_twice_counts_once_in_its_room(tmp_path: Path) -> None:
    rows = [event(7), event(7, instant=AT_MS + 5), event(7, account="shop_2"), event(event_id=""), event(event_id="")]
    found = read_rows(tmp_path, *rows)
    assert [fact["row"] for fact in found.facts] == [2, 4, 5, 6]
    assert [str(w) for w in found.warnings] == ["Events that stand in the file twice: 1. They count once."]


def test_out_of_order_and_from_the_future(tmp_path: Path) -> None:
    late = NOW_MS + 2 * 86_400_000
    found = read_rows(tmp_path, event(0, instant=late), event(1), event(2, instant=AT_MS - 5))
    assert (found.first_instant_ms, found.last_instant_ms) == (AT_MS - 5, late)
    assert [str(w) for w in found.warnings] == ["Rows that lie in the future: 1. Check the year and the time zone."]


@pytest.mark.parametrize("column", ["event_id", "account"])
def test_a_damaged_id_that_names_something_refuses_the_file(tmp_path: Path, column: str) -> None:
    with pytest.raises(Refused, match=f"{column} have lost their last digits .line 3: 6.91793E"):
        read_rows(tmp_path, event(), event(1, **{column: "6.91793E+18"}))


def test_a_damaged_viewer_or_item_is_unknown(tmp_path: Path) -> None:
    found = read_rows(tmp_path, event(viewer="6.91793E+18", item="3.61E+18"), event(1, viewer="5"))
    assert [(fact["viewer"] is None, fact["item"]) for fact in found.facts] == [(True, None), (False, None)]
    assert sorted(str(w) for w in found.warnings) == [
        "Ids in column item that lost their last digits and are unknown now: 1.",
        "Ids in column viewer that lost their last digits and are unknown now: 1.",
    ]


def test_what_the_file_leaves_out_is_asked_for(tmp_path: Path) -> None:
    row = event(amount="1.5", viewer="viewer-007")
    asked = read_rows(tmp_path, row, without=("account", "platform", "currency"))
    assert (asked.questions, list(asked.facts)) == (["account", "platform", "currency"], [])
    assert "viewer-007" not in str(asked.sample)
    told = read_rows(tmp_path, row, without=("account", "platform", "currency"),
                     answers=Answers(account="room_9", platform="douyin", currency="JPY"))  # fmt: skip
    assert [str(r.reason) for r in told.rejects] == ["The amount has more decimals than its currency."]
    told = read_rows(tmp_path, row, without=("account", "platform", "currency"),
                     answers=Answers(account="room_9", platform="douyin", currency="CNY"))  # fmt: skip
    [fact] = told.facts
    assert (fact["account"], fact["platform"], fact["amount_minor"], fact["currency"]) == (
        "room_9", "douyin", 150, "CNY",
    )  # fmt: skip


def test_columns_that_are_not_ours_are_named_and_not_kept(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [[*HEADER, "nickname", "text"], [*event().values(), "小明", "hello"]])
    found = reading(path)
    assert found.unknown_columns == ["nickname", "text"]
    assert "小明" not in str(found.facts[0])


@pytest.mark.parametrize(("end", "line"), [("", 3), ("\n1776513601", 4)])
def test_a_file_that_ends_within_a_line(tmp_path: Path, end: str, line: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"instant,account,platform,kind,amount,currency\n{AT_MS},a,douyin,order,10,CNY\n"
                    f"{AT_MS},a,douyin,order,12.5,CNY{end}")  # fmt: skip
    found = reading(path)
    assert [reject.line for reject in found.rejects] == [line]
    assert "cut off" in str(found.rejects[0].reason)
    assert len(found.facts) == line - 2


def test_a_shifted_line_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f"instant,account,platform,kind\n{AT_MS},a,douyin\n{AT_MS},a,b,douyin,like\n{AT_MS},a,douyin,like\n"
    )
    found = reading(path)
    assert [(r.line, str(r.reason)) for r in found.rejects] == [
        (2, "The line has 3 cells where the header has 4."), (3, "The line has 5 cells where the header has 4."),
    ]  # fmt: skip
    assert len(found.facts) == 1


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="account stands in the file twice"):
        reading(csv_file(tmp_path / "a.csv", [[*HEADER, "Account"], [*event().values(), "b"]]))


def test_a_workbook_of_events(tmp_path: Path) -> None:
    rows = [HEADER, list(event(instant=AT_MS, viewer=12, amount=59.9, currency="CNY").values())]
    [fact] = reading(xlsx(tmp_path / "a.xlsx", rows)).facts
    assert (fact["instant_ms"], fact["amount_minor"]) == (AT_MS, 5990)


def test_another_table_with_an_instant_and_a_kind_is_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not know"):
        reading(csv_file(tmp_path / "a.csv", [["instant", "kind", "host", "weather"], [AT, "like", "b", "c"]]))


@pytest.mark.parametrize(
    "instants",
    [
        pa.array([AT_MS]),
        pa.array([AT_MS * 1000], pa.timestamp("us", "UTC")),
        pa.array([AT_MS * 1_000_000], pa.timestamp("ns", "Asia/Shanghai")),
        pa.array([AT]),
        pa.array([AT]).dictionary_encode(),
    ],
    ids=["ms", "us", "ns", "iso", "dictionary"],
)
def test_parquet_says_the_same_as_csv(tmp_path: Path, instants: Any) -> None:
    from decimal import Decimal

    row = event(kind="gift", viewer="12", count="3", amount="59.90", currency="CNY")
    told = read_rows(tmp_path, row).facts[0]
    path = parquet(
        tmp_path, instant=instants, account=["shop_1"], platform=["douyin"], kind=["gift"], viewer=pa.array([12]),
        event_id=["e0"], item=pa.array([None], pa.string()), count=pa.array([3], pa.int16()),
        amount=pa.array([Decimal("59.90")]), currency=["CNY"], nickname=["小明"],
    )  # fmt: skip
    found = reading(path)
    [fact] = found.facts
    assert {k: v for k, v in fact.items() if k not in ("row", "raw")} == {
        k: v for k, v in told.items() if k not in ("row", "raw")
    }
    assert (fact["row"], found.rows_seen, found.unknown_columns) == (1, 1, ["nickname"])
    assert "小明" not in fact["raw"]


def test_ids_as_floats_in_parquet_are_damaged(tmp_path: Path) -> None:
    columns = {"instant": [AT_MS] * 2, "account": ["a"] * 2, "platform": ["douyin"] * 2, "kind": ["like"] * 2}
    found = reading(parquet(tmp_path, **columns, viewer=[6.917926768823643e18, float("nan")]))
    assert [fact["viewer"] for fact in found.facts] == [None, None]
    assert len(found.warnings) == 1
    with pytest.raises(Refused, match="event_id have lost"):
        reading(parquet(tmp_path, **columns, event_id=[6.917926768823643e18, 1.0]))


def test_parquet_that_is_no_event_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="columns missing: instant, kind"):
        reading(parquet(tmp_path, a=[1]))
    with pytest.raises(Refused, match="no time zone"):
        reading(parquet(tmp_path, instant=pa.array([AT_MS], pa.timestamp("ms")), kind=["like"]))
    with pytest.raises(Refused, match="twice"):
        reading(parquet(tmp_path, instant=[AT_MS], kind=["like"], **{"Kind ": ["like"]}))
    whole = parquet(tmp_path, instant=[AT_MS], kind=["like"]).read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[:-9])
    with pytest.raises(Refused, match="damaged or cut off"):
        reading(tmp_path / "a.parquet")


def test_many_events_do_not_stay_in_memory(tmp_path: Path) -> None:
    count = 60_000
    path = parquet(
        tmp_path, instant=[AT_MS + n % 7 for n in range(count)], account=["a"] * count, platform=["douyin"] * count,
        kind=["like"] * count, event_id=[str(n // 2) for n in range(count)],
    )  # fmt: skip
    found = reading(path)
    assert len(found.facts) == count // 2
    assert [fact["row"] for fact in found.facts][:3] == [1, 3, 5]
    assert not isinstance(found.facts, list)


def test_a_platform_is_one_that_rooms_can_be_of(tmp_path: Path) -> None:
    said = ("抖音", "Douyin", "tiktok", "other", "斗鱼")
    found = read_rows(tmp_path, *[event(n, platform=name) for n, name in enumerate(said)])
    assert [fact["platform"] for fact in found.facts] == ["douyin", "douyin", "tiktok", "other"]
    [reject] = found.rejects
    assert (reject.column, reject.value) == ("platform", "斗鱼")
    with pytest.raises(Refused):
        read_rows(tmp_path, event(platform=""), answers=Answers(platform="斗鱼"))
