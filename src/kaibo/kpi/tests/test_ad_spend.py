"""Ad spend in small tables: whose rooms, which minutes, what is nobody's and why; nothing is ever lost."""

from typing import Any

import pytest

from kaibo.kpi.ad_spend import AdSpend, Piece
from kaibo.kpi.inputs import AccountIn, AdPartIn, FactOut, MonthInputs, RateIn, SessionIn, ShiftIn
from kaibo.kpi.month import Month
from kaibo.kpi.tests.month_files import fact

HOUR, MINUTE = 3_600_000, 60_000
# 14 October 2026, 19:00 in Shanghai
SEVEN = 1_791_907_200_000 + 11 * HOUR
ROOMS = (
    AccountIn(1, ("room1",), "Asia/Shanghai", "CNY"),
    AccountIn(2, ("room2",), "Asia/Shanghai", "CNY"),
    AccountIn(3, ("room3",), "Asia/Jakarta", "IDR", platform="tiktok"),
)
ONE = (AdPartIn("ads", 1, 1, "2026-10-01"),)
BOTH = (AdPartIn("ads", 1, 7, "2026-10-01"), AdPartIn("ads", 2, 3, "2026-10-01"))
# room 1: 19:00 to 20:30, a handover at 19:20; room 2: 19:30 to 21:00
SESSIONS = (SessionIn(1, 1, SEVEN, SEVEN + 90 * MINUTE), SessionIn(2, 2, SEVEN + 30 * MINUTE, SEVEN + 2 * HOUR))
SHIFTS = (
    ShiftIn(1, 1, 11, "host", SEVEN, SEVEN + 20 * MINUTE),
    ShiftIn(2, 1, 12, "host", SEVEN + 20 * MINUTE, SEVEN + 90 * MINUTE),
    ShiftIn(3, 1, 13, "ads", SEVEN, SEVEN + 90 * MINUTE),
)


def hour(start: int = SEVEN, spend: int = 100, **said: Any) -> dict[str, Any]:
    row = fact("ad_spend", 2, ad_account="ads", start_ms=start, end_ms=start + HOUR, spend_minor=spend)
    return row | {"batch": 1, "as_of": 1} | said


def month(parts: tuple[AdPartIn, ...], rates: tuple[RateIn, ...] = (), **other: Any) -> Month:
    known = {"sessions": SESSIONS, "neighbours": (), "shifts": SHIFTS} | other
    return Month(MonthInputs("2026-10", ROOMS, batches=(), ad_parts=parts, rates=rates, **known))


def placed(of: Month, *rows: dict[str, Any]) -> tuple[list[FactOut], list[Piece]]:
    return AdSpend(of.inputs, of.segments, of.rates, of.days).placed(rows)


def sums(of: Month, *rows: dict[str, Any]) -> dict[tuple[str, str, int | None, int | None, str], int]:
    """(place, kind, session, segment, basis) → spend."""
    facts, _ = placed(of, *rows)
    return {(f.place, f.kind, f.session, f.segment, f.basis): f.amount for f in facts if f.measure == "spend_minor"}


@pytest.mark.parametrize(
    ("parts", "row", "expected"),
    [
        # the second hour lies in one segment
        (ONE, hour(SEVEN + HOUR), {("segment", "", 1, 2, "measured"): 100}),
        # 20 and 40 minutes: 33⅓ and 66⅔
        (ONE, hour(), {("segment", "", 1, 1, "allocated"): 33, ("segment", "", 1, 2, "allocated"): 67}),
        (ONE, hour(SEVEN + 2 * HOUR), {("outside", "ad_off_air", None, None, "measured"): 100}),
        ((), hour(), {("unmatched", "ad_no_room", None, None, "measured"): 100}),
        # mapped from the day after on
        ((AdPartIn("ads", 1, 1, "2026-10-15"),), hour(), {("unmatched", "ad_no_room", None, None, "measured"): 100}),
        # and until that day
        ((AdPartIn("ads", 1, 1, "2026-10-01", "2026-10-14"),), hour(),
         {("unmatched", "ad_no_room", None, None, "measured"): 100}),
        # 7 : 3, and room 1 has gone off air by then
        (BOTH, hour(SEVEN + 100 * MINUTE),
         {("outside", "ad_off_air", None, None, "allocated"): 70, ("segment", "ad_rooms", 2, 1, "allocated"): 30}),
        # a name with two blanks is the same name
        ((AdPartIn("my ads", 1, 1, "2026-10-01"),), hour(SEVEN + HOUR, ad_account=" my  ads "),
         {("segment", "", 1, 2, "measured"): 100}),
        # a whole day falls on what was on air of it
        (ONE, hour(SEVEN - 6 * HOUR, end_ms=SEVEN + 5 * HOUR, spend=90),
         {("segment", "", 1, 1, "allocated"): 20, ("segment", "", 1, 2, "allocated"): 70}),
    ],
)  # fmt: skip
def test_an_hour_falls_on_the_minutes_on_air(parts: tuple[AdPartIn, ...], row: dict[str, Any], expected: dict) -> None:
    assert sums(month(parts), row) == expected


