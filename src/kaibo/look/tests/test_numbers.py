"""The table of look.numbers: what is written, in both languages."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kaibo.look import numbers

T, G = numbers.THIN, numbers.GAP
AT = datetime(2026, 11, 18, 10, 56, tzinfo=UTC)  # 18:56 in Shanghai


@pytest.mark.parametrize(
    ("write", "value", "chinese", "english"),
    [
        (numbers.money, 9974170, "¥99,741.70", "¥99,741.70"),
        (numbers.money, -1250, "−¥12.50", "−¥12.50"),
        (numbers.money, 0, "¥0.00", "¥0.00"),
        (numbers.money, None, "—", "—"),
        (numbers.listed, ["甲", "B", "丙"], "甲、B、丙", "甲, B, 丙"),
        (numbers.listed, [], "", ""),
        (numbers.money_tile, 9974170, f"¥9.97{G}万", "¥99.7K"),
        (numbers.money_tile, 32790, "¥327.90", "¥327.90"),
        (numbers.money_tile, 1200_0000_00, f"¥1,200{G}万", "¥12.0M"),
        (numbers.money_tile, 9999_9999_00, f"¥1.00{G}亿", "¥100M"),
        (numbers.money_tile, -9974170, f"−¥9.97{G}万", "−¥99.7K"),
        (numbers.count, 122484, "122,484", "122,484"),
        (numbers.count_tile, 122484, f"12.2{G}万", "122K"),
        (numbers.count_tile, 197_000_000, f"1.97{G}亿", "197M"),
        (numbers.count_tile, 9999, "9,999", "9,999"),
        (numbers.count_tile, 99_960, f"10.0{G}万", "100K"),
        (numbers.count_tile, 999_600, f"100{G}万", "1.00M"),
        (numbers.rate, Fraction(3956, 122484), f"3.23{T}%", f"3.23{T}%"),
        (numbers.rate, Fraction(865, 1000), f"86.5{T}%", f"86.5{T}%"),
        (numbers.rate, Fraction(9996, 100000), f"10.0{T}%", f"10.0{T}%"),
        (numbers.rate, 0, f"0.00{T}%", f"0.00{T}%"),
        (numbers.percentage_points, Fraction(-4, 1000), f"−0.40{G}百分点", f"−0.40{G}pp"),
        (numbers.times, Fraction(113, 100), f"1.13{G}倍", "1.13×"),
        (numbers.points, Fraction(43, 2), "21.5", "21.5"),
        (numbers.signed, 2, "+2.0", "+2.0"),
        (numbers.signed, 0, "0.0", "0.0"),
        (numbers.hours, 138_600_000, f"38.5{G}小时", f"38.5{G}h"),
        (numbers.minutes, 420_000, f"7{G}分", f"7{G}min"),
        (numbers.seconds, 52_000, f"52{G}秒", f"52{G}s"),
        (numbers.length, 599_999, f"600{G}秒", f"600{G}s"),
        (numbers.length, 600_000, f"10{G}分", f"10{G}min"),
        (numbers.length, 86_400_000, f"24.0{G}小时", f"24.0{G}h"),
        (numbers.length, None, "—", "—"),
        (numbers.clock, AT, "18:56", "18:56"),
        (numbers.day, AT, "11-18 周三", "Wed 18 Nov"),
        (numbers.day, date(2026, 3, 1), "03-01 周日", "Sun 1 Mar"),
        (numbers.day_year, AT, "2026-11-18", "2026-11-18"),
        (numbers.day_clock, AT, "11-18 周三 18:56", "Wed 18 Nov, 18:56"),
        (numbers.month, date(2026, 10, 1), "2026年10月", "October 2026"),
    ],
)
def test_written(write, value, chinese, english):
    with translation.override("zh-hans"):
        assert write(value) == chinese
    with translation.override("en"):
        assert write(value) == english


@pytest.mark.parametrize(
    ("end", "chinese", "english"),
    [
        (datetime(2026, 11, 18, 13, 30, tzinfo=UTC), "18:56–21:30", "18:56–21:30"),
        (datetime(2026, 11, 18, 16, 0, tzinfo=UTC), "18:56–24:00", "18:56–24:00"),
        (datetime(2026, 11, 18, 16, 4, tzinfo=UTC), "18:56–次日 00:04", "18:56–00:04 next day"),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "18:56–11-20 09:00", "18:56–20 Nov 09:00"),
        (None, "18:56–—", "18:56–—"),
    ],
)
def test_a_range_says_on_which_day_it_ends(end, chinese, english):
    with translation.override("zh-hans"):
        assert numbers.clock_range(AT, end) == chinese
    with translation.override("en"):
        assert numbers.clock_range(AT, end) == english


def test_a_small_share_is_two_counts_and_a_share_of_nothing_is_unknown():
    assert numbers.share(3, 41) == "3 / 41"
    assert numbers.share(3956, 122484) == f"3.23{T}%"
    assert numbers.share(0, 0) == "—"


def test_amounts_follow_their_currency():
    assert numbers.money(1250, "JPY") == "¥1,250"
    assert numbers.money(1250, "USD") == "$12.50"
    assert numbers.money(1250, "CHF") == f"CHF{G}12.50"


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_rounding_is_exact_half_up_and_never_writes_minus_zero(value, places):
    exact = Fraction(value, 10**6)
    text = numbers.fixed(exact, places)
    back = Fraction(text.replace(",", "").replace("−", "-"))
    assert abs(back - exact) <= Fraction(1, 2 * 10**places)
    assert text.strip("−0.,") or not text.startswith("−")


@given(st.integers(0, 10**14))
def test_tiles_have_three_figures_or_more_than_a_step(number):
    with translation.override("zh-hans"):
        text = numbers.count_tile(number)
    if G in text:
        figures = text.split(G)[0].replace(",", "").replace(".", "")
        assert len(figures) >= 3
