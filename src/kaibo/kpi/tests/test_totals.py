"""Views by segment: minutes, readings at handovers, the rest of the report. 19:00–21:00, handover at 20:00."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, SessionIn, ShiftIn
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
