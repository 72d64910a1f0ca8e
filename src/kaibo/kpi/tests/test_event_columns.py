"""How events are read and counted: whatever their files are like, and as little of them as a change asks for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from kaibo.facts import event_ends
from kaibo.facts.schema import EVENT
from kaibo.facts.store import table_path
from kaibo.kpi.engine import event_columns
from kaibo.kpi.engine.event_columns import Slice
from kaibo.kpi.engine.event_reading import Raw
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import BatchIn, MonthInputs, MonthResult, SessionIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_events import HOUR, MINUTE, ROOM, SESSION, SHIFTS, START, STORY, _rows, facts

DAY = 24 * HOUR
# yesterday's broadcast of the room, in which 1 and 9 were; today 1, 2 and 3 come, one in each hour
EARLIER = SessionIn(7, 1, START - DAY, START - DAY + HOUR)
YESTERDAY = f"{-24 * 60} enter 1, {-24 * 60 + 1} enter 9"
TODAY = "0 enter 1, 61 enter 2, 122 enter 3, 130 comment 1"


def month(files: list[BatchIn]) -> MonthInputs:
    return MonthInputs("2026-10", [ROOM], [EARLIER, SESSION], (), SHIFTS, files)


@pytest.fixture
def files(tmp_path: Path) -> list[BatchIn]:
    return write(tmp_path / "facts", {"event": [*_rows(YESTERDAY, 10), *_rows(TODAY, 11)]})


def of_today(result: MonthResult, measure: str) -> dict[int, int]:
    found = [f for f in result.facts if f.place == "segment" and (f.session, f.measure) == (1, measure)]
    return {f.segment or 0: f.amount for f in found}


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sessions whose events were read."""
    seen: list[int] = []
    place = event_columns.place

    def watched(run: Run, chosen: Slice) -> Any:
        seen.extend(one.id for one in chosen.sessions)
        return place(run, chosen)

    monkeypatch.setattr(event_columns, "place", watched)
    return seen


def test_a_corrected_handover_asks_nobody_again_who_had_been_there(
    files: list[BatchIn], tmp_path: Path, placed: list[int]
) -> None:
    before = run(month(files), tmp_path / "before")
    assert of_today(before, "came_back") == {1: 1, 2: 0, 3: 0}
    # the second host is there two hours: of three segments two are left
    shifts = [replace(one, end_ms=one.end_ms + HOUR) if one.id in (2, 5) else one for one in SHIFTS if one.id != 3]
    corrected = replace(month(files), shifts=shifts)
    placed.clear()
    again = run(corrected, tmp_path / "again", tmp_path / "before")
    assert placed == [1]
    scratch = run(corrected, tmp_path / "scratch")
    assert again.facts == scratch.facts
    assert of_today(again, "came_back") == {1: 1, 2: 0}
    # and once more, from what was kept of that
    placed.clear()
    assert run(month(files), tmp_path / "third", tmp_path / "again").facts == before.facts
    assert placed == [1]


@pytest.mark.parametrize("what", ["withdrawn", "moved", "damaged"])
def test_who_had_been_there_is_asked_again_where_that_may_differ(
    files: list[BatchIn], tmp_path: Path, placed: list[int], what: str
) -> None:
    run(month(files), tmp_path / "before")
    shifts = [replace(one, end_ms=one.end_ms + HOUR) if one.id in (2, 5) else one for one in SHIFTS if one.id != 3]
    corrected = replace(month(files), shifts=shifts)
    if what == "withdrawn":
        corrected = replace(corrected, batches=files[1:])
    elif what == "moved":
        # yesterday's broadcast began after viewer 1 had come
        corrected = replace(corrected, sessions=[replace(EARLIER, start_ms=EARLIER.start_ms + 1), SESSION])
    else:
        kept = tmp_path / "before" / "crowds.jsonl"
        # one more person than were there
        kept.write_text(kept.read_text().replace('"80"]', '"8000"]'))
    again = run(corrected, tmp_path / "again", tmp_path / "before")
    scratch = run(corrected, tmp_path / "scratch")
    assert again.facts == scratch.facts
    expected = {"withdrawn": {}, "moved": {1: 0, 2: 0}, "damaged": {1: 1, 2: 0}}
    assert of_today(again, "came_back") == expected[what]
    assert 7 in placed


def test_no_viewer_is_in_what_is_remembered(tmp_path: Path) -> None:
    told = [*_rows(f"{-24 * 60} enter 987654321", 10), *_rows("0 enter 987654321, 5 comment 987654321", 11)]
    run(month(write(tmp_path / "facts", {"event": told})), tmp_path / "out")
    kept = (tmp_path / "out" / "crowds.jsonl").read_text()
    assert '"returned"' in kept
    assert "987654321" not in kept
    assert f"{987654321:x}" not in kept


def test_a_file_in_another_order_without_statistics_and_columns_says_the_same(tmp_path: Path) -> None:
    """As an older version, or another program, may have written it."""
    files = write(tmp_path / "facts", {"event": [*_rows(STORY, 10)]})
    inputs = MonthInputs("2026-10", [ROOM], [SESSION], (), SHIFTS, files)
    before = run(inputs, tmp_path / "before")
    path = table_path(files[0].folder, EVENT)
    rows = pq.read_table(path)
    turned = rows.take(np.arange(len(rows))[::-1]).drop_columns(["event_id", "count"])
    pq.write_table(turned.replace_schema_metadata(None), path, write_statistics=False, row_group_size=5)
    assert event_ends.said(path) is None
    again = run(inputs, tmp_path / "again")
    assert facts(before, "pcu")
    assert again.facts == before.facts


def test_ids_decide_what_was_told_twice_and_not_their_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ids with one digest are two, and an event without an id is told once."""
    told = _rows("5 enter 1 a, 6 enter 2 b, 7 enter 3 a, 8 enter 4, 9 enter 5", 10)
    monkeypatch.setattr(Raw, "twice", lambda self, _run: np.flatnonzero(self.ids.is_valid().to_numpy()))
    result = run(
        MonthInputs("2026-10", [ROOM], [SESSION], (), SHIFTS, write(tmp_path / "facts", {"event": told})),
        tmp_path / "out",
    )
    assert facts(result, "views")[1] == 4


def test_what_a_batch_replaces_only_in_part_counts_with_the_rest(tmp_path: Path) -> None:
    """Some files are read as they are and some by way of what replaces them."""
    about = {"platform": None, "kind": "enter"}
    other = [
        (12, 12, fact("event", 1, account=" room ", instant_ms=START + 61 * MINUTE, viewer=7, **about)),
        (12, 12, fact("event", 2, account=None, instant_ms=START + 62 * MINUTE, viewer=8, **about)),
    ]
    told = [*_rows("5 enter 1, 10 enter 2, 65 enter 3, 70 comment 3", 10), *_rows("10 enter 4, 65 enter 5", 11)]
    files = write(tmp_path / "facts", {"event": [*told, *other]})
    # whoever imported the last file said which room it is of
    files = [replace(one, scope="room") if one.id == 12 else one for one in files]
    result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), SHIFTS, files), tmp_path / "out")
    # 1 is before what the newer file tells of entering; the comment is of another kind
    assert facts(result, "views") == {1: 2, 2: 3}
    assert facts(result, "comments") == {1: 0, 2: 1}
