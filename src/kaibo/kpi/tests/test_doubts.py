"""Orders that several sessions may claim, and broadcasts in parts: two rooms at once on one evening, as tables."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import AccountIn, MatchIn, MonthInputs, MonthResult, SessionIn, ShiftIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.test_places import at

ROOMS = [AccountIn(1, ("room1", "旗舰店"), "Asia/Shanghai", "CNY"), AccountIn(2, ("room2",), "Asia/Shanghai", "CNY")]
# room 1 broke off from 20:00 to 20:20
SESSIONS = [
    SessionIn(1, 1, at("19:00"), at("22:00"), "live", ((at("20:00"), at("20:20")),)),
    SessionIn(2, 2, at("19:00"), at("22:00")),
]
SHIFTS = [
    ShiftIn(1, 1, 11, "host", at("19:00"), at("22:00"), also=(2,)),
    ShiftIn(2, 2, 12, "control", at("19:00"), at("22:00")),
]
HOUR = (at("19:00"), at("22:00"))


def said(*sessions: int, **more: Any) -> MatchIn:
    return MatchIn(*HOUR, sessions=sessions, **more)


# (what, the order's product, candidates' lists, decisions newest first, sessions it stands in, basis, why)
SPEC: list[tuple[str, str, dict[int, list[str]], list[MatchIn], list[int], str, str | None]] = [
    ("nothing known", "p1", {}, [], [1, 2], "allocated", None),
    ("in one list only", "p1", {1: ["p1"], 2: ["p2"]}, [], [1], "measured", "products"),
    ("in both lists", "p1", {1: ["p1"], 2: ["p1", "p2"]}, [], [1, 2], "allocated", None),
    ("in no list", "p9", {1: ["p1"], 2: ["p2"]}, [], [1, 2], "allocated", None),
    ("a room without a list", "p1", {1: ["p1"]}, [], [1, 2], "allocated", None),
    ("a person said one", "p1", {}, [said(2)], [2], "measured", "decision"),
    ("a person outranks lists", "p1", {1: ["p1"], 2: ["p2"]}, [said(2)], [2], "measured", "decision"),
    ("a person said none", "p1", {}, [said()], [], "measured", "decision"),
    ("the newest of two", "p1", {}, [said(1), said(2)], [1], "measured", "decision"),
    ("the product over the time", "p1", {}, [said(1), said(2, product_id="p1")],
     [2], "measured", "decision"),
    ("the line over the product", "p1", {}, [said(1, product_id="p1"), said(2, sub_order="s1")],
     [2], "measured", "decision"),
    ("another product", "p1", {}, [said(2, product_id="p2")], [1, 2], "allocated", None),
    ("another hour", "p1", {}, [MatchIn(at("21:00"), at("22:00"), sessions=(2,))], [1, 2], "allocated", None),
    ("of a time that ends at its instant", "p1", {}, [MatchIn(at("19:00"), at("19:30"), sessions=(2,))],
     [1, 2], "allocated", None),
    ("of a time that begins at its instant", "p1", {}, [MatchIn(at("19:30"), at("20:00"), sessions=(2,))],
     [2], "measured", "decision"),
    ("the line, of a time that ends at its instant", "p1", {},
     [MatchIn(at("19:00"), at("19:30"), sessions=(2,), sub_order="s1")], [1, 2], "allocated", None),
    ("of a room's own orders", "p1", {}, [said(2, account=1)], [1, 2], "allocated", None),
    ("of orders in yuan", "p1", {}, [said(2, currency="CNY")], [2], "measured", "decision"),
    ("of orders in rupiah", "p1", {}, [said(2, currency="IDR")], [1, 2], "allocated", None),
    ("of orders in yuan of this platform", "p1", {}, [said(2, currency="CNY", platform="douyin")],
     [2], "measured", "decision"),
    ("none of the orders in yuan of this platform", "p1", {}, [said(currency="CNY", platform="douyin")],
     [], "measured", "decision"),
    ("of orders in yuan of another platform", "p1", {}, [said(currency="CNY", platform="taobao")],
     [1, 2], "allocated", None),
    ("a session that was not on air", "p1", {}, [said(9)], [1, 2], "allocated", None),
]  # fmt: skip


def line(minute: str, **said: Any) -> dict[str, Any]:
    usual = {"payable_minor": 1000, "currency": "CNY", "flow_kind": "直播", "sub_order": "s1"}
    return fact("order_line", 1, ordered_ms=at(minute), paid_ms=at(minute), **(usual | said))


def lists(products: dict[int, list[str]]) -> list[dict[str, Any]]:
    """Room 1's names the room and the start, room 2's only its name and the end, to the minute."""
    about = {
        1: {"account": "room1", "session_ms": at("19:00") + 30_000},
        2: {"account_name": "room2", "session_end_ms": at("22:00") + 90_000},
    }
    pairs = [(session, product) for session, of in products.items() for product in of]
    return [
        fact("session_product", row, product_id=product, **about[session])
        for row, (session, product) in enumerate(pairs, 1)
    ]  # fmt: skip


def computed(
    order: dict[str, Any], products: dict[int, list[str]], matches: list[MatchIn]
) -> tuple[MonthResult, list[dict[str, Any]]]:
    with TemporaryDirectory() as folder:
        tables = {"order_line": [(1, 1, order)], "session_product": [(2, 1, one) for one in lists(products)]}
        batches = write(Path(folder) / "facts", tables)
        month = MonthInputs("2026-10", ROOMS, SESSIONS, (), SHIFTS, batches, matches=matches)
        result = run(month, Path(folder) / "out")
        return result, pq.read_table(result.rows_path).to_pylist()


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_whose_a_doubtful_order_is(case: tuple) -> None:
    _, product, products, matches, sessions, basis, why = case
    _, rows = computed(line("19:30", product_id=product), products, matches)
    assert sorted(r["session"] for r in rows if r["session"]) == sessions
    assert {(r["basis"], r["why"]) for r in rows} == {(basis, why)}
    if not sessions:
        assert [(r["place"], r["kind"]) for r in rows] == [("unmatched", "decided")]


def test_several_sessions_share_as_a_person_said() -> None:
    result, _ = computed(line("19:30"), {}, [MatchIn(*HOUR, sessions=(1, 2), weights=(1, 3))])
    assert {f.session: f.amount for f in result.facts if f.measure == "paid_minor"} == {1: 250, 2: 750}


@cache
def broken() -> MonthResult:
    return computed(line("20:10", creator_id="room1"), {}, [])[0]


def test_a_break_is_off_air() -> None:
    mine = [(s.start_ms, s.end_ms) for s in broken().segments if s.session == 1]
    assert mine == [(at("19:00"), at("20:00")), (at("20:20"), at("22:00"))]
    (air,) = {sum(f.amount for f in broken().facts if (f.session, f.measure) == (1, "air_ms"))}
    assert air == at("21:40") - at("19:00")


def test_an_order_in_a_break_is_after_the_part_before_it() -> None:
    (fact_,) = [f for f in broken().facts if f.measure == "paid_minor"]
    assert (fact_.place, fact_.session, fact_.segment) == ("after", 1, None)


def test_a_crew_of_two_rooms_has_the_hours_once_and_the_amounts_of_both() -> None:
    result, _ = computed(line("19:30", creator_id="room2"), {}, [])
    mine = [c for c in result.credits if c.person == 11]
    assert sum(c.amount for c in mine if c.measure == "air_ms") == at("22:00") - at("19:00")
    assert [(c.session, c.amount) for c in mine if c.measure == "paid_minor"] == [(2, 1000)]
    assert not [c for c in result.credits if c.person == 12 and c.session == 1]
