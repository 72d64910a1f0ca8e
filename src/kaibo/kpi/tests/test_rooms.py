"""What a room gave goes whole to whoever answers for it on that day: in small tables, and fact by fact."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.inputs import AnswerIn, FactOut
from kaibo.kpi.rooms import ANY_DUTY, by_room, days_held, days_of, held, of_duties, values_of
from kaibo.kpi.values import Value

FIRST, AFTER = date(2026, 10, 1), date(2026, 11, 1)
COVERED = {"order_line", "after_sale", "session_report", "ad_spend"}


def sold(minor: int, day: int = 14, account: int = 1, **other: object) -> FactOut:
    said = {
        "place": "segment", "kind": "self_live", "account": account, "session": account * 100 + day, "segment": 1,
        "date": f"2026-10-{day:02d}", "measure": "paid_minor", "basis": "measured", "amount": minor,
    }  # fmt: skip
    return FactOut(**(said | other))  # type: ignore[arg-type]


def values(facts: list[FactOut], answers: list[AnswerIn]) -> dict[tuple[int, str], dict[str, Value]]:
    days = by_room(days_of(facts, FIRST, AFTER))
    return {
        key: values_of(days_held(days, of), KPIS.values(), covered=COVERED, refund_days=15, after_sales_until=None)
        for key, of in of_duties(held(answers)).items()
    }


def paid(facts: list[FactOut], *answers: AnswerIn) -> dict[tuple[int, str], int]:
    return {key: of["paid"].top for key, of in values(facts, list(answers)).items() if key[1]}


ALL_MONTH = AnswerIn(7, "ads", 1, "2026-09-01")


@pytest.mark.parametrize(
    ("facts", "answers", "expected"),
    [
        # from its first day to the day before its last
        ([sold(1, 9), sold(10, 10), sold(100, 19), sold(1000, 20)], [AnswerIn(7, "ads", 1, "2026-10-10", "2026-10-20")],
         {(7, "ads"): 110}),
        # handed over: everything once
        ([sold(1, 15), sold(10, 16)], [AnswerIn(7, "ads", 1, "2026-09-01", "2026-10-16"),
                                       AnswerIn(8, "ads", 1, "2026-10-16")], {(7, "ads"): 1, (8, "ads"): 10}),
        # other duties take nothing away
        ([sold(5)], [ALL_MONTH, AnswerIn(9, "manager", 1, "2026-10-01")], {(7, "ads"): 5, (9, "manager"): 5}),
        ([sold(5), sold(7, account=2)], [ALL_MONTH], {(7, "ads"): 5}),
        ([sold(5), sold(7, account=2)], [ALL_MONTH, AnswerIn(7, "ads", 2, "2026-10-14")], {(7, "ads"): 12}),
        # ordered after the broadcast is the room's; another shop window, a tag or an unpaid order is not
        ([sold(5), sold(1, place="after", segment=None), sold(30, place="outside", kind="product_card"),
          sold(40, place="tagged", kind="福袋"), sold(50, place="unpaid"), sold(60, place="unmatched")],
         [ALL_MONTH], {(7, "ads"): 6}),
        # another month's day
        ([sold(5, date="2026-09-30")], [ALL_MONTH], {(7, "ads"): 0}),
    ],
)  # fmt: skip
def test_whose_a_rooms_sales_are(facts: list[FactOut], answers: list[AnswerIn], expected: dict) -> None:
    assert paid(facts, *answers) == expected


def test_of_a_broadcast_that_is_told_in_part_the_told_segments_are_the_rooms_rate() -> None:
    """What was ordered after it is of no segment: it stands against the views of none."""
    first = [sold(3, measure="orders"), sold(100, measure="views", kind="")]
    second = [sold(9, measure="orders", segment=2), sold(60_000, measure="untold:views", kind="", segment=2)]
    after = sold(50, measure="orders", place="after", segment=None)
    found = values([*first, *second, after], [ALL_MONTH])[7, "ads"]
    assert (found["view_order_rate"].number, found["view_order_rate"].in_part) == (Fraction(3, 100), 1)
    assert (found["orders"].number, found["orders"].in_part) == (62, 0)


def test_spend_off_air_is_the_rooms_and_no_session_of_its_own() -> None:
    spend = {"measure": "spend_minor", "kind": ""}
    facts = [
        sold(400), sold(100, **spend),
        sold(60, place="outside", session=None, segment=None, **(spend | {"kind": "ad_off_air"})),
        sold(50, measure="views", kind=""), sold(900, 15, **spend),
    ]  # fmt: skip
    found = values(facts, [ALL_MONTH])[7, "ads"]
    assert (found["roi"].top, found["roi"].bottom) == (400, 1060)
    # of the sessions that know their views, one of two: spend that has none stays out of it
    assert found["view_cost"].number == Fraction(100, 50)
    assert (found["view_cost"].sessions, found["view_cost"].of_sessions) == (1, 2)


def test_all_duties_of_one_person_count_a_day_once() -> None:
    found = values([sold(5)], [ALL_MONTH, AnswerIn(7, "operator", 1, "2026-10-01")])
    assert found[7, ANY_DUTY]["paid"].top == 5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_fact_is_looked_at_by_everyone(seed: int) -> None:
    rng = Random(seed)
    places = [("segment", ""), ("segment", "ad_rooms"), ("after", "self_live"), ("after", "minute_after"),
              ("outside", "ad_off_air"), ("outside", "mall"), ("unmatched", "ad_no_room"),
              ("tagged", "样品")]  # fmt: skip
    facts = []
    for _ in range(rng.randint(0, 40)):
        (place, kind), day = rng.choice(places), rng.randint(1, 31)
        session = None if kind.startswith("ad_o") or rng.random() < 0.1 else rng.randint(1, 6)
        facts.append(
            sold(rng.randint(1, 999), day, rng.choice([1, 2, 3]), place=place, kind=kind, session=session,
                 measure=rng.choice(["paid_minor", "spend_minor"]), basis=rng.choice(["measured", "allocated"]))
        )  # fmt: skip
    answers = []
    for _ in range(rng.randint(0, 6)):
        start = date(2026, 9, 25) + timedelta(days=rng.randint(0, 40))
        end = rng.choice([None, start + timedelta(days=rng.randint(1, 20))])
        answers.append(
            AnswerIn(rng.randint(1, 3), rng.choice(["ads", "manager"]), rng.choice([1, 2, 3]), start.isoformat(),
                     end and end.isoformat())
        )  # fmt: skip
    expected: Counter = Counter()
    for fact in facts:
        ours = fact.place == "segment" or (fact.place, fact.kind) in [("after", "self_live"), ("outside", "ad_off_air")]
        for person in (1, 2, 3):
            for duty in ("ads", "manager"):
                mine = any(
                    (a.person, a.duty, a.account) == (person, duty, fact.account)
                    and a.start <= fact.date < (a.end or "9999")
                    for a in answers
                )
                if ours and mine:
                    expected[person, duty, fact.measure, fact.basis] += fact.amount
    found: Counter = Counter()
    for (person, duty), of in values(facts, answers).items():
        for kpi, measure in (("paid", "paid_minor"), ("spend", "spend_minor")):
            for basis, amount in of[kpi].numerator.items():
                if duty:
                    found[person, duty, measure, basis] += amount
    assert +found == expected
