"""罗盘 整场数据下载 of one morning of the kitchen room: its products, and the channels its viewers came from."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from kaibo.sample.sheets import book
from kaibo.sample.story import Broadcast, Line, wall

DAY = 20
PRODUCT = (
    "商品名称", "商品图片", "商品编号", "成交金额", "成交件数", "成交人数", "成交订单数", "预售订单数", "预售创建金额",
    "商品曝光人数", "商品点击人数", "商品曝光-点击率(人数)", "商品点击-成交转化率(人数)", "退款人数", "退款金额",
    "退款订单数",
)  # fmt: skip
CHANNEL = ("渠道名称", "千川消耗", "人均观看时长", "观看次数")
CHANNELS = (("推荐feed", 46, "1分10秒"), ("直播广场", 14, "55秒"), ("关注", 22, "2分5秒"), ("千川PC版", 18, "35秒"))
STAMP = "%Y-%m-%d_%H-%M-%S"


def name(broadcast: Broadcast, drawn: int) -> str:
    end = wall(broadcast.end)
    return f"直播间详情页_整场数据下载_{wall(drawn):{STAMP}}({broadcast.room.name}_{end:{STAMP}}).xlsx"


def write(path: Path, broadcast: Broadcast, lines: Sequence[Line]) -> None:
    """`lines`: the session's own."""
    start, end = wall(broadcast.start), wall(broadcast.end)
    with book(path) as made:
        info = made.add_worksheet("基本信息")
        info.write_row(0, 0, ["直播时间", "抖音号or火山号"])
        info.write_row(1, 0, [f"{start:{STAMP}}~{end:{STAMP}}", broadcast.room.handle])
        goods = made.add_worksheet("商品")
        goods.write_row(0, 0, ["商品点击人数", "直播间商品曝光-点击率(人数)", "商品点击-成交转化率(人数)", "客单价"])
        goods.write_row(1, 0, ["300", "8.2%", "9.1%", "¥98"])
        for number, row in enumerate([PRODUCT, *_products(lines)], start=3):
            goods.write_row(number, 0, row)
        came = made.add_worksheet("流量分析-渠道分析")
        for number, row in enumerate([CHANNEL, *_channels(broadcast.views)]):
            came.write_row(number, 0, row)


def _products(lines: Sequence[Line]) -> list[list[str]]:
    sold: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.paid is not None and line.place in ("sold", "after"):
            sold[line.product.id].append(line)
    rows = []
    for of_one in sold.values():
        product, orders = of_one[0].product, len(of_one)
        gmv = sum(line.payable for line in of_one)
        rows.append(
            [
                product.title, "https://example.invalid/p.png", product.id, f"¥{gmv / 100:,.2f}",
                str(sum(line.quantity for line in of_one)), str(orders), str(orders), "0", "¥0", str(orders * 90),
                str(orders * 11), "12.2%", "9.1%", "0", "¥0", "0",
            ]
        )  # fmt: skip
    return rows


def _channels(views: int) -> list[list[str]]:
    rows = [["整体", "¥412.00", "1分2秒", str(views)]]
    left = views
    for title, part, stay in CHANNELS:
        count = left if title == CHANNELS[-1][0] else views * part // 100
        left -= count
        rows.append([title, "¥412.00" if title.startswith("千川") else "-", stay, str(count)])
    return rows
