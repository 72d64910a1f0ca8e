"""Ad spend: 千川 by the hour of three ad accounts, and what LIVE ads cost on TikTok, broadcast by broadcast."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from kaibo.sample.cast import BEDDING, FLAGSHIP, Room
from kaibo.sample.further.cast import GIFTS, KITCHEN
from kaibo.sample.sheets import book
from kaibo.sample.story import Broadcast, wall

HOUR = 3600
COLUMNS = (
    "日期", "小时区间", "账号名称", "整体消耗", "整体支付ROI", "整体成交金额", "整体成交订单数", "整体成交订单成本",
    "净成交金额", "智能优惠券金额", "1小时内退款金额", "1小时内退款订单数",
)  # fmt: skip
TIKTOK_COLUMNS = (
    "LIVE name", "Launched time", "Status", "Campaign name", "Campaign ID", "Cost", "Net Cost", "SKU orders",
    "SKU orders (Current shop)", "Cost per order (Current shop)", "Gross revenue", "Gross revenue (Current shop)",
    "ROI (Current shop)", "LIVE views", "Cost per LIVE view", "10-second LIVE views", "Cost per 10-second LIVE view",
    "LIVE follows", "Currency",
)  # fmt: skip
TIKTOK_ACCOUNT = "Qinghe Living Ads"


@dataclass(frozen=True)
class AdAccount:
    """Whose spend it is: rooms and their whole parts."""

    name: str
    rooms: tuple[tuple[Room, int], ...]
    hourly: int


AD_ACCOUNTS = (
    AdAccount("示例-青禾旗舰投放", ((FLAGSHIP, 1),), 30_000),
    AdAccount("示例-青禾床品投放", ((BEDDING, 1),), 16_000),
    AdAccount("示例-青禾生活投放", ((KITCHEN, 7), (GIFTS, 3)), 9_000),
)


@dataclass(frozen=True)
class Spend:
    """An hour [start, start + 3600) of an ad account; `gmv`, `orders`: what the platform ascribes to it."""

    ad_account: str
    start: int
    spend: int
    gmv: int
    orders: int


def hours(account: AdAccount, broadcasts: Sequence[Broadcast], dice: Random) -> Iterator[Spend]:
    """Every clock hour that a broadcast of its rooms touches, and now and then one in which nobody was on air."""
    rooms = {room.handle for room, _ in account.rooms}
    touched = {
        hour
        for b in broadcasts
        if b.room.handle in rooms and b.room.platform == "douyin" and not b.test
        for hour in range(b.start // HOUR, (b.end - 1) // HOUR + 1)
    }
    forgotten = {hour + 1 for hour in touched if hour + 1 not in touched and dice.random() < 0.15}
    for hour in sorted(touched | forgotten):
        spend = account.hourly * dice.randrange(60, 140) // 100
        if hour in forgotten:
            spend //= 12
        orders = spend // dice.randrange(2500, 4500)
        yield Spend(account.name, hour * HOUR, spend, orders * dice.randrange(7_000, 16_000), orders)


def write(path: Path, spends: Sequence[Spend]) -> None:
    """分小时数据 as 千川 exports it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in spends:
            at, cost = wall(one.start), one.spend / 100
            writer.writerow(
                [
                    f"{at:%Y-%m-%d}", f"{at:%H}:00 - {at.hour + 1:02d}:00", one.ad_account, f"{cost:,.2f}",
                    f"{one.gmv / one.spend:.2f}" if one.spend else "0", f"{one.gmv / 100:,.2f}", one.orders,
                    f"{cost / one.orders:.2f}" if one.orders else "0", f"{one.gmv / 100:,.2f}", "0", "0", "0",
                ]
            )  # fmt: skip


def on_tiktok(broadcasts: Sequence[Broadcast], dice: Random) -> list[list[object]]:
    """A row a broadcast; amounts in whole rupiah. What it cost is kept with the broadcast."""
    rows: list[list[object]] = []
    for number, broadcast in enumerate(broadcasts):
        cost = dice.randrange(90, 220) * 1000
        gmv = broadcast.counts.get("gmv_minor", 0) // 200
        orders = max(1, gmv // 120_000)
        views = broadcast.views // 2
        broadcast.counts["spend_minor"] = cost * 100
        rows.append(
            [
                broadcast.title, wall(broadcast.start, broadcast.room.offset), "Ended", "GMV Max",
                str(1_859_535_524_243_000 + number), float(cost), float(cost), float(orders), float(orders),
                round(cost / orders, 2), float(gmv), float(gmv), round(gmv / cost, 2), float(views),
                round(cost / max(1, views), 2), float(views // 3), round(cost / max(1, views // 3), 2),
                float(broadcast.counts.get("new_followers", 0) // 2), broadcast.room.currency,
            ]
        )  # fmt: skip
    return rows


def write_tiktok(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with book(path) as made:
        page = made.add_worksheet("Data")
        clock = made.add_format({"num_format": "yyyy/mm/dd hh:mm:ss"})
        page.write_row(0, 0, TIKTOK_COLUMNS)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, clock)
                else:
                    page.write(number, column, cell)
