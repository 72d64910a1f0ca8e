"""Broadcasts held, in small tables: minutes after 19:00 on 14 October 2026, Shanghai."""

from fractions import Fraction

import pytest

from kaibo.kpi.explanation import Explanation, SegmentPart
from kaibo.kpi.inputs import AccountIn, MonthInputs, SessionIn, ShiftIn
from kaibo.kpi.measures import BROADCASTS
from kaibo.kpi.month import Month
from kaibo.kpi.rules import Line, Linear
from kaibo.kpi.scoring import score
from kaibo.kpi.values import NO_PLAN, ZERO_DENOMINATOR, value_of

MINUTE = 60_000
SEVEN = 1_791_907_200_000 + 11 * 60 * MINUTE
ROOMS = [AccountIn(n, (f"room{n}",), "Asia/Shanghai", "CNY") for n in (1, 2)]
ANNA, BEN = 11, 12

# sessions (room, start, end, kind), shifts (person, role, start, end, rooms) → (person, role) → broadcasts
SPEC = {
    "one evening is one": ([(1, 0, 60, "live")], [(ANNA, "host", 0, 60, (1,))], {(ANNA, "host"): 1}),
    "whoever was there has it, however long": (
        [(1, 0, 60, "live")],
        [(ANNA, "host", 0, 40, (1,)), (BEN, "host", 40, 60, (1,)), (BEN, "co_host", 0, 40, (1,))],
        {(ANNA, "host"): 1, (BEN, "host"): 1, (BEN, "co_host"): 1},
    ),
    "two turns in one broadcast are one": (
        [(1, 0, 90, "live")],
        [(ANNA, "host", 0, 30, (1,)), (BEN, "host", 30, 60, (1,)), (ANNA, "host", 60, 90, (1,))],
        {(ANNA, "host"): 1, (BEN, "host"): 1},
    ),
    "two broadcasts of a shift are two": (
        [(1, 0, 30, "live"), (1, 40, 60, "live")],
        [(ANNA, "host", 0, 60, (1,))],
        {(ANNA, "host"): 2},
    ),
    "rooms served at once are one, though one goes on a little longer": (
        [(1, 0, 60, "live"), (2, 0, 62, "live")],
        [(ANNA, "host", 0, 62, (1, 2))],
        {(ANNA, "host"): 1},
    ),
    "a second room that is mostly by itself is one more": (
        [(1, 0, 60, "live"), (2, 40, 100, "live")],
        [(ANNA, "host", 0, 60, (1,)), (ANNA, "host", 40, 100, (2,))],
        {(ANNA, "host"): 2},
    ),
    "a recording, a digital human and a test are none": (
        [(1, 0, 60, "recorded"), (2, 0, 60, "digital"), (2, 70, 75, "test")],
        [(ANNA, "host", 0, 75, (1, 2))],
        {},
    ),
    "linked is live": ([(1, 0, 60, "linked")], [(ANNA, "host", 0, 60, (1,))], {(ANNA, "host"): 1}),
    "nobody's is nobody's": ([(1, 0, 60, "live")], [], {(None, "host"): 1}),
}


def month(sessions, shifts) -> Month:  # type: ignore[no-untyped-def]
    made = [
        SessionIn(n, room, SEVEN + start * MINUTE, SEVEN + end * MINUTE, kind)
        for n, (room, start, end, kind) in enumerate(sessions, 1)
    ]
    worked = [
        ShiftIn(n, rooms[0], person, role, SEVEN + start * MINUTE, SEVEN + end * MINUTE, also=tuple(rooms[1:]))
        for n, (person, role, start, end, rooms) in enumerate(shifts, 1)
    ]
    return Month(MonthInputs("2026-10", ROOMS, made, (), worked, ()))


def held(of: Month) -> dict[tuple[int | None, str], int]:
    found: dict[tuple[int | None, str], int] = {}
    for credit in of.credits([*of.air_facts(), *of.broadcast_facts()]):
        if credit.measure == BROADCASTS:
            found[credit.person, credit.role] = found.get((credit.person, credit.role), 0) + credit.amount
    return found


@pytest.mark.parametrize("case", SPEC)
def test_broadcasts_held(case: str) -> None:
    sessions, shifts, expected = SPEC[case]
    assert held(month(sessions, shifts)) == expected


def test_a_room_has_each_of_its_broadcasts_once_where_it_began() -> None:
    of = month([(1, 0, 60, "live"), (2, 0, 10, "test")], [(ANNA, "host", 0, 30, (1,)), (BEN, "host", 30, 60, (1,))])
    assert [(f.account, f.session, f.segment, f.amount) for f in of.broadcast_facts()] == [(1, 1, 1, 1)]


def test_a_broadcast_that_never_ends_counts_once_a_day() -> None:
    # 19:00 to 19:00 two days later, cut at 06:00
    of = month([(1, 0, 48 * 60, "live")], [(ANNA, "host", 0, 48 * 60, (1,))])
    assert [f.date for f in of.broadcast_facts()] == ["2026-10-14", "2026-10-15", "2026-10-16"]
    assert held(of) == {(ANNA, "host"): 3}


@pytest.mark.parametrize(
    ("done", "planned", "number", "missing"),
    [(9, 10, Fraction(9, 10), ""), (11, 10, Fraction(11, 10), ""), (0, 10, Fraction(0), ""),
     (3, None, None, NO_PLAN), (3, 0, None, ZERO_DENOMINATOR)],
)  # fmt: skip
def test_against_plan(done: int, planned: int | None, number: Fraction | None, missing: str) -> None:
    amounts = {(BROADCASTS, "measured"): done} if done else {}
    value = value_of("broadcast_attainment", amounts, covered=(), planned_broadcasts=planned)
    assert (value.number, value.missing) == (number, missing)


def test_who_came_later_has_it_where_their_time_began_and_it_is_explained() -> None:
    of = month([(1, 0, 60, "live")], [(ANNA, "host", 0, 30, (1,)), (BEN, "host", 30, 60, (1,))])
    (bens,) = [c for c in of.credits(of.broadcast_facts()) if c.person == BEN and c.measure == BROADCASTS]
    assert (bens.segment, bens.amount) == (2, 1)
    value = value_of("broadcast_attainment", {(BROADCASTS, "measured"): 1}, covered=(), planned_broadcasts=2)
    found = score(Line("broadcast_attainment", 10, Linear(1)), value, Fraction(1))
    part = SegmentPart(1, 2, {(BROADCASTS, "measured"): 1}, {}, [(BEN, 1)])
    assert Explanation(found, BEN, [part]).check() == []
    # and twice in one segment is wrong
    twice = SegmentPart(1, 2, {(BROADCASTS, "measured"): 2}, {}, [(BEN, 1)])
    assert Explanation(found, BEN, [twice]).check()
