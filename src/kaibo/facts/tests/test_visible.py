"""Which rows count: by key, by scope, and never by the order in which the files came."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.facts.arrow import arrow_schema
from kaibo.facts.schema import AD_SPEND, EVENT, MINUTE, ORDER_LINE, READING, SESSION_PRODUCT, SESSION_REPORT, TABLES
from kaibo.facts.store import write_batch
from kaibo.facts.tests.slow_visible import Told, visible
from kaibo.facts.visible import BatchFile, told_sql, visible_sql

MINUTE_MS = 60_000


def files(root: Path, table: str, batches: Sequence[Told], **about: str) -> list[BatchFile]:
    made = []
    for one in batches:
        folder = root / f"b{one.id}"
        if not folder.exists():
            write_batch(folder, table, [{"raw": "{}", **row} for row in one.rows])
        made.append(BatchFile(one.id, one.as_of, folder / f"{table}.parquet", **about))
    return made


def shown(table: str, read: Sequence[BatchFile]) -> set[tuple[int, int]]:
    rows = duckdb.connect().execute(visible_sql(table, read, ["row"])).fetchall()
    assert len(rows) == len({(row[1], row[0]) for row in rows}), "a row is there twice"
    return {(batch, row) for row, batch, _as_of in rows}


def report(row: int, start: int, account: str = "a", **more: Any) -> dict[str, Any]:
    return {"row": row, "platform": "douyin", "account": account, "start_ms": start, **more}


def minute(row: int, n: int, account: str | None = "a", length: int | None = MINUTE_MS) -> dict[str, Any]:
    return {
        "row": row, "platform": "douyin", "account": account, "minute_ms": n * MINUTE_MS, "length_ms": length,
    }  # fmt: skip


def test_the_newest_export_of_a_key_counts_and_a_missing_row_is_no_deletion(tmp_path: Path) -> None:
    old = Told(1, 100, [report(2, 10), report(3, 20)])
    new = Told(2, 200, [report(2, 10)])
    assert shown(SESSION_REPORT, files(tmp_path, SESSION_REPORT, [old, new])) == {(2, 2), (1, 3)}


def test_an_old_export_that_comes_late_overwrites_nothing(tmp_path: Path) -> None:
    new, late = Told(1, 200, [report(2, 10)]), Told(2, 100, [report(2, 10), report(3, 20)])
    assert shown(SESSION_REPORT, files(tmp_path, SESSION_REPORT, [new, late])) == {(1, 2), (2, 3)}


def test_the_same_account_on_two_platforms_is_two_rooms(tmp_path: Path) -> None:
    two = [report(2, 10), report(3, 10, platform="tiktok")]
    assert len(shown(SESSION_REPORT, files(tmp_path, SESSION_REPORT, [Told(1, 1, two)]))) == 2


def test_a_file_of_before_there_were_platforms_is_of_its_sources_platform(tmp_path: Path) -> None:
    old = files(tmp_path, ORDER_LINE, [Told(1, 1, [{"row": 2, "sub_order": "x"}])], platform="douyin")
    new = files(tmp_path, ORDER_LINE, [Told(2, 2, [{"row": 2, "sub_order": "x", "platform": "douyin"}])])
    assert shown(ORDER_LINE, [*old, *new]) == {(2, 2)}


def test_a_file_without_a_column_has_it_unknown(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(SESSION_REPORT)
    less = pa.schema([field for field in schema if field.name not in ("platform", "net_1h_orders")])
    pq.write_table(
        pa.Table.from_pylist([{"row": 2, "account": "a", "start_ms": 5}], schema=less), tmp_path / "x.parquet"
    )
    read = [BatchFile(1, 1, tmp_path / "x.parquet", platform="douyin")]
    sql = visible_sql(SESSION_REPORT, read, ["platform", "net_1h_orders"])
    assert duckdb.connect().execute(sql).fetchall() == [("douyin", None, 1, 1)]


def test_minutes_that_cover_less_leave_the_rest(tmp_path: Path) -> None:
    old = Told(1, 100, [minute(n, n) for n in range(10)])
    new = Told(2, 200, [minute(1, 3), minute(2, 5)])
    # minute 4 lies between two of the newer file: it says that nothing happened then
    wanted = {(1, n) for n in (0, 1, 2, 6, 7, 8, 9)} | {(2, 1), (2, 2)}
    assert shown(MINUTE, files(tmp_path, MINUTE, [old, new])) == wanted


def test_another_room_is_another_scope(tmp_path: Path) -> None:
    old, new = Told(1, 1, [minute(1, 0), minute(2, 1)]), Told(2, 2, [minute(1, 0, account="b")])
    assert len(shown(MINUTE, files(tmp_path, MINUTE, [old, new]))) == 3


def test_a_batch_of_two_rooms_covers_each_only_where_it_speaks_of_it(tmp_path: Path) -> None:
    old = Told(1, 1, [minute(1, 50)])
    new = Told(2, 2, [minute(1, 0), minute(2, 1), minute(3, 100, account="b")])
    assert (1, 1) in shown(MINUTE, files(tmp_path, MINUTE, [old, new]))


def test_one_handle_on_two_platforms_is_two_rooms(tmp_path: Path) -> None:
    old, new = Told(1, 1, [minute(1, 0)]), Told(2, 2, [{**minute(1, 0), "platform": "kuaishou"}])
    assert len(shown(MINUTE, files(tmp_path, MINUTE, [old, new]))) == 2
    read = {"row": 1, "account": "a", "instant_ms": 5}
    readings = [Told(n, n, [{**read, "platform": where}]) for n, where in enumerate(("douyin", "kuaishou"), 1)]
    assert len(shown(READING, files(tmp_path / "readings", READING, readings))) == 2


def test_events_of_another_kind_stay(tmp_path: Path) -> None:
    def event(row: int, instant: int, kind: str) -> dict[str, Any]:
        return {"row": row, "platform": "douyin", "account": "a", "instant_ms": instant, "kind": kind}

    chat = Told(1, 1, [event(1, 5, "comment"), event(2, 9, "comment")])
    orders = Told(2, 2, [event(1, 1, "order"), event(2, 20, "order")])
    assert len(shown(EVENT, files(tmp_path, EVENT, [chat, orders]))) == 4
    again = Told(3, 3, [event(1, 4, "comment"), event(2, 6, "comment")])
    wanted = {(1, 2), (2, 1), (2, 2), (3, 1), (3, 2)}
    assert shown(EVENT, files(tmp_path, EVENT, [chat, orders, again])) == wanted


def test_a_days_total_replaces_the_hours_of_that_day(tmp_path: Path) -> None:
    hour = 3_600_000
    hours = [{"row": n, "ad_account": "x", "start_ms": n * hour, "end_ms": (n + 1) * hour} for n in range(30)]
    day = [{"row": 1, "ad_account": "x", "start_ms": 0, "end_ms": 24 * hour}]
    read = files(tmp_path, AD_SPEND, [Told(1, 1, hours), Told(2, 2, day)])
    assert shown(AD_SPEND, read) == {(2, 1)} | {(1, n) for n in range(24, 30)}


def test_rows_of_an_unknown_room_replace_nothing_until_someone_names_it(tmp_path: Path) -> None:
    old, new = Told(1, 1, [minute(1, 0, None)]), Told(2, 2, [minute(1, 0, None)])
    assert len(shown(MINUTE, files(tmp_path, MINUTE, [old, new]))) == 2
    assert shown(MINUTE, files(tmp_path, MINUTE, [old, new], scope="a")) == {(2, 1)}


def test_of_no_files_there_are_no_rows() -> None:
    for table in TABLES:
        assert duckdb.connect().execute(visible_sql(table, [])).fetchall() == []
        assert duckdb.connect().execute(told_sql(table, [])).fetchall() == []


def test_a_column_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        visible_sql(MINUTE, [], ["no_such"])


FEW = st.integers(0, 3)
PARTS = {
    SESSION_REPORT: st.builds(lambda n, a: report(0, n, f"a{a}"), FEW, FEW),
    SESSION_PRODUCT: st.builds(
        lambda n, a, p: {"account": None if a == 0 else f"a{a}", "session_ms": n, "product_id": str(p)}, FEW, FEW, FEW
    ),
    MINUTE: st.builds(
        lambda n, a, long: minute(0, n, f"a{a}" if a else None, long * MINUTE_MS if long else None),
        st.integers(0, 12), st.integers(0, 2), FEW,
    ),
    AD_SPEND: st.builds(
        lambda n, long, a: {"ad_account": f"x{a}", "start_ms": n, "end_ms": n + long if long else None},
        st.integers(0, 30), st.integers(0, 24), st.integers(0, 1),
    ),
    EVENT: st.builds(
        lambda n, a, platform, kind: {"account": f"a{a}", "instant_ms": n, "platform": platform, "kind": kind},
        st.integers(0, 12), st.integers(0, 1), st.sampled_from(["douyin", "kuaishou", None]),
        st.sampled_from(["comment", "order"]),
    ),
}  # fmt: skip


@st.composite
def told(draw: st.DrawFn) -> tuple[str, list[Told]]:
    table = draw(st.sampled_from(sorted(PARTS)))
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    batches = []
    for number, size in enumerate(sizes, 1):
        rows = draw(st.lists(PARTS[table], min_size=size, max_size=size))
        batches.append(Told(number, draw(FEW), [row | {"row": n} for n, row in enumerate(rows, 1)]))
    return table, batches


@settings(max_examples=40, deadline=None)
@given(made=told(), data=st.data())
def test_any_set_of_batches_shows_what_the_slow_reference_says_in_any_order(
    made: tuple[str, list[Told]], data: st.DataObject
) -> None:
    table, batches = made
    with tempfile.TemporaryDirectory() as root:
        for _ in range(3):
            # withdrawn batches are not there; what they replaced is
            left = data.draw(st.lists(st.sampled_from(batches), unique_by=lambda b: b.id))
            read = files(Path(root), table, left)
            assert shown(table, read) == visible(table, left)
            assert shown(table, data.draw(st.permutations(read))) == visible(table, left)
