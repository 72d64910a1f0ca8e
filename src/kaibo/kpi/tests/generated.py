"""Generated months for hypothesis: rosters, orders, refunds and reports with every trap in them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from kaibo.kpi.inputs import AccountIn, MonthInputs, SessionIn, Settings, ShiftIn, TagRuleIn
from kaibo.kpi.tests.month_files import fact
from kaibo.kpi.tests.slow_numbers import as_ms, local

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# 31 October 2026, noon in Shanghai: the month ends within reach
NOON = as_ms(datetime(2026, 10, 31, 4, tzinfo=UTC))
ZONES = ("Asia/Shanghai", "America/New_York")
FLOWS = ("直播", "直播", "直播", "直播", "商品卡", "短视频", "商城", "其他", "数据将于第二天更新", None)
TAGS = (TagRuleIn("福袋", "amount_at_most", "1"), TagRuleIn("样品", "product_id", "p1"))


@dataclass(frozen=True)
class Case:
    inputs: MonthInputs
    tables: dict[str, list[tuple[int, int, dict[str, Any]]]]

    def of(self, month: str) -> MonthInputs:
        """The same world, computed for another month."""
        every = [*self.inputs.sessions, *self.inputs.neighbours]
        zone = self.inputs.settings.zone
        own = [s for s in every if local(s.start_ms, zone).strftime("%Y-%m") == month]
        near = [s for s in every if s not in own]
        return replace(self.inputs, month=month, sessions=own, neighbours=near)


# instants near each other and often the same, so that boundaries meet
def instants(low: int = -20 * 60, high: int = 40 * 60) -> st.SearchStrategy[int]:
    minutes = st.integers(low // 15, high // 15).map(lambda quarter: quarter * 15)
    return st.builds(lambda m, ms: NOON + m * MINUTE + ms, minutes, st.sampled_from([0, 0, 0, 0, -1, 1, 4 * MINUTE]))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    settings = Settings(zone=draw(st.sampled_from(ZONES)), refund_days=draw(st.sampled_from([0, 1, 15])))
    accounts = draw(_accounts())
    sessions = [_session(draw, number, accounts) for number in range(1, draw(st.integers(1, 5)) + 1)]
    shifts = [_shift(draw, number, sessions) for number in range(1, draw(st.integers(0, 9)) + 1)]
    orders = [_order(draw, row, accounts, sessions, shifts) for row in range(1, draw(st.integers(0, 14)) + 1)]
    sales = [_sale(draw, row, orders) for row in range(1, draw(st.integers(0, 5)) + 1)]
    reports = [_report(draw, row, accounts, sessions) for row in range(1, draw(st.integers(0, 5)) + 1)]
    tables = {
        "order_line": [(*_batch(draw, 10), o) for o in orders],
        "after_sale": [(*_batch(draw, 20), s) for s in sales],
        "session_report": [(*_batch(draw, 30), r) for r in reports],
    }
    rules = TAGS if draw(st.booleans()) else ()
    inputs = MonthInputs("2026-10", accounts, sessions, (), shifts, (), rules, settings)
    case = Case(inputs, tables)
    return replace(case, inputs=case.of("2026-10"))


def _batch(draw: st.DrawFn, first: int) -> tuple[int, int]:
    """One of two batches; the later one may be the older export."""
    return draw(st.sampled_from([(first, 1000), (first, 1000), (first + 1, 900), (first + 2, 1000)]))


@st.composite
def _accounts(draw: st.DrawFn) -> list[AccountIn]:
    rules = st.sampled_from(["1:1", "7:3", "100:0"])
    rooms = [
        AccountIn(1, ("room1", "旗舰店"), "Asia/Shanghai", "CNY", draw(rules)),
        AccountIn(2, ("room2", draw(st.sampled_from(["二号店", "旗舰店"]))), "Asia/Shanghai", "CNY", draw(rules)),
        AccountIn(3, ("room3",), "America/New_York", "USD", draw(rules)),
    ]
    return rooms[: draw(st.integers(1, 3))]


def _session(draw: st.DrawFn, number: int, accounts: list[AccountIn]) -> SessionIn:
    start = draw(instants(-20 * 60, 20 * 60))
    length = draw(st.sampled_from([1, 20 * MINUTE, HOUR, 3 * HOUR, 5 * HOUR, 26 * HOUR]))
    kind = draw(st.sampled_from(["live", "live", "live", "linked", "recorded", "test"]))
    return SessionIn(number, draw(st.sampled_from(accounts)).id, start, start + length, kind)


def _shift(draw: st.DrawFn, number: int, sessions: list[SessionIn]) -> ShiftIn:
    session = draw(st.sampled_from(sessions))
    edges = [session.start_ms, session.end_ms, (session.start_ms + session.end_ms) // 2]
    moved = st.builds(
        lambda edge, by: edge + by * MINUTE,
        st.sampled_from(edges),
        st.sampled_from([0, 0, -60, -16, -15, -5, -1, 1, 5, 6, 15, 16, 60]),
    )
    start, end = sorted((draw(moved), draw(moved)))
    person, role = draw(st.integers(1, 3)), draw(st.sampled_from(["host", "host", "co_host", "floor_manager"]))
    return ShiftIn(number, session.account, person, role, start, end, draw(st.booleans()), draw(st.booleans()))


def _order(
    draw: st.DrawFn, row: int, accounts: list[AccountIn], sessions: list[SessionIn], shifts: list[ShiftIn]
) -> dict[str, Any]:
    edges = [s.start_ms for s in sessions] + [s.end_ms for s in sessions] + [s.end_ms for s in shifts]
    ordered = draw(st.one_of(st.sampled_from(edges), instants(-30 * 60, 60 * 60)))
    ordered += draw(st.sampled_from([0, 0, 0, -1, 31 * DAY]))
    names = [None, None, "-", "room1", "room2", "旗舰店", "达人甲", "room3"]
    return fact(
        "order_line", row, ordered_ms=ordered,
        # few numbers, so that keys repeat
        sub_order=f"s{draw(st.integers(1, 9))}", product=f"杯 {row}",
        product_id=draw(st.sampled_from(["p1", "p2", None])),
        payable_minor=draw(st.sampled_from([0, 1, 2, 333, 1000, 99_999])),
        currency=draw(st.sampled_from(["CNY", "CNY", "CNY", None, "USD"])),
        paid_ms=draw(st.sampled_from([ordered + 1, ordered + DAY, None])),
        order_type=draw(st.sampled_from([None, "普通", "预售"])),
        creator_id=draw(st.sampled_from(names)), creator_name=draw(st.sampled_from(names)),
        flow_kind=draw(st.sampled_from(FLOWS)), flow_source=draw(st.sampled_from([None, "精选联盟", "小店随心推"])),
        account=draw(st.sampled_from([None, None, accounts[0].names[0]])),
    )  # fmt: skip


def _sale(draw: st.DrawFn, row: int, orders: list[dict[str, Any]]) -> dict[str, Any]:
    instant = NOON + draw(st.sampled_from([0, HOUR, DAY, 3 * DAY, 15 * DAY, 16 * DAY, 40 * DAY]))
    lines = [order["sub_order"] for order in orders]
    return fact(
        "after_sale", row, after_sale=f"a{draw(st.integers(1, 4))}",
        sub_order=draw(st.sampled_from([*lines, "nobody", None])), applied_ms=instant - HOUR,
        refunded_ms=draw(st.sampled_from([instant, instant, None])),
        refund_minor=draw(st.sampled_from([1, 333, 1000, None])),
        freight_refund_minor=draw(st.sampled_from([None, 0, 7])),
    )  # fmt: skip


def _report(draw: st.DrawFn, row: int, accounts: list[AccountIn], sessions: list[SessionIn]) -> dict[str, Any]:
    session = draw(st.sampled_from(sessions))
    handle = next(a for a in accounts if a.id == session.account).names[0]
    start = session.start_ms + draw(st.sampled_from([0, 0, 0, 7 * MINUTE, -30 * DAY]))
    return fact(
        "session_report", row, account=draw(st.sampled_from([handle, handle, "nobody"])), account_name="店",
        start_ms=start, end_ms=draw(st.sampled_from([start + HOUR, None])),
        views=draw(st.sampled_from([0, 7, 1001, None])), viewers=draw(st.sampled_from([5, None])),
        paid_minor=draw(st.sampled_from([0, 1, 70_001, None])), orders=draw(st.sampled_from([3, None])),
        pcu=draw(st.sampled_from([9, None])),
    )  # fmt: skip
