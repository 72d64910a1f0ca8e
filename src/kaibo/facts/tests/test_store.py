"""A batch's file is written wholly or not at all, and read back row by row."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.facts import slabs, spool, store
from kaibo.facts.reader import file_row, rows
from kaibo.facts.schema import ORDER_LINE, ROSTER_SHIFT, TABLES
from kaibo.facts.spool import Spool
from kaibo.facts.store import table_path, write_batch


def order(row: int, ordered_ms: int, **more: Any) -> dict[str, Any]:
    return {"row": row, "raw": "{}", "sub_order": str(6917926768823643000 + row), "ordered_ms": ordered_ms, **more}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "batches"
    made.mkdir()
    return made


def test_written_facts_come_back_as_they_were(root: Path) -> None:
    count = write_batch(root / "b1", ORDER_LINE, [order(2, 30, product="甲"), order(3, 10, payable_minor=-1)])
    assert count == 2
    found = file_row(root / "b1", ORDER_LINE, 2)
    assert found is not None
    assert set(found) == set(TABLES[ORDER_LINE])
    assert found["product"] == "甲"
    assert found["payable_minor"] is None
    assert file_row(root / "b1", ORDER_LINE, 4) is None


def test_file_is_sorted_by_instant(root: Path) -> None:
    import pyarrow.parquet as pq

    write_batch(root / "b1", ORDER_LINE, [order(n, 1000 - n) for n in range(2, 50)])
    instants = pq.read_table(table_path(root / "b1", ORDER_LINE))["ordered_ms"].to_pylist()
    assert instants == sorted(instants)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=30))
def test_every_fact_is_found_by_its_row(tmp_path_factory: pytest.TempPathFactory, instants: list[int]) -> None:
    folder = tmp_path_factory.mktemp("facts") / "b"
    write_batch(folder, ORDER_LINE, (order(n, ms) for n, ms in enumerate(instants, 2)))
    found = rows(folder, ORDER_LINE, range(2, 2 + len(instants)))
    assert [fact["ordered_ms"] for fact in found] == instants


INSTANTS = st.lists(st.one_of(st.none(), st.integers(0, 50)), max_size=60)
NEARLY_SORTED = st.lists(st.integers(0, 3), max_size=60).map(lambda late: [n + by for n, by in enumerate(late)])


@given(
    INSTANTS | NEARLY_SORTED | NEARLY_SORTED.map(lambda found: found[::-1]), st.booleans(), st.sampled_from([4, 7, 16]),
    st.integers(0, 5),
)  # fmt: skip
def test_more_facts_than_fit_in_memory_are_sorted_too(
    tmp_path_factory: pytest.TempPathFactory, instants: list[int | None], as_spool: bool, slab: int, held: int
) -> None:
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("facts") / "b"
    facts: list[dict[str, Any]] = [{"row": n, "raw": f"第{n}行", "ordered_ms": ms} for n, ms in enumerate(instants, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "CHUNK", 4)
        patch.setattr(spool, "CHUNK", 4)
        patch.setattr(slabs, "SLAB", slab)
        patch.setattr(slabs, "HELD", held)
        assert write_batch(folder, ORDER_LINE, Spool(facts, limit=8) if as_spool else facts) == len(facts)
    assert [path.name for path in folder.iterdir()] == ["order_line.parquet"]
    expected = sorted(facts, key=lambda fact: (fact["ordered_ms"] is None, fact["ordered_ms"] or 0, fact["row"]))
    found = pq.read_table(table_path(folder, ORDER_LINE)).select(["row", "raw", "ordered_ms"]).to_pylist()
    assert found == expected


def test_an_empty_batch_is_a_file_too(root: Path) -> None:
    assert write_batch(root / "b1", ROSTER_SHIFT, []) == 0
    assert rows(root / "b1", ROSTER_SHIFT, [1, 2]) == []


def test_a_roster_line_gives_all_its_shifts(root: Path) -> None:
    shifts = [{"row": 4, "raw": "{}", "column": c, "date": f"2026-10-0{c}", "code": "A1"} for c in (3, 2)]
    write_batch(root / "b1", ROSTER_SHIFT, shifts)
    assert [s["column"] for s in rows(root / "b1", ROSTER_SHIFT, [4])] == [2, 3]


@pytest.mark.parametrize("bad", [{"row": 2, "raw": "{}", "no_such_field": 1}, {"row": 2, "quantity": "three"}])
def test_a_wrong_fact_leaves_nothing(root: Path, bad: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        write_batch(root / "b1", ORDER_LINE, [order(1, 1), bad])
    assert list(root.iterdir()) == []


def test_a_facts_source_that_fails_midway_leaves_nothing(root: Path) -> None:
    def facts() -> Any:
        yield order(1, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_batch(root / "b1", ORDER_LINE, facts())
    assert list(root.iterdir()) == []


def test_a_batch_is_never_overwritten(root: Path) -> None:
    write_batch(root / "b1", ORDER_LINE, [order(1, 1)])
    with pytest.raises(FileExistsError):
        write_batch(root / "b1", ORDER_LINE, [order(2, 2)])
    assert file_row(root / "b1", ORDER_LINE, 1) is not None


def test_the_remains_of_a_killed_import_do_not_hinder_the_next(root: Path) -> None:
    (root / ".b1.part").mkdir()
    (root / ".b1.part" / "order_line.parquet").write_bytes(b"half")
    assert write_batch(root / "b1", ORDER_LINE, [order(1, 1)]) == 1
    assert [p.name for p in root.iterdir()] == ["b1"]


def test_what_is_nearly_in_order_is_not_put_aside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK", 4)
    monkeypatch.setattr(slabs, "SLAB", 16)
    for step in (1, -1):
        facts = Spool([order(n, 1000 + step * (n + 2 * (n % 2))) for n in range(2, 102)], limit=8)
        stretches = slabs.Stretches(facts, ORDER_LINE)
        assert stretches.most_held <= 16 + 2 * 8
        assert sum(table.num_rows for table in slabs.slabs(stretches)) == 100
        assert not stretches._held
    scattered = Spool([order(n, n * 37 % 101) for n in range(2, 102)], limit=8)
    assert slabs.Stretches(scattered, ORDER_LINE).most_held == 100
