"""The forms `step`, `per_occurrence` and `rated`: tables of the published examples, and what holds for any rule."""

from decimal import Decimal as D  # noqa: N817 -- tables of decimals
from fractions import Fraction as F  # noqa: N817

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.canonical import plain, restored
from kaibo.kpi.checks import problems
from kaibo.kpi.rule_data import rule_as_data, rule_from_data
from kaibo.kpi.rules import (
    Anchor,
    Card,
    Counted,
    Line,
    On,
    PerOccurrence,
    Rated,
    Rule,
    Step,
)
from kaibo.kpi.scoring import LineScore, points_at, rated, score, total
from kaibo.kpi.values import Value

# 互动率：目标 15%，每高 1 个百分点加 1 分，最多加 10 分
INTERACTION = Step(step=D("0.01"), start=D(0), cap=D(10), above=D(1), base=D("0.15"))
# GMV 达成：每低于 100% 5 个百分点扣 5 分，最多扣 20 分
GMV = Step(step=D("0.05"), start=D(20), cap=D(20), below=D(-5), on=On.ATTAINMENT)
LATE = PerOccurrence(each=D(-3), start=D(10), cap=D(10))
ANCHORS = Rated(
    (Anchor(D(10), "全部主动", "unasked"), Anchor(D(5), "要提醒", "when asked"), Anchor(D(0), "不做", "no"))
)


def rate(top: int, bottom: int) -> Value:
    return Value("interaction_rate", {"measured": top}, {"measured": bottom})


def count(kpi: str, number: int, basis: str = "measured") -> Value:
    return Value(kpi, {basis: number})


def scored(kpi: str, rule: Rule, value: Value, target: int | None = None, weight: int = 10) -> LineScore:
    return score(Line(kpi, D(weight), rule), value, target)


@pytest.mark.parametrize(
    ("per_mille", "points"), [(0, 0), (150, 0), (159, 0), (160, 1), (169, 1), (250, 10), (251, 10), (900, 10)]
)
def test_a_point_for_each_whole_percentage_point_above(per_mille: int, points: int) -> None:
    assert scored("interaction_rate", INTERACTION, rate(per_mille, 1000)).points == points


@pytest.mark.parametrize(
    ("sales", "whole", "begun", "part"),
    [(120, 20, 20, 20), (100, 20, 20, 20), (99, 20, 15, 19), (95, 15, 15, 15), (94, 15, 10, 14), (80, 0, 0, 0),
     (79, 0, 0, 0), (0, 0, 0, 0)],
)  # fmt: skip
def test_points_off_for_each_step_below_the_target(sales: int, whole: int, begun: int, part: int) -> None:
    found = []
    for counted in (Counted.WHOLE, Counted.BEGUN, Counted.PART):
        rule = Step(**{**GMV.__dict__, "counted": counted})
        found.append(scored("paid", rule, count("paid", sales), 100, weight=20).points)
    assert found == [whole, begun, part]


def test_the_base_is_the_target_where_the_card_names_none() -> None:
    rule = Step(step=D(10), start=D(5), cap=D(10), above=D(1), below=D(-1))
    assert [scored("orders", rule, count("orders", n), 100).points for n in (79, 80, 100, 125, 999)] == [3, 3, 5, 7, 10]
    assert scored("orders", rule, count("orders", 100)).waiting == "no_target"


def test_less_is_better_for_seconds() -> None:
    rule = Step(step=D(5000), start=D(10), cap=D(10), above=D(-2), base=D(35000))
    value = [Value("first_reply", {"measured": ms}, {"measured": 1}) for ms in (20000, 35000, 39999, 40000, 61000)]
    assert [scored("first_reply", rule, one).points for one in value] == [10, 10, 10, 8, 0]


def test_attainment_that_cannot_be_divided_is_the_cap() -> None:
    # no refund at all against a target of 10 %
    rule = Step(step=D("0.1"), start=D(8), cap=D(10), above=D(1), below=D(-1), on=On.ATTAINMENT)
    none = scored("refund_rate", rule, Value("refund_rate", {"measured": 0}, {"measured": 9}), F(1, 10))  # type: ignore[arg-type]
    assert (none.points, none.attainment, none.capped) == (10, None, True)


