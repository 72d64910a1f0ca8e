"""What events came to stays when their rows are gone: the same figures, or as much of them as can still be said."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from kaibo.kpi.inputs import CrowdIn, MonthInputs, MonthResult, ShiftIn
from kaibo.kpi.tests.effort import many
from kaibo.kpi.tests.generated import Case
from kaibo.kpi.tests.generated_more import every_case
from kaibo.kpi.tests.month_files import run, write
from kaibo.kpi.tests.test_events import HOUR, MINUTE, ROOM, SESSION, SHIFTS, START, STORY, _rows, facts, of_person


def story(
    told: str = STORY, kept: tuple[CrowdIn, ...] = (), shifts: list[ShiftIn] = SHIFTS
) -> tuple[MonthResult, list[dict]]:  # fmt: skip
    with TemporaryDirectory() as folder:
        files = write(Path(folder) / "facts", {"event": _rows(told, 10)} if told else {})
        result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), shifts, files, crowds=kept), Path(folder) / "out")
        return result, pq.read_table(result.rows_path).to_pylist()


def test_counts_make_the_same_month_as_the_events_did() -> None:
    before, rows = story()
    after, again = story("", tuple(before.crowds))
    assert (after.facts, after.credits, again) == (before.facts, before.credits, rows)
    assert after.crowds == before.crowds
    assert facts(after, "viewers") == {1: 2, 2: 2, 3: 1}


def test_no_viewer_is_kept() -> None:
    """A viewer's number is in no count, wherever one looks."""
    before, _ = story("0 enter 987654321, 10 comment 987654321, 20 leave 987654321")
    assert before.crowds
    assert "987654321" not in repr(before.crowds)


def test_other_people_in_the_same_segments() -> None:
    """A correction after the rows went: person 2 was on from 21 to 23, which nobody was before."""
    before, _ = story()
    shifts = [replace(one, person=2) if one.id == 3 else one for one in SHIFTS]
    after, _ = story("", tuple(before.crowds), shifts)
    assert facts(after, "viewers") == facts(before, "viewers")
    assert facts(after, "views") == facts(before, "views")
    # whom person 2 met twice is not known any more: nothing of it is called measured
    bases = {f.basis for f in after.facts if f.measure == "viewers"} | {
        c.basis for c in after.credits if c.measure == "viewers"
    }
    assert bases == {"approximated"}
    assert of_person(after, 1, "views") == {1: 2}


def test_other_segments_share_sums_by_time_and_leave_people_open() -> None:
    before, _ = story()
    # the change of hosts at 21:00 was at 20:40 after all
    moved = [replace(one, end_ms=START + 40 * MINUTE) if one.id == 1 else one for one in SHIFTS]
    moved = [replace(one, start_ms=START + 40 * MINUTE) if one.start_ms == START + HOUR else one for one in moved]
    after, _ = story("", tuple(before.crowds), moved)
    views = [(f.segment, f.basis, f.amount) for f in after.facts if f.measure == "views"]
    # of the first hour's two one falls to its last third by the larger remainder; what lay in one segment whole stays
    assert sorted(views) == [(1, "allocated", 1), (2, "allocated", 1), (2, "measured", 1), (3, "measured", 1)]
    assert facts(after, "viewers") == facts(after, "online_ms") == {}


def test_events_that_reach_as_far_replace_what_was_kept() -> None:
    before, _ = story()
    again, _ = story(f"{STORY}, 20.5 comment 2", tuple(before.crowds))
    assert facts(again, "comments")[1] == facts(before, "comments")[1] + 1
    # what only tells a part of it does not
    part, _ = story("0 enter 1, 10 enter 2, 30 leave 1", tuple(before.crowds))
    assert part.facts == before.facts


@pytest.mark.slow
@settings(max_examples=many(12, 60), deadline=None, suppress_health_check=list(HealthCheck))
@given(every_case().filter(lambda case: case.tables["event"]))
def test_counts_make_many_months_as_the_events_did(case: Case) -> None:
    results = []
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", case.tables, case.said)
        before = run(replace(case.inputs, batches=batches), Path(folder) / "before")
        rest = [batch for batch in batches if batch.table != "event"]
        after = run(replace(case.inputs, batches=rest, crowds=before.crowds), Path(folder) / "after")
        for one in (before, after):
            results.append(
                [sorted(map(repr, of)) for of in (one.facts, one.credits, pq.read_table(one.rows_path).to_pylist())]
            )
    assert results[0] == results[1]
