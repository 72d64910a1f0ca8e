"""The shop's after-sale list as the platform exports it: 50 columns, full-width brackets in their names."""

from kaibo.sample.order_export import clock
from kaibo.sample.returns import CLOSED, DONE, EXCHANGED, WAITING
from kaibo.sample.story import Refund

COLUMNS = (
    "售后单号", "订单号", "商品单号", "商品名称", "商品ID", "应付金额（元）", "商品运费（元）",
    "支付优惠（元）", "商品税费（元）", "商品发货状态", "售后类型", "退商品金额（元）", "退运费金额（元）",
    "退支付优惠（元）", "退税费金额（元）", "售后状态", "售后申请时间", "退款方式", "是否已上传退款凭证",
    "售后原因", "售后原因标签", "退货物流单号", "退货异常", "退货发货时间", "退货物流公司", "自动处理截止时间",
    "同意售后申请时间", "商家退款时间", "用户到账时间", "售后关闭时间", "商家退货地址", "商家退货联系人姓名",
    "商家退货联系人电话", "仲裁状态", "纠纷责任方", "是否极速退款", "是否拒签后退款", "发货物流单号",
    "发货物流状态", "换货物流单号", "退货物流状态", "售后完结时间", "订单备注", "用户售后说明", "售后备注",
    "操作人", "协商记录", "换货商品信息", "商家编码", "门店名称",
)  # fmt: skip


def _empty() -> dict[str, str | float]:
    return {name: "" for name in COLUMNS}  # noqa: C420 - fromkeys would be typed as text only


def cells(refund: Refund) -> list[str | float]:
    """One after-sale in the export's 50 columns; amounts are numbers, everything else is text."""
    line, fields = refund.line, _empty()
    finished = refund.refunded if refund.status == DONE else refund.applied + 1800
    fields |= {
        "售后单号": refund.number, "订单号": line.main, "商品单号": line.sub, "商品名称": line.product.title,
        "商品ID": line.product.id, "应付金额（元）": line.payable / 100, "商品运费（元）": 0, "支付优惠（元）": 0,
        "商品税费（元）": 0, "商品发货状态": refund.shipping, "售后类型": refund.kind,
        "退商品金额（元）": refund.amount / 100, "退运费金额（元）": 0, "退支付优惠（元）": 0, "退税费金额（元）": 0,
        "售后状态": refund.status, "售后申请时间": clock(refund.applied), "退款方式": "原路退回",
        "是否已上传退款凭证": "否", "售后原因": refund.reason,
        "同意售后申请时间": clock(refund.applied + 600) if refund.status in (DONE, EXCHANGED) else "",
        "商家退款时间": clock(refund.refunded), "用户到账时间": clock(refund.refunded),
        "售后关闭时间": clock(finished) if refund.status == CLOSED else "",
        "商家退货地址": "##c2FtcGxl##", "商家退货联系人姓名": "##c2FtcGxl##", "商家退货联系人电话": "##c2FtcGxl##",
        "售后完结时间": "" if refund.status == WAITING else clock(finished), "商家编码": line.product.code,
    }  # fmt: skip
    return [fields[name] for name in COLUMNS]
