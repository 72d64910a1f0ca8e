"""Formulas: what they come down to, what is refused and why, and that they count as plain arithmetic does."""

from fractions import Fraction as F  # noqa: N817

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.kpi.catalog import KPIS, Direction, Route, Term
from kaibo.kpi.formula import WrongFormula, declared, parsed
from kaibo.kpi.measures import Unit
from kaibo.kpi.values import value_of

AMOUNTS = {"views": 2_000, "likes": 300, "comments": 100, "shares": 40, "orders": 60, "paid_minor": 900_000,
           "refund_minor": 100_000, "spend_minor": 200_000, "air_ms": 7_200_000, "new_followers": 35}  # fmt: skip
COVERED = ("order_line", "after_sale", "session_report", "ad_spend")


def number(formula: str, unit: Unit, amounts: dict[str, int] | None = None) -> F | None:
    kpi = declared(key="own", title="Own", formula=formula, unit=unit)
    told = {(measure, "measured"): amount for measure, amount in (amounts or AMOUNTS).items()}
    return value_of("own", told, covered=COVERED, definition=kpi).number


@pytest.mark.parametrize(
    ("formula", "unit", "expected"),
    [
        ("orders / views", Unit.RATIO, F(60, 2000)),
        ("likes ÷ views", Unit.MULTIPLE, F(300, 2000)),
        ("（comments + likes + shares） ÷ views", Unit.RATIO, F(440, 2000)),
        ("interaction_rate", Unit.RATIO, F(440, 2000)),
        ("likes + 2 * comments", Unit.COUNT, F(500)),
        ("(likes + 0.5*comments) / (2*views - new_followers)", Unit.RATIO, F(350, 3965)),
        ("paid_minor - refund_minor - spend_minor", Unit.MONEY, F(600_000)),
        ("net_paid / spend", Unit.MULTIPLE, F(4)),
        ("paid / spend - 1", Unit.RATIO, F(7, 2)),
        ("1 - refund_rate", Unit.RATIO, F(8, 9)),
        ("orders / air_ms * hour", Unit.COUNT, F(30)),
        ("gpm", Unit.MONEY, F(450_000)),
        ("gpm * 2 / 1000", Unit.MONEY, F(900)),
        ("order_value", Unit.MONEY, F(15_000)),
        ("view_order_rate * views", Unit.COUNT, F(60)),
        ("-(refund_minor - paid_minor)", Unit.MONEY, F(800_000)),
    ],
)  # fmt: skip
def test_what_a_formula_counts(formula: str, unit: Unit, expected: F) -> None:
    assert number(formula, unit) == expected


