"""A grade or a gate may begin after its number: what is reached there, what is a gap or an overlap, what is kept."""

import json
from collections.abc import Sequence
from decimal import Decimal as D  # noqa: N817
from fractions import Fraction as F  # noqa: N817
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.card_parts import EdgedGate, EdgedGrade, Gate, Grade, gate, grade
from kaibo.kpi.card_result import Counted, next_grade, outcome, rank
from kaibo.kpi.checks import problems
from kaibo.kpi.rules import Card, Line, Linear, Outside
from kaibo.kpi.tests import slow_scoring

LINE = Line("orders", D(100), Linear(D(1)))
# “>90 A; over 60 to 90 B; 60 and below C”
PUBLISHED = (
    grade("A", D("1.2"), above=D(90)), grade("B", D(1), above=D(60), at_most=D(90)), grade("C", D(0), at_most=D(60)),
)  # fmt: skip
HAIR = F(1, 10**12)


def reached(card: Card, points: F, times: F = F(0)) -> str:
    found = outcome(card, [Counted("orders", F(100), points)], {"bad": times})
    assert found.grade is not None
    return found.grade.key


def faults(*grades: Grade, gates: tuple[Gate, ...] = ()) -> list[str]:
    return [f"{one.code}: {one.message}" for one in problems(Card((LINE,), grades=grades, gates=gates))]


@pytest.mark.parametrize(
    ("points", "key"),
    [(F(100), "A"), (F(90) + HAIR, "A"), (F(90), "B"), (F(60) + HAIR, "B"), (F(60), "C"), (F(0), "C"), (F(-3), "C")],
)
def test_the_number_itself_belongs_to_the_grade_that_includes_it(points: F, key: str) -> None:
    assert reached(Card((LINE,), grades=PUBLISHED), points) == key


def test_more_than_so_many_times_is_not_from_so_many_on() -> None:
    from_three = Card((LINE,), grades=PUBLISHED, gates=(gate("bad", D(3), "C"),))
    over_three = Card((LINE,), grades=PUBLISHED, gates=(gate("bad", None, "C", above=D(3)),))
    assert [reached(from_three, F(95), F(n)) for n in (2, 3, 4)] == ["A", "C", "C"]
    assert [reached(over_three, F(95), F(n)) for n in (2, 3, 4)] == ["A", "A", "C"]


def test_what_is_missing_to_a_grade_that_begins_after_its_number() -> None:
    card = Card((LINE,), grades=PUBLISHED)

    def ahead(points: F) -> tuple[str, F] | None:
        found = next_grade(card, outcome(card, [Counted("orders", F(100), points)]))
        return None if found is None else (found[0].key, found[1])

    assert [ahead(F(n)) for n in (55, 60, 61, 90, 91)] == [("B", 5), ("B", 0), ("A", 29), ("A", 0), None]


@pytest.mark.parametrize(
    ("grades", "said"),
    [
        # neither holds 90 itself
        ((grade("A", D(1), above=D(90)), grade("B", D(0), below=D(90))),
         "grade: Exactly 90 points are neither in grade “B” nor in “A”."),
        # both do
        ((grade("A", D(1), D(90)), grade("B", D(0), at_most=D(90))),
         "grade: Exactly 90 points are in both grades, “B” and “A”."),
        # “90–100, 80–89”: 89.5 has no grade
        ((grade("A", D(1), D(90)), grade("B", D(0), at_most=D(89))),
         "grade: Points > 89, < 90 are neither in grade “B” nor in “A”."),
        ((grade("A", D(1), D(85)), grade("B", D(0), at_most=D(89))),
         "grade: Points ≥ 85, ≤ 89 are in both grades, “B” and “A”."),
        ((grade("A", D(1), above=D(100)), grade("B", D(0))),
         "reach: Grade “A” begins above 100 points; the card gives 100 at most."),
        ((grade("A", D(1), D(90), at_most=D(95)), grade("B", D(0))),
         "grade: Grade “A” ends at 95 points; the card gives up to 100."),
        ((grade("A", D(1), D(90), below=D(100)), grade("B", D(0))),
         "grade: Grade “A” ends at 100 points; the card gives up to 100."),
        ((grade("A", D(1), above=D(90)), grade("B", D(1), above=D(80), at_most=D(80)), grade("C", D(0))),
         "grade: Grade “B” ends where it begins, or before."),
        ((grade("A", D(1), above=D(90)), grade("B", D(1), above=D(90)), grade("C", D(0))),
         "grade: Grades “B” and “A” begin at the same points."),
    ],
)  # fmt: skip
def test_a_gap_an_overlap_or_a_grade_out_of_reach_is_named_by_its_points(grades: tuple[Grade, ...], said: str) -> None:
    assert said in faults(*grades)


