"""The shop's order list as the platform exports it: 75 columns, GB18030, a TAB before long numbers.

Buyers' names, phones and addresses stand there as made-up ciphertext, to show that an import drops them.
"""

import csv
import hashlib
from pathlib import Path

from kaibo.sample.story import Line, Story, wall

COLUMNS = (
    "主订单编号", "子订单编号", "支付方式", "选购商品", "货号", "商品ID", "商家编码", "商品数量", "商品金额",
    "订单提交时间", "支付完成时间", "订单完成时间", "承诺发货时间", "预约发货时间", "买家留言", "旗帜颜色",
    "商家备注", "APP渠道", "订单状态", "取消原因", "售后状态", "订单类型", "发货时间", "车型", "是否是以旧换新",
    "换新额外补贴", "换新额外补贴发放状态", "订单应付金额", "运费", "优惠总金额", "平台优惠", "商家优惠",
    "达人优惠", "商家改价", "支付优惠", "手续费", "红包抵扣", "降价类优惠", "平台实际承担优惠金额",
    "商家实际承担优惠金额", "达人实际承担优惠金额", "收件人", "收件人手机号", "省", "市", "区", "街道",
    "详细地址", "是否修改过地址", "快递信息", "序列号", "达人ID", "达人昵称", "拼团订单团编号",
    "商品单价是否含税", "税费", "鲁班落地页ID", "所属门店ID", "流量来源", "仓库ID", "仓库名称", "是否安心购",
    "广告渠道", "流量类型", "流量体裁", "流量渠道", "发货主体", "发货主体明细", "教育优惠", "预计送达时间",
    "是否平台仓自流转", "是否是渠道商品", "预约送达时间", "建议发货时间（起）", "建议发货时间（止）",
)  # fmt: skip
DAY = 86_400
PRIVATE = ("收件人", "收件人手机号", "街道", "详细地址")


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def clock(seconds: int | None) -> str:
    return wall(seconds).strftime("%Y-%m-%d %H:%M:%S") if seconds is not None else ""


def paid_at(line: Line, exported: int) -> int | None:
    """When it was paid, as far as the export can know."""
    return line.paid if line.paid is not None and line.paid < exported else None


def status(line: Line, exported: int) -> tuple[str, str, str]:
    """订单状态, 取消原因, 售后状态 at the moment of the export; a partial refund leaves no trace here."""
    if paid_at(line, exported) is None:
        waiting = line.presale or exported - line.ordered < 1800
        return ("待支付", "-", "-") if waiting else ("已关闭", "超时未支付", "-")
    back = sum(r.amount for r in line.refunds if r.refunded and r.refunded < exported)
    if back >= line.payable > 0:
        return "已关闭", "用户申请退款", "退款成功"
    age = exported - line.ordered
    return ("已完成" if age > 9 * DAY else "已发货" if age > 2 * DAY else "待发货"), "-", "-"


def cells(line: Line, exported: int) -> list[str]:
    """One line in the export's 75 columns."""
    state, cancelled, after_sale = status(line, exported)
    paid = paid_at(line, exported)
    fields = dict.fromkeys(COLUMNS, "")
    for name in PRIVATE:
        secret = hashlib.blake2b(f"{name}{line.main}".encode(), digest_size=18).hexdigest()
        fields[name] = f"##{secret}##"
    fields |= {
        "主订单编号": f"\t{line.main}", "子订单编号": f"\t{line.sub}", "支付方式": "支付宝" if paid else "-",
        "选购商品": line.product.title, "货号": line.product.code, "商品ID": f"\t{line.product.id}",
        "商家编码": line.product.code, "商品数量": str(line.quantity), "商品金额": money(line.product.price),
        "订单提交时间": clock(line.ordered), "支付完成时间": clock(paid),
        "订单完成时间": clock(line.ordered + 9 * DAY) if state == "已完成" else "",
        "承诺发货时间": clock(line.ordered + 2 * DAY), "APP渠道": "抖音", "订单状态": state, "取消原因": cancelled,
        "售后状态": after_sale, "订单类型": "预售订单" if line.presale else "普通订单",
        "发货时间": clock(line.ordered + DAY + 7200) if state in ("已发货", "已完成") else "",
        "订单应付金额": money(line.payable), "运费": "0.00",
        "优惠总金额": money(line.merchant_discount),
        "平台优惠": "0.00", "商家优惠": money(line.merchant_discount), "达人优惠": "0.00",
        "商家改价": "0.00", "支付优惠": money(line.pay_discount), "手续费": "0.00",
        "红包抵扣": "0.00", "降价类优惠": "0.00",
        "平台实际承担优惠金额": money(line.pay_discount),
        "商家实际承担优惠金额": money(line.merchant_discount),
        "达人实际承担优惠金额": "0.00", "省": "示例省", "市": "示例市", "区": "示例区", "是否修改过地址": "否",
        "达人ID": f"\t{line.creator[0]}" if line.creator[0] else "", "达人昵称": line.creator[1] or "-",
        "商品单价是否含税": "是", "税费": "0.00", "流量来源": line.flow[0], "流量体裁": line.flow[1],
        "流量渠道": line.flow[2], "流量类型": line.flow[3], "是否安心购": "是", "发货主体": "商家", "教育优惠": "0.00",
        "是否平台仓自流转": "否", "是否是渠道商品": "否",
    }  # fmt: skip
    if line.bad:
        fields[line.bad[0]] = line.bad[1]
    return [fields[name] for name in COLUMNS]


def write(path: Path, story: Story) -> None:
    """Newest order first, as the platform lists them."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in reversed(story.lines):
            writer.writerow(cells(line, story.exported))
