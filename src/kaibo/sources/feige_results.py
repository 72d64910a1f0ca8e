"""飞鸽 客服表现: what the platform says of each service person in a period. The row names the person."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaibo.facts.schema import KEYS, SERVICE_RESULT
from kaibo.message import Message, gettext_noop
from kaibo.sources.choosing import choose
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Finish, Rules
from kaibo.sources.headers import Match
from kaibo.sources.periods import Period, period_cell, period_of
from kaibo.sources.reading import Cell, Column, Fact, Reading, Seen, Source
from kaibo.sources.tabular import Context, read_table

COUNT, MONEY, SHARE, DURATION = Cell.COUNT, Cell.MONEY, Cell.SHARE, Cell.DURATION
AGENT, NICKNAME, PERIOD = "客服账号", "客服昵称", "日期"
# the account stays when someone changes a nickname
PERSON = (AGENT, NICKNAME, "账号", "客服", "客服名称", "客服姓名", "昵称")


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    kept = cell if field else Cell.TEXT
    return Column(name, field, kept, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


# fmt: off
COLUMNS = (
    Column(AGENT, "agent", required=True, aliases=PERSON[1:], seen=Seen.UNCONFIRMED,
           meaning="the person; 店铺汇总值 and 店铺平均值 are totals and left out"),
    Column(NICKNAME, "agent_name", seen=Seen.UNCONFIRMED, meaning="where it stands beside the account"),
    Column(PERIOD, "start_ms", Cell.DATE, aliases=("统计日期", "统计周期", "统计时间", "数据日期"),
           seen=Seen.UNCONFIRMED,
           meaning="one day, or first ~ last; else above the header, or from–to in the file's name, else asked for"),
    _column("客服在线天数", "days_online"),
    Column("接待会话量", "received", COUNT, required=True, seen=Seen.PARSER),
    _column("待回复会话量", "waiting"),
    Column("已接待人数", "persons", COUNT, required=True, seen=Seen.PARSER, meaning="people, not additive"),
    _column("转出会话量", "handed_on"),
    _column("有效评价数", "ratings"),
    _column("有效好评数", "good_ratings"),
    _column("有效差评数", "bad_ratings"),
    _column("全天满意率", "satisfied_ppm", SHARE, "of the ratings; weigh by them"),
    _column("全天不满意率", "dissatisfied_ppm", SHARE, "of the ratings; weigh by them"),
    _column("全天平响时长", "mean_reply_ms", DURATION, "24 hours, not the scoring window; 2分30秒"),
    _column("全天首响时长", "first_reply_ms", DURATION, "24 hours, not the scoring window; weigh by sessions"),
    _column("全天3分钟回复率", "in_3_minutes_ppm", SHARE),
    _column("工作时间平响时长", meaning="kept as text"),
    _column("询单人数", "askers", COUNT, "people, not additive"),
    _column("下单人数", "orderers", COUNT, "people, not additive"),
    _column("支付人数", "payers", COUNT, "people, not additive"),
    _column("退款人数", "refunders", COUNT, "people, not additive"),
    _column("客服询单支付额", "paid_minor", MONEY),
    _column("退款金额", "refund_minor", MONEY),
    _column("退款后销售额", "net_minor", MONEY, "may be negative"),
    _column("询单转化率", meaning="a ratio; derived"),
)
# fmt: on

SOURCE = Source(
    name="飞鸽客服表现",
    platform="douyin",
    key="feige_results",
    title=gettext_noop("Feige service results (飞鸽 客服表现)"),
    table=SERVICE_RESULT,
    columns=COLUMNS,
    key_fields=KEYS[SERVICE_RESULT],
    unlocks=gettext_noop("Conversations, reply times, satisfaction and sales of each service person."),
    export_how=gettext_noop(
        "In 飞鸽, open 客服表现, choose the period and export one line a person (客服账号 or 客服昵称), all columns."
    ),
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the period (start, end) where neither rows, title nor file name say it."""
    clock = Clock(context.answers.zone)
    above = match.header.sheet.head()[: match.header.line - 1]
    said = period_of(context.answers, above, context.file_name)
    person = _persons(match)
    labels = tuple(c.field for c in person.source.columns if c.field in ("agent", "agent_name"))
    rules = replace(RULES, finish=_finish(clock, said), labels=labels)
    reading = read_table(person, context, rules)
    reading.source = SOURCE
    if any(fact["start_ms"] == UNKNOWN for fact in reading.facts):
        reading.questions = [n for n in ("start", "end") if not getattr(context.answers, n)]
        reading.facts, reading.first_instant_ms, reading.last_instant_ms = [], None, None
        return reading
    for fact in reading.facts:
        fact.setdefault("agent_name", None)
    return reading


def _persons(match: Match) -> Match:
    """One column says who it is; a nickname beside it stays a nickname."""
    chosen = choose(match, AGENT, PERSON)
    own = next(c for c in SOURCE.columns if c.field == "agent_name")
    columns = tuple(own if c.name == NICKNAME and not c.field else c for c in chosen.source.columns)
    return replace(chosen, source=replace(chosen.source, columns=columns))


# of a row whose period a person has to say first; no file reaches back so far
UNKNOWN = 0


def _finish(clock: Clock, said: Period | None) -> Finish:
    def finish(fact: Fact) -> tuple[str, Message] | None:
        period: Period | None = fact["start_ms"] or said
        fact["start_ms"], fact["end_ms"] = period.bounds(clock) if period else (UNKNOWN, UNKNOWN)
        return None

    return finish


OWN: Mapping[str, Any] = {"start_ms": period_cell}
RULES = Rules(
    needed=("agent", "received"),
    identity=("agent",),
    finish=lambda fact: None,
    amount="paid_minor",
    figure="received",
    signed=frozenset({"net_minor"}),
    own=OWN,
    contested=True,
)