def test_what_touches_is_no_fault_whichever_side_has_the_number() -> None:
    assert faults(*PUBLISHED) == []
    assert faults(grade("A", D(1), D(90), at_most=D(100)), grade("B", D(1), below=D(90))) == []
    # a card that gives 100 at most may say that its best grade is 100 alone
    assert faults(grade("A", D(1), D(100), at_most=D(100)), grade("B", D(0))) == []
    assert faults(grade("A", D(1), above=D(90)), grade("B", D(1), D(90)), grade("C", D(0), below=D(90))) == []


def test_a_gate_is_shut_by_something() -> None:
    def gated(*gates: Gate) -> list[str]:
        return faults(*PUBLISHED, gates=gates)

    assert gated(gate("bad", None, "B", "坏", "bad", above=D(0)), gate("bad", D("0.5"), "C", "坏", "bad")) == []
    shut = "gate: The gate “bad” would be shut for everybody: it begins at 0."
    assert gated(gate("bad", None, "B", "坏", "bad", above=D(-1))) == [shut]
    assert gated(gate("bad", D(0), "B", "坏", "bad")) == [shut]


def test_an_edge_is_said_once() -> None:
    with pytest.raises(ValueError, match="at_least and above"):
        grade("A", D(1), D(90), above=D(90))
    with pytest.raises(ValueError, match="below and at_most"):
        grade("A", D(1), below=D(90), at_most=D(90))
    with pytest.raises(ValueError, match="at_least and above"):
        gate("bad", D(1), "B", above=D(1))
    with pytest.raises(ValueError, match="at_least and above"):
        gate("bad", None, "B")


ladders = st.lists(st.tuples(st.integers(-20, 100), st.booleans(), st.booleans()), min_size=1, max_size=6,
                   unique_by=lambda one: one[0])  # fmt: skip


def laid(edges: Sequence[tuple[int, bool, bool]]) -> list[dict[str, str]]:
    """Grades from the lowest up, as a file says them; (where one ends, whether its number is still in it, whether that
    is written down as its end, too).
    """
    ends: list[tuple[int, bool, bool] | None] = [None, *sorted(edges), None]
    found = []
    for place, (start, end) in enumerate(pairwise(ends)):
        said = {"key": f"g{place}", "coefficient": str(place)}
        if start is not None:
            said["above" if start[1] else "at_least"] = str(start[0])
        if end is not None and end[2]:
            said["at_most" if end[1] else "below"] = str(end[0])
        found.append(said)
    return found


def grade_of(said: dict[str, str]) -> Grade:
    edges = {name: D(said[name]) for name in ("at_least", "above", "below", "at_most") if name in said}
    return grade(said["key"], D(said["coefficient"]), edges.pop("at_least", None), **edges)


@given(
    ladders, st.fractions(-40, 120),
    st.lists(st.tuples(st.sampled_from(["at_least", "above"]), st.integers(0, 4), st.integers(0, 6)), max_size=3),
    st.integers(0, 5),
)  # fmt: skip
def test_at_below_and_above_every_edge_the_slow_scorer_says_the_same(
    edges: Sequence[tuple[int, bool, bool]], points: F, shut: Sequence[tuple[str, int, int]], times: int
) -> None:
    said = {"line": [{"kpi": "orders", "weight": "100"}], "section": [], "grade": laid(edges)}
    said["gate"] = [{"key": "bad", word: str(n), "grade": f"g{best % (len(edges) + 1)}"} for word, n, best in shut]
    gates = tuple(
        gate("bad", D(one["at_least"]) if "at_least" in one else None, one["grade"],
             above=D(one["above"]) if "above" in one else None) for one in said["gate"]
    )  # fmt: skip
    card = Card((LINE,), grades=tuple(grade_of(one) for one in said["grade"]), gates=gates)
    assert [one for one in faults(*card.grades) if "neither" in one or "both" in one] == []
    for at in (points, *(F(edge) + hair for edge, _in, _told in edges for hair in (-HAIR, F(0), HAIR))):
        found = outcome(card, [Counted("orders", F(100), at)], {"bad": F(times)})
        expected = slow_scoring.result(said, {"orders": at}, {"bad": F(times)}, None)
        assert (found.score, found.grade.key if found.grade else None, found.coefficient) == expected
        # what is written as an end is where it ends: one grade and no other holds the score
        whole = [slow_scoring.lies_in(one, at) for one in _with_ends(said["grade"])]
        assert whole.count(True) == 1
        assert found.reached is not None
        assert found.reached.key == f"g{whole.index(True)}"


