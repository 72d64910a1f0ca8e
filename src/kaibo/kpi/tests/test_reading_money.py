"""Sales read at handovers in another currency than the room's: named, converted or waiting, and in no segment."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, RateIn, SessionIn, ShiftIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_places import at

ROOM = AccountIn(1, ("room1",), "Asia/Shanghai", "CNY")
SESSION = SessionIn(1, 1, at("19:00"), at("21:00"))
SHIFTS = [
    ShiftIn(1, 1, 11, "host", SESSION.start_ms, at("20:00")), ShiftIn(2, 1, 12, "host", at("20:00"), SESSION.end_ms),
]  # fmt: skip
SEVEN = RateIn("USD", "2026-10-01", "7")


def reading(row: int, clock: str, minor: int | None, currency: str | None, views: int = 0) -> dict[str, Any]:
    return fact(
        "reading", row, account="room1", instant_ms=at(clock), gmv_minor=minor, currency=currency, views=views or None
    )


def minutes(currency: str) -> dict[str, Any]:
    return fact(
        "minute", 1, account="room1", minute_ms=at("19:00"), length_ms=3_600_000, gmv_minor=70, currency=currency
    )


WAITS = "gmv_minor@USD 2026-10-20"
# (what, readings, rates, minutes, left out: measure, amount, original; GMV of the segments; rows left out)
SPEC: list[tuple[str, list[Any], list[RateIn], list[Any], list[Any], dict[int, int], list[Any]]] = [
    ("the room's own", [reading(1, "20:00", 500, "CNY")], [], [], [], {1: 500}, []),
    ("no currency said", [reading(1, "20:00", 500, None)], [], [], [], {1: 500}, []),
    (
        "another, with a rate", [reading(1, "20:00", 500, "USD"), reading(2, "21:00", 801, "USD")], [SEVEN], [],
        [("gmv_minor", 5607, 801)], {}, [(1, 3500), (2, 2107)],
    ),
    (
        "another, without a rate", [reading(1, "20:00", 500, "USD"), reading(2, "21:00", 801, "USD")], [], [],
        [(WAITS, 801, 801)], {}, [(1, 500), (2, 301)],
    ),
    (
        "two currencies: each is a running total of its own",
        [reading(1, "20:00", 500, "USD"), reading(2, "20:30", 400, "CNY"), reading(3, "21:00", 900, "USD")],
        [SEVEN], [],
        [("gmv_minor", 6300, 900)], {1: 267, 2: 133}, [(1, 3500), (3, 2800)],
    ),
    ("minutes say the amount", [reading(1, "20:00", 500, "USD")], [SEVEN], [minutes("CNY")], [], {1: 70}, []),
    ("nothing was sold", [reading(1, "20:00", 0, "USD")], [SEVEN], [], [], {}, []),
    ("off air", [reading(1, "23:00", 500, "USD")], [SEVEN], [], [], {}, []),
]  # fmt: skip


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_sales_read_in_other_money(case: tuple) -> None:
    _, readings, rates, of_minutes, left_out, segments, rows_out = case
    tables = {"reading": [(1, 1, one) for one in readings], "minute": [(2, 1, one) for one in of_minutes]}
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", tables)
        result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), SHIFTS, batches, rates=rates), Path(folder) / "out")
        rows = pq.read_table(result.rows_path).to_pylist()
    money = [fact for fact in result.facts if fact.measure.startswith("gmv_minor")]
    apart = [fact for fact in money if fact.kind == "reading_currency"]
    assert [(fact.measure, fact.amount, fact.original) for fact in apart] == left_out
    assert {(fact.place, fact.account, fact.currency, fact.date) for fact in apart} <= {
        ("unmatched", 1, "USD", "2026-10-20")
    }
    assert {fact.segment: fact.amount for fact in money if fact.place == "segment"} == segments
    assert [(row["row"], row["amount"]) for row in rows if row["kind"] == "reading_currency"] == rows_out


def test_what_else_was_read_counts() -> None:
    told = {"reading": [(1, 1, reading(1, "20:00", 500, "USD", views=70))]}
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", told)
        result = run(MonthInputs("2026-10", [ROOM], [SESSION], (), SHIFTS, batches), Path(folder) / "out")
    views = {(fact.segment, fact.basis): fact.amount for fact in result.facts if fact.measure == "views"}
    assert views == {(1, "measured"): 70}
