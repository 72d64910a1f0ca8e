"""Generated months: rosters, orders, refunds and reports with every trap in them, dense around a month's end.

A case is made from one seed, so that each has some of everything; hypothesis chooses seeds and names one that fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from kaibo.kpi.inputs import (
    AccountIn,
    AdPartIn,
    MatchIn,
    MonthInputs,
    OutageIn,
    RateIn,
    SessionIn,
    Settings,
    ShiftIn,
    TagRuleIn,
)
from kaibo.kpi.tests.generated_events import events
from kaibo.kpi.tests.month_files import fact
from kaibo.kpi.tests.slow_numbers import as_ms, local

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# 31 October 2026, noon in Shanghai
NOON = as_ms(datetime(2026, 10, 31, 4, tzinfo=UTC))
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "America/New_York")
RULES = ("1:1", "7:3", "100:0")
TAGS = (TagRuleIn("福袋", "amount_at_most", "1", 3), TagRuleIn("样品", "product_id", "p1", 4))
OTHER_FLOWS = ("商品卡", "短视频", "商城", "其他", "数据将于第二天更新", None)
# around shift edges, snaps (15 min) and handover gaps (5 min)
NUDGES = (0, 0, -60, -16, -15, -5, -1, 1, 5, 6, 15, 16, 60)


@dataclass(frozen=True)
class Case:
    seed: int
    inputs: MonthInputs
    tables: dict[str, list[tuple[int, int, dict[str, Any]]]]
    # batch → platform and room that a person said of a whole file
    said: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    name: str = "case"

    def __repr__(self) -> str:
        return f"{self.name}({self.seed})"

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        """A test that fails says the seed, not a hundred kilobytes of rows."""
        printer.text(repr(self))

    def of(self, month: str) -> MonthInputs:
        """The same world, computed for another month."""
        every = [*self.inputs.sessions, *self.inputs.neighbours]
        zone = self.inputs.settings.zone
        own = [s for s in every if local(s.start_ms, zone).strftime("%Y-%m") == month]
        near = [s for s in every if s not in own]
        return replace(self.inputs, month=month, sessions=own, neighbours=near)

    @property
    def months(self) -> list[str]:
        """The month before, its own and three more: nothing lies in any other."""
        first = date.fromisoformat(f"{self.inputs.month}-01")
        return [f"{(first + timedelta(days=31 * n)).replace(day=1):%Y-%m}" for n in range(-1, 4)]

    @property
    def plain(self) -> dict[str, list[tuple[int, int, dict[str, Any]]]]:
        """The tables with what was said of whole files written into each of their rows."""
        return {
            table: [(batch, as_of, _told(table, row, *self.said.get(batch, ("", "")))) for batch, as_of, row in rows]
            for table, rows in self.tables.items()
        }


def _told(table: str, row: dict[str, Any], platform: str, scope: str) -> dict[str, Any]:
    column = {"minute": "account", "event": "account", "ad_spend": "ad_account"}.get(table)
    row = row | {"platform": platform} if platform and row["platform"] is None else row
    return row | {column: scope} if column and scope and row[column] is None else row


def cases() -> st.SearchStrategy[Case]:
    return st.integers(0, 2**32 - 1).map(case)


def case(seed: int) -> Case:
    rng = Random(seed)
    team = rng.choice(["CNY", "CNY", "CNY", "JPY"])
    settings = Settings(zone=rng.choice(ZONES), refund_days=rng.choice([0, 1, 15]), currency=team)
    accounts = _accounts(rng)
    sessions = [_session(rng, number, accounts) for number in range(1, rng.randint(2, 9))]
    shifts = [_shift(rng, number, sessions, accounts) for number in range(1, rng.randint(1, 20))]
    lines = rng.randint(0, 60)
    orders = [_order(rng, row, lines, accounts, sessions, shifts) for row in range(1, lines + 1)]
    tables = {
        "order_line": [(*_batch(rng, 10), order) for order in orders],
        "after_sale": [(*_batch(rng, 20), _sale(rng, row, orders)) for row in range(1, rng.randint(1, 20))],
        "session_report": [
            (*_batch(rng, 30), _report(rng, row, accounts, sessions)) for row in range(1, rng.randint(1, 9))
        ],
    }
    tables["session_product"] = [
        (*_batch(rng, 40), _listed(rng, row, accounts, sessions)) for row in range(1, rng.choice([1, 30]))
    ]
    tables["minute"] = [
        one for n in range(rng.choice([0, 0, 1, 3])) for one in _minutes(rng, 70 + 3 * n, accounts, sessions)
    ]
    tables["reading"] = [
        (*_batch(rng, 60), _reading(rng, row, accounts, sessions, shifts)) for row in range(1, rng.choice([1, 1, 12]))
    ]
    tables["tagged_line"] = [
        (*_batch(rng, 80), _tagged(rng, row, orders)) for row in range(1, rng.choice([1, 1, 6, 20]) if orders else 1)
    ]
    tables["ad_spend"] = [
        (*_batch(rng, 90), _spend(rng, row, accounts, sessions)) for row in range(1, rng.choice([1, 6, 25]))
    ]
    rules = TAGS if rng.random() < 0.5 else ()
    inputs = MonthInputs(
        "2026-10", accounts, sessions, (), shifts, (), rules, settings, _rates(rng),
        [_match(rng, accounts, sessions, orders) for _ in range(rng.choice([0, 0, 1, 4]))],
        ad_parts=_ad_parts(rng, accounts), outages=[_outage(rng, sessions) for _ in range(rng.choice([0, 0, 1, 4]))],
    )  # fmt: skip
    tables["event"] = [
        one for n in range(rng.choice([0, 1, 1, 3])) for one in events(rng, 110 + n, accounts, sessions, shifts)
    ]
    made = Case(seed, inputs, tables)
    return replace(made, inputs=made.of("2026-10"))


def _outage(rng: Random, sessions: list[SessionIn]) -> OutageIn:
    session = rng.choice(sessions)
    start = rng.choice([session.start_ms, session.start_ms + 7 * MINUTE, session.end_ms - 3 * MINUTE])
    length = rng.choice([1, 90_000, 10 * MINUTE, HOUR])
    return OutageIn(session.account, start, start + length, rng.choice(["own_equipment", "platform", "venue"]))


def _ad_parts(rng: Random, accounts: list[AccountIn]) -> list[AdPartIn]:
    """Of some ad accounts for one room, of others for several, some not until later."""
    days = ("2026-10-01", "2026-10-31", "2026-11-01")
    return [
        AdPartIn(name, room.id, rng.choice([1, 1, 3, 7]), rng.choice(days), rng.choice([None, None, "2026-11-02"]))
        for name in ("ads 1", "ads  2")
        for room in rng.sample(accounts, k=rng.choice([0, 1, min(2, len(accounts))]))
    ]


def _spend(rng: Random, row: int, accounts: list[AccountIn], sessions: list[SessionIn]) -> dict[str, Any]:
    """An hour or a day, or a broadcast by its start; around the edges of sessions."""
    session = rng.choice(sessions)
    room = next(a for a in accounts if a.id == session.account)
    hour = rng.choice([session.start_ms, session.end_ms, session.start_ms + 2 * HOUR]) // HOUR * HOUR
    start, end = rng.choice([(hour, hour + HOUR)] * 5 + [(hour - 6 * HOUR, hour + 18 * HOUR), (hour - HOUR, hour)])
    if rng.random() < 0.3:
        start, end = session.start_ms + rng.choice([0, 0, 20_000, 10 * MINUTE, -HOUR]), None
    return fact(
        "ad_spend", row, platform=rng.choice([room.platform, room.platform, None]), start_ms=start, end_ms=end,
        ad_account=rng.choice(["ads 1", "ads 1", "ads 2", " ads 2", "nobody's", None]),
        currency=rng.choice([None, room.currency, "CNY", "EUR"]),
        spend_minor=rng.choice([0, 1, 30_001, 123_457]), gmv_minor=rng.choice([None, 0, 100_003]),
        net_gmv_minor=rng.choice([None, 0, -5_001, 99_999]), orders=rng.choice([None, 0, 1, 7]),
        views=rng.choice([None, 0, 301]), follows=rng.choice([None, 2]),
    )  # fmt: skip


def _tagged(rng: Random, row: int, orders: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of a list: of a line, of an order, of nothing there is; sometimes the number of a line as an order's."""
    order = rng.choice(orders)
    number = rng.choice(["nobody's", order["sub_order"], order["sub_order"], order["main_order"] or "none"])
    field = "sub_order" if rng.random() < 0.4 else "main_order"
    said = {field: number, "tag": rng.choice(["自购", "刷单"]), "platform": rng.choice([order["platform"], "tiktok"])}
    return fact("tagged_line", row, list_name="名单", reason="因为", **said)