def _with_ends(said: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same with every end written down."""
    found = []
    for one, upper in pairwise([*said, {}]):
        edges = {name: one[name] for name in ("at_least", "above") if name in one}
        if "above" in upper:
            edges["at_most"] = upper["above"]
        elif "at_least" in upper:
            edges["below"] = upper["at_least"]
        found.append(edges)
    return found


@given(ladders, st.data())
def test_one_end_that_is_said_otherwise_is_a_gap_or_an_overlap(
    edges: Sequence[tuple[int, bool, bool]], data: st.DataObject
) -> None:
    said = laid([(number, inside, True) for number, inside, _told in edges])
    one = said[data.draw(st.integers(0, len(edges) - 1))]
    word = "at_most" if "at_most" in one else "below"
    one["below" if word == "at_most" else "at_most"] = one.pop(word)
    wanted = "neither" if word == "at_most" else "in both"
    assert len([text for text in faults(*(grade_of(each) for each in said)) if wanted in text]) == 1


@given(ladders)
def test_what_is_kept_is_read_again(edges: Sequence[tuple[int, bool, bool]]) -> None:
    grades = tuple(grade_of(one) for one in laid(edges))
    card = Card((LINE,), grades=grades, gates=(gate("bad", None, "g0", above=D(2)), gate("bad", D(3), "g0")))
    told = plain(card)
    assert restored(Card, json.loads(dumps(told))) == card
    assert sorted(grades, key=rank) == list(grades)


def test_a_card_without_such_edges_is_kept_as_it_always_was_and_scores_the_same() -> None:
    """Word for word what terms of reviews and bundles have held since there were grades."""
    grades = '[{"at_least":"90","coefficient":"1.2","en":"A","key":"a","zh":"优"},{"at_least":null,"coefficient":"0",' \
             '"en":"","key":"c","zh":""}]'  # fmt: skip
    gates = '[{"at_least":"2","en":"Serious","grade":"c","key":"bad","zh":"严重"}]'
    card = Card(
        (), grades=(grade("a", D("1.2"), D(90), "优", "A"), grade("c", D(0))),
        gates=(gate("bad", D(2), "c", "严重", "Serious"),),
    )  # fmt: skip
    told = plain(card)
    assert (dumps(told["grades"]), dumps(told["gates"])) == (grades, gates)
    again = restored(Card, json.loads(dumps({**told, "grades": json.loads(grades), "gates": json.loads(gates)})))
    assert again == card
    assert [type(one) for one in (*again.grades, *again.gates)] == [Grade, Grade, Gate]
    assert isinstance(grade("a", D(1), above=D(1)), EdgedGrade)
    assert isinstance(gate("a", None, "b", above=D(1)), EdgedGate)


def test_the_most_that_items_outside_add_is_within_reach_of_the_best_grade() -> None:
    praise = Outside("praise", D(5), D(0), D(5), "表扬", "Praise")
    grades = (grade("A", D(1), above=D(100)), grade("B", D(0)))
    assert [one.code for one in problems(Card((LINE,), outside=(praise,), grades=grades))] == []
    ended = (grade("A", D(1), D(90), at_most=D(100)), grade("B", D(0)))
    assert [str(one.message) for one in problems(Card((LINE,), outside=(praise,), grades=ended))] == [
        "Grade “A” ends at 100 points; the card gives up to 105."
    ]
