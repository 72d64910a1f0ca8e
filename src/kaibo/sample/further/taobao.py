"""生意参谋「直播分场次效果」 of the 淘宝 room, in the names that parsers read; amounts are the platform's own count."""

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random

from kaibo.sample.story import Broadcast, wall

COLUMNS = (
    "日期", "场次信息", "场次id", "直播开播时间", "开播时长（秒）", "封面图点击率", "观看人数", "观看次数",
    "新增粉丝数", "流量券消耗", "观看总时长（秒）", "人均观看时长（秒）", "次均观看时长（秒）",
    "商品点击人数", "商品点击次数", "商品点击率", "加购人数", "加购件数", "加购次数", "成交金额（元）",
    "成交人数", "成交件数", "成交笔数", "成交转化率", "退款人数", "退款笔数", "退款件数", "退款金额",
    "预售定金支付金额", "预售预估总金额", "店铺名称",
)  # fmt: skip
FIRST_ID = 438_812_000_000_000_000


def row(broadcast: Broadcast, dice: Random) -> list[str]:
    """One session; what it counts is kept with the broadcast. A pot of tea every ninety views."""
    views = dice.randrange(600, 1500)
    viewers, orders, stay = views * 83 // 100, views // 90, dice.randrange(40, 110)
    clicks, followers = views * dice.randrange(14, 24) // 100, views * dice.randrange(4, 9) // 1000
    gmv = orders * dice.randrange(5900, 9900)
    broadcast.count(views=views, new_followers=followers, product_clicks=clicks)
    start = wall(broadcast.start)
    fields = dict.fromkeys(COLUMNS, "0") | {
        "日期": f"{start:%Y-%m-%d}", "场次信息": broadcast.title, "场次id": str(FIRST_ID + broadcast.start),
        "直播开播时间": f"{start:%Y-%m-%d %H:%M:%S}", "开播时长（秒）": str(broadcast.end - broadcast.start),
        "封面图点击率": "3.2%", "观看人数": f"{viewers:,}", "观看次数": f"{views:,}", "新增粉丝数": str(followers),
        "观看总时长（秒）": str(viewers * stay), "人均观看时长（秒）": str(stay),
        "次均观看时长（秒）": str(stay * 83 // 100),
        "商品点击人数": str(clicks * 8 // 10), "商品点击次数": str(clicks), "商品点击率": "20%",
        "成交金额（元）": f"{gmv // 100:,}.{gmv % 100:02d}", "成交人数": str(orders), "成交件数": str(orders),
        "成交笔数": str(orders), "成交转化率": "1.1%", "店铺名称": broadcast.room.handle,
    }  # fmt: skip
    return [fields[name] for name in COLUMNS]


def write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Newest first."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(reversed(rows))
