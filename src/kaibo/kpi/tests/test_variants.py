"""Whose target counts: a variant's own, else the person's, the table's, the line's; and a part of whichever it is."""

from decimal import Decimal as D  # noqa: N817
from fractions import Fraction as F  # noqa: N817

import pytest

from kaibo.kpi.rules import Band, Bands, By, Line, Linear, Newcomer, Standing, Table, Variant
from kaibo.kpi.scoring import as_newcomer, score
from kaibo.kpi.standing import Figure
from kaibo.kpi.values import Value

TABLE = Table((Figure(F(400), "a"), Figure(F(100), "b")), By.ROOM)
# a quarter of the time in a: its figure counts as much
IN_BOTH = {By.ROOM: {"a": 1, "b": 3}, By.LEVEL: {"front": 1}}
STANDING = Standing("2026-10", IN_BOTH)
ORDERS = Value("orders", {"measured": 70})


@pytest.mark.parametrize(
    ("variant", "table", "own", "persons", "target"),
    [
        # a part of whatever the target is
        ({"part": D("0.8")}, None, 200, None, 160),
        ({"part": D("0.8")}, TABLE, 200, None, 140),
        ({"part": D("0.8")}, TABLE, 200, 1000, 800),
        # a target of one's own goes before each of them
        ({"target": F(50)}, None, 200, None, 50),
        ({"target": F(50)}, TABLE, None, None, 50),
        ({"target": F(50)}, None, None, 1000, 50),
        ({"target": F(50), "part": D("0.8")}, TABLE, None, 1000, 40),
        # another rule, the same target
        ({"rule": Linear(D(2))}, TABLE, None, None, 175),
        # not counted: what it would have been measured against is still said
        ({"counts": False, "part": D("0.8")}, TABLE, None, None, 140),
    ],
)
def test_whose_target_counts(variant, table, own, persons, target):  # type: ignore[no-untyped-def]
    line = Line(
        "orders", D(10), Linear(), target=None if own is None else F(own), targets=table,
        variants=(Variant(By.LEVEL, "front", **variant),),
    )  # fmt: skip
    found = score(line, ORDERS, persons, standing=STANDING)
    assert found.target == target
    if variant.get("counts", True):
        assert found.points == min(F(70) / target, F(found.line.rule.cap)) * 10  # type: ignore[union-attr]
    else:
        assert (found.points, found.waiting) == (None, "not_counted")
    # somebody else's target is the line's
    other = score(line, ORDERS, persons, standing=Standing("2026-10", {**IN_BOTH, By.LEVEL: {"middle": 1}}))
    assert other.target == (persons or (175 if table else own))


def test_a_table_that_lacks_a_room_says_nothing_for_a_variant_either():
    line = Line("orders", D(10), Linear(), targets=TABLE, variants=(Variant(By.LEVEL, "front", part=D("0.5")),))
    found = score(line, ORDERS, standing=Standing(keys={**IN_BOTH, By.ROOM: {"a": 1, "c": 1}}))
    assert (found.target, found.points, found.waiting) == (None, None, "no_target")


@pytest.mark.parametrize(
    ("rooms", "target"),
    [({"a": 1, "b": 3}, 175), ({"a": 1, "c": 1}, None), ({"a": 1, "c": 0}, 400), ({"c": 1, "d": 1}, 50), ({}, 50)],
)
def test_a_table_that_lacks_one_of_several_rooms_lets_the_line_wait_whatever_its_own_number(rooms, target):  # type: ignore[no-untyped-def]
    line = Line("orders", D(10), Linear(), target=F(50), targets=TABLE)
    found = score(line, ORDERS, standing=Standing("2026-10", {By.ROOM: rooms}))
    assert (found.target, found.waiting) == (target, "" if target else "no_target")


def test_what_a_newcomer_is_spared_goes_before_a_variant_in_every_target():
    bands = Bands((Band(D(0), below=D(50)), Band(D(10), D(50))))
    for table, own, persons, target in ((TABLE, 999, None, 140), (None, 200, None, 160), (TABLE, 999, 1000, 800)):
        for eased in (Newcomer(part=D("0.8")), Newcomer(counts=False, part=D("0.8"))):
            line = Line(
                "orders", D(10), Linear(), target=F(own), targets=table, newcomer=eased,
                variants=(Variant(By.LEVEL, "front", target=F(1), rule=bands),),
            )  # fmt: skip
            found = as_newcomer(line, ORDERS, persons, standing=STANDING)
            assert found.target == target
            assert found.points == (F(70, target) * 10 if eased.counts else None)
