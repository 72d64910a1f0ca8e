"""An edge may belong to either band: what is scored exactly at it, what is a gap or an overlap there, what is kept."""

from collections.abc import Sequence
from decimal import Decimal as D  # noqa: N817
from fractions import Fraction as F  # noqa: N817
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.band import Band, EdgedBand, band
from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.checks import problems
from kaibo.kpi.rule_data import rule_as_data, rule_from_data
from kaibo.kpi.rules import Bands, Card, Condition, EdgedCondition, Line, On, Rung, TeamPart, Together, condition
from kaibo.kpi.scoring import score
from kaibo.kpi.values import Value

# “≤ 35 s → 5 points, over 35 to 45 → 3, over 45 → 0”, in milliseconds
REPLY = Bands((
    band(D(5), at_most=D(35000)), band(D(3), above=D(35000), at_most=D(45000)), band(D(0), above=D(45000)),
))  # fmt: skip


def faults(*bands: Band, kpi: str = "mean_reply", on: On = On.VALUE) -> list[tuple[str, str]]:
    card = Card((Line(kpi, D(100), Bands(bands, on), F(1)),))
    return [(one.code, str(one.message)) for one in problems(card)]


@pytest.mark.parametrize(
    ("ms", "points"),
    [(0, 5), (34999, 5), (35000, 5), (35001, 3), (44999, 3), (45000, 3), (45001, 0)],
)
def test_the_number_itself_is_in_the_band_that_includes_it(ms: int, points: int) -> None:
    found = score(Line("mean_reply", D(5), REPLY), Value("mean_reply", {"measured": ms}, {"measured": 1}))
    assert found.points == points


def test_just_above_a_number_is_above_it_however_near() -> None:
    value = Value("mean_reply", {"measured": 35000 * 10**9 + 1}, {"measured": 10**9})
    assert score(Line("mean_reply", D(5), REPLY), value).points == 3


def test_on_attainment_an_edge_may_belong_to_the_worse_band_too() -> None:
    rule = Bands((band(D(0), at_most=D(1)), band(D(10), above=D(1))), On.ATTAINMENT)
    line = Line("orders", D(10), rule, F(200))
    assert [score(line, Value("orders", {"measured": n})).points for n in (199, 200, 201)] == [0, 0, 10]


@pytest.mark.parametrize(
    ("bands", "code", "said"),
    [
        # neither band holds 35 itself
        ((band(D(100), below=D(35)), band(D(0), above=D(35))), "gap", "Item 1 gives no points at exactly 35."),
        # both do
        ((band(D(100), at_most=D(35)), band(D(0), at_least=D(35))), "overlap",
         "Item 1 gives points twice at exactly 35."),
        ((band(D(100), at_most=D(35)), band(D(0), above=D(40))), "gap",
         "Item 1 gives no points for what is > 35, ≤ 40."),
        ((band(D(100), at_most=D(40)), band(D(0), above=D(35))), "overlap",
         "Item 1 gives points twice for what is > 35, ≤ 40."),
        ((band(D(100), at_most=D(35)),), "gap", "Item 1 gives no points above 35."),
        ((band(D(100), above=D(5)),), "gap", "Item 1 gives no points up to 5, nor at 5 itself."),
        # nothing at all is a value as well
        ((band(D(100), above=D(0)),), "gap", "Item 1 gives no points at exactly 0."),
        ((band(D(100)), band(D(50), above=D(3), at_most=D(3))), "empty", "Item 1: the band from 3 to 3 is empty."),
    ],
)  # fmt: skip
def test_a_gap_or_an_overlap_of_one_number_is_found(bands: Sequence[Band], code: str, said: str) -> None:
    assert (code, said) in faults(*bands)


def test_a_band_of_one_number_is_no_fault() -> None:
    assert faults(band(D(100), at_most=D(0)), band(D(60), above=D(0), below=D(1)), band(D(10), D(1), at_most=D(1)),
                  band(D(0), above=D(1))) == []  # fmt: skip


def test_the_team_s_coefficient_has_no_hole_of_one_number() -> None:
    def found(*bands: Band) -> list[str]:
        card = Card((Line("orders", D(100), REPLY),), team=TeamPart("paid", bands))
        return [one.code for one in problems(card) if one.code == "team"]

    assert found(band(D(1), at_most=D(5)), band(D(2), above=D(5))) == []
    assert found(band(D(1), below=D(5)), band(D(2), above=D(5))) == ["team"]
    assert found(band(D(1), at_most=D(5)), band(D(2), at_least=D(5))) == ["team"]


