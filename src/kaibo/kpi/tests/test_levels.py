"""Viewers online, peaks, time watched and people by segment. 19:00–21:00, handover at 20:00."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, MonthResult, SessionIn, ShiftIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_places import at

ROOM = AccountIn(1, ("room1",), "Asia/Shanghai", "CNY")
SESSION = SessionIn(1, 1, at("19:00"), at("21:00"))
HOUR = 3_600_000
CHANGE = [ShiftIn(1, 1, 11, "host", at("19:00"), at("20:00")), ShiftIn(2, 1, 12, "host", at("20:00"), at("21:00"))]
ALONE = [ShiftIn(1, 1, 11, "host", at("19:00"), at("21:00"))]
TOGETHER = [ShiftIn(1, 1, 11, "host", at("19:00"), at("21:00")), ShiftIn(2, 1, 12, "host", at("19:00"), at("21:00"))]
# the floor changes at 20:00, the host does not
CUT_BY_ANOTHER = [
    *ALONE,
    ShiftIn(2, 1, 12, "control", at("19:00"), at("20:00")),
    ShiftIn(3, 1, 13, "control", at("20:00"), at("21:00")),
]


def hours(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        fact("minute", 1, account="room1", minute_ms=at(clock), length_ms=HOUR, **said)
        for clock, said in (("19:00", first), ("20:00", second))
    ]


def computed(said: dict[str, Any], minutes: list[dict[str, Any]] = (), shifts: list[ShiftIn] = CHANGE) -> MonthResult:
    report = fact("session_report", 1, account="room1", start_ms=SESSION.start_ms, end_ms=SESSION.end_ms, **said)
    with TemporaryDirectory() as folder:
        tables = {"session_report": [(1, 1, report)], "minute": [(2, 1, one) for one in minutes]}
        batches = write(Path(folder) / "facts", tables)
        return run(MonthInputs("2026-10", [ROOM], [SESSION], (), shifts, batches), Path(folder) / "out")


def facts(result: MonthResult, measure: str) -> dict[tuple[int, str], int]:
    return {(f.segment, f.basis): f.amount for f in result.facts if f.measure == measure and f.place == "segment"}


def hosts(result: MonthResult, measure: str) -> dict[tuple[int | None, str, str], int]:
    """(person, basis, reason) → amount in all."""
    found: dict[tuple[int | None, str, str], int] = {}
    for c in result.credits:
        if c.role == "host" and c.measure == measure:
            key = (c.person, c.basis, c.reason)
            found[key] = found.get(key, 0) + c.amount
    return found


def test_minutes_say_the_level_and_the_peak_of_each_segment() -> None:
    result = computed({"acu": 1, "pcu": 999}, hours({"online": 40}, {"online": 100}))
    assert facts(result, "online_ms") == {(1, "measured"): 40 * HOUR, (2, "measured"): 100 * HOUR}
    assert facts(result, "online_known_ms") == {(1, "measured"): HOUR, (2, "measured"): HOUR}
    assert facts(result, "pcu") == {(1, "measured"): 40, (2, "measured"): 100}


def test_a_mean_of_the_session_is_shared_by_time_and_its_peak_by_nobody() -> None:
    result = computed({"acu": 50, "pcu": 90})
    assert facts(result, "online_ms") == {(1, "allocated"): 50 * HOUR, (2, "allocated"): 50 * HOUR}
    assert hosts(result, "pcu") == {(None, "allocated", "only_total"): 180}


def test_who_was_alone_has_the_session_measured_whoever_else_changed() -> None:
    result = computed({"acu": 50, "pcu": 90, "viewers": 1000, "watch_ms": 60_000}, shifts=CUT_BY_ANOTHER)
    assert hosts(result, "online_ms") == {(11, "measured", ""): 100 * HOUR}
    assert {(11, "measured", "")} == set(hosts(result, "pcu"))
    assert hosts(result, "viewers") == {(11, "measured", ""): 1000}
    assert hosts(result, "watch_ms") == {(11, "measured", ""): 60_000}


def test_people_are_shared_by_views_and_that_is_an_approximation() -> None:
    result = computed({"viewers": 100, "views": 7}, hours({"entries": 30}, {"entries": 10}))
    assert facts(result, "viewers") == {(1, "approximated"): 75, (2, "approximated"): 25}


def test_people_of_two_hosts_at_once_are_an_approximation_too() -> None:
    result = computed({"viewers": 101}, shifts=TOGETHER)
    assert facts(result, "viewers") == {(1, "measured"): 101}
    assert hosts(result, "viewers") == {(11, "approximated", ""): 51, (12, "approximated", ""): 50}


def test_a_peak_is_everyone_s_who_was_there() -> None:
    result = computed({"pcu": 90}, shifts=TOGETHER)
    assert hosts(result, "pcu") == {(11, "measured", ""): 90, (12, "measured", ""): 90}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # ten people stayed a minute each; three times as many were there in the second hour
        ({"mean_stay_ms": 60_000, "viewers": 10}, {(1, "allocated"): 150_000, (2, "allocated"): 450_000}),
        ({"watch_ms": 8, "mean_stay_ms": 60_000, "viewers": 10}, {(1, "allocated"): 2, (2, "allocated"): 6}),
        ({"mean_stay_ms": 60_000}, {}),
    ],
)
def test_time_watched_follows_who_was_online(said: dict[str, int], expected: dict[tuple[int, str], int]) -> None:
    result = computed(said, hours({"online": 10}, {"online": 30}))
    assert facts(result, "watch_ms") == expected


def test_money_of_minutes_in_another_currency_than_the_room_s_is_not_known() -> None:
    minutes = hours({"gmv_minor": 500, "currency": "USD"}, {"gmv_minor": 300, "currency": "CNY"})
    assert facts(computed({}, minutes), "gmv_minor") == {(2, "measured"): 300}


def test_unknown_is_no_fact_and_zero_is_one() -> None:
    result = computed({"likes": 0, "shares": None})
    assert facts(result, "likes") == {(1, "allocated"): 0, (2, "allocated"): 0}
    assert facts(result, "shares") == {}
