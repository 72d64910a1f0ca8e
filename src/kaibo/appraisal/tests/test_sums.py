"""The words under a column of records: how many of them make what, and what does not come from them."""

import pytest
from django.utils.translation import override

from kaibo.appraisal.path import Credited, SegmentStep
from kaibo.appraisal.rows import Tab
from kaibo.appraisal.sums import of_records
from kaibo.facts.schema import MINUTE, READING

from .conftest import at


def segment(**amounts: int) -> SegmentStep:
    """The first of its session, of one person alone."""
    return SegmentStep(
        7, 1, at("19:00"), at("21:00"), Credited(0, None, scale=1),
        {(measure, "measured"): amount for measure, amount in amounts.items()}, 1, 1, False, (), "",
    )  # fmt: skip


def said(tab: Tab, fact: dict[tuple[str, str], int]) -> tuple[bool, str, str]:
    with override("en"):
        check = of_records(tab, segment(views=sum(fact.values())), {1: fact}, share_holds=True)
    return check.holds, check.text, check.difference


@pytest.mark.parametrize(
    ("rows", "shared", "measured", "allocated", "text"),
    [
        (3, 0, 120, 0, "3 readings make 120"),
        # what lies between two readings that a boundary parts is of both sides, and no reading of this one alone
        (3, 1, 120, 30, "2 readings make 120 + 30 of the session's rest"),
    ],
)
def test_readings_that_are_the_segments_alone_make_its_fact(rows, shared, measured, allocated, text) -> None:  # type: ignore[no-untyped-def]
    tab = Tab(READING, "views", rows, shared, measured, counted=False, most=measured + allocated)
    fact = {("views", "measured"): measured} | ({("views", "allocated"): allocated} if allocated else {})
    assert said(tab, fact) == (True, text, "")


def test_readings_that_do_not_make_the_fact_say_by_how_much() -> None:
    tab = Tab(READING, "views", 2, 0, 110, counted=False, most=110)
    assert said(tab, {("views", "measured"): 120})[0] is False
    assert said(tab, {("views", "measured"): 120})[2] in ("-10", "−10")


@pytest.mark.parametrize(("own", "holds"), [(99, False), (100, True), (130, True), (131, False)])
def test_minutes_make_the_fact_but_for_the_one_on_the_boundary(own: int, holds: bool) -> None:
    """100 of whole minutes and 30 of one that a boundary cuts: between nothing and all of it is here."""
    tab = Tab(MINUTE, "views", 5, 1, 100, counted=False, most=30)
    assert said(tab, {("views", "measured"): own})[0] is holds