@pytest.mark.parametrize(
    ("parts", "launch", "expected"),
    [
        # of a broadcast: the session that began in that minute has it, over all its time on air
        (ONE, SEVEN + 20_000, {("segment", "", 1, 1, "allocated"): 20, ("segment", "", 1, 2, "allocated"): 70}),
        # room 2's broadcast began then, and room 1 was only on air
        (BOTH, SEVEN + 30 * MINUTE, {("segment", "", 2, 1, "measured"): 90}),
        (ONE, SEVEN - HOUR, {("outside", "ad_no_broadcast", None, None, "measured"): 90}),
    ],
)
def test_a_broadcasts_row_is_its_session(parts: tuple[AdPartIn, ...], launch: int, expected: dict) -> None:
    row = hour(launch, 90, end_ms=None, launch_ms=launch)
    assert sums(month(parts), row) == expected


def test_the_ads_buyer_of_the_hour_has_it_all_measured() -> None:
    of = month(ONE)
    facts, _ = placed(of, hour())
    credits = [c for c in of.credits(facts) if c.measure == "spend_minor"]
    assert {(c.role, c.person, c.basis, c.amount) for c in credits} == {
        ("host", 11, "allocated", 33), ("host", 12, "allocated", 67), ("ads", 13, "measured", 33),
        ("ads", 13, "measured", 67),
    }  # fmt: skip


def test_nobody_buying_ads_is_unassigned_and_not_lost() -> None:
    of = month((AdPartIn("ads", 2, 1, "2026-10-01"),))
    facts, _ = placed(of, hour(SEVEN + HOUR))
    assert [(c.person, c.reason, c.amount) for c in of.credits(facts)if c.measure == "spend_minor"] == [
        (None, "no_one", 100)
    ]  # fmt: skip


def test_a_month_and_the_next_share_an_hour_to_the_cent() -> None:
    """A session that begins in November is November's, whatever part of the hour is October's."""
    midnight = SEVEN + 17 * 24 * HOUR + 5 * HOUR
    first = SessionIn(7, 1, midnight - 2 * HOUR, midnight - 40 * MINUTE)
    second = SessionIn(8, 1, midnight - 20 * MINUTE + 20 * MINUTE, midnight + HOUR)
    row = hour(midnight - 50 * MINUTE, 101)
    october = sums(month(ONE, sessions=[first], neighbours=[second], shifts=()), row)
    november = Month(
        MonthInputs("2026-11", ROOMS, sessions=[second], neighbours=[first], shifts=(), batches=(), ad_parts=ONE)
    )
    # ten minutes of each
    assert list(october.values()) == [51]
    assert list(sums(november, row).values()) == [50]


def test_other_money_is_converted_once_and_its_rows_add_up() -> None:
    parts = (AdPartIn("ads", 3, 1, "2026-10-01"),)
    session = SessionIn(9, 3, SEVEN, SEVEN + 2 * HOUR)
    rows = [hour(SEVEN, 1_000_033, row=2, platform="tiktok"), hour(SEVEN + HOUR, 2_000_034, row=3, platform="tiktok")]
    rate = (RateIn("IDR", "2026-10-01", "0.00045"),)
    facts, pieces = placed(month(parts, rate, sessions=[session], shifts=()), *rows)
    # 3,000,067 × 0.00045 = 1350.03
    assert [(f.amount, f.original, f.currency) for f in facts] == [(1350, 3_000_067, "IDR")]
    assert [(p.amount, p.original) for p in pieces] == [(450, 1_000_033), (900, 2_000_034)]
    waiting, _ = placed(month(parts, sessions=[session], shifts=()), *rows)
    assert [(f.measure, f.amount) for f in waiting] == [("spend_minor@IDR 2026-10-14", 3_000_067)]


def test_a_column_that_the_file_does_not_have_is_unknown_and_one_that_says_0_is_known() -> None:
    facts, _ = placed(month(ONE), hour(SEVEN + HOUR, views=0))
    assert {f.measure: f.amount for f in facts} == {"spend_minor": 100, "ad_views": 0}
