"""Outages in small tables: where they cut, what leaves ratios and what stays, what own equipment costs."""

from fractions import Fraction

import pytest

from kaibo.kpi.inputs import AccountIn, FactOut, MonthInputs, OutageIn, SessionIn, ShiftIn
from kaibo.kpi.month import Month
from kaibo.kpi.values import value_of

MINUTE = 60_000
# 14 October 2026, 19:00 in Shanghai
SEVEN = 1_791_907_200_000 + 11 * 60 * MINUTE
ROOM = AccountIn(1, ("room1",), "Asia/Shanghai", "CNY")
SESSION = SessionIn(1, 1, SEVEN, SEVEN + 60 * MINUTE)
HOST = ShiftIn(1, 1, 11, "host", SEVEN, SEVEN + 60 * MINUTE)
COVERED = ("order_line", "session_report")


def outage(start: int, end: int, cause: str = "own_equipment", account: int = 1) -> OutageIn:
    return OutageIn(account, SEVEN + start * MINUTE, SEVEN + end * MINUTE, cause)


def month(*outages: OutageIn) -> Month:
    return Month(MonthInputs("2026-10", [ROOM], [SESSION], (), [HOST], (), outages=outages))


def minutes(of: Month) -> list[tuple[int, int]]:
    return [((s.start_ms - SEVEN) // MINUTE, (s.end_ms - SEVEN) // MINUTE) for s in of.segments]


@pytest.mark.parametrize(
    ("outages", "expected"),
    [
        ([], [(0, 60)]),
        ([outage(10, 18)], [(0, 10), (10, 18), (18, 60)]),
        ([outage(-5, 3), outage(57, 90)], [(0, 3), (3, 57), (57, 60)]),
        ([outage(10, 18), outage(15, 20, "platform")], [(0, 10), (10, 15), (15, 18), (18, 20), (20, 60)]),
        ([outage(10, 18, account=2)], [(0, 60)]),
    ],
)
def test_a_session_is_cut_at_the_edges_of_outages(outages: list[OutageIn], expected: list[tuple[int, int]]) -> None:
    assert minutes(month(*outages)) == expected


def fact(segment: int, measure: str, amount: int, basis: str = "measured") -> FactOut:
    return FactOut("segment", "", 1, 1, segment, "2026-10-14", measure, basis, amount)


def test_both_sides_of_a_ratio_lose_what_fell_into_it_and_sums_do_not() -> None:
    of = month(outage(10, 18, "platform"))
    facts = [
        fact(1, "orders", 4), fact(2, "orders", 1), fact(3, "orders", 5), fact(1, "views", 100), fact(2, "views", 40),
        fact(3, "views", 110), fact(2, "pcu", 9), fact(2, "paid_minor@IDR 2026-10-14", 5),
    ]  # fmt: skip
    lost = of.outage_facts(facts)
    assert [(f.segment, f.measure, f.amount) for f in lost] == [
        (2, "out:orders", 1), (2, "out:views", 40), (2, "out:paid_minor@IDR 2026-10-14", 5),
    ]  # fmt: skip
    amounts: dict[tuple[str, str], int] = {}
    for credit in of.credits([*facts, *lost]):
        assert credit.person == 11
        key = (credit.measure, credit.basis)
        amounts[key] = amounts.get(key, 0) + credit.amount
    rate = value_of("view_order_rate", amounts, covered=COVERED)
    assert rate.number == Fraction(9, 210)
    assert value_of("orders", amounts, covered=COVERED).number == 10
    assert value_of("views", amounts, covered=COVERED).number == 250
    # minutes stay in hours, against plan too
    hours = value_of("airtime_attainment", amounts, covered=COVERED, planned_ms=60 * MINUTE)
    assert hours.number == 1


def test_only_own_equipment_costs_and_each_outage_once() -> None:
    of = month(outage(10, 18), outage(15, 20, "venue"), outage(30, 32), outage(31, 33))
    costs = [(f.segment, f.measure, f.amount) for f in of.outage_facts([])]
    # 10–15, 15–18; 30–31, 31–32, 32–33: two that overlap are two, and their time counts once
    assert costs == [
        (2, "outage_ms", 5 * MINUTE), (2, "outages", 1), (3, "outage_ms", 3 * MINUTE), (6, "outage_ms", MINUTE),
        (6, "outages", 1), (7, "outage_ms", MINUTE), (7, "outages", 1), (8, "outage_ms", MINUTE),
    ]  # fmt: skip
    share = value_of("lost_share", {("outage_ms", "measured"): 11, ("air_ms", "measured"): 60}, covered=())
    assert share.number == Fraction(11, 60)


def test_without_outages_nothing_is_written() -> None:
    assert month().outage_facts([fact(1, "orders", 4)]) == []
