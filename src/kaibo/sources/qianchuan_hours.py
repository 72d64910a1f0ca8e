"""巨量千川, by the hour: what an ad account spent in each hour, and what the platform ascribes to it."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from kaibo.facts.schema import AD_SPEND
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import PLAIN, CellError, day, moment
from kaibo.sources.choosing import choose
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Finish, Rules
from kaibo.sources.headers import Match, normal
from kaibo.sources.reading import Cell, Column, Fact, Facts, Reading, Refused, Seen, Source
from kaibo.sources.tabular import Context, read_table

COUNT, MONEY = Cell.COUNT, Cell.MONEY
DAY, HOURS, DAY_AND_HOUR, ACCOUNT, SPEND = "日期", "小时区间", "时间-小时", "账号名称", "整体消耗"
HOUR_MS = 3_600_000
INTERVAL = re.compile(r"(\d{1,2}):(\d{2})(?::00)?[-~–—至]+(\d{1,2}):(\d{2})(?::(?:00|59))?", re.ASCII)


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    kept = cell if field else Cell.TEXT
    return Column(name, field, kept, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


# fmt: off
COLUMNS = (
    Column(DAY, "start_ms", Cell.DATE, required=True, key=True, aliases=(DAY_AND_HOUR,), seen=Seen.PARSER,
           meaning="the hour's day; 时间-小时 says day and hour in one"),
    Column(HOURS, "end_ms", Cell.CLOCK, seen=Seen.PARSER,
           meaning="19:00 - 20:00; 24:00 and 00:00 are the day's end, 19:59 is the end of that hour"),
    Column(ACCOUNT, "ad_account", seen=Seen.PARSER, meaning="asked for where the file has none"),
    Column(SPEND, "spend_minor", MONEY, required=True, aliases=("消耗",), seen=Seen.PARSER),
    _column("整体支付ROI", meaning="a ratio; derived"),
    _column("整体成交金额", "gmv_minor", MONEY, "ascribed by the platform"),
    _column("整体成交订单数", "orders", COUNT, "ascribed by the platform"),
    _column("整体成交订单成本", meaning="a ratio; derived"),
    _column("净成交金额", "net_gmv_minor", MONEY, "less refunds within one hour, not less all refunds"),
    _column("智能优惠券金额", "coupon_minor", MONEY, "", "整体成交智能优惠券金额"),
    _column("1小时内退款金额", "refund_1h_minor", MONEY),
    _column("1小时内退款订单数", "refund_1h_orders"),
)
# fmt: on

SOURCE = Source(
    name="千川分小时数据",
    platform="douyin",
    key="qianchuan_hours",
    title=gettext_noop("Qianchuan ad spend by the hour (千川 分小时)"),
    table=AD_SPEND,
    columns=COLUMNS,
    key_fields=("start_ms", "ad_account"),
    unlocks=gettext_noop("Ad spend, which falls on the minutes that were on air, and return on it."),
    export_how=gettext_noop("In 千川, open the report of the ad account by hours (小时区间) and export it as it is."),
    mode="replace",
)
NO_HOURS = Message("This report of 千川 has days, but no hours: its spend falls on no one's air time.")
BY_HOURS = Message("In 千川, choose hours (分小时) as the grain and export the report again.")


def read(match: Match, context: Context) -> Reading:
    """Asks for the ad account where the file has no column for it. Raises Refused for a report without hours."""
    clock = Clock(context.answers.zone)
    names = set(match.header.names)
    whole = normal(DAY_AND_HOUR) in names
    if not whole and normal(HOURS) not in names:
        raise Refused(NO_HOURS, BY_HOURS)
    title = DAY_AND_HOUR if whole else DAY
    chosen = choose(match, DAY, (title, DAY) if whole else (DAY,))
    named = normal(ACCOUNT) in names
    own = {"start_ms": moment if whole else day, "end_ms": _hours}
    rules = replace(RULES, finish=_finish(clock, title, named), own=own)
    reading = read_table(chosen, context, rules)
    reading.source = SOURCE
    if not named:
        for fact in reading.facts:
            fact["ad_account"] = context.answers.ad_account or None
        if not context.answers.ad_account:
            reading.questions.append("ad_account")
    reading.warnings += _overlaps(reading.facts)
    return reading


def _hours(value: Any) -> tuple[int, int] | None:
    """Minutes after midnight of both ends; an end at or before its start is on the next day."""
    plain = re.sub(r"\s+", "", value.translate(PLAIN)) if isinstance(value, str) else ""
    if isinstance(value, str) and plain in {"", "-", "--"}:
        return None
    match = INTERVAL.fullmatch(plain)
    if not match:
        raise CellError(Message("Hours are expected here (19:00 - 20:00)."))
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    start, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
    end += last_minute == 59
    if first_hour > 23 or first_minute > 59 or last_minute > 59 or end > 1440:
        raise CellError(Message("There is no such date or time."))
    end = end if end > start else end + 1440
    if end - start > 60:
        raise CellError(Message("One hour is expected here, not more: a day's total would count twice."))
    return start, end


def _finish(clock: Clock, title: str, named: bool) -> Finish:
    """`title`: of the column that says the day. `named`: whether the file has a column for the ad account."""

    def finish(fact: Fact) -> tuple[str, Message] | None:
        if named and fact["ad_account"] is None:
            return ACCOUNT, Message("This cell is empty.")
        on, hours = fact["start_ms"], fact["end_ms"]
        if hours is None and not isinstance(on, datetime):
            return HOURS, Message("This cell is empty.")
        start, end = _instants(on, hours)
        try:
            fact["start_ms"], fact["end_ms"] = clock.ms(start), clock.ms(end)
        except CellError as error:
            return title, error.message
        return None

    return finish


def _instants(on: Any, hours: tuple[int, int] | None) -> tuple[datetime, datetime]:
    if hours is None:
        return on, on + timedelta(hours=1)
    midnight = datetime.combine(on, time())
    return midnight + timedelta(minutes=hours[0]), midnight + timedelta(minutes=hours[1])


RULES = Rules(
    needed=("start_ms", "spend_minor"),
    identity=("start_ms", "end_ms", "ad_account"),
    finish=lambda fact: None,
    amount="spend_minor",
    # refunds of the hour before may be more than the hour's sales
    signed=frozenset({"net_gmv_minor"}),
    labels=("ad_account",),
    contested=True,
)


def _overlaps(facts: Facts) -> list[Message]:
    """Hours of one account that overlap would count their spend twice."""
    latest: dict[str | None, Fact] = {}
    for fact in sorted(facts, key=lambda f: (f["start_ms"], f["row"])):
        before = latest.get(fact["ad_account"])
        if before is not None and fact["start_ms"] < before["end_ms"]:
            return [
                Message(
                    "Hours of one ad account that overlap: lines %(one)s and %(other)s.",
                    {"one": before["row"], "other": fact["row"]},
                )
            ]
        latest[fact["ad_account"]] = fact
    return []
