"""Whole-number splits, and time on air."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.credit import split
from kaibo.kpi.engine import compute
from kaibo.kpi.inputs import AccountIn, MonthInputs, SessionIn, ShiftIn
from kaibo.kpi.tests.slow_numbers import shares

HOUR = 3_600_000
START = 1_793_376_000_000


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [7, 3], [70, 30]),
        (101, [7, 3], [71, 30]),
        (1, [1, 1], [1, 0]),
        (10, [1, 1, 1], [4, 3, 3]),
        (5, [1, 0], [5, 0]),
        (5, [0, 0], [3, 2]),
        (0, [7, 3], [0, 0]),
        # of money that went back: −1.5 and −0.5, of which the earlier is rounded up
        (-2, [-3, -1], [-1, -1]),
        (-5, [2, 1], [-3, -2]),
    ],
)
def test_split(total: int, weights: list[int], parts: list[int]) -> None:
    assert split(total, weights) == parts


@given(
    st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.sampled_from([1, -1])
)
def test_split_loses_nothing_and_is_never_off_by_a_whole(total: int, weights: list[int], sign: int) -> None:
    weights = [sign * weight for weight in weights]
    parts = split(total, weights)
    assert sum(parts) == total
    assert parts == shares(total, weights)
    whole = sum(weights)
    if whole:
        assert all(abs(part * whole - total * w) < abs(whole) for part, w in zip(parts, weights, strict=True))


def test_an_hour_in_two_rooms_counts_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    accounts = [AccountIn(n, (f"room{n}",), "Asia/Shanghai", "CNY") for n in (1, 2)]
    sessions = [SessionIn(1, 1, START, START + 2 * HOUR), SessionIn(2, 2, START + HOUR, START + 3 * HOUR)]
    shifts = [ShiftIn(n, n, 9, "host", START, START + 3 * HOUR) for n in (1, 2)]
    month = MonthInputs("2026-10", accounts, sessions, (), shifts, ())
    credits = compute(month, tmp_path, lambda done, total, what: None).credits
    assert {(c.session, c.amount) for c in credits if c.measure == "air_ms"} == {(1, 2 * HOUR), (2, HOUR)}
