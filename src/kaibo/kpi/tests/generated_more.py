"""Generated months with what the first generator leaves out: other clocks, nights of their change, a platform more,
files of which only a person said whose they are, reports put aside, other settings, sums of a large shop.

A month of `generated.case` by the same seed is changed by a second row of dice, so that known seeds stay what they are.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from kaibo.kpi.inputs import AccountIn, TagRuleIn
from kaibo.kpi.tests import generated
from kaibo.kpi.tests.generated import DAY, MINUTE, NOON, Case
from kaibo.kpi.tests.slow_numbers import as_ms, local

# a zone, and the day to which the last of October is moved: an hour is missing in it or twice there, or half an hour;
# a year ends; a month is short
CLOCKS = (
    ("America/New_York", date(2026, 3, 8)), ("Europe/Berlin", date(2026, 3, 29)), ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 12, 31)), ("Asia/Shanghai", date(2027, 2, 28)), ("America/Santiago", date(2026, 4, 4)),
    ("Pacific/Auckland", date(2026, 9, 27)), ("UTC", date(2028, 2, 29)), ("Pacific/Kiritimati", date(2026, 10, 31)),
)  # fmt: skip
INSTANTS = frozenset({
    "ordered_ms", "paid_ms", "applied_ms", "refunded_ms", "start_ms", "end_ms", "session_ms", "session_end_ms",
    "minute_ms", "instant_ms",
})  # fmt: skip
SIXTH = AccountIn(6, ("room6", "旗舰店"), "Asia/Shanghai", "CNY", "7:3", "kuaishou")
# of files whose rows name neither room nor platform
SAID_OF = {"minute": "account", "event": "account", "ad_spend": "ad_account"}


def every_case() -> st.SearchStrategy[Case]:
    """Of both kinds."""
    return st.one_of(generated.cases(), st.integers(0, 2**32 - 1).map(more))


def more(seed: int) -> Case:
    """Some of the changes, by chance."""
    rng, made = Random(f"more {seed}"), generated.case(seed)
    for change in CHANGES:
        if rng.random() < 0.45:
            made = change(rng, made)
    return replace(made, name="more")


def _clock(rng: Random, made: Case) -> Case:
    """The whole world some days earlier or later, in another zone."""
    zone, day = rng.choice(CLOCKS)
    days = (day - date(2026, 10, 31)).days
    # noon of that day in that zone, so that its midnights lie where those of Shanghai did
    there = as_ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)) - _ahead(day, zone)
    by = rng.choice([there - NOON, days * DAY])
    inputs = made.inputs

    def moved(one: Any) -> Any:
        names = [name for name in ("start_ms", "end_ms", "day_ms") if getattr(one, name, None) is not None]
        later = replace(one, **{name: getattr(one, name) + by for name in names})
        return (
            replace(later, breaks=tuple((a + by, b + by) for a, b in one.breaks)) if hasattr(one, "breaks") else later
        )

    def on(text: str | None) -> str | None:
        return text and (date.fromisoformat(text) + timedelta(days=days)).isoformat()

    tables = {
        table: [
            (batch, as_of, row | {name: row[name] + by for name in INSTANTS & row.keys() if row[name] is not None})
            for batch, as_of, row in rows
        ]
        for table, rows in made.tables.items()
    }
    inputs = replace(
        inputs,
        sessions=[moved(one) for one in inputs.sessions], neighbours=[moved(one) for one in inputs.neighbours],
        shifts=[moved(one) for one in inputs.shifts], outages=[moved(one) for one in inputs.outages],
        matches=[moved(one) for one in inputs.matches], rates=[replace(one, day=on(one.day)) for one in inputs.rates],
        ad_parts=[replace(one, start=on(one.start), end=on(one.end)) for one in inputs.ad_parts],
        settings=replace(inputs.settings, zone=zone),
    )  # fmt: skip
    world = replace(made, inputs=inputs, tables=tables)
    return replace(world, inputs=world.of(local(NOON + by, zone).strftime("%Y-%m")))


def _ahead(day: date, zone: str) -> int:
    """How far the zone's clock is ahead at noon of UTC of the day."""
    noon = as_ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    offset = local(noon, zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)


def _platform(rng: Random, made: Case) -> Case:
    """A room on a third platform, some of whose files are there."""
    inputs, numbers = made.inputs, range(101, 102 + rng.randint(0, 3))
    rooms = [SIXTH]
    sessions = [generated._session(rng, number, rooms) for number in numbers]
    every = [*inputs.accounts, SIXTH]
    shifts = [generated._shift(rng, 100 + n, sessions, every) for n in range(rng.randint(0, 8))]
    tables = {table: list(rows) for table, rows in made.tables.items()}
    orders = [generated._order(rng, 1000 + n, 20, rooms, sessions, shifts) for n in range(rng.choice([0, 0, 15]))]
    tables["order_line"] += [(15, 1000, one) for one in orders]
    # where there are no lines, returns of lines that nobody knows
    sales = [generated._sale(rng, 1000 + n, orders) for n in range(rng.choice([0, 6]))]
    tables["after_sale"] += [(25, 1000, {**one, "platform": "kuaishou"}) for one in sales]
    reports = [generated._report(rng, 1000 + n, rooms, sessions) for n in range(rng.choice([0, 0, 5]))]
    tables["session_report"] += [(35, 1000, one) for one in reports]
    inputs = replace(
        inputs, accounts=every, sessions=[*inputs.sessions, *sessions], shifts=[*inputs.shifts, *shifts],
    )  # fmt: skip
    return _again(replace(made, inputs=inputs, tables=tables))


