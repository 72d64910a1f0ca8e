"""Every KPI says what its formula in words says: each measure is another number here, so none stands in for another."""

import ast
from fractions import Fraction
from pathlib import Path

import pytest

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.values import value_of

TABLES = ("order_line", "after_sale", "session_report", "ad_spend", "service_result", "service_case")
# what one session, or one person's rows, may tell: counts beside people, the platform's sums beside our own
TOLD = {
    "orders": 7, "refund_orders": 2, "paid_minor": 1_300, "refund_minor": 190, "views": 110, "viewers": 53, "buyers": 6,
    "comments": 13, "comment_users": 11, "new_followers": 5, "fan_club": 3, "impressions": 1_009,
    "impression_users": 401, "product_impressions": 307, "product_clicks": 83, "product_click_users": 41,
    "gmv_minor": 1_409, "user_paid_minor": 1_201, "net_1h_minor": 1_103, "ad_gmv_minor": 709, "spend_minor": 97,
    "ad_orders": 71, "ad_follows": 73,
    "outage_ms": 17, "air_ms": 6_007,
    # 19 of 20 answered in three minutes, as parts in a million times conversations
    "quick_replies_ppm": 19_000_000, "quick_replies_of": 20_000_000, "payers": 23, "askers": 89, "good_cases": 29,
    "rated_cases": 31, "case_wait_ms": 61_000, "answered_cases": 37, "handling_ms": 67_000, "handled_cases": 43,
}  # fmt: skip
SPEC = {
    "refund_order_rate": Fraction(2, 7),
    "comment_rate": Fraction(13, 110),
    "commenter_rate": Fraction(11, 53),
    "follow_view_rate": Fraction(5, 110),
    "fan_club_rate": Fraction(3, 110),
    "entry_rate": Fraction(110, 1_009),
    "entry_people_rate": Fraction(53, 401),
    "product_click_rate": Fraction(83, 307),
    "product_clicker_rate": Fraction(41, 53),
    "click_order_rate": Fraction(7, 83),
    "buyer_rate": Fraction(6, 53),
    "user_paid": Fraction(1_201),
    "net_1h": Fraction(1_103),
    "uv_value": Fraction(1_300, 53),
    "buyer_value": Fraction(1_300, 6),
    "ad_gmv": Fraction(709),
    "ad_orders": Fraction(71),
    "ad_follows": Fraction(73),
    "outage_time": Fraction(17),
    "reply_3min_rate": Fraction(95, 100),
    "ask_pay_rate": Fraction(23, 89),
    "case_satisfaction": Fraction(29, 31),
    "case_wait": Fraction(61_000, 37),
    "case_handling": Fraction(67_000, 43),
}


@pytest.mark.parametrize("kpi", SPEC)
def test_formulas(kpi: str) -> None:
    said = {(measure, "measured"): amount for measure, amount in TOLD.items()}
    assert value_of(kpi, said, covered=TABLES).number == SPEC[kpi]


def test_every_kpi_has_a_spec() -> None:
    """Some table of these tests names it, with what comes out."""
    named: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named |= {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert KPIS.keys() - named == set()
