"""What a review comes to: within range, no weight lost, better is never worse, in whatever order it is summed up."""

from dataclasses import replace
from decimal import Decimal as D  # noqa: N817
from fractions import Fraction as F  # noqa: N817

from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.card_result import TEAM_PART, Counted, Outcome, next_grade, outcome, rank, team_coefficient
from kaibo.kpi.catalog import Direction
from kaibo.kpi.rules import Band, Card, Gate, Grade, Line, Linear, On, Outside, TeamPart

NAMES = ("views", "orders", "paid", "comments", "new_followers", "likes")
GRADES = (Grade("a", D("1.2"), D(90)), Grade("b", D(1), D(60)), Grade("c", D(0)))
TEAM = TeamPart("own_rate", (Band(D("0.8"), below=D(1)), Band(D("1.1"), at_least=D(1))), On.ATTAINMENT, F(1, 10))
counts = st.fixed_dictionaries({"good": st.integers(0, 5).map(F), "bad": st.integers(0, 9).map(F)})


@st.composite
def reviews(draw: st.DrawFn) -> tuple[Card, list[Counted]]:
    """Up to six lines, some that do not apply and name who takes their weight, with points of what they can give."""
    names = NAMES[: draw(st.integers(1, 6))]
    lines, found = [], []
    for name in names:
        weight = draw(st.integers(1, 40))
        lines.append(Line(name, D(weight), Linear(), gives_to=tuple(draw(st.sets(st.sampled_from(names), max_size=2)))))
        part = draw(st.integers(0, 8))
        found.append(Counted(name, F(weight), F(weight * part, 8), draw(st.booleans())))
    card = Card(
        tuple(lines), outside=(Outside("good", D(5), D(0), D(10)), Outside("bad", D(-4), D(-20), D(0))),
        grades=GRADES, gates=(Gate("bad", D(3), "b"), Gate("bad", D(6), "c")), outside_floor=D(-15),
    )  # fmt: skip
    return card, found


def height(found: Outcome) -> object:
    return None if found.grade is None else rank(found.grade)


@given(reviews(), counts)
def test_a_score_lies_in_its_range_and_no_weight_is_lost(made: tuple[Card, list[Counted]], told: dict[str, F]) -> None:
    card, lines = made
    found = outcome(card, lines, told)
    assert sum(found.counted.values()) == sum(line.weight for line in lines)
    assert -15 <= found.outside_points <= 10
    # the same in another order, and once more
    assert outcome(card, lines[::-1], dict(reversed(told.items()))) == replace(found, counted=found.counted)
    if all(line.out for line in lines):
        assert (found.score, found.grade) == (None, None)
        return
    assert found.score is not None
    assert 0 <= found.score - found.outside_points <= 100
    # what does not apply and names nobody leaves the others' share of their own weight as it was
    if not any(line.gives_to for line in card.lines):
        here = [line for line in lines if not line.out]
        whole = sum(line.weight for line in here)
        assert found.score - found.outside_points == sum(line.points or F(0) for line in here) * 100 / whole


@given(reviews(), counts, st.data())
def test_better_is_never_worse_and_the_unknown_is_never_zero(
    made: tuple[Card, list[Counted]], told: dict[str, F], data: st.DataObject
) -> None:
    card, lines = made
    before = outcome(card, lines, told)
    place = data.draw(st.integers(0, len(lines) - 1))
    best = [*lines[:place], replace(lines[place], points=lines[place].weight), *lines[place + 1 :]]
    after = outcome(card, best, told)
    worse = outcome(card, lines, {**told, "bad": told["bad"] + 1})
    if before.score is not None and after.score is not None and worse.score is not None:
        assert worse.score <= before.score <= after.score
        assert height(worse) <= height(before) <= height(after)  # type: ignore[operator]
        assert (worse.coefficient or 0) <= (before.coefficient or 0) <= (after.coefficient or 0)
    unknown = [*lines[:place], replace(lines[place], points=None, out=False), *lines[place + 1 :]]
    assert outcome(card, unknown, told).score is None
    assert NAMES[place] in outcome(card, unknown, told).lines_waiting
    without = outcome(card, lines, {"good": told["good"]})
    assert (without.score, without.grade, without.lacking) == (None, None, ("bad",))


def test_a_gate_holds_the_grade_down_and_the_next_one_is_so_many_points_away() -> None:
    card = Card((Line("views", D(100), Linear()),), grades=GRADES, gates=(Gate("bad", D(3), "c"),))
    free, held = (outcome(card, [Counted("views", F(100), F(72))], {"bad": F(n)}) for n in (2, 3))
    assert [(one.grade.key if one.grade else "", one.gate is None, one.coefficient) for one in (free, held)] == [
        ("b", True, 1), ("c", False, 0),
    ]  # fmt: skip
    above = next_grade(card, free)
    assert above is not None
    assert (above[0].key, above[1]) == ("a", 18)
    assert next_grade(card, outcome(card, [Counted("views", F(100), F(95))], {"bad": F(0)})) is None


def test_the_team_s_part_takes_a_kpi_of_its_own_and_less_may_be_better() -> None:
    # a KPI that the catalog does not have: its direction comes along
    assert team_coefficient(TEAM, F(1, 10), Direction.UP) == F("1.1")
    assert team_coefficient(TEAM, F(9, 100), Direction.UP) == F("0.8")
    # a refund rate of nothing at all attains every target
    assert [team_coefficient(TEAM, F(n, 100), Direction.DOWN) for n in (0, 10, 20)] == [F("1.1"), F("1.1"), F("0.8")]
    assert team_coefficient(TEAM, F(1, 10)) is None
    card = Card((Line("views", D(100), Linear()),), grades=GRADES, team=TEAM)
    lines = [Counted("views", F(100), F(95))]
    assert outcome(card, lines, {}, F(0), better=Direction.DOWN).coefficient == F("1.32")
    unknown = outcome(card, lines, {})
    assert (unknown.score, unknown.coefficient, unknown.lacking) == (95, None, (TEAM_PART,))
    assert unknown.grade is not None
