"""A page's rows and their foot always agree."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts.left_out_rows import Total, left_out_rows, left_out_total
from kaibo.kpi.inputs import PLACED_ROW


def placed(row: int, **more: Any) -> dict[str, Any]:
    return {
        "table": "order_line",
        "batch": 1,
        "row": row,
        "place": "segment",
        "kind": "own_live",
        "session": 7,
        "segment": 1,
        "instant_ms": row,
        "measure": "paid_minor",
        "amount": 100 * row,
        "count": 1,
        **more,
    }


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    outside = {"session": None, "segment": None, "place": "outside", "kind": "card", "account": 3}
    waits = {**outside, "measure": "paid_minor@IDR 2026-04-03"}
    made = [placed(2), placed(4, **outside), placed(3, **outside), placed(5, **waits)]
    made += [placed(6, **outside, measure="refund_minor"), placed(7, **outside | {"account": 4}, tag_batch=9)]
    made += [placed(8, **outside, table="minute", measure="views"), placed(9, **outside | {"kind": "own_live"})]
    pq.write_table(pa.Table.from_pylist(made, schema=schema), path)
    return path


def test_rows_of_a_place_and_kind_with_their_total(parquet: Path) -> None:
    """Of order lines what is paid, in the team's money or in one that waits for a rate; in the order of their time."""
    asked = {"place": "outside", "kind": "card"}
    assert [row["row"] for row in left_out_rows(parquet, **asked)] == [3, 4, 5, 7]
    assert left_out_total(parquet, **asked) == Total(rows=4, count=4, amount=1900)
    assert [row["row"] for row in left_out_rows(parquet, place="outside", kind=None)] == [3, 4, 5, 7, 9]
    assert left_out_total(parquet, place="tagged", kind="card") == Total(0, 0, 0)


@pytest.mark.parametrize(
    ("narrowed", "rows"), [({"account": 3}, [3, 4, 5]), ({"tag_batch": 9}, [7]), ({"table": "minute"}, [8])]
)
def test_rows_of_a_room_of_a_list_of_a_table(parquet: Path, narrowed: dict[str, Any], rows: list[int]) -> None:
    asked = {"place": "outside", "kind": "card", **narrowed}
    assert [row["row"] for row in left_out_rows(parquet, **asked)] == rows
    assert left_out_total(parquet, **asked) == Total(len(rows), len(rows), 100 * sum(rows))


def test_pages_follow_each_other(parquet: Path) -> None:
    pages = [left_out_rows(parquet, place="outside", kind="card", limit=2, offset=n) for n in (0, 2, 4)]
    assert [[row["row"] for row in page] for page in pages] == [[3, 4], [5, 7], []]