@pytest.mark.parametrize(("times", "points"), [(0, 10), (1, 7), (3, 1), (4, 0), (40, 0)])
def test_points_off_each_time_to_the_floor(times: int, points: int) -> None:
    assert scored("late_times", LATE, count("late_times", times)).points == points


def test_points_on_each_time_to_the_cap() -> None:
    rule = PerOccurrence(each=D("0.5"), start=D(0), cap=D(10))
    assert [scored("cases", rule, count("cases", n)).points for n in (0, 3, 20, 21)] == [0, F(3, 2), 10, 10]


def test_unknown_times_wait_and_are_not_no_times() -> None:
    waits = scored("late_times", LATE, Value("late_times", missing="no_clock_in"))
    assert (waits.points, waits.waiting) == (None, "no_clock_in")


def test_what_nobody_has_rated_waits_and_is_never_zero() -> None:
    line = Line("handling", D(10), ANCHORS)
    waits = rated(line, None)
    assert (waits.points, waits.waiting) == (None, "not_rated")
    assert (total([waits]).points, total([waits]).weights, total([waits]).waiting_weights) == (0, 0, 10)
    assert (rated(line, D(5)).points, rated(line, 0).points) == (5, 0)
    with pytest.raises(ValueError, match="11 points are not between 0 and 10"):
        rated(line, 11)
    with pytest.raises(ValueError, match="rated by a person"):
        score(line, Value("handling"))
    with pytest.raises(ValueError, match="not rated"):
        rated(Line("late_times", D(10), LATE), 5)


@pytest.mark.parametrize("rule", [INTERACTION, GMV, LATE, ANCHORS])
def test_rules_survive_json_and_a_bundle(rule: Rule) -> None:
    assert rule_from_data(rule_as_data(rule)) == rule
    card = Card((Line("handling", D(10), rule),))
    assert restored(Card, plain(card)) == card


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"form": "stairs"}, "no such form: stairs"),
        ({"form": "step", "step": "1", "start": "0", "cap": "ten", "floor": "0"}, "cap: 'ten' is no number"),
        ({"form": "step", "step": "1", "start": "0", "cap": "1", "floor": "0", "counted": "half"}, "half"),
        ({"form": "per_occurrence", "each": "-3", "start": "10", "cap": "10"}, "floor"),
        ({"form": "step", "step": "1", "start": "0", "cap": "NaN", "floor": "0"}, "cap: 'NaN' is no number"),
    ],
)
def test_a_rule_that_cannot_be_read_says_which_part(data: dict[str, str], said: str) -> None:
    with pytest.raises((ValueError, KeyError), match=said):
        rule_from_data(data)


# what holds for any rule that passes the checks

POINTS = st.integers(0, 60).map(lambda n: D(n) / 2)
SIZES = st.sampled_from([D("0.01"), D("0.05"), D(1), D(3), D(10)])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    low, start, high = sorted(draw(st.tuples(POINTS, POINTS, st.integers(10, 30).map(D))))
    above, below = draw(POINTS), draw(POINTS)
    return Step(
        step=draw(SIZES), start=start, cap=high, floor=low, above=above, below=-below,
        base=draw(st.one_of(st.none(), st.integers(0, 50).map(D))), on=draw(st.sampled_from(On)),
        counted=draw(st.sampled_from(Counted)),
    )  # fmt: skip


@st.composite
def occurrences(draw: st.DrawFn) -> PerOccurrence:
    low, start, high = sorted(draw(st.tuples(POINTS, POINTS, st.integers(10, 30).map(D))))
    return PerOccurrence(each=-draw(POINTS), start=start, cap=high, floor=low)


@given(steps(), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**4))
def test_steps_stay_in_range_and_never_punish_more(rule: Step, one: int, other: int, target: int) -> None:
    line = Line("orders", D(10), rule)
    less, more = sorted([one, other])
    low, high = (points_at(line, number, target) for number in (less, more))
    assert low is not None
    assert high is not None
    assert rule.floor <= low <= high <= rule.cap


