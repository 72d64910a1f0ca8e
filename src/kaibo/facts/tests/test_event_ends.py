"""When a file of events speaks: what its foot says is what its rows say."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.facts import event_ends, slabs
from kaibo.facts.schema import EVENT, MINUTE
from kaibo.facts.store import table_path, write_batch
from kaibo.facts.visible import BatchFile, event_ends_sql

EVENTS = st.lists(
    st.fixed_dictionaries({
        "platform": st.sampled_from([None, "douyin", "kuaishou"]),
        "account": st.sampled_from([None, "", "一号间", "room", " room"]),
        "kind": st.sampled_from([None, "enter", "leave", "like"]),
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


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.sampled_from([3, slabs.SLAB]))
def test_the_foot_of_a_file_says_what_its_rows_say(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], slab: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # as a file that is larger than what is sorted at once
        patch.setattr(slabs, "SLAB", slab)
        path = written(tmp_path_factory.mktemp("ends") / "b1", events)
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
