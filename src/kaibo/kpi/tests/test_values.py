"""Values over sessions of which the files tell different things: numerator and denominator speak of the same ones."""

from fractions import Fraction

import pytest

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.measures import MEASURES
from kaibo.kpi.values import NOT_SAID, ZERO_DENOMINATOR, Pool, add, merged, pieces_of, speaks_of, value_of
from kaibo.kpi.values import pools as alike

COVERED = ("order_line", "after_sale", "session_report", "ad_spend")


def session(**said: int) -> dict[tuple[str, str], int]:
    return {(measure, "measured"): amount for measure, amount in said.items()} | {("air_ms", "measured"): 1}


def pools(sessions: list[dict[tuple[str, str], int]], *silent: str) -> list[Pool]:
    """`silent`: for each session in turn what nobody gave, of the rest nothing."""
    lacking = [frozenset(one.split()) for one in silent] + [frozenset[str]()] * len(sessions)
    return alike(Pool(1, *pair) for pair in zip(sessions, lacking, strict=False))


# KPI, sessions → value, how many sessions it counts of how many
SPEC = [
    ("interaction_rate", [session(comments=2, likes=5, shares=1, views=100)], Fraction(8, 100), (1, 1)),
    # the second session's file knows no likes: neither its comments nor its views count
    ("interaction_rate", [session(comments=2, likes=5, shares=1, views=100), session(comments=50, views=900)],
     Fraction(8, 100), (1, 2)),
    # orders have a file of their own: none in a session is zero
    ("view_order_rate", [session(orders=3, views=100), session(views=100)], Fraction(3, 200), (2, 2)),
    # and orders of a session without views are no part of orders per view
    ("view_order_rate", [session(orders=3, views=100), session(orders=40)], Fraction(3, 100), (1, 2)),
    ("gpm", [session(paid_minor=5_000, views=200)], Fraction(25_000), (1, 1)),
    ("acu", [session(online_ms=600, online_known_ms=10), session(online_ms=100, online_known_ms=10)],
     Fraction(35), (2, 2)),
    # two hours of ads brought 3 of the 4 orders; all sales of the sessions stand against all spend
    ("roi", [session(paid_minor=40_000, spend_minor=10_000), session(paid_minor=5_000)], Fraction(9, 2), (0, 0)),
    ("ad_roi", [session(ad_gmv_minor=35_200, spend_minor=10_000)], Fraction(352, 100), (0, 0)),
    ("ad_order_cost", [session(spend_minor=10_000, ad_orders=3)], Fraction(10_000, 3), (0, 0)),
    ("order_cost", [session(spend_minor=10_000, orders=4, ad_orders=3)], Fraction(2_500), (0, 0)),
    ("spend_rate", [session(paid_minor=40_000, spend_minor=10_000)], Fraction(1, 4), (0, 0)),
    # the second session's file knows no views: its spend does not count either
    ("view_cost", [session(spend_minor=900, views=300), session(spend_minor=100)], Fraction(3), (1, 2)),
    ("follower_cost", [session(spend_minor=900, new_followers=2)], Fraction(450), (1, 1)),
    # and a file that tells net sales speaks only of its own spend
    ("ad_net_roi", [session(spend_minor=100, ad_net_minor=300), session(spend_minor=900)], Fraction(3), (1, 2)),
    ("ad_views", [session(spend_minor=100, ad_views=7), session(spend_minor=900)], Fraction(7), (1, 2)),
    ("pcu", [session(pcu=40), session(pcu=90), session(pcu=70)], Fraction(90), (3, 3)),
    ("mean_stay", [session(watch_ms=60_000, viewers=10), session(watch_ms=0, viewers=20)], Fraction(2000), (2, 2)),
    ("audience", [session(viewers=10), session(viewers=20)], Fraction(30), (2, 2)),
    ("audience_mean", [session(viewers=10, broadcasts=1), session(viewers=21, broadcasts=1)], Fraction(31, 2), (2, 2)),
    # a broadcast of whose audience no file tells is none with nobody
    ("audience_mean", [session(viewers=10, broadcasts=1), session(broadcasts=1)], Fraction(10), (1, 2)),
    # two rooms served at the same time are one broadcast
    ("audience_mean", [session(viewers=10, broadcasts=1), session(viewers=20)], Fraction(30), (2, 2)),
    ("paid", [session(paid_minor=100), session()], Fraction(100), (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("kpi", "sessions", "expected", "counted"), SPEC)
def test_values(kpi: str, sessions: list, expected: Fraction, counted: tuple[int, int]) -> None:
    value = value_of(kpi, pools(sessions), covered=COVERED)
    assert (value.number, (value.sessions, value.of_sessions)) == (expected, counted)


ORDERS, SALES = "order_line", "after_sale"
BOTH = f"{ORDERS} {SALES}"
# KPI, (session, which files lack) → value, how many sessions it counts of how many
LACKING = [
    # nobody gave the second room's orders: its sales are unknown and no 0
    ("paid", [(session(paid_minor=100), ""), (session(), BOTH)], Fraction(100), (1, 2)),
    # and what was counted all the same (a file that was taken back since) is not known any more
    ("paid", [(session(paid_minor=100), ""), (session(paid_minor=7), BOTH)], Fraction(100), (1, 2)),
    # its orders are there and its refunds are not: sales it has, and none after refunds
    ("paid", [(session(paid_minor=100), ""), (session(paid_minor=50), SALES)], Fraction(150), (0, 0)),
    ("net_paid", [(session(paid_minor=100, refund_minor=10), ""), (session(paid_minor=50), SALES)],
     Fraction(90), (1, 2)),
    # a ratio's two sides speak of the same sessions
    ("view_order_rate", [(session(orders=3, views=100), ""), (session(views=900), BOTH)], Fraction(3, 100), (1, 2)),
    ("gpm", [(session(paid_minor=5_000, views=200), ""), (session(views=800), ORDERS)], Fraction(25_000), (1, 2)),
    ("refund_rate", [(session(paid_minor=100, refund_minor=10), ""), (session(paid_minor=900), SALES)],
     Fraction(1, 10), (1, 2)),
    ("roi", [(session(paid_minor=40_000, spend_minor=10_000), ""), (session(spend_minor=90_000), BOTH)],
     Fraction(4), (1, 2)),
    # files that do not tell, and files that are not there
    ("view_order_rate", [(session(orders=3, views=100), ""), (session(orders=4), ""), (session(views=50), BOTH)],
     Fraction(3, 100), (1, 3)),
    # what needs no orders counts everything
    ("views", [(session(views=100), ""), (session(views=900), BOTH)], Fraction(1000), (2, 2)),
    ("airtime", [(session(), ""), (session(), BOTH)], Fraction(2), (0, 0)),
    ("spend", [(session(spend_minor=1), ""), (session(spend_minor=2), BOTH)], Fraction(3), (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("kpi", "sessions", "expected", "counted"), LACKING)
def test_sessions_without_their_platforms_files_are_in_neither_side(
    kpi: str, sessions: list, expected: Fraction, counted: tuple[int, int]
) -> None:
    value = value_of(kpi, pools([one for one, _ in sessions], *(lacks for _, lacks in sessions)), covered=COVERED)
    assert (value.number, (value.sessions, value.of_sessions)) == (expected, counted)
    assert value.is_partial == (counted[0] < counted[1])


def test_where_no_session_has_all_its_files_nothing_is_known() -> None:
    sessions = pools([session(paid_minor=1), session(refund_minor=1)], SALES, ORDERS)
    value = value_of("net_paid", sessions, covered=COVERED)
    assert (value.number, value.missing) == (None, NOT_SAID)


def test_what_no_file_tells_is_missing_and_no_zero() -> None:
    value = value_of("interactions", pools([session(comments=5)]), covered=COVERED)
    assert (value.number, value.missing) == (None, NOT_SAID)


def test_where_nothing_of_the_lower_side_was_measured_there_is_no_measured_number() -> None:
    """Views shared out by time on air: orders over them are a value, and no part of it is measured alone."""
    one = {("orders", "measured"): 4, ("views", "allocated"): 100}
    value = value_of("view_order_rate", one, covered=COVERED)
    assert (value.number, value.measured_number) == (Fraction(4, 100), None)
    value = value_of("view_order_rate", {**one, ("views", "measured"): 25}, covered=COVERED)
    assert (value.number, value.measured_number) == (Fraction(4, 125), Fraction(4, 25))


def test_nothing_to_divide_by_is_said() -> None:
    assert value_of("gpm", pools([session(views=0)]), covered=COVERED).missing == ZERO_DENOMINATOR


def test_peaks_of_months_are_not_added() -> None:
    one, other = (value_of("pcu", pools([session(pcu=peak)]), covered=COVERED) for peak in (40, 90))
    assert add([one, other]).number == 90


def test_a_session_with_a_rate_missing_still_tells_its_sales() -> None:
    waiting = {("gmv_minor@IDR 2026-10-01", "measured"): 5}
    assert speaks_of(KPIS["gmv"], waiting)
    assert value_of("gmv", pools([waiting]), covered=COVERED).missing == "no_rate"


def test_variants_name_each_other_and_every_kpi_counts_something_known() -> None:
    for kpi in KPIS.values():
        assert set(kpi.variants) <= set(KPIS) - {kpi.key}
        assert set(kpi.measures) <= {*MEASURES, "planned_ms", "planned_broadcasts"}


HALF_TOLD = [
    session(views=100, orders=3, viewers=10, broadcasts=1),
    session(orders=40, **{"untold:views": 60, "untold:viewers": 60}),
]


def with_pieces(*segments: dict[tuple[str, str], int]) -> Pool:
    return Pool(1, merged(segments), pieces=pieces_of(segments))


@pytest.mark.parametrize(
    ("kpi", "expected", "counted"),
    [
        # the second segment's orders stand against views that nobody knows
        ("view_order_rate", Fraction(3 + 5, 100 + 200), (1, 2, 1)),
        ("views", Fraction(100 + 200), (1, 2, 1)),
        ("orders", Fraction(3 + 40 + 5), (0, 0, 0)),
        # a part of its viewers against the whole broadcast says nothing of either
        ("audience_mean", Fraction(30), (1, 2, 0)),
    ],
)
def test_of_a_session_that_is_told_in_part_the_told_segments_count_on_both_sides(
    kpi: str, expected: Fraction, counted: tuple[int, int, int]
) -> None:
    whole = session(views=200, orders=5, viewers=30, broadcasts=1)
    value = value_of(kpi, alike([with_pieces(*HALF_TOLD), Pool(1, whole)]), covered=COVERED)
    assert value.number == expected
    assert (value.sessions, value.of_sessions, value.in_part) == counted
    assert value.is_partial == (counted[0] < counted[1])


def test_whoever_was_only_where_nothing_is_told_has_no_value_and_alone_in_part_one() -> None:
    (first, second) = HALF_TOLD
    assert value_of("views", alike([with_pieces(second)]), covered=COVERED).missing == NOT_SAID
    value = value_of("views", alike([with_pieces(first, second)]), covered=())
    assert (value.number, value.missing, value.sessions, value.in_part) == (100, "", 0, 1)
    # whose platform gave no orders is left out of what needs them all the same
    silent = Pool(1, merged([first, second]), frozenset({"order_line"}), pieces_of([first, second]))
    assert value_of("view_order_rate", alike([silent]), covered=COVERED).missing == NOT_SAID