def test_conditions_include_or_leave_out_their_numbers() -> None:
    rule = Together(
        (
            Rung(
                D(8),
                (condition("follow_rate", above=D("0.05")), condition("mean_stay", at_most=D(60))),
            ),
        )
    )
    line = Line("follow_rate", D(8), rule)

    def points(follow: F, stay: int) -> F | None:
        rate = Value("follow_rate", {"measured": follow.numerator}, {"measured": follow.denominator})
        return score(line, rate, others={"mean_stay": Value("mean_stay", {"measured": stay}, {"measured": 1})}).points

    assert [points(F(1, 20), 60), points(F(51, 1000), 60), points(F(51, 1000), 61)] == [0, 8, 0]


def test_an_edge_begins_once() -> None:
    with pytest.raises(ValueError, match="at_least and above"):
        band(D(1), D(2), above=D(2))
    with pytest.raises(ValueError, match="below and at_most"):
        condition("orders", below=D(2), at_most=D(2))


edges_of = st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=6, unique_by=lambda one: one[0])


def laid(edges: Sequence[tuple[int, bool]]) -> list[Band]:
    """Bands that touch: at each edge the number belongs to the lower one (True) or to the upper one."""
    ends: list[tuple[int, bool] | None] = [None, *sorted(edges), None]
    found = []
    for place, (start, end) in enumerate(pairwise(ends)):
        low = {} if start is None else {"above" if start[1] else "at_least": D(start[0])}
        high = {} if end is None else {"at_most" if end[1] else "below": D(end[0])}
        found.append(band(D(100 * place // len(edges)), **low, **high))
    return found


@given(edges_of, st.fractions(0, 60))
def test_bands_that_touch_hold_every_number_once(edges: Sequence[tuple[int, bool]], number: F) -> None:
    bands = laid(edges)
    assert [one for one in faults(*bands, kpi="orders") if one[0] in ("gap", "overlap", "empty")] == []
    for at in (number, *(F(edge) for edge, _below in edges)):
        assert sum(one.holds(at) for one in bands) == 1


@given(edges_of, st.data())
def test_one_edge_that_is_said_otherwise_on_one_side_is_a_gap_or_an_overlap(
    edges: Sequence[tuple[int, bool]], data: st.DataObject
) -> None:
    bands = laid(edges)
    place = data.draw(st.integers(0, len(bands) - 2))
    one = bands[place]
    assert one.end is not None
    number, start = one.end.number, one.start
    low = {} if start is None else {"above" if start.after else "at_least": start.number}
    bands[place] = band(one.points, **low, **{"below" if one.end.after else "at_most": number})
    wanted = "no points" if one.end.after else "points twice"
    assert [said for _code, said in faults(*bands, kpi="orders") if f"{wanted} at exactly {number}." in said]


@given(edges_of)
def test_what_is_written_down_is_read_again(edges: Sequence[tuple[int, bool]]) -> None:
    rule = Bands(tuple(laid(edges)))
    assert rule_from_data(rule_as_data(rule)) == rule
    told = plain(rule)
    assert restored(Bands, told) == rule
    assert dumps(plain(restored(Bands, told))) == dumps(told)


def test_a_card_without_such_edges_is_written_as_it_always_was() -> None:
    """What bundles, kept cards and files of before hold stays the same to the byte."""
    rule = Bands((band(D(5), below=D(35)), band(D(0), at_least=D(35))))
    assert all(type(one) is Band for one in rule.bands)
    assert dumps(plain(rule)) == (
        '{"bands":[{"at_least":null,"below":"35","points":"5"},{"at_least":"35","below":null,"points":"0"}],"on":"value"}'
    )
    assert rule_as_data(rule) == {
        "form": "bands", "on": "value",
        "bands": [{"at_least": None, "below": "35", "points": "5"}, {"at_least": "35", "below": None, "points": "0"}],
    }  # fmt: skip
    one = condition("orders", D(1))
    assert type(one) is Condition
    assert dumps(plain(one)) == '{"at_least":"1","below":null,"kpi":"orders"}'
    assert isinstance(condition("orders", above=D(1)), EdgedCondition)
    assert isinstance(band(D(1), above=D(1)), EdgedBand)
