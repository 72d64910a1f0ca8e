"""One side of a KPI over what a day gave."""

import pytest

from kaibo.appraisal.trend import side
from kaibo.kpi.catalog import KPIS
from kaibo.kpi.measures import OUT
from kaibo.kpi.values import Amounts

DAY: Amounts = {
    ("paid_minor", "measured"): 900, ("paid_minor", "allocated"): 100, ("refund_minor", "measured"): 250,
    ("views", "measured"): 40, (f"{OUT}paid_minor", "measured"): 300, ("pcu", "measured"): 7, ("pcu", "allocated"): 9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "amounts", "out", "expected"),
    [
        # all bases together, refunds taken off
        ("paid", DAY, False, 1_000),
        ("net_paid", DAY, False, 750),
        # less what fell into outages
        ("paid", DAY, True, 700),
        # of a peak the highest, and nothing where there is none
        ("pcu", DAY, False, 9),
        ("pcu", {}, False, 0),
        ("paid", {}, True, 0),
    ],
)
def test_a_side(kpi: str, amounts: Amounts, out: bool, expected: int) -> None:
    assert side(KPIS[kpi].numerator, amounts, out=out) == expected


def test_without_a_denominator_there_is_nothing_below() -> None:
    assert side(KPIS["paid"].denominator, DAY) == 0
