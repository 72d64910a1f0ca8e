"""生意参谋「直播分场次效果」: one row a broadcast and day. Names are known from parsers that others published."""

import json
from dataclasses import replace
from itertools import islice

from kaibo.facts.schema import KEYS, SESSION_REPORT
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import asking, unanswered
from kaibo.sources.cells import CellError, number, seconds
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Clean, Rules
from kaibo.sources.headers import Match, normal, places
from kaibo.sources.reading import Cell, Column, Fact, Reading, Refused, Seen, Source
from kaibo.sources.session_checks import length_to_end
from kaibo.sources.tables import is_blank
from kaibo.sources.tabular import Context, read_table
from kaibo.sources.taobao_days import join_days

COUNT, MONEY, TEXT, LENGTH = Cell.COUNT, Cell.MONEY, Cell.TEXT, Cell.DURATION
DAY, LASTED, SHOP = "日期", "开播时长", "店铺名称"
IN_SECONDS, IN_MINUTES = f"{LASTED}（秒）", f"{LASTED}（分钟）"
# no team goes live for less than this all month: so short in seconds, the column is in minutes
HALF_AN_HOUR_MS = 1_800_000


def _column(
    name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str, required: bool = False,
    key: bool = False,
) -> Column:  # fmt: skip
    shown = cell if field else TEXT
    return Column(name, field, shown, required=required, key=key, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


# fmt: off
COLUMNS = (
    _column(DAY, meaning="a broadcast over midnight stands on two days (unconfirmed)", required=True),
    _column("场次信息", "title", TEXT),
    _column("场次id", "session_key", Cell.ID, "long digits", "场次ID", required=True, key=True),
    _column("直播开播时间", "start_ms", Cell.INSTANT, "+08:00, without zone", required=True),
    _column(LASTED, "end_ms", LENGTH, "seconds where the cell names no unit; the end is start + length",
            IN_SECONDS, IN_MINUTES, required=True),
    _column("封面图点击率", meaning="a ratio; derived"),
    _column("观看人数", "viewers", COUNT, "people, not additive", required=True),
    _column("观看次数", "views", COUNT, "entries, additive"),
    _column("新增粉丝数", "new_followers"),
    _column("流量券消耗"),
    _column("观看总时长（秒）", "watch_ms", LENGTH, "seconds here, minutes on other platforms"),
    _column("人均观看时长（秒）", "mean_stay_ms", LENGTH, "seconds"),
    _column("次均观看时长（秒）", meaning="a ratio; derived"),
    _column("商品点击人数", "product_click_users", COUNT, "people, not additive"),
    _column("商品点击次数", "product_clicks"),
    _column("商品点击率", meaning="a ratio; derived"),
    *(_column(name) for name in ("加购人数", "加购件数", "加购次数")),
    _column("成交金额（元）", "gmv_minor", MONEY, "pre-sales are not in it", required=True),
    _column("成交人数", "buyers", COUNT, "people, not additive"),
    _column("成交件数", "items"),
    _column("成交笔数", "orders"),
    _column("成交转化率", meaning="a ratio; derived"),
    _column("退款人数", "refund_users", COUNT, "people, not additive"),
    _column("退款笔数", "refund_orders"),
    _column("退款件数"),
    _column("退款金额", "refund_minor", MONEY, "grows with the export date"),
    _column("预售定金支付金额", meaning="deposits: not added to 成交"),
    _column("预售预估总金额", meaning="an estimate: never added to 成交"),
    _column(SHOP, "account_name", TEXT, "the room, where the file has it"),
)
# fmt: on
SOURCE = Source(
    name="直播分场次效果",
    platform="taobao",
    key="taobao_sessions",
    title=gettext_noop("Taobao sessions (直播分场次效果)"),
    table=SESSION_REPORT,
    columns=COLUMNS,
    key_fields=KEYS[SESSION_REPORT],
    unlocks=gettext_noop("Taobao rooms and their sessions with views, products and amounts."),
    export_how=gettext_noop("In 生意参谋, 直播: open 分场次效果 and download it with all columns."),
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the room where no column names it. Raises Refused, also where the lengths must be minutes."""
    account = context.answers.account
    if not _named(match):
        questions = unanswered(context.answers, "account")
        if questions:
            return asking(match, questions)
    # several rows may be one broadcast: what names them is looked at when all are read
    by_row = replace(match, source=replace(SOURCE, key_fields=("row",)))
    own: dict[str, Clean] = {"end_ms": _lasted(match), "watch_ms": seconds, "mean_stay_ms": seconds}
    reading = read_table(by_row, context, replace(RULES, own=own))
    reading.source, facts = SOURCE, list(reading.facts)
    _check_unit(match, facts)
    for fact in facts:
        fact["account"] = fact["account_name"] or account
    nameless = [fact for fact in facts if not fact["account"]]
    if nameless:
        raise Refused(
            Message("Some rows name no shop (first: line %(line)s).", {"line": nameless[0]["row"]}),
            Message("Export each shop as a file of its own, with all columns."),
        )
    join_days(reading, facts, Clock(context.answers.zone), DAY)
    reading.accounts = sorted({fact["account"] for fact in reading.facts})
    return reading


RULES = Rules(
    needed=("session_key", "start_ms", "end_ms"),
    identity=("session_key", "start_ms", "title"),
    finish=length_to_end(LASTED),
    amount="gmv_minor",
    damaged_key_todo=Message(
        "Export 直播分场次效果 again and drop it as it is: a spreadsheet program that opens and saves it cuts 场次id."
    ),
)


def _named(match: Match) -> bool:
    """Whether any row names its shop."""
    place = places(SOURCE, match.header).get(SHOP)
    rows = islice(match.header.sheet.rows(), match.header.line, None)
    return place is not None and any(
        not is_blank(row) and place < len(row) and str(row[place]).strip() not in ("", "-") for row in rows
    )


def _lasted(match: Match) -> Clean:
    return _minutes if normal(IN_MINUTES) in match.header.names else seconds


def _minutes(value: object) -> int | None:
    try:
        found = number(value)
    except CellError:
        return seconds(value)
    return None if found is None else int(found * 60_000)


def _check_unit(match: Match, facts: list[Fact]) -> None:
    """Without a unit anywhere, lengths that make no broadcast in seconds are not guessed to be minutes."""
    if normal(LASTED) not in match.header.names or not facts:
        return
    bare = [fact for fact in facts if json.loads(fact["raw"]).get(LASTED, "").replace(".", "").isdigit()]
    if bare and max(fact["end_ms"] - fact["start_ms"] for fact in bare) < HALF_AN_HOUR_MS:
        raise Refused(
            Message(
                "开播时长 names no unit. In seconds, no broadcast of the file would last half an hour (line %(line)s).",
                {"line": bare[0]["row"]},
            ),
            Message("Write the unit into the heading, 开播时长（秒） or 开播时长（分钟）, and drop the file again."),
        )
