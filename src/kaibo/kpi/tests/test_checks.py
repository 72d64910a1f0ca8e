"""A card that is inconsistent is refused with the line and the fault."""

from decimal import Decimal
from fractions import Fraction

import pytest

from kaibo.kpi.card_parts import TeamPart
from kaibo.kpi.catalog import Route
from kaibo.kpi.checks import problems
from kaibo.kpi.rules import Band, Bands, Card, Gate, Grade, Line, Linear, On


def bands(*table: str, on: On = On.VALUE, weight: int = 30) -> Line:
    """Each band as 'from-to: points', either end open."""
    found = []
    for text in table:
        ends, points = text.split(": ")
        start, end = (Decimal(x) if x else None for x in ends.split("-"))
        found.append(Band(Decimal(points), start, end))
    return Line("views", Decimal(weight), Bands(tuple(found), on))


def faults(line: Line) -> list[str]:
    rest = Line("paid", Decimal(100) - line.weight, Linear())
    return [str(problem.message) for problem in problems(Card((line, rest)))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (bands("-10: 0", "10-20: 10", "20-: 30"), []),
        (bands("0-10: 0", "10-: 30"), []),
        (bands("-0.7: 0", "0.7-0.8: 10", "0.8-0.9: 20", "1-: 30", on=On.ATTAINMENT),
         ["Item 1 gives no points from 90 % to 100 %."]),
        (bands("-10: 0", "10-20: 10", "15-: 30"), ["Item 1 gives points twice from 15 to 20."]),
        (bands("-10: 0", "10-: 10", "20-: 30"), ["Item 1 gives points twice from 20 to ∞."]),
        (bands("5-10: 0", "10-: 30"), ["Item 1 gives no points below 5."]),
        (bands("-10: 0", "10-20: 30"), ["Item 1 gives no points from 20 up."]),
        (bands("-10: 0", "10-10: 10", "10-: 30"), ["Item 1: the band from 10 to 10 is empty."]),
        (bands("-10: -5", "10-: 30"), ["Item 1: a band takes points off without a floor."]),
        (bands("-10: 0", "10-: 31"), ["Item 1: a band gives 31 points, more than the weight 30."]),
        (Line("views", Decimal(30), Bands(())), ["Item 1 has no bands."]),
        (bands("-0: 5", "0-10: 10", "10-: 30"), ["Item 1: nobody can reach the band below 0."]),
        (bands("-10: 0", "10-: 20"), ["Item 1: the most it gives is 20, less than its weight 30."]),
        (bands("-10: 30", "10-20: 20", "20-: 30"), ["Item 1: more is better, but from 10 up it gives only 20."]),
        (Line("beauty", Decimal(30), Linear()), ["Item 1: there is no KPI “beauty”."]),
        (Line("views", Decimal(30), Linear(Decimal("0.9"))), ["Item 1: the cap must be at least 100 %."]),
        (Line("views", Decimal(0), Linear()), ["Item 1: the weight must be above 0."]),
        # of everyone whom rows name
        (Line("satisfaction", Decimal(30), Linear(), target=Fraction(1), route=Route.TEAM), []),
    ],
)  # fmt: skip
def test_faults_of_a_line(line: Line, expected: list[str]) -> None:
    assert faults(line) == expected


def test_where_less_is_better_a_higher_band_may_not_give_more() -> None:
    rule = Bands((Band(Decimal(10), below=Decimal("0.2")), Band(Decimal(30), at_least=Decimal("0.2"))))
    assert faults(Line("refund_rate", Decimal(30), rule)) == [
        "Item 1: less is better, but from 0.2 up it gives more: 30 points."
    ]


def test_weights_that_do_not_add_up() -> None:
    card = Card((Line("paid", Decimal(60), Linear()), Line("views", Decimal("30.5"), Linear())))
    assert [str(p.message) for p in problems(card)] == ["The weights add up to 90.5, not to 100."]


def test_a_stretch_named_twice_or_not_at_all_is_given_in_numbers() -> None:
    (gap,) = problems(Card((bands("-10: 0", "20-: 100", weight=100),)))
    assert (gap.line, gap.code, gap.at_least, gap.below) == (1, "gap", 10, 20)


def test_a_gate_counts_occurrences() -> None:
    grades = (Grade("b", Decimal(1), Decimal(50)), Grade("c", Decimal(0)))
    card = Card((Line("paid", Decimal(100), Linear()),), grades=grades, gates=(Gate("gmv", Decimal(1), "c"),))
    assert [str(p.message) for p in problems(card)] == ["The gate “gmv” is no number of occurrences."]


def test_a_team_s_coefficient_needs_a_kpi_that_rooms_or_people_of_a_department_have() -> None:
    line = Line("paid", Decimal(100), Linear())

    def found(kpi: str) -> list[str]:
        part = TeamPart(kpi, (Band(Decimal(1)),))
        return [str(p.message) for p in problems(Card((line,), team=part))]

    assert found("airtime") == ["The team's coefficient: “airtime” goes by shift alone; a team has no value of it."]
    assert found("satisfaction") == found("net_paid") == []
