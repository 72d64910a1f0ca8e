"""抖音 流量综合趋势分析: one row a minute of one room. The file names no account; its totals tell the session."""

from collections.abc import Sequence
from itertools import pairwise

from kaibo.facts.schema import MINUTE
from kaibo.message import Message, gettext_noop
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Fact, Reading, Refused, Seen, Source
from kaibo.sources.tabular import Context, read_table

COUNT, MONEY = Cell.COUNT, Cell.MONEY
TIME, MINUTE_MS = "时间", 60_000
# fewer rows cannot tell a file by the hour from a few minutes in which something happened
ENOUGH = 3


def _known(name: str, field: str, meaning: str, *aliases: str, required: bool = False) -> Column:
    return Column(name, field, COUNT, required=required, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


def _likely(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    kept = cell if field else Cell.TEXT
    return Column(name, field, kept, aliases=aliases, seen=Seen.UNCONFIRMED, meaning=meaning)


# fmt: off
COLUMNS = (
    Column(TIME, "minute_ms", Cell.INSTANT, required=True, key=True, seen=Seen.PARSER,
           meaning="the minute's start; rows stand in the download twice"),
    _known("评论次数", "comments", "comments in that minute", "评论数", "comment_cnt", required=True),
    _known("新加直播团人数", "fan_club", "", "新加粉丝团人数", "fans_club_ucnt"),
    _known("新增粉丝数", "new_followers", "", "incr_fans_cnt", required=True),
    # the indicators of the live screen, whose labels the download most likely carries
    _likely("在线人数", "online", COUNT, "a level, not additive", "实时在线人数", "online_user_cnt"),
    _likely("进入人数", "enter_users", COUNT, "people enter again: more than the session's viewers", "进入直播间人数",
            "watch_ucnt"),
    _likely("离开人数", "leave_users", COUNT, "", "离开直播间人数", "leave_ucnt"),
    _likely("观看次数", "entries", COUNT, "", "直播间观看次数"),
    _likely("曝光次数", "impressions", COUNT, "", "直播间曝光次数"),
    _likely("点赞次数", "likes", COUNT, "", "点赞数"),
    _likely("分享次数", "shares", COUNT, "", "分享数"),
    _likely("商品曝光次数", "product_impressions", COUNT, "", "直播间商品曝光次数"),
    _likely("商品点击次数", "product_clicks", COUNT, "", "直播间商品点击次数"),
    _likely("商品点击人数", "product_click_users", COUNT, "", "直播间商品点击人数"),
    _likely("成交订单数", "orders", COUNT, "", "直播间成交订单数", "pay_cnt"),
    _likely("成交人数", "buyers", COUNT, "", "直播间成交人数", "pay_ucnt"),
    _likely("成交件数", "items", COUNT, "", "直播间成交件数"),
    _likely("成交金额", "gmv_minor", MONEY, "in yuan", "直播间成交金额", "pay_amt"),
    _likely("千川消耗", "spend_minor", MONEY, "in yuan", "stat_cost"),
    *(_likely(name, meaning="a ratio; derived") for name in (
        "曝光-观看率", "人均观看时长", "互动率", "关注率", "负反馈率", "千次观看成交金额", "观看-点击率", "点击-成交率",
        "UV价值",
    )),
    _likely("负反馈次数"),
)
# fmt: on

SOURCE = Source(
    name="流量综合趋势分析",
    platform="douyin",
    key="douyin_minutes",
    title=gettext_noop("Douyin by the minute (流量综合趋势分析)"),
    table=MINUTE,
    columns=COLUMNS,
    key_fields=("minute_ms",),
    unlocks=gettext_noop("What happened in each minute: measured to the minute for whoever was on air."),
    export_how=gettext_noop(
        "In 罗盘, open one session's 流量综合趋势分析, choose minutes and download it: one file a session."
    ),
    mode="replace",
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the account. Raises Refused where the rows are not minutes."""
    reading = read_table(match, context, RULES)
    _check_grain(reading.facts)
    account = context.answers.account or None
    for fact in reading.facts:
        fact["account"] = account
        fact["length_ms"] = MINUTE_MS
    reading.accounts = [account] if account else []
    if not account:
        reading.questions.append("account")
    reading.fingerprint = _fingerprint(reading)
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if fact["minute_ms"] % MINUTE_MS:
        return TIME, Message("A whole minute is expected here, without seconds.")
    return None


RULES = Rules(
    needed=("minute_ms",),
    identity=("minute_ms",),
    finish=_finish,
    amount="gmv_minor",
    figure="comments",
    contested=True,
)


def _check_grain(facts: Sequence[Fact]) -> None:
    starts = sorted(fact["minute_ms"] for fact in facts)
    step = min((later - one for one, later in pairwise(starts)), default=MINUTE_MS)
    if step > MINUTE_MS and len(starts) >= ENOUGH:
        raise Refused(
            Message("The rows lie %(minutes)s minutes apart, not one.", {"minutes": step // MINUTE_MS}),
            Message("Choose minutes (分钟) as the grain and download the trend again."),
        )


def _fingerprint(reading: Reading) -> dict[str, int]:
    """What the session's own row says too. A sum with an unknown or rejected minute is no sum of the session."""
    if not reading.facts:
        return {}
    starts = [fact["minute_ms"] for fact in reading.facts]
    found = {"first_ms": min(starts), "last_ms": max(starts)}
    for name in ("comments", "new_followers", "fan_club"):
        values = [fact[name] for fact in reading.facts]
        if not reading.rejects and None not in values:
            found[name] = sum(values)
    return found
