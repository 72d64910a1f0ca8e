"""Values and scores, as small tables."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 -- tables of decimals
from fractions import Fraction as F  # noqa: N817

import pytest

from kaibo.kpi.rule_data import rule_as_data, rule_from_data
from kaibo.kpi.rules import Band, Bands, Line, Linear, On
from kaibo.kpi.scoring import score, total
from kaibo.kpi.values import Value, add, immature_until, value_of

EVERY = ("order_line", "after_sale", "session_report")


def paid(amount: int, **said) -> Value:  # type: ignore[no-untyped-def]
    return value_of("paid", {("paid_minor", "measured"): amount}, covered=EVERY, **said)


def rate(top: int, bottom: int, basis: str = "measured") -> Value:
    return value_of("view_order_rate", {("orders", "measured"): top, ("views", basis): bottom}, covered=EVERY)


def test_sales_after_refunds_take_off_the_refunds_of_each_basis() -> None:
    amounts = {("paid_minor", "measured"): 100, ("paid_minor", "allocated"): 50, ("refund_minor", "measured"): 30}
    value = value_of("net_paid", amounts, covered=EVERY)
    assert (value.number, dict(value.numerator)) == (120, {"measured": 70, "allocated": 50})


@pytest.mark.parametrize(
    ("kpi", "covered", "missing"),
    [
        ("paid", (), "no_orders"),
        ("net_paid", ("order_line",), "no_after_sales"),
        ("views", ("order_line",), "no_report"),
        ("airtime", (), ""),
        ("airtime_attainment", (), "no_plan"),
        ("refund_rate", EVERY, "zero_denominator"),
        ("paid", EVERY, ""),
    ],
)
def test_what_was_not_imported_is_missing_and_not_zero(kpi: str, covered: tuple[str, ...], missing: str) -> None:
    value = value_of(kpi, {}, covered=covered)
    assert value.missing == missing
    assert (value.number is None) == bool(missing)


def test_a_sum_of_rates_is_sum_over_sum() -> None:
    assert add([rate(1, 10), rate(0, 90)]).number == F(1, 100)


def test_the_measured_part_of_a_rate_stands_beside_it() -> None:
    value = value_of(
        "view_order_rate",
        {("orders", "measured"): 30, ("views", "measured"): 600, ("views", "allocated"): 400},
        covered=EVERY,
    )
    assert (value.number, value.measured_number, value.measured_share) == (F(3, 100), F(5, 100), F(6, 10))


def test_refunds_are_final_a_day_after_the_last_order_can_be_refunded() -> None:
    last = date(2026, 10, 31)
    assert immature_until(last, 15, date(2026, 11, 15)) == date(2026, 11, 16)
    assert immature_until(last, 15, date(2026, 11, 16)) is None
    assert immature_until(last, 15, None) == date(2026, 11, 16)


VIEWS = Bands(
    (Band(D(10), D(30000)), Band(D(8), D(20000), D(30000)), Band(D(5), D(10000), D(20000)), Band(D(0), None, D(10000)))
)


@pytest.mark.parametrize(
    ("views", "points"), [(30000, 10), (29999, 8), (20000, 8), (19999, 5), (10000, 5), (9999, 0), (0, 0)]
)
def test_bands_on_a_value_are_half_open(views: int, points: int) -> None:
    value = value_of("views", {("views", "measured"): views}, covered=EVERY)
    assert score(Line("views", D(10), VIEWS), value).points == points


@pytest.mark.parametrize(
    ("amount", "points", "capped"),
    [(0, 0, False), (50, 15, False), (100, 30, False), (120, 36, False), (200, 36, True)],
)
def test_linear_is_attainment_times_weight_to_the_cap(amount: int, points: int, capped: bool) -> None:
    result = score(Line("paid", D(30), Linear(), F(100)), paid(amount))
    assert (result.points, result.capped) == (points, capped)


@pytest.mark.parametrize(("refunded", "points"), [(20, 5), (10, 10), (0, 12), (5, 12)])
def test_less_is_better_for_refunds(refunded: int, points: int) -> None:
    amounts = {("refund_minor", "measured"): refunded, ("paid_minor", "measured"): 100}
    value = value_of("refund_rate", amounts, covered=EVERY)
    assert score(Line("refund_rate", D(10), Linear(), F(1, 10)), value).points == points


def test_bands_on_attainment() -> None:
    bands = Bands((Band(D(30), D(1)), Band(D(20), D("0.8"), D(1)), Band(D(0), None, D("0.8"))), On.ATTAINMENT)
    line = Line("paid", D(30), bands)
    assert [score(line, paid(n), 100).points for n in (100, 99, 80, 79)] == [30, 20, 20, 0]


def test_a_line_waits_for_what_is_missing() -> None:
    line = Line("paid", D(30), Linear())
    assert score(line, value_of("paid", {}, covered=())).waiting == "no_orders"
    assert score(line, paid(1)).waiting == "no_target"
    gap = Line("paid", D(30), Bands((Band(D(30), D(100)),)))
    assert score(gap, paid(1)).waiting == "no_band"


def test_a_value_of_another_kpi_is_refused() -> None:
    with pytest.raises(ValueError, match="views"):
        score(Line("views", D(1), Linear()), paid(1))


def test_points_of_the_measured_part_alone() -> None:
    value = value_of("paid", {("paid_minor", "measured"): 50, ("paid_minor", "allocated"): 50}, covered=EVERY)
    result = score(Line("paid", D(10), Linear(), F(100)), value)
    assert (result.points, result.measured_points) == (10, 5)


def test_the_total_counts_what_can_be_counted() -> None:
    scores = [
        score(Line("paid", D(30), Linear(), F(100)), paid(50)),
        score(Line("views", D(70), VIEWS), value_of("views", {}, covered=())),
    ]
    card = total(scores)
    assert (card.points, card.weights, card.waiting_weights, card.per_hundred) == (15, 30, 70, 50)


@pytest.mark.parametrize("rule", [Linear(D("1.1")), VIEWS, Bands((Band(D("0.5")),), On.ATTAINMENT)])
def test_rules_survive_json(rule: Linear | Bands) -> None:
    assert rule_from_data(rule_as_data(rule)) == rule
