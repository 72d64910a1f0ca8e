"""抖店 结算账单 of a week of the second shop: what was settled for each line, after fees and commission."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from kaibo.sample.story import Line, Story, wall

COLUMNS = (
    "结算时间", "订单号", "子订单号", "结算金额", "结算账户", "结算单类型", "有结算前退款", "下单时间",
    "商品ID", "商品数量", "业务类型", "订单类型", "订单总价", "商品总价", "运费", "店铺劵", "结算前退款金额",
    "平台补贴", "达人补贴", "抖音支付补贴", "抖音月付营销补贴", "用户实付", "收入合计", "平台服务费", "佣金",
    "渠道分成", "招商服务费", "站外推广费", "其他分成", "其他分成说明", "支出合计", "是否免佣", "免佣金额",
    "备注",
)  # fmt: skip
WEEK, SETTLES_AFTER = 7, 14 * 86_400
FEE_PER_THOUSAND = 50


def settled(story: Story, month: date) -> Iterator[Line]:
    """The lines ordered in the month's first week for which nothing went back."""
    for line in story.lines:
        day = wall(line.ordered).date()
        if month <= day < month + timedelta(days=WEEK) and line.paid is not None and not line.refunds:
            yield line


def write(path: Path, lines: Sequence[Line]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in lines:
            fee = line.payable * FEE_PER_THOUSAND // 1000
            fields = dict.fromkeys(COLUMNS, "-") | {
                "结算时间": f"{wall(line.ordered + SETTLES_AFTER):%Y-%m-%d %H:%M:%S}", "订单号": f"'{line.main}",
                "子订单号": f"'{line.sub}", "结算金额": _money(line.payable - fee),
                "下单时间": f"{wall(line.ordered):%Y-%m-%d %H:%M:%S}", "结算前退款金额": "0.00",
                "用户实付": _money(line.payable), "收入合计": _money(line.payable), "平台服务费": f"-{_money(fee)}",
                "佣金": "0.00", "支出合计": f"-{_money(fee)}",
            }  # fmt: skip
            writer.writerow([fields[title] for title in COLUMNS])


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