@pytest.mark.parametrize(
    ("formula", "unit", "said"),
    [
        ("", Unit.RATIO, "It is empty"),
        ("orders / glory", Unit.RATIO, "no measure or KPI “glory”"),
        ("order / views", Unit.RATIO, "“order”. Near it: orders"),
        ("secret_key / views", Unit.RATIO, "There is no measure or KPI “secret_key”"),
        ("__import__", Unit.RATIO, "There is no measure or KPI “__import__”"),
        ("views.real", Unit.RATIO, "“.” at place 6 does not belong there"),
        ("orders / ", Unit.RATIO, "It ends too early"),
        ("(orders / views", Unit.RATIO, "It ends too early"),
        ("orders / 0", Unit.RATIO, "It divides by 0"),
        ("orders * 0", Unit.COUNT, "multiplied by 0"),
        ("views - views", Unit.COUNT, "It comes to nothing"),
        ("5", Unit.COUNT, "It counts nothing"),
        ("views + paid_minor", Unit.COUNT, "count and money cannot be added: their units differ"),
        ("views + 1", Unit.COUNT, "A number cannot be added to an amount"),
        ("views * orders", Unit.COUNT, "Two measures cannot be multiplied"),
        ("orders / views / comments", Unit.RATIO, "one sum divided by another"),
        ("orders / views + likes / comments", Unit.RATIO, "both have the same divisor"),
        ("0.5 * likes", Unit.COUNT, "counts whole measures"),
        ("orders / paid_minor", Unit.RATIO, "count ÷ money has no unit"),
        ("orders / views", Unit.MONEY, "Its unit is ratio, multiple, not money"),
        ("pcu / views", Unit.RATIO, "no measure or KPI “pcu”"),
        ("good_ratings / views", Unit.RATIO, "cannot stand in one formula"),
        ("1234567890 * views", Unit.COUNT, "is too long"),
        ("views" + " + views" * 50, Unit.COUNT, "characters; 300 are the most"),
        ("(" * 10_000 + "views" + ")" * 10_000, Unit.COUNT, "characters; 300 are the most"),
        ("(" * 30 + "views" + ")" * 30, Unit.COUNT, "Its brackets nest 30 deep; 20 are the most"),
        ("-" * 200 + "views views", Unit.COUNT, "does not belong there"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(formula: str, unit: Unit, said: str) -> None:
    with pytest.raises(WrongFormula, match=said.replace("(", r"\(").replace("*", r"\*")):
        declared(key="own", title="Own", formula=formula, unit=unit)


def test_what_divides_by_zero_in_a_month_has_no_value_and_is_not_zero() -> None:
    kpi = declared(key="own", title="Own", formula="orders / views", unit=Unit.RATIO)
    found = value_of("own", {("orders", "measured"): 3, ("views", "measured"): 0}, covered=COVERED, definition=kpi)
    assert (found.number, found.missing) == (None, "zero_denominator")
    assert value_of("own", {}, covered=("order_line",), definition=kpi).missing == "no_report"


def test_a_formula_inherits_what_its_measures_are() -> None:
    margin = declared(key="own", title="毛利", formula="net_paid / spend", unit=Unit.MULTIPLE, direction=Direction.DOWN)
    assert margin.matures
    assert set(margin.needs) == {"order_line", "after_sale", "ad_spend"}
    assert margin.routes == (Route.SHIFT, Route.ACCOUNT, Route.TEAM)
    assert declared(key="own", title="x", formula="good_ratings / ratings", unit=Unit.RATIO).is_direct
    assert declared(key="own", title="x", formula="2 * likes", unit=Unit.COUNT).numerator == (Term("likes", 2),)


@pytest.mark.parametrize("key", ["net_paid", "view_order_rate", "gpm", "spend_rate", "mean_stay", "lost_share", "acu"])
def test_a_kpi_of_the_catalog_written_as_a_formula_is_itself(key: str) -> None:
    kpi = KPIS[key]
    own = declared(key=key, title="x", formula=key, unit=kpi.unit)
    assert (own.needs, own.matures, own.routes) == (kpi.needs, kpi.matures, kpi.routes)
    assert F(own.numerator[0].sign * own.scale, own.denominator[0].sign if own.denominator else 1) == kpi.scale


NAMES = ("views", "likes", "comments", "shares")


@st.composite
def sums(draw: st.DrawFn, depth: int = 3) -> str:
    """A sum of counts with brackets and factors."""
    if depth == 0 or draw(st.booleans()):
        name = draw(st.sampled_from(NAMES))
        factor = draw(st.sampled_from(("", "2 * ", "3*", "-")))
        return f"{factor}{name}"
    one, other = draw(sums(depth - 1)), draw(sums(depth - 1))
    return f"({one} {draw(st.sampled_from('+-'))} {other})"


@given(sums(), sums(), st.lists(st.integers(0, 500), min_size=4, max_size=4))
def test_it_counts_as_plain_arithmetic_does(top: str, bottom: str, amounts: list[int]) -> None:
    known = dict(zip(NAMES, amounts, strict=True))
    formula = f"({top}) / ({bottom})"
    try:
        kpi = declared(key="own", title="Own", formula=formula, unit=Unit.RATIO)
    except WrongFormula as error:
        # a side that comes to nothing whatever the amounts are
        assert "nothing" in str(error)  # noqa: PT017
        return
    wanted = _plain(top, known), _plain(bottom, known)
    told = {(name, "measured"): amount for name, amount in known.items()}
    found = value_of("own", told, covered=COVERED, definition=kpi).number
    assert found == (F(wanted[0], wanted[1]) if wanted[1] else None)


def _plain(text: str, known: dict[str, int]) -> int:
    """The sum in Python's own arithmetic: the reference."""
    return int(eval(text, {"__builtins__": {}}, known))  # noqa: S307


def test_no_formula_reaches_anything_of_the_program() -> None:
    for text in (
        "().__class__",
        "open('x')",
        "views if views else 1",
        "[views]",
        "views; views",
        "“views”",
        "0x10",
        "1e9",
    ):
        with pytest.raises(WrongFormula):
            parsed(text)
