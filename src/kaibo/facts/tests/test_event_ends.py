"""When a file of events speaks: what its foot says is what its rows say."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.facts import event_ends
from kaibo.facts.arrow import arrow_schema
from kaibo.facts.schema import EVENT, MINUTE
from kaibo.facts.store import table_path, write_batch, writing
from kaibo.facts.visible import BatchFile, event_ends_sql

SCHEMA = arrow_schema(EVENT)
EVENTS = st.lists(
    st.fixed_dictionaries({
        "platform": st.sampled_from([None, "douyin"]),
        "account": st.sampled_from([None, "一号间", " 一号间"]),
        "kind": st.sampled_from([None, "enter"]),
        "instant_ms": st.none() | st.integers(-50, 50),
    }),
    max_size=40,
)  # fmt: skip


def written(folder: Path, events: list[dict[str, Any]]) -> Path:
    write_batch(folder, EVENT, [{"raw": "{}", "row": row, **event} for row, event in enumerate(events, 1)])
    return table_path(folder, EVENT)


def by_its_rows(path: Path) -> list[tuple[Any, ...]]:
    found = duckdb.connect().execute(event_ends_sql([BatchFile(1, 0, path)])).fetchall()
    return [row for name, *row in found if name == str(path)]


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.integers(1, 40))
def test_the_foot_of_a_file_says_what_its_rows_say(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], at_once: int
) -> None:
    """However few rows are written at once, as of a file that is larger than what is sorted in memory."""
    path = table_path(tmp_path_factory.mktemp("ends"), EVENT)
    rows = pa.Table.from_pylist([{"raw": "{}", "row": row, **event} for row, event in enumerate(events, 1)], SCHEMA)
    with writing(path, EVENT) as put:
        for start in range(0, len(events), at_once):
            put(rows.slice(start, at_once))
    said = event_ends.said(path)
    assert said is not None
    assert sorted(said, key=repr) == sorted(map(list, by_its_rows(path)), key=repr)


def test_a_file_that_tells_more_apart_than_any_team_has_says_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(event_ends, "MOST", 3)
    events = [{"account": f"room{n}", "kind": "enter", "instant_ms": n} for n in range(4)]
    assert event_ends.said(written(tmp_path / "b1", events)) is None
    assert len(event_ends.said(written(tmp_path / "b2", events[:3])) or ()) == 3


def test_only_files_of_events_say_it(tmp_path: Path) -> None:
    write_batch(tmp_path / "b1", MINUTE, [{"raw": "{}", "row": 1, "minute_ms": 0}])
    assert event_ends.said(table_path(tmp_path / "b1", MINUTE)) is None
    assert event_ends.KEY not in (pq.read_metadata(table_path(tmp_path / "b1", MINUTE)).metadata or {})
