"""Rows of many segments at once: only those that count there, added up by batch, in pages."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts import segment_rows
from kaibo.facts.segment_rows import Found
from kaibo.kpi.inputs import PLACED_ROW

KINDS = {"int64": pa.int64(), "text": pa.string()}


def row(segment: int, batch: int, line: int, amount: int, **other: object) -> dict[str, object]:
    made = {
        "table": "order_line", "place": "segment", "basis": "measured", "measure": "paid_minor", "session": 1,
        "segment": segment, "batch": batch, "row": line, "amount": amount, "count": 1, "instant_ms": line,
    }  # fmt: skip
    return {**dict.fromkeys(PLACED_ROW), **made, **other}


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    rows = [
        row(1, 7, 2, 100),
        row(1, 8, 2, 30),
        row(2, 7, 3, 5),
        row(3, 7, 4, 1_000),
        row(1, 7, 9, 1, place="tagged"),
        row(1, 9, 1, 40, measure="refund_minor", table="after_sale"),
        row(2, 7, 3, 60, session=2),
    ]
    schema = pa.schema([(name, KINDS[kind]) for name, kind in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "it's.parquet")
    return tmp_path / "it's.parquet"


def test_only_what_counts_in_the_places_is_added_up(placed: Path) -> None:
    assert segment_rows.sums(placed, [(1, 1), (1, 2)], ["paid_minor"]) == [
        Found("order_line", 7, "paid_minor", "measured", rows=2, lines=2, count=2, amount=105),
        Found("order_line", 8, "paid_minor", "measured", rows=1, lines=1, count=1, amount=30),
    ]


def test_rows_come_in_order_and_in_pages(placed: Path) -> None:
    places = [(1, 2), (1, 1), (2, 2)]
    whole = [r["amount"] for r in segment_rows.every(placed, places, ["paid_minor"], chunk=2)]
    assert whole == [100, 30, 5, 60]
    page = segment_rows.rows(placed, places, ["paid_minor"], limit=2, offset=1)
    assert [r["amount"] for r in page] == whole[1:3]


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        segment_rows.sums(tmp_path / "none.parquet", [(1, 1)], ["views"])


def test_reading_keeps_the_web_process_light(placed: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kaibo.facts import segment_rows;"
        f"assert segment_rows.sums(Path({str(placed)!r}), [(1, 1)], ['paid_minor']);"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'ibis'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
