"""Rows that name the person, in small tables: what they credit, to whom, and why to nobody."""

from typing import Any

import pytest

from kaibo.kpi.direct import credits
from kaibo.kpi.inputs import DirectOut, DueIn
from kaibo.kpi.tests.month_files import fact

ZONE, MONTH = "Asia/Shanghai", "2026-10"
PEOPLE = {"kf01": 1, "小周": 1, "kf02": 2, "周琪": 1, "阿宽": 2}
DAY = 86_400_000
# 1 October 2026, 00:00 in Shanghai
FIRST = 1_790_784_000_000


def row(table: str, number: int, batch: int = 1, as_of: int = 1, **said: Any) -> dict[str, Any]:
    return fact(table, number, **said) | {"batch": batch, "as_of": as_of}


def result(number: int, first: int = 1, days: int = 7, **said: Any) -> dict[str, Any]:
    start = FIRST + (first - 1) * DAY
    names = {"platform": "douyin", "agent": "kf01"} | said
    return row("service_result", number, start_ms=start, end_ms=start + days * DAY, **names)


def sums(found: list[DirectOut]) -> dict[tuple[int | None, str, str], int]:
    """(person, measure, reason) → amount."""
    total: dict[tuple[int | None, str, str], int] = {}
    for one in found:
        key = (one.person, one.measure, one.reason)
        total[key] = total.get(key, 0) + one.amount
    return total


def of_results(*rows: dict[str, Any]) -> dict[tuple[int | None, str, str], int]:
    return sums(credits({"service_result": rows}, PEOPLE, (), MONTH, ZONE))


def test_first_of_october_is_what_the_test_says() -> None:
    (one, *_) = credits({"service_result": [result(1, received=1)]}, PEOPLE, (), MONTH, ZONE)
    assert one.date == "2026-10-01"


def test_rates_are_weighed_by_conversations() -> None:
    found = of_results(
        result(1, 1, received=100, in_3_minutes_ppm=950_000, first_reply_ms=30_000),
        result(2, 8, received=300, in_3_minutes_ppm=990_000, first_reply_ms=50_000),
    )
    assert found[1, "quick_replies_ppm", ""] == 100 * 950_000 + 300 * 990_000
    assert found[1, "quick_replies_of", ""] == 400 * 1_000_000
    assert found[1, "first_reply_ms", ""] == 100 * 30_000 + 300 * 50_000


def test_a_rate_without_conversations_weighs_nothing_and_is_unknown() -> None:
    found = of_results(result(1, received=None, in_3_minutes_ppm=950_000))
    assert not any(measure.startswith("quick") for _, measure, _ in found)


def test_ratings_need_both_sides() -> None:
    assert of_results(result(1, received=5, ratings=3, good_ratings=None)) == {(1, "served", ""): 5}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # a month's file after its weeks: the newer one counts alone
        ([result(1, 1, received=10), result(1, 1, 31, received=70) | {"batch": 2, "as_of": 5}],
         {(1, "served", ""): 70, (None, "served", "told_again"): 10}),
        ([result(1, 1, received=10), result(2, 8, received=20)], {(1, "served", ""): 30}),
        # the last week of September reaches into October
        ([result(1, -3, received=10)], {(None, "served", "over_months"): 10}),
        ([result(1, received=10, agent="nobody")], {(None, "served", "unknown_name"): 10}),
        ([result(1, received=10, agent="kf99", agent_name="小周")], {(1, "served", ""): 10}),
        # account and nickname are two people: nobody's
        ([result(1, received=10, agent="kf02", agent_name="小周")], {(None, "served", "unknown_name"): 10}),
        ([result(1, 40, received=10)], {}),
    ],
)  # fmt: skip
def test_periods_and_names(rows: list[dict[str, Any]], expected: dict) -> None:
    assert of_results(*rows) == expected


def test_cases_count_by_what_each_tells() -> None:
    opened = FIRST + DAY
    cases = [
        row("service_case", 1, agent="阿宽", opened_ms=opened, answered_ms=opened + 60_000, rating=5, handling_ms=9),
        row("service_case", 2, agent="阿宽", opened_ms=opened, answered_ms=None, rating=3),
        row("service_case", 3, agent="阿宽", opened_ms=opened, answered_ms=opened - 5, rating=None),
        row("service_case", 4, agent="阿宽", opened_ms=opened + 60 * DAY),
    ]
    found = sums(credits({"service_case": cases}, PEOPLE, (), MONTH, ZONE))
    assert found == {
        (2, "cases", ""): 3, (2, "rated_cases", ""): 2, (2, "good_cases", ""): 1, (2, "case_wait_ms", ""): 60_000,
        (2, "answered_cases", ""): 1, (2, "handling_ms", ""): 9, (2, "handled_cases", ""): 1,
    }  # fmt: skip


DUE = [DueIn(1, "2026-10-05", 19 * 60), DueIn(1, "2026-10-05", 14 * 60), DueIn(2, "2026-10-05", 14 * 60)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (13 * 60 + 50, 23 * 60, {"due_days": 1, "absent_days": 0, "late_times": 0, "late_ms": 0}),
        # on the minute is in time; the first shift of the day counts
        (14 * 60, 23 * 60, {"due_days": 1, "absent_days": 0, "late_times": 0, "late_ms": 0}),
        (14 * 60 + 7, 23 * 60, {"due_days": 1, "absent_days": 0, "late_times": 1, "late_ms": 7 * 60_000}),
        (None, None, {"due_days": 1, "absent_days": 1, "late_times": 0, "late_ms": 0}),
        # one punch may be the going
        (23 * 60, None, {"due_days": 1, "absent_days": 0}),
    ],
)
def test_clock_in_against_the_first_shift(first: int | None, last: int | None, expected: dict[str, int]) -> None:
    punch = row("clock_in", 1, person_name="周琪", date="2026-10-05", first_minute=first, last_minute=last)
    found = credits({"clock_in": [punch]}, PEOPLE, DUE, MONTH, ZONE)
    assert {one.measure: one.amount for one in found if one.person == 1} == expected


def test_a_day_without_a_shift_says_nothing() -> None:
    punch = row("clock_in", 1, person_name="周琪", date="2026-10-06", first_minute=None, last_minute=None)
    assert credits({"clock_in": [punch]}, PEOPLE, DUE, MONTH, ZONE) == []


def test_every_row_of_a_month_is_credited_or_has_a_reason() -> None:
    rows = [result(n, n * 7 - 6, received=n, agent=("kf01", "nobody")[n % 2]) for n in range(1, 5)]
    found = credits({"service_result": rows}, PEOPLE, (), MONTH, ZONE)
    assert sum(one.amount for one in found) == 1 + 2 + 3 + 4
    assert all((one.person is None) == bool(one.reason) for one in found)
