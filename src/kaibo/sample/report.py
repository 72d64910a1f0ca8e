"""What the platform counts for each broadcast: 直播明细 in its 54 columns, made from the orders of the story.

The platform attributes to a session what was ordered before it ended and what was bought from it afterwards, lucky
bags too, less what coupons paid. That is why its sum differs from ours, and why each difference has a name.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from kaibo.sample.story import Broadcast, Line, Story, wall

COLUMNS = (
    "主播头像", "主播昵称", "主播抖音号", "直播开始时间", "直播结束时间", "直播时长(分钟)", "直播间曝光人数",
    "直播间曝光次数", "直播间观看人数", "单小时观看人数", "直播间观看次数", "最高在线人数", "平均在线人数",
    "人均观看时长(分钟)", "评论次数", "新加直播团人数", "新增粉丝数", "取关粉丝数", "观看老粉占比",
    "带货商品数", "直播间商品曝光人数", "直播间商品点击人数", "直播间商品曝光次数", "直播间商品点击次数",
    "直播间成交订单数", "直播间成交金额", "直播间用户支付金额", "单小时用户支付金额", "直播间成交件数",
    "直播间成交人数", "直播间退款订单数", "直播间退款金额", "直播间退款人数", "预估佣金支出",
    "商品曝光-点击率(次数)", "商品曝光-点击率(人数)", "商品点击-成交率(次数)", "商品点击-成交率(人数)",
    "观看-成交率(次数)", "观看-成交率(人数)", "预售订单数", "预售全款金额", "新加购物团人数",
    "投放消耗(店铺绑定)", "投放消耗(店铺被投)", "净成交金额", "净成交订单数", "1小时退款金额",
    "1小时退款订单数", "1小时退款率", "消费券引导支付金额", "消费券引导支付占比", "消费券补贴金额",
    "消费券使用量",
)  # fmt: skip
SETTLED = ("sold", "after", "tagged", "doubtful", "pending", "rejected")


@dataclass(frozen=True)
class Traffic:
    """Made-up people in a room: how many saw it, came, clicked."""

    impressions: int
    impression_users: int
    views: int
    viewers: int
    shown: int
    shown_users: int
    clicks: int
    click_users: int
    comments: int
    followers: int


def traffic(broadcast: Broadcast, orders: int, rng: Random) -> Traffic:
    """People enough for the orders; wider at the top than at the bottom."""
    views = max(37, orders * rng.randrange(48, 95) + rng.randrange(50))
    shown = views * rng.randrange(72, 86) // 100
    clicks = max(orders * 2, shown * rng.randrange(4, 7) // 100)
    # 12 to 20 of 100 who see a room on their way come in, as mature rooms have it
    impressions = views * (10 * rng.randrange(118, 152) - 680) // 100
    return Traffic(
        impressions, impressions * 84 // 100, views, views * rng.randrange(80, 92) // 100, shown, shown * 88 // 100,
        clicks, max(orders, clicks * 80 // 100), views * rng.randrange(20, 45) // 1000,
        views * rng.randrange(4, 11) // 1000,
    )  # fmt: skip


def sold_in(lines: Iterable[Line], exported: int) -> list[Line]:
    """Those of a broadcast's lines that the platform counts for it when the report is drawn."""
    return [line for line in lines if line.place in SETTLED and line.paid is not None and line.paid < exported]


def yuan(minor: int) -> float:
    return minor / 100


def ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def row(broadcast: Broadcast, own: Sequence[Line], reported: int, rng: Random) -> list[str | float]:
    """One session's 54 cells; 6, 10, 28, 35–40, 46 and 47 follow from the others as in the platform's files.

    `own`: its order lines. What it counts is kept with the broadcast.
    """
    lines = sold_in(own, reported)
    refunds = [r for line in lines for r in line.refunds if r.refunded and r.refunded < reported]
    quick = [r for r in refunds if r.line.paid and r.refunded and r.refunded - r.line.paid < 3600]
    t = traffic(broadcast, len(lines), rng)
    broadcast.count(
        views=t.views, comments=t.comments, new_followers=t.followers, impressions=t.impressions,
        product_impressions=t.shown, product_clicks=t.clicks,
    )  # fmt: skip
    hours = (broadcast.end - broadcast.start) / 3600
    buyers = len({line.main for line in lines})
    gmv = sum(line.payable for line in lines)
    paid = gmv - sum(line.pay_discount for line in lines)
    back, quick_back = sum(r.amount for r in refunds), sum(r.amount for r in quick)
    presale = [line for line in own if line.presale]
    minutes = (broadcast.end - broadcast.start) // 60
    online = max(3, t.views // (minutes * 2))
    return [
        "https://example.invalid/avatar.png", broadcast.room.name, broadcast.room.handle,
        wall(broadcast.start).strftime("%Y/%m/%d %H:%M:%S"), wall(broadcast.end).strftime("%Y/%m/%d %H:%M:%S"),
        minutes, t.impression_users, t.impressions, t.viewers, t.viewers / hours, t.views, online * 3, online,
        round(rng.uniform(0.3, 1.4), 2), t.comments, t.views * (10 + rng.randrange(9)) // 1000, t.followers,
        t.followers // 9,
        round(rng.uniform(0.01, 0.06), 4), rng.randrange(5, 9), t.shown_users, t.click_users, t.shown, t.clicks,
        len(lines), yuan(gmv), yuan(paid), yuan(paid) / hours, sum(line.quantity for line in lines), buyers,
        len({r.line.sub for r in refunds}), yuan(back), len({r.line.main for r in refunds}), 0,
        ratio(t.clicks, t.shown), ratio(t.click_users, t.shown_users), ratio(len(lines), t.clicks),
        ratio(buyers, t.click_users), ratio(len(lines), t.views), ratio(buyers, t.viewers),
        len(presale), yuan(sum(line.payable for line in presale)), rng.randrange(5), 0, 0,
        yuan(gmv - quick_back), len(lines) - len({r.line.sub for r in quick}), yuan(quick_back),
        len({r.line.sub for r in quick}), ratio(quick_back, gmv), *_vouchers(lines, gmv),
    ]  # fmt: skip


def _vouchers(lines: list[Line], gmv: int) -> list[str | float]:
    with_coupon = [line for line in lines if line.pay_discount]
    if not with_coupon:
        return ["-"] * 4
    led = sum(line.payable for line in with_coupon)
    return [yuan(led), ratio(led, gmv), yuan(sum(line.pay_discount for line in with_coupon)), len(with_coupon)]


def rows(story: Story, rng: Random) -> list[list[str | float]]:
    """All sessions, highest amount first, as the platform sorts them."""
    by_broadcast: dict[int, list[Line]] = defaultdict(list)
    for line in story.lines:
        by_broadcast[id(line.broadcast)].append(line)
    made = [row(broadcast, by_broadcast[id(broadcast)], story.reported, rng) for broadcast in story.broadcasts]
    return sorted(made, key=lambda cells: -float(cells[25]))
