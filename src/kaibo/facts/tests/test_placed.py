"""Placed rows in several files: each session is told by the newest file that speaks of it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts.placed import amend, files
from kaibo.facts.tests.placed import placed_rows

KINDS = {
    "session": pa.int64(), "segment": pa.int64(), "instant_ms": pa.int64(), "batch": pa.int64(), "row": pa.int64(),
    "measure": pa.string(), "amount": pa.int64(), "count": pa.int64(), "place": pa.string(),
}  # fmt: skip


def write(path: Path, *rows: tuple[int | None, int]) -> Path:
    """Rows of (session, amount)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [
        {"session": s, "segment": 1, "instant_ms": n, "batch": 1, "row": n, "measure": "views", "amount": a, "count": 1}
        for n, (s, a) in enumerate(rows)
    ]
    pq.write_table(pa.Table.from_pylist(made, pa.schema(KINDS.items())), path)
    return path


def amounts(folder: Path) -> dict[int, list[int]]:
    rows = {s: placed_rows(folder / "rows.parquet", s) for s in (1, 2, 3)}
    return {session: [row["amount"] for row in of] for session, of in rows.items()}


@pytest.mark.parametrize("name", ["facts", "it's ? here"])
def test_the_newest_file_tells(tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    write(root / "a" / "rows.parquet", (1, 10), (1, 11), (2, 20), (3, 30), (None, 99))
    amend(root / "a", root / "b", write(root / "b" / "new.parquet", (1, 100), (2, 200)), [1, 2])
    amend(root / "b", root / "c", write(root / "c" / "new.parquet", (2, 2000)), [2])
    # a session may have no row left
    amend(root / "c", root / "d", write(root / "d" / "new.parquet"), [3])
    amend(root / "d", root / "e", None, [])
    assert amounts(root / "a") == {1: [10, 11], 2: [20], 3: [30]}
    assert amounts(root / "b") == {1: [100], 2: [200], 3: [30]}
    assert amounts(root / "c") == {1: [100], 2: [2000], 3: [30]}
    assert amounts(root / "d") == amounts(root / "e") == {1: [100], 2: [2000], 3: []}
    assert [row["amount"] for row in placed_rows(root / "e" / "rows.parquet", None)] == [99]
    assert {path.name for path in files(root / "e")} == {path.name for path in (root / "e").iterdir()}


def test_what_is_gone_is_no_reason_to_forget(tmp_path: Path) -> None:
    write(tmp_path / "a" / "rows.parquet", (1, 10))
    amend(tmp_path / "a", tmp_path / "b", write(tmp_path / "b" / "new.parquet", (1, 11)), [1])
    (tmp_path / "b" / "rows-1.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        amend(tmp_path / "b", tmp_path / "c", None, [])
