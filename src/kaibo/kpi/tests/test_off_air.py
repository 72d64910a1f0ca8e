"""Minutes that no segment has: where each stands, and that a minutes' source adds up to its rows."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from kaibo.kpi.inputs import AccountIn, MonthInputs, RateIn, SessionIn
from kaibo.kpi.tests.effort import many
from kaibo.kpi.tests.generated import Case
from kaibo.kpi.tests.generated_more import every_case
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.slow_totals import FIELDS, visible_minutes
from kaibo.kpi.tests.test_places import at

ROOMS = [AccountIn(1, ("room1", "旗舰店"), "Asia/Shanghai", "CNY")]
# off air from 19:30 to 19:40 and from 20:00 to 21:30
SESSIONS = [
    SessionIn(1, 1, at("19:00"), at("20:00"), "live", ((at("19:30"), at("19:40")),)),
    SessionIn(2, 1, at("21:30"), at("22:30")),
]
# (what, the minute, room, place, kind, session)
SPEC = [
    ("on air", "19:10", "room1", "segment", "", 1),
    ("in a break", "19:35", "room1", "after", "minute_break", 1),
    ("after the first", "20:30", "room1", "after", "minute_after", 1),
    ("as near to both", "20:45", "room1", "after", "minute_after", 1),
    ("nearer to the second", "20:46", "room1", "outside", "minute_before", 2),
    ("before the first", "18:00", "room1", "outside", "minute_before", 1),
    ("long before", "17:59", "room1", "outside", "minute_far", None),
    ("long after", "23:30", "room1", "outside", "minute_far", None),
    ("of a room that nobody knows", "19:10", "nobody", "unmatched", "minute_no_room", None),
]


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_where_a_minute_stands(case: tuple) -> None:
    _, clock, room, *where = case
    minute = fact("minute", 1, account=room, minute_ms=at(clock), entries=7, comments=2)
    facts, rows = computed([(1, 1, minute)])
    assert [[f[0], f[1], f[2], f[3]] for f in facts] == [[*where, "comments"], [*where, "views"]]
    assert [(r["place"], r["kind"] or "", r["session"], r["amount"]) for r in rows] == [(*where, 7)]


def test_of_a_minute_told_twice_under_two_names_the_later_row_counts() -> None:
    names = enumerate(("room1", "旗舰店"), 1)
    twice = [
        (1, 1, fact("minute", row, account=name, minute_ms=at("19:10"), entries=row)) for row, name in names
    ]  # fmt: skip
    facts, _ = computed(twice)
    assert facts == [("segment", "", 1, "views", 2), ("unmatched", "minute_twice", None, "views", 1)]


# (what, the minute's room and currency, rates, what is left out: kind, measure, amount)
MONEY = [
    ("the room's own", "room1", "CNY", [], []),
    (
        "another, with a rate",
        "room1",
        "USD",
        [RateIn("USD", "2026-10-01", "7")],
        [("minute_currency", "gmv_minor", 3500)],
    ),
    ("another, without a rate", "room1", "USD", [], [("minute_currency", "gmv_minor@USD 2026-10-20", 500)]),
    ("of a room that nobody knows", "nobody", "CNY", [], [("minute_no_room", "gmv_minor", 500)]),
    ("of no room and no currency", "nobody", None, [], [("minute_no_room", "gmv_minor@?", 500)]),
]


@pytest.mark.parametrize("case", MONEY, ids=lambda case: case[0])
def test_sales_of_a_minute_are_left_out_by_name(case: tuple) -> None:
    _, room, currency, rates, left_out = case
    minute = fact("minute", 9, account=room, minute_ms=at("19:10"), entries=7, gmv_minor=500, currency=currency)
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", {"minute": [(1, 1, minute)]})
        result = run(
            replace(MonthInputs("2026-10", ROOMS, SESSIONS, (), (), batches), rates=rates), Path(folder) / "out"
        )
        rows = pq.read_table(result.rows_path).to_pylist()
    money = [f for f in result.facts if f.measure.startswith("gmv_minor")]
    assert [(f.kind, f.measure, f.amount) for f in money if f.place == "unmatched"] == left_out
    assert [f.amount for f in money if f.place == "segment" and f.amount] == ([] if left_out else [500])
    # the minute counts on air without its amount, so the amount has a row of its own
    apart = [(r["kind"], r["measure"], r["amount"]) for r in rows if r["kind"] == "minute_currency"]
    assert apart == [one for one in left_out if one[0] == "minute_currency"]
    views = [f.place for f in result.facts if f.measure == "views" and f.amount]
    assert views == ["segment" if room == "room1" else "unmatched"]


def computed(minutes: list) -> tuple[list[tuple], list[dict]]:
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", {"minute": minutes})
        result = run(MonthInputs("2026-10", ROOMS, SESSIONS, (), (), batches), Path(folder) / "out")
        rows = pq.read_table(result.rows_path).to_pylist()
    of_files = [f for f in result.facts if f.measure not in ("air_ms", "broadcasts")]
    found = [(f.place, f.kind, f.session, f.measure, f.amount) for f in of_files]
    return sorted(found, key=lambda one: (one[0], one[1], one[3])), rows


def adds_up(case: Case) -> None:
    """Without reports and readings, all segments and places together are the visible minutes' sums, in one month."""
    tables = {"minute": case.tables["minute"]}
    found: Counter = Counter()
    for month in case.months[:3]:
        with TemporaryDirectory() as folder:
            batches = write(Path(folder) / "facts", tables, case.said)
            result = run(replace(case.of(month), batches=batches), Path(folder) / "out")
            for one in result.facts:
                found[one.measure] += one.amount
    rows = [row for _, _, _, row in visible_minutes(case.plain["minute"])]
    counts = [(measure, said[1]) for measure, said in FIELDS.items() if said[1] and not measure.endswith("_minor")]
    for measure, column in counts:
        assert found[measure] == sum(row[column] or 0 for row in rows)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(every_case())
def test_minutes_are_conserved(case: Case) -> None:
    adds_up(case)


@pytest.mark.slow
@settings(max_examples=many(10, 60), deadline=None, suppress_health_check=list(HealthCheck))
@given(every_case())
def test_minutes_are_conserved_in_many_months(case: Case) -> None:
    adds_up(case)