def _again(made: Case) -> Case:
    """Which of the sessions are the month's, after a change of them."""
    return replace(made, inputs=made.of(made.inputs.month))


def _large(rng: Random, made: Case) -> Case:
    """Sums of a large shop in a currency of many zeros."""
    times = rng.choice([10**4, 10**7])
    money = ("payable_minor", "refund_minor", "freight_refund_minor", "gmv_minor", "paid_minor", "spend_minor", "views")
    tables = {
        table: [
            (batch, as_of, row | {name: row[name] * times for name in money if row.get(name) and table != "reading"})
            for batch, as_of, row in rows
        ]
        for table, rows in made.tables.items()
    }
    return replace(made, tables=tables)


def _files(rng: Random, made: Case) -> Case:
    """Of whole files a person said which platform, and which room, they are of."""
    rooms, said, tables = made.inputs.accounts, {}, dict(made.tables)
    for table, rows in made.tables.items():
        for batch in sorted({batch for batch, _, _ in rows}):
            if rng.random() < 0.4:
                room = rng.choice(rooms)
                scope = "" if table not in SAID_OF else "ads 1" if table == "ad_spend" else rng.choice(room.names)
                said[batch] = (rng.choice([room.platform, room.platform, ""]), scope)
    for table, column in SAID_OF.items():
        tables[table] = [
            (batch, as_of, row | {column: None} if batch in said and rng.random() < 0.7 else row)
            for batch, as_of, row in tables[table]
        ]
    for table, rows in tables.items():
        tables[table] = [
            (batch, as_of, row | {"platform": None} if batch in said and rng.random() < 0.5 else row)
            for batch, as_of, row in rows
        ]
    return replace(made, tables=tables, said=said)


def _aside(rng: Random, made: Case) -> Case:
    rows = [(batch, row["row"]) for batch, _, row in made.tables["session_report"]]
    return replace(made, inputs=replace(made.inputs, aside=[one for one in rows if rng.random() < 0.3]))


def _settings(rng: Random, made: Case) -> Case:
    minute = MINUTE
    changed = replace(
        made.inputs.settings, business_day_starts_at=rng.choice([0, 4, 5, 6]), snap_ms=rng.choice([0, 15, 20]) * minute,
        handover_gap_ms=rng.choice([0, 1, 5, 10]) * minute, events_whole=rng.choice([0, 50, 90, 100]),
        refund_days=rng.choice([0, 7, 15, 30]),
    )  # fmt: skip
    return replace(made, inputs=replace(made.inputs, settings=changed))


def _roles(rng: Random, made: Case) -> Case:
    """More roles and more rooms at once; handovers at one instant."""
    shifts = list(made.inputs.shifts)
    roles, rooms = ("host", "co_host", "ads", "control", "service"), [one.id for one in made.inputs.accounts]
    for place, one in enumerate(shifts):
        if rng.random() < 0.4:
            also = tuple(sorted({*rng.sample(rooms, k=rng.randint(0, len(rooms)))} - {one.account}))
            shifts[place] = replace(one, role=rng.choice(roles), also=also, person=rng.randint(1, 7))
        if one.confirmed and rng.random() < 0.4:
            # it was planned for some time before or after
            shifts[place] = replace(shifts[place], day_ms=one.start_ms + rng.choice([-600, -20, 20, 600]) * MINUTE)
    if shifts:
        # somebody takes over at the very millisecond, and somebody was on for one
        one = rng.choice(shifts)
        after = replace(one, id=900, person=8, start_ms=one.end_ms, end_ms=one.end_ms + 40 * MINUTE)
        brief = replace(one, id=901, person=9, start_ms=one.end_ms - 1, end_ms=one.end_ms)
        shifts += [after, brief]
    return replace(made, inputs=replace(made.inputs, shifts=shifts))


def _rules(rng: Random, made: Case) -> Case:
    codes = defaultdict(lambda: rng.choice([None, "m1", "m2"]))
    orders = [(b, a, row | {"merchant_code": codes[row["row"]]}) for b, a, row in made.tables["order_line"]]
    rules = [
        TagRuleIn("测试", "merchant_code", "m1", 9), TagRuleIn("福袋", "amount_at_most", rng.choice(["0", "1000"]), 10),
        TagRuleIn("样品", "product_id", "p2", 11),
    ]  # fmt: skip
    chosen = rng.sample(rules, k=rng.randint(1, 3))
    return replace(
        made, tables={**made.tables, "order_line": orders}, inputs=replace(made.inputs, tag_rules=tuple(chosen))
    )


CHANGES: tuple[Callable[[Random, Case], Case], ...] = (
    _platform, _large, _files, _aside, _settings, _roles, _rules, _clock,
)  # fmt: skip
