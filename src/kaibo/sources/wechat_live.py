"""视频号: the API's answers saved as JSON. getlivedata is one broadcast, get_finder_live_data_list a list of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaibo.facts.schema import KEYS, MINUTE, SESSION_REPORT
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import unanswered
from kaibo.sources.cells import CellError
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import as_json
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Cell, Column, Fact, Reading, Refused, Rejected, Seen, Source
from kaibo.sources.tabular import Context
from kaibo.sources.wechat_json import SAVE_AGAIN, Node, answers_in, gather, instant_ms, shown, whole
from kaibo.sources.wechat_series import NAMES as SERIES
from kaibo.sources.wechat_series import minutes

COUNT, MONEY, INSTANT, LENGTH, TEXT = Cell.COUNT, Cell.MONEY, Cell.INSTANT, Cell.DURATION, Cell.TEXT
# among the first characters of either answer
MARKS = ("live_dashboard_data", "live_ec_data_summary", "live_duration_in_seconds", "new_watch_uv", "total_gmv")
LONGEST_S = 7 * 86_400


def _column(
    name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str, required: bool = False
) -> Column:
    shown_as = cell if field else TEXT
    return Column(name, field, shown_as, required=required, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


# fmt: off
COLUMNS = (
    _column("export_id", "session_key", TEXT, "of the list"),
    _column("start_time", "start_ms", INSTANT, "unix seconds or milliseconds", "live_start_time", required=True),
    _column("live_duration", "end_ms", LENGTH, "seconds (unconfirmed); the end is start + length",
            "live_duration_in_seconds", required=True),
    _column("new_watch_uv", "viewers", COUNT, "people, not additive", "total_audience_count"),
    _column("max_online_watch_uv", "pcu", COUNT, "", "max_online_count"),
    _column("impression_uv", "impression_users", COUNT, "people, not additive"),
    _column("average_watch_seconds_per_audience", "mean_stay_ms", LENGTH, "seconds", "audiences_avg_seconds"),
    _column("new_follow_uv", "new_followers", COUNT, "", "new_follow_count"),
    _column("new_fans_club_uv", "fan_club"),
    _column("comment_uv", "comment_users", COUNT, "people who commented, not comments"),
    _column("sharing_uv", "share_users", COUNT, "people who shared, not shares"),
    _column("total_comment_count", "comments", COUNT, "of the list: comments"),
    _column("forward_count", "shares", COUNT, "of the list: shares"),
    _column("total_cheer_count", meaning="of the list; what a cheer is, is not documented"),
    _column("reward_uv"), _column("hot_quota"),
    _column("total_gmv", "gmv_minor", MONEY, "in 分"),
    _column("total_pay_pv", "orders"),
    _column("total_pay_uv", "buyers", COUNT, "people, not additive"),
    _column("total_create_pv", meaning="orders placed, paid or not"), _column("total_create_uv"),
    _column("total_clk_pv", "product_clicks"),
    _column("total_clk_uv", "product_click_users", COUNT, "people, not additive"),
    _column("total_exp_pv", "product_impressions"),
    _column("total_exp_uv", "product_impression_users", COUNT, "people, not additive"),
    _column("refund_pv", "refund_orders", COUNT, "grows with the export date"),
    _column("refund_uv", "refund_users", COUNT, "people; grows with the export date"),
    _column("refund_amount", "refund_minor", MONEY, "in 分; grows with the export date"),
    _column("refund_product_cnt"), _column("cumulative_audience_count"),
    *(_column(name, meaning="a ratio, some in 1/10,000; derived") for name in (
        "refund_rate", "gmv_per_thousand_cumulative_watch_pv", "audience_pay_ratio", "clk_pay_ratio", "customer_price",
    )),
)
# fmt: on
SOURCE = Source(
    name="视频号 getlivedata",
    platform="wechat",
    key="wechat_live",
    title=gettext_noop("WeChat Channels sessions (API answers)"),
    table=SESSION_REPORT,
    columns=COLUMNS,
    key_fields=KEYS[SESSION_REPORT],
    unlocks=gettext_noop("视频号 sessions with viewers, products and amounts; minutes where the answer has a series."),
    export_how=gettext_noop("Save the answer of getlivedata or get_finder_live_data_list as a .json file, as it came."),
)
BY_NAME = {name: column for column in COLUMNS for name in (column.name, *column.aliases)}
SECONDS = frozenset({"end_ms", "mean_stay_ms"})


class _Wrong(CellError):
    """A figure that cannot be understood, and which it is."""

    def __init__(self, message: Message, column: str, text: str = "") -> None:
        super().__init__(message)
        self.column, self.text = column, text


def find(opened: Opened) -> list[Node] | None:
    if not opened.head.startswith(("{", "[")) or not any(mark in opened.head for mark in MARKS):
        return None
    return answers_in(opened.path)


def read(found: Sequence[Node], context: Context) -> Reading:
    """Asks for the room: no answer names it. Raises Refused where an answer is of nothing known."""
    reading = Reading(SOURCE, [], rows_seen=0)
    clock = Clock(context.answers.zone)
    reading.as_of_ms, reading.as_of_from = context.as_of(clock)
    reading.questions = unanswered(context.answers, "account")
    if context.currency != "CNY":
        raise Refused(
            Message("视频号 counts in 分: its amounts are in CNY, not %(code)s.", {"code": context.currency}),
            Message("Take the currency out of the answers."),
        )
    facts: list[Fact] = []
    minute_facts: list[Fact] = []
    for node in found:
        items = node.get("item")
        for one in items if isinstance(items, list) else [node]:
            reading.rows_seen += 1
            _broadcast(one, context.answers.account, reading, facts, minute_facts)
    reading.missing_columns = _missing(facts)
    reading.sample = [_understood(fact, clock) for fact in facts[:10]]
    reading.first_instant_ms = min((fact["start_ms"] for fact in facts), default=None)
    reading.last_instant_ms = max((fact["start_ms"] for fact in facts), default=None)
    if reading.questions:
        return reading
    reading.facts, reading.accounts = facts, [context.answers.account]
    if minute_facts:
        reading.more = {MINUTE: minute_facts}
    return reading


def _broadcast(one: Any, account: str, reading: Reading, facts: list[Fact], minute_facts: list[Fact]) -> None:
    """Adds the facts of one broadcast, or its reject."""
    row = reading.rows_seen
    if not isinstance(one, dict):
        raise Refused(Message("The JSON breaks off or is damaged."), SAVE_AGAIN)
    answer = gather(one, frozenset(BY_NAME), SERIES)
    fact: Fact = {"row": row, "platform": SOURCE.platform, "account": account or None, "currency": "CNY"}
    fact |= dict.fromkeys(column.field for column in COLUMNS if column.field)
    try:
        for name, value in answer.figures.items():
            _fill(fact, name, value)
        _length(fact)
    except _Wrong as error:
        reading.rejects.append(Rejected(row, error.column, error.text, error.message, fact["gmv_minor"]))
        return
    twin = next((f for f in facts if f["start_ms"] == fact["start_ms"]), None)
    fact["raw"] = as_json({name: shown(value) for name, value in answer.figures.items() if value is not None})
    if twin is not None:
        if twin["raw"] != fact["raw"]:
            why = Message("Line %(line)s has the same key with other values.", {"line": twin["row"]})
            reading.rejects.append(Rejected(row, "start_time", "", why, fact["gmv_minor"]))
        return
    facts.append(fact)
    if answer.living:
        reading.warnings.append(
            Message("Fetched while the broadcast went on: fetch it again after its end, the figures grow.")
        )
    totals = {name: fact[column.field] for name, column in BY_NAME.items() if column.field in fact}
    points, warnings = minutes(answer.series, totals)
    reading.warnings += warnings
    about = {name: fact[name] for name in ("platform", "account", "currency", "row")}
    minute_facts += [{**about, "raw": "{}", **point} for point in points]


def _fill(fact: Fact, name: str, value: Any) -> None:
    """Sets the field of one figure. Raises _Wrong."""
    field = BY_NAME[name].field
    try:
        if field == "session_key":
            fact[field] = shown(value) or None
        elif field == "start_ms":
            fact[field] = instant_ms(value)
        elif field:
            known = whole(value)
            fact[field] = known * 1000 if known is not None and field in SECONDS else known
    except CellError as error:
        raise _Wrong(error.message, name, shown(value)[:200]) from error


def _length(fact: Fact) -> None:
    if fact["start_ms"] is None or not fact["end_ms"]:
        raise _Wrong(Message("It does not say when the broadcast started or how long it was."), "start_time")
    if fact["end_ms"] > LONGEST_S * 1000:
        raise _Wrong(Message("A broadcast of more than a week: the length is not in seconds."), "live_duration")
    fact["end_ms"] += fact["start_ms"]


def _missing(facts: Sequence[Fact]) -> list[str]:
    if not facts:
        return []
    return [c.name for c in COLUMNS if c.field and all(fact[c.field] is None for fact in facts)]


def _understood(fact: Fact, clock: Clock) -> Mapping[str, str]:
    shown_as = {
        column.name: "—" if fact[column.field] is None
        else f"{fact[column.field] / 100:,.2f}" if column.cell is MONEY
        else f"{fact[column.field]:,}"
        for column in COLUMNS if column.field and column.cell in (MONEY, COUNT)
    }  # fmt: skip
    start, end = (clock.local(fact[name]).isoformat(sep=" ") for name in ("start_ms", "end_ms"))
    return {"start_time": start, "end": end, **shown_as}