def _batch(rng: Random, first: int) -> tuple[int, int]:
    """(batch, as_of): the later batch may be the older export."""
    return rng.choice([(first, 1000), (first, 1000), (first + 1, 900), (first + 2, 1000)])


def _accounts(rng: Random) -> list[AccountIn]:
    rooms = [
        AccountIn(1, ("room1", "旗舰店"), "Asia/Shanghai", "CNY", rng.choice(RULES)),
        AccountIn(2, ("room2", rng.choice(["二号店", "旗舰店"])), "Asia/Shanghai", "CNY", rng.choice(RULES)),
        AccountIn(3, ("room3",), "America/New_York", "USD", rng.choice(RULES)),
        # the same names on another platform
        AccountIn(4, ("room1", "旗舰店"), "Asia/Jakarta", rng.choice(["IDR", "JPY"]), "1:1", "tiktok"),
        AccountIn(5, ("room5", "旗舰店"), "Asia/Jakarta", rng.choice(["IDR", "CNY"]), "1:1", "tiktok"),
    ]
    return rooms[: rng.choice([1, 2, 2, 3, 4, 5, 5])]


def _session(rng: Random, number: int, accounts: list[AccountIn]) -> SessionIn:
    """On quarters of an hour, so that edges meet; sometimes two at once in one room."""
    start = NOON + rng.randrange(-80, 80) * 15 * MINUTE
    length = rng.choice([1, 20 * MINUTE, HOUR, 3 * HOUR, 5 * HOUR, 8 * HOUR, 26 * HOUR])
    kind = rng.choice(["live"] * 6 + ["linked", "recorded", "test"])
    breaks = []
    for _ in range(rng.choice([0, 0, 0, 1, 2]) if length > MINUTE else 0):
        begin = start + rng.randrange(-1, length // (10 * MINUTE) + 1) * 10 * MINUTE
        breaks.append((begin, begin + rng.choice([10, 20, 90]) * MINUTE))
    return SessionIn(number, rng.choice(accounts).id, start, start + length, kind, tuple(breaks))


def _shift(rng: Random, number: int, sessions: list[SessionIn], accounts: list[AccountIn]) -> ShiftIn:
    session = rng.choice(sessions)
    edges = [session.start_ms, session.end_ms, (session.start_ms + session.end_ms) // 2]
    start, end = sorted(rng.choice(edges) + rng.choice(NUDGES) * MINUTE for _ in range(2))
    person, role = rng.randint(1, 4), rng.choice(["host", "host", "co_host", "floor_manager"])
    lead, confirmed = rng.random() < 0.4, rng.random() < 0.8
    also = tuple({rng.choice(accounts).id} - {session.account}) if rng.random() < 0.3 else ()
    return ShiftIn(number, session.account, person, role, start, end, lead, confirmed, also)


def _rates(rng: Random) -> list[RateIn]:
    """Some currencies have one, some days have two, some only an old one."""
    days = ("2026-08-30", "2026-09-30", "2026-10-01", "2026-10-29", "2026-10-31", "2026-11-01")
    worth = {"USD": ("7.1234", "7.2"), "IDR": ("0.00044875", "0.0005"), "JPY": ("0.0485",), "CNY": ("20.6", "21.125")}
    return [
        RateIn(currency, day, rng.choice(rates))
        for currency, rates in worth.items()
        for day in rng.choices(days, k=rng.choice([0, 1, 3]))
    ]


def _match(rng: Random, accounts: list[AccountIn], sessions: list[SessionIn], orders: list[dict[str, Any]]) -> MatchIn:
    session, order = rng.choice(sessions), rng.choice(orders) if orders else {"sub_order": "s1"}
    start = session.start_ms + rng.choice([0, 0, -HOUR, HOUR])
    chosen = rng.sample(sessions, k=min(len(sessions), rng.choice([0, 1, 1, 2, 3])))
    weights = tuple(rng.randint(1, 3) for _ in chosen) if rng.random() < 0.7 else ()
    return MatchIn(
        start, start + rng.choice([HOUR, 5 * HOUR, 40 * HOUR]),
        rng.choice(["", "", "p1", "p2"]), rng.choice(["", "", order["sub_order"]]),
        tuple(one.id for one in chosen), weights,
        rng.choice([None, None, session.account]), rng.choice(["", "", "CNY", "IDR"]),
        rng.choice(["", "douyin", "tiktok"]),
    )  # fmt: skip


def _listed(rng: Random, row: int, accounts: list[AccountIn], sessions: list[SessionIn]) -> dict[str, Any]:
    session = rng.choice(sessions)
    room = next(a for a in accounts if a.id == session.account)
    near = rng.choice([0, 0, 0, MINUTE, -2 * MINUTE, 3 * MINUTE])
    by_end = rng.random() < 0.4
    return fact(
        "session_product", row, platform=rng.choice([room.platform, room.platform, None]),
        account=None if by_end else rng.choice([room.names[0]] * 5 + ["nobody"]), account_name=room.names[-1],
        session_ms=None if by_end else session.start_ms + near,
        session_end_ms=session.end_ms + near if by_end else None,
        product_id=rng.choice(["p1", "p2", "p3", None]), sku=None,
    )  # fmt: skip


def _order(
    rng: Random, row: int, lines: int, accounts: list[AccountIn], sessions: list[SessionIn], shifts: list[ShiftIn]
) -> dict[str, Any]:
    session = rng.choice(sessions)
    edges = [edge for one in (*sessions, *shifts) for edge in (one.start_ms, one.end_ms)]
    inside = rng.randrange(session.start_ms, session.end_ms)
    ordered = rng.choice([inside, inside, inside, rng.choice(edges), rng.choice(edges) - 1, inside + 6 * HOUR])
    ordered += 31 * DAY if rng.random() < 0.03 else 0
    room = next(a for a in accounts if a.id == session.account)
    creator = rng.choice([room.names[0]] * 4 + [None] * 5 + ["-", "旗舰店", "达人甲"])
    return fact(
        "order_line", row, ordered_ms=ordered, platform=_platform(rng, room),
        # some keys repeat
        sub_order=f"s{rng.randint(1, lines + lines // 2)}", product=f"杯 {row}",
        # two lines of one order; the number of an order may be another line's too
        main_order=rng.choice([None, f"m{row // 2}", f"m{row // 2}", f"s{row}"]),
        product_id=rng.choice(["p1", "p2", "p2", "p2", None]),
        payable_minor=rng.choice([0, 1, 2, 333, 1000, 1001, 99_999, rng.randrange(100_000)]),
        currency=rng.choice([room.currency] * 8 + [None, "USD", "EUR"]),
        paid_ms=rng.choice([ordered + 1, ordered + MINUTE, ordered + DAY, ordered + 2 * DAY, None]),
        order_type=rng.choice([None, "普通", "普通", "预售"]),
        creator_id=creator, creator_name=rng.choice([None, None, None, None, "旗舰店", "达人乙"]),
        flow_kind=rng.choice(OTHER_FLOWS) if rng.random() < 0.2 else "直播",
        flow_source=rng.choice([None, None, None, "精选联盟", "小店随心推"]),
        account=rng.choice([None, None, None, None, accounts[0].names[0]]),
    )  # fmt: skip


def _platform(rng: Random, room: AccountIn) -> str | None:
    return rng.choice([room.platform] * 6 + [None])


def _minutes(
    rng: Random, first: int, accounts: list[AccountIn], sessions: list[SessionIn]
) -> list[tuple[int, int, Any]]:
    """An export of a room's minutes: off the full minute sometimes, with holes, short of the end or beyond it."""
    session = rng.choice(sessions)
    room = next(a for a in accounts if a.id == session.account)
    length = rng.choice([MINUTE, 10 * MINUTE]) if session.end_ms - session.start_ms < 2 * HOUR else 30 * MINUTE
    begin = session.start_ms + rng.choice([0, 0, -20_000, 20_000, 40 * MINUTE])
    batch, last = _batch(rng, first), session.end_ms + rng.choice([0, 0, 0, -HOUR, 30 * MINUTE])
    return [
        (*batch, fact(
            "minute", row, platform=room.platform, minute_ms=at,
            account=rng.choice([room.names[0]] * 30 + [room.names[-1], "nobody"]),
            length_ms=rng.choice([length] * 20 + [None]), entries=rng.choice([0, 1, 7, 100]),
            comments=rng.choice([0, 3, 5] * 5 + [None]), online=rng.choice([0, 40, 55, 300] * 5 + [None]),
            likes=rng.choice([0, 90, None]), new_followers=rng.choice([0, 1]), product_clicks=rng.choice([4, 9]),
            gmv_minor=rng.choice([0, 9_900, None]), currency=rng.choice([None] * 9 + [room.currency, "EUR"]),
        ))
        for row, at in enumerate(range(begin, last, length), 1)
        if rng.random() < 0.97
    ]  # fmt: skip


def _reading(
    rng: Random, row: int, accounts: list[AccountIn], sessions: list[SessionIn], shifts: list[ShiftIn]
) -> dict[str, Any]:
    session = rng.choice(sessions[:2])
    room = next(a for a in accounts if a.id == session.account)
    edges = [session.end_ms, session.start_ms + HOUR, *(s.start_ms for s in shifts)]
    at = rng.choice(edges) + rng.choice([0, 2, -2, 5, 6, 20]) * MINUTE
    views = max(0, (at - session.start_ms) // MINUTE) + rng.choice([0, 0, 0, -30])
    return fact(
        "reading", row, platform=room.platform, account=rng.choice([room.names[0]] * 9 + [None]), instant_ms=at,
        views=rng.choice([views, views, None]), comments=rng.choice([None, views // 10]),
        new_followers=rng.choice([None, views // 7]), gmv_minor=rng.choice([None, views * 100]),
        currency=rng.choice([None, None, room.currency, "EUR"]),
    )  # fmt: skip


def _sale(rng: Random, row: int, orders: list[dict[str, Any]]) -> dict[str, Any]:
    instant = NOON + rng.choice([0, HOUR, 12 * HOUR, DAY, 3 * DAY, 15 * DAY, 16 * DAY, 40 * DAY])
    lines = [order["sub_order"] for order in orders]
    return fact(
        "after_sale", row, platform=rng.choice([None, "douyin", "tiktok"]), currency=rng.choice([None, "CNY", "IDR"]),
        after_sale=f"a{rng.randint(1, 20)}", applied_ms=instant - HOUR,
        sub_order=rng.choice(lines) if lines and rng.random() < 0.85 else rng.choice(["nobody", "no one", None]),
        refunded_ms=rng.choice([instant, instant, instant, None]),
        refund_minor=rng.choice([1, 333, 1000, None]), freight_refund_minor=rng.choice([None, 0, 7]),
    )  # fmt: skip


def _report(rng: Random, row: int, accounts: list[AccountIn], sessions: list[SessionIn]) -> dict[str, Any]:
    session = rng.choice(sessions)
    room = next(a for a in accounts if a.id == session.account)
    handle = room.names[0]
    # some know the minute only
    start = session.start_ms + rng.choice([0, 0, 0, 0, -12_000, 7 * MINUTE, -20 * DAY])
    return fact(
        "session_report", row, platform=room.platform, currency=rng.choice([None] * 4 + [room.currency, "EUR"]),
        account=rng.choice([handle] * 6 + ["nobody"]), account_name="店",
        start_ms=start, end_ms=rng.choice([start + HOUR, None]),
        views=rng.choice([0, 7, 1001, 20_003, None]), viewers=rng.choice([5, None]),
        paid_minor=rng.choice([0, 1, 70_001, 33_333, None]), orders=rng.choice([3, None]),
        pcu=rng.choice([9, None]), comments=rng.choice([0, 11, 100, None]),
        acu=rng.choice([4, 17, None]), likes=rng.choice([0, 701, None]), new_followers=rng.choice([3, None]),
        gmv_minor=rng.choice([0, 65_431, None]), net_1h_minor=rng.choice([60_001, None]),
        impressions=rng.choice([90_001, None]), product_clicks=rng.choice([7, 400, None]), buyers=rng.choice([2, None]),
        comment_users=rng.choice([8, None]), mean_stay_ms=rng.choice([61_001, None]),
        watch_ms=rng.choice([None, 9_999]),
    )  # fmt: skip
