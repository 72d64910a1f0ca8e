"""The 18 forms of published cards: each entered as data, and computed to the points that the card's own words give."""

from collections.abc import Mapping
from fractions import Fraction as F  # noqa: N817
from pathlib import Path

import pytest

from kaibo.appraisal.card_file import WrongCard, read, written
from kaibo.kpi.card_result import result
from kaibo.kpi.rules import By, Rater, Standing
from kaibo.kpi.scoring import LineScore, rated_by, score
from kaibo.kpi.values import Value

TEXT = (Path(__file__).parent / "published.toml").read_text(encoding="utf-8")
HOST, OPERATOR = read(TEXT, "published.toml")
NOVEMBER = Standing("2026-11", {By.CATEGORY: {"beauty": 1}, By.ROOM_AGE: {"mature": 1}})
SHARES: Mapping[str, tuple[int, int]] = {
    "follow_rate": (55, 100),
    "buyer_rate": (36, 100),
    "interaction_rate": (182, 1000),
}


def value(kpi: str, top: int, bottom: int | None = None) -> Value:
    return Value(kpi, {"measured": top}, {} if bottom is None else {"measured": bottom})


def at(kpi: str, top: int, bottom: int | None = None, standing: Standing = NOVEMBER) -> LineScore:
    """The host's line at a value; beside it the shares above are known."""
    line = HOST.line(kpi)
    assert line is not None
    others = {name: value(name, *pair) for name, pair in SHARES.items()}
    return score(line, value(kpi, top, bottom), standing=standing, others=others)


@pytest.mark.parametrize(
    ("form", "kpi", "top", "bottom", "points"),
    [
        ("1 bands", "views", 30_000, None, 10), ("1 bands", "views", 29_999, None, 8),
        ("1 bands", "views", 9_999, None, 0),
        # against November's 8,000.00: 95 % and exactly 70 %
        ("2 attainment, 18 by month", "paid", 760_000, None, 25), ("2 attainment", "paid", 560_000, None, 10),
        # the category's benchmark is 10,000: 20 % above, 10 % above, at it, 10 % below, 21 % below
        ("3 benchmark", "audience", 12_000, None, 12), ("3 benchmark", "audience", 11_000, None, 10),
        ("3 benchmark", "audience", 10_000, None, 8), ("3 benchmark", "audience", 9_000, None, 8),
        ("3 benchmark", "audience", 8_999, None, 5), ("3 benchmark", "audience", 7_900, None, 0),
        # 18.2 %: three whole points above 15 %; 40 %: ten at most
        ("4 step up", "interaction_rate", 182, 1000, 3), ("4 step up", "interaction_rate", 400, 1000, 10),
        ("6 occurrence", "late_times", 2, None, 4), ("6 occurrence", "late_times", 9, None, 0),
        # 55 % and 36 %: not both of the first row, both of the second; 65 % and 36 %: the weaker one decides
        ("8 together", "follow_rate", 55, 100, 6), ("8 together", "follow_rate", 65, 100, 6),
        ("8 together", "follow_rate", 47, 100, 4), ("8 together", "follow_rate", 44, 100, 0),
        ("15 mature", "mean_stay", 59_000, 1, 0), ("15 mature", "mean_stay", 60_000, 1, 10),
    ],
)  # fmt: skip
def test_a_line_of_each_form(form: str, kpi: str, top: int, bottom: int | None, points: int) -> None:
    assert at(kpi, top, bottom).points == points, form


def test_a_new_room_and_another_month_and_category_have_their_own_figures() -> None:
    new = Standing("2026-10", {By.CATEGORY: {"food": 3, "beauty": 1}, By.ROOM_AGE: {"new": 2, "mature": 1}})
    assert at("mean_stay", 30_000, 1, new).points == 10
    # October's target is 5,000.00
    assert at("paid", 500_000, None, new).points == 30
    # three quarters of the time food (4,000), one quarter beauty (10,000): 5,500; 10 % above it
    found = at("audience", 6_050, None, new)
    assert (found.benchmark, found.points) == (5_500, 10)
    unknown = at("audience", 6_050, None, Standing("2026-10", {By.CATEGORY: {"food": 1, "pets": 1}}))
    assert (unknown.points, unknown.waiting) == (None, "no_benchmark")
    assert at("paid", 500_000, None, Standing("2026-12")).waiting == "no_target"


