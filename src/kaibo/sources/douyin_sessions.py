"""抖音罗盘/抖店「直播明细」: one row a session, totals only."""

import json
import re

from kaibo.facts.schema import KEYS, SESSION_REPORT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, number
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Fact, Facts, Reading, Source
from kaibo.sources.session_checks import overlaps
from kaibo.sources.tabular import Context, read_table

COUNT, MONEY, FRACTION, IGNORED = Cell.COUNT, Cell.MONEY, Cell.FRACTION, Cell.IGNORED
START, END, MINUTES, GMV, NET, REFUND_1H = (
    "直播开始时间",
    "直播结束时间",
    "直播时长(分钟)",
    "直播间成交金额",
    "净成交金额",
    "1小时退款金额",
)
PERIOD = re.compile(r"_(20\d{6})_(20\d{6})")


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    return Column(name, field, cell if field or cell is IGNORED else Cell.TEXT, aliases=aliases, meaning=meaning)


def _required(name: str, field: str, cell: Cell, meaning: str, *aliases: str, key: bool = False) -> Column:
    return Column(name, field, cell, required=True, key=key, aliases=aliases, meaning=meaning)


# fmt: off
COLUMNS = (
    _column("主播头像", cell=IGNORED, meaning="avatar address"),
    _column("主播昵称", "account_name", Cell.TEXT, "the account's nickname, not the person on camera"),
    _required("主播抖音号", "account", Cell.ID, "the account's handle", key=True),
    _required(START, "start_ms", Cell.INSTANT, "to the second, without zone", "开播时间", key=True),
    _required(END, "end_ms", Cell.INSTANT, "may be the next day", "结束时间", "下播时间"),
    _column(MINUTES, meaning="whole minutes from start to end; checked, not kept"),
    _column("直播间曝光人数", "impression_users", COUNT, "people, not additive"),
    _column("直播间曝光次数", "impressions"),
    _column("直播间观看人数", "viewers", COUNT, "people, not additive"),
    _column("单小时观看人数", meaning="a ratio; derived"),
    _required("直播间观看次数", "views", COUNT, "entries, additive"),
    _column("最高在线人数", "pcu"),
    _column("平均在线人数", "acu", COUNT, "weigh by duration"),
    _column("人均观看时长(分钟)", "mean_stay_ms", FRACTION, "decimal minutes a viewer"),
    _column("评论次数", "comments", COUNT, "comments, not commenters"),
    _column("新加直播团人数", "fan_club", COUNT, "", "新加粉丝团人数"),
    _column("新增粉丝数", "new_followers", COUNT, "gross: unfollows are not taken off"),
    _column("取关粉丝数", "unfollows"),
    _column("观看老粉占比", meaning="a ratio; derived"),
    _column("带货商品数", "products", COUNT, "not additive"),
    _column("直播间商品曝光人数", "product_impression_users", COUNT, "people, not additive"),
    _column("直播间商品点击人数", "product_click_users", COUNT, "people, not additive"),
    _column("直播间商品曝光次数", "product_impressions"),
    _column("直播间商品点击次数", "product_clicks"),
    _required("直播间成交订单数", "orders", COUNT, "an order of three SKUs counts three"),
    _required(GMV, "gmv_minor", MONEY, "with what is refunded later"),
    _column("直播间用户支付金额", "paid_minor", MONEY),
    _column("单小时用户支付金额", meaning="a ratio; derived"),
    _column("直播间成交件数", "items"),
    _column("直播间成交人数", "buyers", COUNT, "people, not additive"),
    _column("直播间退款订单数", "refund_orders", COUNT, "grows with the export date"),
    _column("直播间退款金额", "refund_minor", MONEY, "grows with the export date"),
    _column("直播间退款人数", "refund_users", COUNT, "grows with the export date"),
    _column("预估佣金支出", "commission_minor", MONEY, "an estimate"),
    *(_column(name, meaning="a fraction; derived") for name in (
        "商品曝光-点击率(次数)", "商品曝光-点击率(人数)", "商品点击-成交率(次数)", "商品点击-成交率(人数)",
        "观看-成交率(次数)", "观看-成交率(人数)",
    )),
    _column("预售订单数", "presale_orders"),
    _column("预售全款金额", "presale_minor", MONEY, "apart from 成交 until the balance is paid (unconfirmed)"),
    _column("新加购物团人数"),
    _column("投放消耗(店铺绑定)", "spend_own_minor", MONEY, "by the shop's own ad accounts"),
    _column("投放消耗(店铺被投)", "spend_others_minor", MONEY, "by others' ad accounts"),
    _column(NET, "net_1h_minor", MONEY, "成交 less refunds within one hour, not less all refunds"),
    _column("净成交订单数", "net_1h_orders"),
    _column(REFUND_1H, "refund_1h_minor", MONEY),
    _column("1小时退款订单数", "refund_1h_orders"),
    _column("1小时退款率", meaning="a ratio; derived"),
    _column("消费券引导支付金额"), _column("消费券引导支付占比"), _column("消费券补贴金额"), _column("消费券使用量"),
)
# fmt: on

