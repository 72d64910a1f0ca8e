"""抖店「订单明细」: one row an order line (子订单)."""

from collections.abc import Iterator
from dataclasses import replace

from kaibo.facts.schema import KEYS, ORDER_LINE
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import shown
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Cell, Column, Fact, Reading, Refused, Seen, Source
from kaibo.sources.tables import Row
from kaibo.sources.tabular import Context, read_table

ID, MONEY, INSTANT, TEXT, COUNT = Cell.ID, Cell.MONEY, Cell.INSTANT, Cell.TEXT, Cell.COUNT
KEY, ORDERED, ORDERED_DATE, PAID = "子订单编号", "订单提交时间", "订单提交日期", "支付完成时间"
# what 抖店 writes on the day of the order, before it knows where the buyer came from
NEXT_DAY = "数据将于第二天更新"


def _column(name: str, field: str = "", cell: Cell = TEXT, meaning: str = "", *, required: bool = False) -> Column:
    return Column(name, field, cell, required=required, meaning=meaning, seen=Seen.PARSER)


def _plain(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, seen=Seen.PARSER) for name in names)


def _private(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, seen=Seen.PARSER, private=True, meaning="dropped at the door") for name in names)


# fmt: off
COLUMNS = (
    _column("主订单编号", "main_order", ID, "text of 19 digits behind a TAB"),
    Column(KEY, "sub_order", ID, required=True, key=True, aliases=("子订单号",), seen=Seen.PARSER,
           meaning="the order line; text of 19 digits behind a TAB"),
    *_plain("支付方式"),
    _column("选购商品", "product"),
    *_plain("货号"),
    _column("商品ID", "product_id", ID),
    _column("商家编码", "merchant_code"),
    _column("商品数量", "quantity", COUNT),
    _column("商品金额", "unit_price_minor", MONEY, "price of one, not of the line"),
    _column(ORDERED, "ordered_ms", INSTANT, "decides the segment", required=True),
    _column(PAID, "paid_ms", INSTANT, "blank or - while unpaid", required=True),
    _column("订单完成时间", "finished_ms", INSTANT),
    *_plain("承诺发货时间", "预约发货时间"),
    *_private("买家留言"),
    *_plain("旗帜颜色"),
    *_private("商家备注"),
    *_plain("APP渠道"),
    _column("订单状态", "status", meaning="待支付, 待发货, 已发货, 已完成, 已关闭", required=True),
    *_plain("取消原因"),
    _column("售后状态", "after_sale_status", meaning="at the time of export; partial refunds are not visible here"),
    _column("订单类型", "order_type", meaning="普通, 预售 …"),
    *_plain("发货时间", "车型", "是否是以旧换新", "换新额外补贴", "换新额外补贴发放状态"),
    _column("订单应付金额", "payable_minor", MONEY, "due for the line: 成交 when paid", required=True),
    _column("运费", "freight_minor", MONEY),
    *_plain("优惠总金额"),
    _column("平台优惠", "platform_discount_minor", MONEY),
    _column("商家优惠", "merchant_discount_minor", MONEY),
    _column("达人优惠", "creator_discount_minor", MONEY),
    *_plain("商家改价", "支付优惠", "手续费", "红包抵扣", "降价类优惠", "平台实际承担优惠金额", "商家实际承担优惠金额",
            "达人实际承担优惠金额"),
    *_private("收件人", "收件人手机号", "省", "市", "区", "街道", "详细地址", "是否修改过地址", "快递信息", "序列号"),
    _column("达人ID", "creator_id", ID, "who sold; blank, - or 0 is the shop itself", required=True),
    _column("达人昵称", "creator_name"),
    *_plain("拼团订单团编号", "商品单价是否含税", "税费", "鲁班落地页ID", "所属门店ID"),
    _column("流量来源", "flow_source"),
    *_plain("仓库ID", "仓库名称", "是否安心购", "广告渠道"),
    _column("流量类型", "flow_type"),
    _column("流量体裁", "flow_kind", meaning="直播, 短视频, 商品卡, 其他; known the next day", required=True),
    _column("流量渠道", "flow_channel"),
    *_plain("发货主体", "发货主体明细", "教育优惠", "预计送达时间", "是否平台仓自流转", "是否是渠道商品",
            "预约送达时间", "建议发货时间（起）", "建议发货时间（止）"),
    # older exports split the instant in two columns
    _column(ORDERED_DATE, cell=Cell.DATE, meaning="older exports: the day of 订单提交时间"),
)
# fmt: on

