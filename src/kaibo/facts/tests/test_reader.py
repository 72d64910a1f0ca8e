"""A page's rows and their foot always agree."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts import reader
from kaibo.facts.reader import Total, file_row, outside_rows, outside_total, placed_rows, placed_total
from kaibo.facts.store import write_batch
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
    made = [placed(2), placed(3, segment=2), placed(4, segment=2, measure="refund_minor"), placed(5, session=8)]
    made += [placed(6, session=None, segment=None, place="outside", kind="card", account=3)]
    pq.write_table(pa.Table.from_pylist(made, schema=schema), path)
    return path


def test_rows_of_a_session_and_their_total(parquet: Path) -> None:
    assert [row["row"] for row in placed_rows(parquet, session=7)] == [2, 3, 4]
    assert placed_total(parquet, session=7) == Total(rows=3, count=3, amount=900)


def test_rows_of_a_segment_and_measure(parquet: Path) -> None:
    assert [r["row"] for r in placed_rows(parquet, session=7, segment=2, measure="paid_minor")] == [3]
    assert placed_total(parquet, session=7, segment=2, measure="paid_minor") == Total(1, 1, 300)
    assert placed_total(parquet, session=7, table="after_sale") == Total(0, 0, 0)


def test_pages_follow_each_other(parquet: Path) -> None:
    pages = [placed_rows(parquet, session=7, limit=2, offset=n)[0]["row"] for n in (0, 2)]
    assert pages == [2, 4]


def test_rows_outside_any_session(parquet: Path) -> None:
    assert [row["row"] for row in outside_rows(parquet)] == [6]
    assert outside_rows(parquet, account=3, kind="card")[0]["account"] == 3
    assert outside_total(parquet, kind="own_live") == Total(0, 0, 0)


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_row(tmp_path, "order_line", 2)


def test_importing_the_reader_loads_no_heavy_library() -> None:
    code = "import sys, kaibo.facts.reader; sys.exit(any(m in sys.modules for m in ('duckdb', 'pyarrow', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reading_rows_keeps_the_web_process_light(tmp_path: Path) -> None:
    write_batch(tmp_path / "b", "roster_shift", [{"row": 3, "raw": "{}", "person_name": "O'Neil?"}])
    program = (
        "import sys; from pathlib import Path; from kaibo.facts import reader;"
        f"found = reader.rows(Path({str(tmp_path / 'b')!r}), 'roster_shift', [3]);"
        "assert found[0]['person_name'] == \"O'Neil?\";"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'ibis'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_quote_or_a_question_mark_in_a_value_is_a_value(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder?"
    write_batch(folder, "roster_shift", [{"row": 3, "raw": "{}", "person_name": "x"}])
    assert reader.file_row(folder, "roster_shift", 3) is not None