SOURCE = Source(
    name="直播明细",
    platform="douyin",
    key="douyin_sessions",
    title=gettext_noop("Douyin sessions (直播明细)"),
    table=SESSION_REPORT,
    columns=COLUMNS,
    key_fields=KEYS[SESSION_REPORT],
    unlocks=gettext_noop("Rooms and sessions, views and conversion, and the bridge to the platform's total."),
    export_how=gettext_noop("In 抖音电商罗盘, open the list of sessions (直播明细) and download it as it is."),
)


def read(match: Match, context: Context) -> Reading:
    reading = read_table(match, context, RULES)
    reading.accounts = sorted({fact["account"] for fact in reading.facts})
    reading.warnings += [*_identities(reading.facts), *overlaps(reading.facts), *_period(reading.facts, context)]
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if fact["end_ms"] <= fact["start_ms"]:
        return END, Message("The session ends before it starts.")
    stay = fact["mean_stay_ms"]
    fact["mean_stay_ms"] = None if stay is None else round(stay * 60_000)
    return None


RULES = Rules(
    needed=("account", "start_ms", "end_ms"),
    identity=("account", "account_name", "start_ms", "end_ms"),
    finish=_finish,
    amount="gmv_minor",
    signed=frozenset({"net_1h_minor"}),
    damaged_key_todo=Message("Export 直播明细 again and drop it here as it is, not saved again."),
)


def _identities(facts: Facts) -> list[Message]:
    """What holds in every untouched export: 净成交 = 成交 − 1小时退款, and the minutes from start to end."""
    broken = [
        f["row"]
        for f in facts
        if None not in (f["gmv_minor"], f["net_1h_minor"], f["refund_1h_minor"])
        and f["net_1h_minor"] != f["gmv_minor"] - f["refund_1h_minor"]
    ]
    off = [f["row"] for f in facts if _minutes(f) not in (None, (f["end_ms"] - f["start_ms"]) // 60_000)]
    told = (
        (broken, gettext_noop(
            "Rows where 净成交金额 is not 直播间成交金额 less 1小时退款金额: %(count)s (first: line %(line)s).")),
        (off, gettext_noop("Rows where 直播时长 does not fit start and end: %(count)s (first: line %(line)s).")),
    )  # fmt: skip
    return [Message(text, {"count": len(rows), "line": rows[0]}) for rows, text in told if rows]


def _minutes(fact: Fact) -> int | None:
    try:
        found = number(json.loads(fact["raw"]).get(MINUTES, ""))
    except CellError:
        return None
    return None if found is None else int(found)


def _period(facts: Facts, context: Context) -> list[Message]:
    """The file's name says from which day to which its sessions start."""
    match = PERIOD.search(context.file_name)
    if not match:
        return []
    clock = Clock(context.answers.zone)
    days = [clock.local(fact["start_ms"]).strftime("%Y%m%d") for fact in facts]
    outside = sum(not match[1] <= day <= match[2] for day in days)
    if not outside:
        return []
    return [
        Message(
            "Sessions that start outside the period of the file's name (%(first)s to %(last)s): %(count)s.",
            {"count": outside, "first": _dashed(match[1]), "last": _dashed(match[2])},
        )
    ]


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
