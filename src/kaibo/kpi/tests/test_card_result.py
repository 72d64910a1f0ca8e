"""What holds for any card: points within range, no weight lost, more is never worse, parts add up to the whole."""

from decimal import Decimal as D  # noqa: N817
from fractions import Fraction as F  # noqa: N817

from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.card_result import grade_at, result, weights_of
from kaibo.kpi.rules import (
    Anchor,
    Band,
    Benchmarked,
    By,
    Card,
    Condition,
    Grade,
    Line,
    Linear,
    Outside,
    PerOccurrence,
    Rated,
    Rater,
    RaterShare,
    Rung,
    Section,
    Standing,
    Table,
    Together,
)
from kaibo.kpi.scoring import rated_by, score
from kaibo.kpi.standing import Figure, looked_up
from kaibo.kpi.values import Value, add

NAMES = ("views", "orders", "paid", "comments", "new_followers", "likes")


@st.composite
def cards_with_absent_lines(draw: st.DrawFn) -> tuple[Card, set[str]]:
    """Up to six lines; each may give its weight to any, itself and rings too."""
    names = NAMES[: draw(st.integers(1, 6))]
    weights = draw(st.lists(st.integers(1, 40), min_size=len(names), max_size=len(names)))
    gives = draw(st.lists(st.lists(st.sampled_from(names), max_size=3, unique=True), min_size=6, max_size=6))
    lines = tuple(
        Line(name, D(weight), Linear(), gives_to=tuple(to))
        for name, weight, to in zip(names, weights, gives, strict=False)
    )
    return Card(lines), draw(st.sets(st.sampled_from(names)))


@given(cards_with_absent_lines())
def test_weights_are_conserved_and_nobody_present_loses_any(made: tuple[Card, set[str]]) -> None:
    card, out = made
    found = weights_of(card, out)
    assert sum(found.values()) == sum(line.weight for line in card.lines)
    for line in card.lines:
        assert found[line.kpi] >= (0 if line.kpi in out else line.weight)
        if line.kpi in out:
            # all of it went, or none could
            assert found[line.kpi] in (0, line.weight)


@given(cards_with_absent_lines())
def test_whoever_is_named_and_present_takes_the_weight(made: tuple[Card, set[str]]) -> None:
    card, out = made
    found = weights_of(card, out)
    for line in card.lines:
        if line.kpi in out and any(name not in out for name in line.gives_to):
            assert found[line.kpi] == 0


BENCHMARK = Benchmarked(
    (Band(D(0), below=D("0.8")), Band(D(5), D("0.8"), D(1)), Band(D(10), at_least=D(1))),
    Table((Figure(F(100), "a"), Figure(F(400), "b")), By.ROOM),
)
LADDER = Together(
    (Rung(D(10), (Condition("views", D(50)), Condition("orders", D(20)))), Rung(D(4), (Condition("views", D(20)),)))
)


@given(st.integers(0, 600), st.integers(0, 600), st.integers(0, 100), st.integers(0, 9), st.integers(1, 9))
def test_more_is_never_worse_and_points_stay_in_range(low: int, more: int, orders: int, a: int, b: int) -> None:
    standing = Standing(keys={By.ROOM: {"a": a, "b": b}})
    for rule in (BENCHMARK, LADDER):
        line = Line("views", D(10), rule)
        less, greater = (
            score(
                line,
                Value("views", {"measured": n}),
                standing=standing,
                others={"orders": Value("orders", {"m": orders})},
            )
            for n in (low, low + more)
        )
        assert less.points is not None
        assert greater.points is not None
        assert 0 <= less.points <= greater.points <= 10


@given(st.integers(1, 999), st.integers(1, 999))
def test_a_benchmark_of_several_rooms_lies_between_theirs_by_time(a: int, b: int) -> None:
    found = looked_up(BENCHMARK.benchmark, Standing(keys={By.ROOM: {"a": a, "b": b}}))
    assert found is not None
    assert found * (a + b) == 100 * a + 400 * b


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_a_month_split_by_days_adds_up(days: list[int]) -> None:
    """Without a limit reached, the occurrences of days cost together what those of the month do."""
    line = Line("late_times", D(100), PerOccurrence(each=D(-3), start=D(100), cap=D(100)))
    parts = [Value("late_times", {"measured": n}) for n in days]
    whole = score(line, add(parts)).points
    assert whole is not None
    assert 100 - whole == sum(100 - (score(line, one).points or F(0)) for one in parts)
    linear = Line("orders", D(100), Linear(D(10)), target=F(50))
    orders = [Value("orders", {"measured": n}) for n in days]
    assert score(linear, add(orders)).points == sum((score(linear, one).points or F(0)) for one in orders)


RATED = Line(
    "care", D(10), Rated((Anchor(D(10), "好", "good"), Anchor(D(0), "差", "bad"))),
    raters=(RaterShare(Rater.SELF, D(20)), RaterShare(Rater.PEER, D(30)), RaterShare(Rater.SUPERIOR, D(50))),
)  # fmt: skip
points = st.integers(0, 100).map(lambda n: F(n, 10))


@given(points, st.lists(points, min_size=1, max_size=4), points)
def test_raters_count_by_their_weights_whoever_comes_first(own: F, peers: list[F], boss: F) -> None:
    given_ = {Rater.SELF: [own], Rater.PEER: peers, Rater.SUPERIOR: [boss]}
    found = rated_by(RATED, given_)
    assert found == rated_by(RATED, dict(reversed(given_.items())))
    assert found.points == (own * 20 + sum(peers) / len(peers) * 30 + boss * 50) / 100
    for name in given_:
        assert rated_by(RATED, {**given_, name: []}).waiting == "not_rated"


GRADES = (Grade("a", D(1), D(90)), Grade("b", D("0.8"), D(60)), Grade("c", D(0)))


@given(st.integers(0, 1000), st.integers(0, 9), st.integers(0, 9))
def test_the_score_is_the_lines_and_the_bounded_rest(number: int, good: int, bad: int) -> None:
    card = Card(
        (Line("orders", D(100), Linear(D(1)), target=F(500), section="all"),), sections=(Section("all", D(100)),),
        outside=(Outside("good", D(5), D(0), D(15)), Outside("bad", D(-4), D(-20), D(0))), grades=GRADES,
        outside_floor=D(-10), outside_cap=D(10),
    )  # fmt: skip
    found = result(
        card, [score(card.lines[0], Value("orders", {"measured": number}))], {"good": F(good), "bad": F(bad)}
    )
    assert found.score is not None
    extra = max(-10, min(10, min(15, 5 * good) + max(-20, -4 * bad)))
    assert found.score == min(F(number, 5), 100) + extra
    assert found.grade == grade_at(GRADES, found.score)
    assert found.grade is not None
    assert found.grade.key == ("a" if found.score >= 90 else "b" if found.score >= 60 else "c")
    assert result(card, found.total.lines, {"good": F(good)}).waiting == ("bad",)
