"""抖店「售后单」: one row an after-sale; an order line may have several."""

from kaibo.facts.schema import AFTER_SALE, KEYS
from kaibo.message import Message, gettext_noop
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match
from kaibo.sources.reading import Cell, Column, Fact, Reading, Seen, Source
from kaibo.sources.tabular import Context, read_table

ID, MONEY, INSTANT, TEXT = Cell.ID, Cell.MONEY, Cell.INSTANT, Cell.TEXT
REFUNDED, FINISHED = "商家退款时间", "售后完结时间"
# 同意退款，退款成功: money went back. 换货成功 and 售后关闭 are not it
SUCCESS, EXCHANGE = "退款成功", "换货"


def _column(
    name: str, field: str = "", cell: Cell = TEXT, meaning: str = "", *, required: bool = False, key: bool = False
) -> Column:
    return Column(name, field, cell, required=required, key=key, meaning=meaning, seen=Seen.PARSER)


def _plain(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, seen=Seen.PARSER) for name in names)


def _private(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, seen=Seen.PARSER, private=True, meaning="dropped at the door") for name in names)


# fmt: off
COLUMNS = (
    _column("售后单号", "after_sale", ID, required=True, key=True),
    _column("订单号", "main_order", ID, "the main order"),
    _column("商品单号", "sub_order", ID, "the order line (子订单编号): joins the order", required=True),
    _column("商品名称", "product"),
    _column("商品ID", "product_id", ID),
    _column("应付金额（元）", "payable_minor", MONEY),
    *_plain("商品运费（元）", "支付优惠（元）", "商品税费（元）"),
    _column("商品发货状态", "shipping"),
    _column("售后类型", "kind", meaning="an exchange (换货) is no refund", required=True),
    _column("退商品金额（元）", "refund_minor", MONEY, "counts only where money went back", required=True),
    _column("退运费金额（元）", "freight_refund_minor", MONEY),
    *_plain("退支付优惠（元）", "退税费金额（元）"),
    _column("售后状态", "status", meaning="money went back where it says 退款成功", required=True),
    _column("售后申请时间", "applied_ms", INSTANT, "for workload, not for money", required=True),
    *_plain("退款方式", "是否已上传退款凭证"),
    _column("售后原因", "reason"),
    *_plain("售后原因标签"),
    *_private("退货物流单号"),
    *_plain("退货异常", "退货发货时间", "退货物流公司", "自动处理截止时间", "同意售后申请时间"),
    _column(REFUNDED, "refunded_ms", INSTANT, "kept only where money went back", required=True),
    *_plain("用户到账时间"),
    *_plain("售后关闭时间"),
    *_private("商家退货地址", "商家退货联系人姓名", "商家退货联系人电话"),
    *_plain("仲裁状态", "纠纷责任方", "是否极速退款", "是否拒签后退款"),
    *_private("发货物流单号"),
    *_plain("发货物流状态"),
    *_private("换货物流单号"),
    *_plain("退货物流状态"),
    _column(FINISHED, "finished_ms", INSTANT, "the refund's instant where 商家退款时间 is blank"),
    *_private("订单备注", "用户售后说明", "售后备注", "操作人", "协商记录"),
    *_plain("换货商品信息", "商家编码", "门店名称"),
)
# fmt: on

SOURCE = Source(
    name="售后单",
    platform="douyin",
    key="doudian_after_sales",
    title=gettext_noop("Doudian after-sales (售后单)"),
    table=AFTER_SALE,
    columns=COLUMNS,
    key_fields=KEYS[AFTER_SALE],
    unlocks=gettext_noop("Refunds, taken from the segment that made the order: paid amounts after T+N days."),
    export_how=gettext_noop("In 抖店, 售后工作台: export the after-sales with all columns."),
)


def read(match: Match, context: Context) -> Reading:
    """Raises Refused for damaged ids."""
    return read_table(match, context, RULES)


def _finish(fact: Fact) -> tuple[str, Message] | None:
    """A refund has an instant only where money really went back."""
    back = SUCCESS in fact["status"] and EXCHANGE not in fact["kind"] and EXCHANGE not in fact["status"]
    refunded = fact["refunded_ms"] or fact["finished_ms"]
    fact["refunded_ms"] = refunded if back else None
    if back and refunded is None:
        return REFUNDED, Message("The refund succeeded, but its time is missing.")
    if back and fact["refund_minor"] is None:
        return "退商品金额（元）", Message("The refund succeeded, but its amount is missing.")
    if back and refunded < fact["applied_ms"]:
        return REFUNDED, Message("The refund is earlier than its application.")
    return None


RULES = Rules(
    needed=("after_sale", "applied_ms", "kind", "status"),
    identity=("after_sale", "main_order", "applied_ms", "status"),
    finish=_finish,
    looks_at=("status", "kind", "refunded_ms", "finished_ms", "refund_minor", "applied_ms"),
    amount="refund_minor",
    damaged_key_todo=Message(
        "Export the after-sales again from 抖店 and drop the file here as it is: a spreadsheet program that opens and "
        "saves it cuts the ids to 15 digits."
    ),
)