@given(steps(), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**4))
def test_where_less_is_better_more_never_gives_more(rule: Step, one: int, other: int, target: int) -> None:
    flipped = rule if rule.on is On.ATTAINMENT else Step(**{**rule.__dict__, "above": rule.below, "below": rule.above})
    line = Line("late_times", D(10), flipped)
    less, more = sorted([one, other])
    assert (points_at(line, less, target) or 0) >= (points_at(line, more, target) or 0)


@given(occurrences(), st.integers(0, 200))
def test_each_time_costs_the_same_until_the_floor(rule: PerOccurrence, times: int) -> None:
    line = Line("late_times", D(10), rule)
    now, then = points_at(line, times), points_at(line, times + 1)
    assert now is not None
    assert then is not None
    assert rule.floor <= then <= now <= rule.cap
    assert now - then == -rule.each or then == rule.floor


@given(st.one_of(steps(), occurrences()), st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_how_a_value_is_split_by_basis_changes_no_point(rule: Step | PerOccurrence, parts: list[int]) -> None:
    whole = scored("orders", rule, count("orders", sum(parts)), 100)
    bases = ("measured", "allocated", "approximated", "other")
    split = Value("orders", dict(zip(bases, parts, strict=False)))
    assert scored("orders", rule, split, 100).points == whole.points


@given(steps(), st.integers(0, 10**6), st.integers(1, 10**6))
def test_part_steps_lie_between_whole_and_begun_ones(rule: Step, number: int, target: int) -> None:
    found = {}
    for counted in Counted:
        line = Line("orders", D(10), Step(**{**rule.__dict__, "below": D(0), "counted": counted}))
        found[counted] = points_at(line, number, target) or F(0)
    assert found[Counted.WHOLE] <= found[Counted.PART] <= found[Counted.BEGUN]


def faults(kpi: str, rule: Rule, weight: int = 10) -> list[str]:
    return [str(problem.message) for problem in problems(Card((Line(kpi, D(weight), rule),))) if problem.line]


@pytest.mark.parametrize(
    ("kpi", "rule", "expected"),
    [
        ("interaction_rate", INTERACTION, []),
        ("late_times", LATE, []),
        ("handling", ANCHORS, []),
        ("refund_rate", INTERACTION, ["Item 1: less is better, but its steps reward more."]),
        ("orders", Step(step=D(1), start=D(10), cap=D(10), below=D(1)),
         ["Item 1: more is better, but its steps reward less."]),
        ("orders", Step(step=D(0), start=D(0), cap=D(10), above=D(1)), ["Item 1: the step must be above 0."]),
        ("orders", Step(step=D(1), start=D(0), cap=D(10)), ["Item 1: no step changes the points."]),
        ("orders", Step(step=D(1), start=D(11), cap=D(10), above=D(1)),
         ["Item 1: it must start between its floor and its cap; it starts at 11, between 0 and 10."]),
        ("orders", Step(step=D(1), start=D(0), cap=D(10), floor=D(-5), above=D(1)),
         ["Item 1: the floor -5 is below 0."]),
        ("orders", Step(step=D(1), start=D(0), cap=D(8), above=D(1)),
         ["Item 1: the most it gives is 8, less than its weight 10."]),
        ("late_times", PerOccurrence(each=D(3), start=D(0), cap=D(10)),
         ["Item 1: less is better, but each one adds points."]),
        ("orders", LATE, ["Item 1: more is better, but each one takes points off."]),
        ("late_times", PerOccurrence(each=D(0), start=D(0), cap=D(10)), ["Item 1: an occurrence changes nothing."]),
        ("refund_rate", LATE, ["Item 1: “refund_rate” is no number of occurrences."]),
        ("handling", Rated((Anchor(D(10), "好", "good"),)),
         ["Item 1 needs at least two anchors: the best and the worst."]),
        ("handling", Rated((Anchor(D(10), "好", "good"), Anchor(D(0), " ", ""))),
         ["Item 1: an anchor without words says nothing."]),
        ("handling", Rated((Anchor(D(10), "好", "good"), Anchor(D(10), "坏", "bad"))),
         ["Item 1: each anchor has points of its own, none below 0."]),
    ],
)  # fmt: skip
def test_faults_of_the_forms(kpi: str, rule: Rule, expected: list[str]) -> None:
    assert faults(kpi, rule) == expected
