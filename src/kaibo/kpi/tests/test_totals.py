"""Views by segment: minutes, readings at handovers, the rest of the report. 19:00–21:00, handover at 20:00."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.canonical import plain, restored
from kaibo.kpi.inputs import AccountIn, MonthInputs, OutageIn, SessionIn, Settings, ShiftIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_places import at

ROOM = AccountIn(1, ("room1",), "Asia/Shanghai", "CNY")
SESSION = SessionIn(1, 1, at("19:00"), at("21:00"))
SECOND = 1000


def minute(start: int, entries: int | None, length: int = 60 * SECOND, **said: Any) -> dict[str, Any]:
    return fact("minute", 1, account="room1", minute_ms=start, length_ms=length, entries=entries, **said)


def reading(clock: str, views: int | None) -> dict[str, Any]:
    return fact("reading", 1, account="room1", instant_ms=at(clock), views=views)


def whole_hours(first: int | None, second: int | None) -> list[dict[str, Any]]:
    return [minute(at("19:00"), first, 60 * 60 * SECOND), minute(at("20:00"), second, 60 * 60 * SECOND)]


def views(tables: dict[str, list[dict[str, Any]]], total: int | None, handover: int = at("20:00")) -> dict:
    """(segment, basis) → views."""
    report = fact("session_report", 1, account="room1", start_ms=SESSION.start_ms, end_ms=SESSION.end_ms, views=total)
    shifts = [
        ShiftIn(1, 1, 11, "host", SESSION.start_ms, handover),
        ShiftIn(2, 1, 12, "host", handover, SESSION.end_ms),
    ]
    with TemporaryDirectory() as folder:
        rows = {table: [(place, 1, one) for one in of] for place, (table, of) in enumerate(tables.items(), 2)}
        batches = write(Path(folder) / "facts", {"session_report": [(1, 1, report)], **rows})
        result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), shifts, batches), Path(folder) / "out")
    assert sum(f.amount for f in result.facts if f.measure == "report_views") == (total or 0)
    return {(f.segment, f.basis): f.amount for f in result.facts if f.measure == "views"}


SPEC: list[tuple[str, dict[str, list[dict[str, Any]]], int | None, dict[tuple[int, str], int]]] = [
    ("only the report", {}, 100, {(1, "allocated"): 50, (2, "allocated"): 50}),
    ("minutes all over, whatever the report says", {"minute": whole_hours(80, 10)}, 100,
     {(1, "measured"): 80, (2, "measured"): 10}),
    ("minutes without a report", {"minute": whole_hours(80, 10)}, None, {(1, "measured"): 80, (2, "measured"): 10}),
    ("minutes of the first hour, the rest shared out", {"minute": whole_hours(80, None)}, 100,
     {(1, "measured"): 80, (2, "allocated"): 20}),
    ("minutes that are more than the report", {"minute": whole_hours(120, None)}, 100, {(1, "measured"): 120}),
    ("a reading at the handover", {"reading": [reading("20:03", 70)]}, 100,
     {(1, "measured"): 70, (2, "allocated"): 30}),
    ("readings to the end", {"reading": [reading("20:00", 70), reading("21:02", 95)]}, 100,
     {(1, "measured"): 70, (2, "measured"): 25}),
    ("a reading in mid-shift", {"reading": [reading("20:30", 90)]}, 100, {(1, "allocated"): 60, (2, "allocated"): 40}),
    ("a total that went down", {"reading": [reading("20:00", 70), reading("21:00", 7)]}, 100,
     {(1, "measured"): 70, (2, "allocated"): 30}),
    ("minutes beat readings", {"minute": whole_hours(80, 10), "reading": [reading("20:00", 1)]}, 100,
     {(1, "measured"): 80, (2, "measured"): 10}),
]  # fmt: skip


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_views_of_the_segments(case: tuple) -> None:
    _, tables, total, expected = case
    assert views(tables, total) == expected


def test_a_minute_on_the_boundary_is_split_by_seconds() -> None:
    # the handover at 19:30:20 leaves a third of its minute with the first
    cut = minute(at("19:30"), 10)
    assert views({"minute": [cut]}, None, at("19:30") + 20 * SECOND) == {(1, "measured"): 3, (2, "measured"): 7}


def test_two_readings_at_one_handover_lose_nothing() -> None:
    told = {"reading": [reading("19:57", 70), reading("20:02", 80), reading("21:00", 100)]}
    assert views(told, 100) == {(1, "measured"): 70, (2, "measured"): 30}


ROWS = [
    ("at the handover and the end", [reading("20:03", 70), reading("21:02", 95)], {},
     [(1, 1, "measured", 70), (2, 2, "measured", 25)]),
    ("in mid-shift", [reading("20:30", 90)], {}, [(1, 1, "allocated", 60), (1, 2, "allocated", 30)]),
    ("nothing came in", [reading("20:00", 0)], {}, [(1, 1, "measured", 0)]),
    ("minutes beat them", [reading("20:00", 70)], {"minute": whole_hours(80, 10)}, []),
]  # fmt: skip


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case[0])
def test_what_a_reading_says_is_a_row_of_its_segments(case: tuple) -> None:
    """(row, segment, basis, amount)."""
    _, readings, others, expected = case
    shifts = [
        ShiftIn(1, 1, 11, "host", SESSION.start_ms, at("20:00")),
        ShiftIn(2, 1, 12, "host", at("20:00"), SESSION.end_ms),
    ]
    tables = {"reading": [(7, 1, {**one, "row": n}) for n, one in enumerate(readings, 1)]}
    tables |= {table: [(8, 1, one) for one in rows] for table, rows in others.items()}
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", tables)
        result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), shifts, batches), Path(folder) / "out")
        placed = [row for row in pq.read_table(result.rows_path).to_pylist() if row["table"] == "reading"]
    assert [(r["row"], r["segment"], r["basis"], r["amount"]) for r in placed] == expected
    assert {(r["batch"], r["place"], r["measure"], r["session"], r["label"]) for r in placed} <= {
        (7, "segment", "views", 1, "room1")
    }


@pytest.mark.parametrize("total", [100, None])
def test_two_readings_at_the_end_lose_nothing(total: int | None) -> None:
    told = {"reading": [reading("20:00", 70), reading("20:57", 90), reading("21:02", 100)]}
    assert views(told, total) == {(1, "measured"): 70, (2, "measured"): 30}


def told(tables: dict[str, list[dict[str, Any]]], total: int | None, **more: Any) -> tuple[set, set]:
    """What is said to be unknown: of which segments by how long, and of whom."""
    report = fact("session_report", 1, account="room1", start_ms=SESSION.start_ms, end_ms=SESSION.end_ms, views=total)
    shifts = [
        ShiftIn(1, 1, 11, "host", SESSION.start_ms, at("20:00")),
        ShiftIn(2, 1, 12, "host", at("20:00"), SESSION.end_ms),
        ShiftIn(3, 1, 13, "floor_manager", SESSION.start_ms, SESSION.end_ms),
    ]
    with TemporaryDirectory() as folder:
        rows = {table: [(place, 1, one) for one in of] for place, (table, of) in enumerate(tables.items(), 2)}
        batches = write(Path(folder) / "facts", {"session_report": [(1, 1, report)], **rows})
        inputs = MonthInputs("2026-10", [ROOM], [SESSION], (), shifts, batches, **more)
        result = run(inputs, Path(folder) / "out")
    marks = [one for one in result.facts if one.measure == "untold:views"]
    assert {one.measure for one in result.facts if one.measure.startswith("untold:")} <= {"untold:views"}
    credits = [one for one in result.credits if one.measure == "untold:views"]
    return {(f.segment, f.amount) for f in marks}, {(c.person, c.segment, c.amount) for c in credits}


NOW = Settings(tells_untold=True)
HOUR = 3600 * SECOND
SECOND_HOUR = ({(2, HOUR)}, {(12, 2, HOUR), (13, 2, HOUR)})
NOTHING: tuple[set, set] = (set(), set())


@pytest.mark.parametrize(
    ("tables", "total", "expected"),
    [
        ({"minute": whole_hours(80, None)}, None, SECOND_HOUR),
        # less than what is known already says nothing of the rest, just enough that there was none
        ({"minute": whole_hours(80, None)}, 70, SECOND_HOUR),
        ({"minute": whole_hours(80, None)}, 80, NOTHING),
        ({"minute": whole_hours(80, None)}, 100, NOTHING),
        ({"minute": whole_hours(80, 0)}, None, NOTHING),
        # some of its time is told
        ({"reading": [reading("20:00", 70), reading("20:30", 90)]}, None, NOTHING),
        ({"reading": [reading("20:02", 70)]}, None, SECOND_HOUR),
        # nothing is known of the broadcast at all: it is left out as a whole
        ({}, None, NOTHING),
    ],
)
def test_a_segment_in_which_nothing_lies_is_unknown_of_everyone_in_it(
    tables: dict, total: int | None, expected: tuple
) -> None:
    assert told(tables, total, settings=NOW) == expected


def test_an_outage_had_no_views_and_months_closed_before_say_nothing() -> None:
    tables = {"minute": whole_hours(80, None)}
    lost = OutageIn(1, at("20:00"), SESSION.end_ms, "platform")
    assert told(tables, None, settings=NOW, outages=[lost]) == NOTHING
    as_kept = plain(Settings())
    del as_kept["tells_untold"]
    assert told(tables, None, settings=restored(Settings, as_kept)) == NOTHING