def test_steps_down_and_in_proportion() -> None:
    paid, orders, _broadcasts = OPERATOR.card.lines
    # form 5: −5 for each 5 % below, at most −20
    assert [score(paid, value("paid", n)).points for n in (1_000_000, 949_999, 900_000, 100_000)] == [40, 35, 30, 20]
    # form 7: actual ÷ target × weight, at most 120 %
    assert [score(orders, value("orders", n)).points for n in (100, 150, 240, 900)] == [20, 30, 48, 48]


def test_raters_with_weights_wait_for_each_other() -> None:
    (one,) = HOST.rated
    assert rated_by(one.line, {Rater.SELF: [10], Rater.SUPERIOR: [F("7.5")]}).points == 8
    waiting = rated_by(one.line, {Rater.SELF: [10]})
    assert (waiting.points, waiting.waiting, waiting.given) == (None, "not_rated", {Rater.SELF: 10})
    with pytest.raises(ValueError, match="between 0 and 10"):
        rated_by(one.line, {Rater.SELF: [11]})
    with pytest.raises(ValueError, match="not rated by peer"):
        rated_by(one.line, {Rater.PEER: [5]})


def test_what_did_not_run_gives_its_weight_to_named_lines() -> None:
    paid, orders, broadcasts = OPERATOR.card.lines
    lines = [score(paid, value("paid", 1_000_000)), score(orders, value("orders", 100)),
             score(broadcasts, Value("broadcast_attainment", missing="no_plan"))]  # fmt: skip
    found = result(OPERATOR.whole, lines)
    # 20 points go half to each: 50 of 50, and half of 50
    assert found.total.moved == {"paid": 50, "orders": 50, "broadcast_attainment": 0}
    assert (found.score, found.total.weights) == (75, 100)
    held = [*lines[:2], score(broadcasts, value("broadcast_attainment", 9, 10))]
    assert result(OPERATOR.whole, held).score == 40 + 20 + 18


def host_lines(views: int = 30_000) -> list[LineScore]:
    made = [at("views", views), at("paid", 800_000), at("audience", 12_000), at("interaction_rate", 400, 1000),
            at("follow_rate", 65, 100), at("mean_stay", 60_000, 1), at("late_times", 0)]  # fmt: skip
    return [*made, rated_by(HOST.rated[0].line, {Rater.SELF: [10], Rater.SUPERIOR: [10]})]


def test_sections_items_outside_gate_grade_and_the_team_make_the_result() -> None:
    # 10 + 30 + 12 + 10 + 6 + 10 of 80, 20 of 20; one commendation, two complaints: +5 −10
    counts = {"commended": F(1), "complained": F(2), "serious": F(0)}
    found = result(HOST.whole, host_lines(), counts, team=F(1_000_000))
    assert found.sections == {"business": 78, "conduct": 20}
    assert (found.outside_points, found.score) == (-5, 93)
    assert found.grade is not None
    assert (found.grade.key, found.team_coefficient, found.coefficient) == ("gold", F("1.1"), F("1.32"))
    # what is outside gives 10 at most, whatever the single items would
    assert result(HOST.whole, host_lines(), {**counts, "commended": F(9), "complained": F(0)}).outside_points == 10
    shut = result(HOST.whole, host_lines(), {**counts, "serious": F(1)}, team=F(900_000))
    assert shut.grade is not None
    assert shut.gate is not None
    assert (shut.score, shut.grade.key, shut.gate.key, shut.coefficient) == (93, "bronze", "serious", F("0.8"))
    # nobody has looked whether there was a violation: no grade yet
    unknown = result(HOST.whole, host_lines(), {"commended": F(0), "complained": F(0)})
    assert (unknown.score, unknown.grade, unknown.waiting) == (None, None, ("serious", "team"))


