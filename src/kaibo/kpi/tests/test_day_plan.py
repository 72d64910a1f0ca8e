"""Days of a target: they add up, and nobody's day is off by more than a cent from its exact part."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.day_plan import day_shares

WEIGHTS = st.lists(st.integers(0, 1000), min_size=7, max_size=7)


@given(st.integers(0, 10**14), st.integers(1, 31), WEIGHTS, st.dictionaries(st.integers(0, 30), st.integers(0, 5000)))
def test_days_add_up_to_the_month(total, length, weekdays, special):
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(length)]
    others = {date(2026, 11, 1) + timedelta(days=n): weight for n, weight in special.items()}
    shares = day_shares(total, days, weekdays, others)
    assert sum(shares.values()) == total
    weights = {day: others.get(day, weekdays[day.weekday()]) for day in days}
    whole = sum(weights.values())
    for day, share in shares.items():
        exact = Fraction(total * weights[day], whole) if whole else Fraction(total, length)
        assert abs(share - exact) < 1


def test_a_special_day_weighs_what_was_said():
    days = [date(2026, 11, 9) + timedelta(days=n) for n in range(7)]
    shares = day_shares(1_000, days, [100, 100, 100, 100, 100, 0, 0], {date(2026, 11, 11): 600})
    assert list(shares.values()) == [100, 100, 600, 100, 100, 0, 0]