SOURCE = Source(
    name="订单明细",
    platform="douyin",
    key="doudian_orders",
    title=gettext_noop("Doudian orders (订单明细)"),
    table=ORDER_LINE,
    columns=COLUMNS,
    key_fields=KEYS[ORDER_LINE],
    unlocks=gettext_noop("Paid amounts and orders: each falls to whoever was on air when it was ordered."),
    export_how=gettext_noop("In 抖店, 订单管理: export by order line (子订单) with all columns."),
)
EXPORT_RIGHT = Message(
    "Export the orders again from 抖店 and drop the file here as it is: a spreadsheet program that opens and saves it "
    "cuts the ids to 15 digits."
)

BY_LINE = Message("Export by order line (子订单) and drop that file here.")


def read(match: Match, context: Context) -> Reading:
    """Raises Refused for damaged ids, and for an export by main order."""
    reading = read_table(_joined(match), context, RULES)
    account = context.answers.account or None
    reading.fill("account", account)
    late = list(reading.column("flow_kind")).count(NEXT_DAY)
    if late:
        reading.warnings.append(
            Message(
                "Rows without the buyer's way in yet (数据将于第二天更新): %(count)s. Export again tomorrow.",
                {"count": late},
            )
        )
    unpaid = list(reading.column("paid_ms")).count(None)
    if unpaid:
        reading.warnings.append(
            Message("Rows not paid yet: %(count)s. They count once they are paid.", {"count": unpaid})
        )
    reading.accounts = [account] if account else []
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if ";" in fact["sub_order"] or "；" in fact["sub_order"]:
        raise Refused(
            Message(
                "This export has one row a main order: several lines share a row (line %(line)s).",
                {"line": fact["row"]},
            ),
            BY_LINE,
        )
    if fact["paid_ms"] is not None and fact["paid_ms"] < fact["ordered_ms"]:
        return PAID, Message("The order was paid before it was placed.")
    if fact["creator_id"] == "0":
        fact["creator_id"] = None
    return None


RULES = Rules(
    needed=("sub_order", "ordered_ms", "payable_minor", "status"),
    identity=("sub_order", "main_order", "ordered_ms", "status"),
    finish=_finish,
    looks_at=("sub_order", "ordered_ms", "paid_ms", "creator_id"),
    amount="payable_minor",
    # a discount may be written as what it takes off
    signed=frozenset({"platform_discount_minor", "merchant_discount_minor", "creator_discount_minor"}),
    damaged_key_todo=EXPORT_RIGHT,
)


def _joined(match: Match) -> Match:
    """Older exports have the day in a column of its own; here day and time become one cell again."""
    at = places(SOURCE, match.header)
    if ORDERED_DATE not in at:
        return match
    day, clock, header_line, rows = at[ORDERED_DATE], at[ORDERED], match.header.line, match.header.sheet.rows

    def joined() -> Iterator[Row]:
        for line, row in enumerate(rows(), 1):
            if line > header_line and len(row) > max(day, clock) and row[day] != "" and row[clock] != "":
                row[clock] = f"{shown(row[day]).split(' ')[0]} {shown(row[clock])}"
            yield row

    sheet = match.header.sheet.with_rows(joined)
    return replace(match, header=replace(match.header, sheet=sheet))
