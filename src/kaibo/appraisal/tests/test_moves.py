"""What would move a running month, and the small drawings."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kaibo.appraisal import wording
from kaibo.appraisal.drawing import band_parts, session_bars, sketch, spark
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.moves import moves
from kaibo.appraisal.trend import TrendPoint
from kaibo.kpi.band import band
from kaibo.kpi.rules import Band, Bands, Counted, Line, Linear, On, PerOccurrence, Step
from kaibo.kpi.scoring import score
from kaibo.kpi.values import Value

REFUNDS = Bands((Band(Decimal(20), below=Decimal("0.2")), Band(Decimal(6), at_least=Decimal("0.2"))))
REACHED = Bands((Band(Decimal(5), below=Decimal("0.9")), Band(Decimal(20), at_least=Decimal("0.9"))), On.ATTAINMENT)


def line(kpi: str, rule, top: int, bottom: int = 0, target: int | None = None) -> MonthLine:  # type: ignore[no-untyped-def]
    value = Value(kpi, {"measured": top}, {"measured": bottom} if bottom else {})
    return MonthLine(1, score(Line(kpi, Decimal(20), rule), value, target))


@pytest.mark.parametrize(
    ("found", "goal", "gain"),
    [
        (line("orders", Linear(), 80, target=100), 100, 4),
        (line("refund_rate", REFUNDS, 3, 10), Fraction(1, 5), 14),
        (line("orders", REACHED, 80, target=100), 90, 15),
    ],
)
def test_the_next_step_and_what_it_brings(found, goal, gain):
    (move,) = moves([found])
    assert (move.goal, move.gain) == (goal, gain)


REPLY = Bands((band(Decimal(20), at_most=Decimal(35000)), band(Decimal(6), above=Decimal(35000))))
MORE = Bands((band(Decimal(5), at_most=Decimal(1)), band(Decimal(20), above=Decimal(1))), On.ATTAINMENT)


@pytest.mark.parametrize(
    ("found", "goal", "gain"),
    [
        # down to 35 s, which belongs to the better band; above 100 %, which belongs to the worse one
        (line("mean_reply", REPLY, 40_000, 1), 35_000, 14),
        (line("orders", MORE, 90, target=100), 100, 15),
        (line("orders", MORE, 100, target=100), 100, 15),
    ],
)
def test_the_next_band_is_told_by_its_edge_whichever_band_that_belongs_to(found, goal, gain):
    (move,) = moves([found])
    assert (move.goal, move.gain) == (goal, gain)


def test_bands_say_what_belongs_to_them():
    reply = Bands((
        band(Decimal(5), at_most=Decimal(35000)), band(Decimal(3), above=Decimal(35000), at_most=Decimal(45000)),
        band(Decimal(1), above=Decimal(45000), below=Decimal(55000)), band(Decimal(0), at_least=Decimal(55000)),
    ))  # fmt: skip
    found = line("mean_reply", reply, 35_000, 1).score
    with override("en"):
        told = [wording.band_text(found, one).replace("\u00a0", " ") for one in reply.bands]
        assert told == ["at most 35 s", "> 35 s and ≤ 45 s", "> 45 s and < 55 s", "at least 55 s"]
        assert wording.attainment_text(found) == "at most 35\u00a0s"
        drawn = band_parts(found, lambda edge: str(edge / 1000))
        assert [(part.edge, part.current) for part in drawn] == [
            ("", True), (">\u00a035", False), (">\u00a045", False), ("55", False),
        ]  # fmt: skip
    with override("zh-hans"):
        told = [wording.band_text(found, one).replace(" ", "").replace("\u00a0", "") for one in reply.bands]
        assert told == ["至多35秒", ">35秒且≤45秒", ">45秒且<55秒", "至少55秒"]


def test_who_is_there_already_is_told_nothing():
    done = [
        line("orders", Linear(), 120, target=100),
        line("refund_rate", REFUNDS, 1, 10),
        line("orders", REACHED, 95, target=100),
        MonthLine(1, score(Line("orders", Decimal(20), Linear()), Value("orders", missing="no_orders"), 100)),
    ]
    assert moves(done) == []


def test_the_biggest_step_comes_first():
    small, big = line("orders", Linear(), 90, target=100), line("refund_rate", REFUNDS, 3, 10)
    assert [move.line for move in moves([small, big])] == [big, small]


BY_TEN = Step(
    step=Decimal(10), start=Decimal(10), cap=Decimal(20), above=Decimal(5), below=Decimal(-5), base=Decimal(100)
)
OFF = Step(
    step=Decimal("0.05"), start=Decimal(20), cap=Decimal(20), below=Decimal(-5), on=On.ATTAINMENT, counted=Counted.BEGUN
)
SECONDS = Step(step=Decimal(5000), start=Decimal(20), cap=Decimal(20), above=Decimal(-4), base=Decimal(35000))
LATE = PerOccurrence(each=Decimal(-3), start=Decimal(20), cap=Decimal(20))


@pytest.mark.parametrize(
    ("found", "goal", "gain"),
    [
        # at 104 the next ten above the base are complete at 110; at 85 one ten below costs five until 90
        (line("orders", BY_TEN, 104), 110, 5),
        (line("orders", BY_TEN, 85), 100, 5),
        # far below the floor only what lies above it brings anything
        (line("orders", BY_TEN, 10), 90, 5),
        # 96 % has begun one step below: only 100 % has not
        (line("orders", OFF, 96, target=100), 100, 5),
        (line("first_reply", SECONDS, 46_000, 1), 40_000, 4),
        (line("late_times", LATE, 2), 3, -3),
    ],
)
def test_the_next_step_of_a_rule_by_steps(found, goal, gain):
    (move,) = moves([found])
    assert (move.goal, move.gain) == (goal, gain)


def test_at_the_cap_or_the_floor_nothing_moves():
    assert moves([line("orders", BY_TEN, 130), line("orders", OFF, 100, target=100), line("late_times", LATE, 7)]) == []


@given(
    st.integers(0, 300), st.sampled_from(Counted), st.integers(1, 40), st.integers(0, 10), st.integers(0, 10),
    st.integers(0, 20),
)  # fmt: skip
def test_what_is_promised_is_what_the_rule_gives(number, counted, size, above, below, start):
    rule = Step(
        step=Decimal(size), start=Decimal(start), cap=Decimal(20), above=Decimal(above), below=Decimal(-below),
        base=Decimal(100), counted=counted,
    )  # fmt: skip
    found = line("order_value", rule, number, 1)
    for move in moves([found]):
        assert move.goal > number
        there = line("order_value", rule, move.goal.numerator, move.goal.denominator)
        assert move.gain == there.score.points - found.score.points
        assert move.gain > 0


@given(st.integers(0, 400), st.sampled_from([BY_TEN, SECONDS, LATE]), st.sampled_from(Counted))
def test_the_place_on_the_stairs_stays_on_the_line(number, rule, counted):
    kpi = {id(BY_TEN): "orders", id(SECONDS): "first_reply"}.get(id(rule), "late_times")
    if isinstance(rule, Step):
        rule = replace(rule, counted=counted)
    found = line(kpi, rule, number * (500 if kpi == "first_reply" else 1), 1 if kpi == "first_reply" else 0).score
    drawn = sketch(found)
    corners = [tuple(map(float, corner.split(","))) for corner in drawn.line.split()]
    assert [x for x, _ in corners] == sorted(x for x, _ in corners)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in corners)
    x, y = float(drawn.x), float(drawn.y)
    spans = list(pairwise(corners))
    # within a pixel of the line: on a stair, on its riser, or beyond its ends
    near = [min(a[1], b[1]) - 1 <= y <= max(a[1], b[1]) + 1 for a, b in spans if a[0] - 1 <= x <= b[0] + 1]
    assert any(near)


@pytest.mark.parametrize(
    ("found", "ends", "marks"),
    [
        # floor at 80, cap at 120, and ten more on either side: from 70 to 130 over 224 of 240
        (line("orders", BY_TEN, 100), (8, 232), {"80": 8 + 224 / 6, "100": 120, "120": 8 + 224 * 5 / 6}),
        # nothing is late less often than never; the floor is reached at the seventh time, and an eighth is drawn
        (line("late_times", LATE, 2), (8, 232), {"0": 8, "7": 8 + 224 * 7 / 8}),
    ],
)
def test_stairs_go_from_a_step_below_the_floor_to_one_above_the_cap(found, ends, marks):
    drawn = sketch(found.score)
    corners = [float(corner.split(",")[0]) for corner in drawn.line.split()]
    assert (corners[0], corners[-1]) == ends
    assert {tick.label: float(tick.x) for tick in drawn.ticks} == pytest.approx(marks, abs=0.1)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=31), st.integers(1, 10**9))
def test_a_sparkline_stays_in_its_box(values, target):
    points = [TrendPoint(date(2026, 10, 1) + timedelta(days=n), Fraction(v)) for n, v in enumerate(values)]
    drawn = spark(points, Fraction(target))
    for point in [*drawn.points.split(), f"0,{drawn.reference}"]:
        x, y = map(float, point.split(","))
        assert 0 <= x <= drawn.width
        assert 0 <= y <= drawn.height


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_place_on_a_rule_stays_in_its_box(top, target):
    drawn = sketch(line("orders", Linear(), top, target=target).score)
    assert drawn
    assert 0 <= float(drawn.x) <= drawn.width
    assert 0 <= float(drawn.y) <= drawn.height


def test_bands_fill_the_whole_width_and_mark_the_one_that_was_hit():
    parts = band_parts(line("refund_rate", REFUNDS, 3, 10).score, str)
    assert [(part.points, part.edge, part.current) for part in parts] == [(20, "", False), (6, "0.2", True)]
    assert sum(float(part.width) for part in parts) == pytest.approx(100)


def test_bars_stack_what_is_measured_and_what_is_shared_out():
    (whole, half, none), height = session_bars(
        [(Fraction(100), Fraction(1)), (Fraction(50), Fraction(1, 2)), (None, None)], Fraction(50)
    )
    assert (whole.shared, half.measured == half.shared, none.missing) == ("0.00", True, True)
    assert float(height) == pytest.approx(float(half.measured) * 2, abs=0.02)