def test_a_section_may_count_to_a_hundred_of_its_own() -> None:
    """The same card with its conduct written as 50 + 50 of 100: 20 % of it is what it was."""
    other = TEXT.replace('kpi = "late_times"\nweight = "10"', 'kpi = "late_times"\nweight = "50"')
    other = other.replace(
        'start = "10", each = "-3", floor = "0", cap = "10"', 'start = "50", each = "-15", floor = "0", cap = "50"'
    )
    head, tail = other.split('key = "responsibility"\nweight = "10"')
    for points in ("10", "7.5", "5"):
        tail = tail.replace(f'points = "{points}", zh', f'points = "{F(points) * 5}", zh'.replace("75/2", "37.5"), 1)
    card = read(f'{head}key = "responsibility"\nweight = "50"{tail}')[0]
    assert card.weight == 100
    late = score(card.card.lines[-1], value("late_times", 2))
    assert late.points == 20
    rated = rated_by(card.rated[0].line, {Rater.SELF: [50], Rater.SUPERIOR: [50]})
    assert result(card.whole, [late, rated]).sections["conduct"] == 4 + 10


def test_the_file_comes_back_as_it_was() -> None:
    again = read(written([HOST, OPERATOR]))
    assert again == (HOST, OPERATOR)
    assert written(again) == written([HOST, OPERATOR])


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ('  { at_least = "0.9", below = "1", points = "25" },\n', "", "Item 2 gives no points from 90 % to 100 %"),
        ('weight = "80", zh', 'weight = "70", zh', "The sections add up to 90, not to 100"),
        ('weight = "80", zh', 'weight = "70", zh', "“business” add up to 80; they make its weight 70, or 100"),
        ('each = "-5", floor = "-20"', 'each = "-5", floor = "0"', "“complained” outside the 100 needs a limit"),
        ('at_least = "90", coeff', 'at_least = "190", coeff', "“gold” begins at 190 points; the card gives 1"),
        ('coefficient = "0.8", zh', 'coefficient = "1.8", zh', "Grade “silver” pays less than “bronze” below it"),
        ('grade = "bronze"', 'grade = "gold"', "holds nobody: “gold” is the best grade"),
        ('grade = "bronze"', 'grade = "iron"', "names the grade “iron”, which the card does not have"),
        ('{ at_least = "0.8", below = "1", points = "1" }, ', "", "The team's coefficient has a hole"),
        ('"superior", weight = "80"', '"superior", weight = "70"', "Item 8: its raters' weights add up to 90, not"),
        ('"0.6" }, { kpi = "buyer_rate", at_least = "0.4"', '"0.5" }, { kpi = "buyer_rate", at_least = "0.3"',
         "Item 5: nobody can reach 6 points: whoever meets that meets what gives 8"),
        ('value = "4000"', 'value = "0"', "Item 3: the figure of “food” must be above 0"),
        ('month = "2026-11"', 'month = "2026-13"', "Item 2: “2026-13” is no month"),
        ('gives_to = ["paid", "orders"]', 'gives_to = ["glory"]', "Item 3: its weight cannot go to “glory”"),
        ('gives_to = ["paid", "orders"]\n', "", "Item 3 says when it is not applicable, and not where"),
        ('key = "new"\nrule', 'key = "new"\npart = "2"\nrule', "part of the target is above 0 and at most 1, not 2"),
        ('weight = "12"', 'weight = "1e99"', "'1e99' is no number"),
        ('gives_to = ["paid", "orders"]', 'gives = ["paid"]', "no such word: gives; there are kpi, weight"),
        ("[[card.rated]]\n", f'[[card.rated]]\nkey = "{"k" * 41}"\nweight = "1"\n[[card.rated]]\n',
         "more than 40 characters"),
        ("[[card.rated]]\n", '[[card.later]]\nkey = "nothing_such"\nweight = "1"\n[[card.rated]]\n',
         "waiting line “nothing_such” has no name"),
    ],
)  # fmt: skip
def test_a_card_that_contradicts_itself_names_line_and_fault(from_: str, to: str, said: str) -> None:
    assert from_ in TEXT
    with pytest.raises(WrongCard, match=said):
        read(TEXT.replace(from_, to, 1))
