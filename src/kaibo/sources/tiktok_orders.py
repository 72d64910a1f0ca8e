"""TikTok Shop orders (OrderSKUList): one row an order's SKU. The file names neither LIVE session nor creator."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kaibo.facts.schema import KEYS, ORDER_LINE
from kaibo.message import Message, gettext_noop
from kaibo.sources.asking import asking, not_used, unanswered
from kaibo.sources.cells import digits_of, marked_minor, ordered_moment
from kaibo.sources.clocks import Clock
from kaibo.sources.day_order import DayOrder, day_order
from kaibo.sources.extraction import Clean, Rules
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Cell, Column, Fact, Reading, Source
from kaibo.sources.tables import Row
from kaibo.sources.tabular import Context, read_table
from kaibo.sources.tiktok_lines import give_keys, warnings
from kaibo.sources.tiktok_money import from_cells, pattern

ID, MONEY, INSTANT, TEXT, COUNT = Cell.ID, Cell.MONEY, Cell.INSTANT, Cell.TEXT, Cell.COUNT
ORDERED, PAID, PAYABLE, AMOUNT = "Created Time", "Paid Time", "SKU Subtotal After Discount", "Order Amount"
TIMES = (ORDERED, PAID, "RTS Time", "Shipped Time", "Delivered Time", "Cancelled Time")
LIVE, SELF_LIVE = "直播", "self_live"


def _column(name: str, field: str = "", cell: Cell = TEXT, meaning: str = "", *, required: bool = False) -> Column:
    return Column(name, field, cell, required=required, meaning=meaning)


def _plain(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _private(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, private=True, meaning="dropped at the door") for name in names)


# fmt: off
COLUMNS = (
    Column("Order ID", "main_order", ID, required=True, key=True, meaning="18 digits; with SKU ID it names the line"),
    _column("Order Status", "status", meaning="Unpaid, To ship, Shipped, Completed, Cancelled …"),
    *_plain("Order Substatus"),
    Column("Cancelation/Return Type", "after_sale_status", aliases=("Cancellation/Return Type",),
           meaning="cancelled or returned; the platform spells it so"),
    _column("Normal or Pre-order", "order_type", meaning="a pre-order is paid in full and sent later"),
    _column("SKU ID", "product_id", ID, "19 digits; with Order ID it names the line"),
    _column("Seller SKU", "merchant_code"),
    _column("Product Name", "product"),
    *_plain("Variation"),
    _column("Quantity", "quantity", COUNT, required=True),
    *_plain("Sku Quantity of return"),
    _column("SKU Unit Original Price", "unit_price_minor", MONEY, "price of one, before discounts"),
    *_plain("SKU Subtotal Before Discount"),
    _column("SKU Platform Discount", "platform_discount_minor", MONEY),
    _column("SKU Seller Discount", "merchant_discount_minor", MONEY),
    _column(PAYABLE, "payable_minor", MONEY, "due for the line: counts as bought when paid", required=True),
    *_plain("Shipping Fee After Discount", "Original Shipping Fee", "Shipping Fee Seller Discount",
            "Shipping Fee Platform Discount", "Payment platform discount", "Taxes"),
    _column(AMOUNT, meaning="the whole order's, repeated on each line: never summed; checked against the lines"),
    _column("Order Refund Amount", meaning="the whole order's and without a date: kept as text"),
    _column(ORDERED, "ordered_ms", INSTANT, "decides the segment; day or month first as the file shows", required=True),
    _column(PAID, "paid_ms", INSTANT, "blank until a cash-on-delivery order is delivered", required=True),
    *_plain("RTS Time", "Shipped Time", "Delivered Time", "Cancelled Time", "Cancel By", "Cancel Reason",
            "Fulfillment Type", "Warehouse Name", "Delivery Option", "Shipping Provider Name"),
    *_private("Tracking ID", "Buyer Message", "Buyer Username", "Recipient", "Phone #", "Zipcode", "Country", "State",
              "Post Town", "Detail Address", "Additional address information", "Seller Note"),
    *_plain("Payment Method"),
    Column("Weight(kg)", aliases=("Weightkg",)),
    *_plain("Product Category", "Package ID", "Checked Status", "Checked Marked by"),
)
# fmt: on
SOURCE = Source(
    name="TikTok OrderSKUList",
    platform="tiktok",
    key="tiktok_orders",
    title=gettext_noop("TikTok Shop orders"),
    table=ORDER_LINE,
    columns=COLUMNS,
    key_fields=KEYS[ORDER_LINE],
    unlocks=gettext_noop("Paid amounts of a TikTok room: each falls to whoever was on air when it was ordered."),
    export_how=gettext_noop("In Seller Center, manage orders: export all orders (OrderSKUList) as .xlsx or .csv."),
)
EXPORT_RIGHT = Message(
    "Export the orders again from Seller Center and drop the file here as it is: a spreadsheet program that opens and "
    "saves it cuts the ids to 15 digits."
)


def read(match: Match, context: Context) -> Reading:
    """Asks for the room, zone, currency and order of day and month where the file does not say them. Raises Refused."""
    match = _without_description(match)
    answers = context.answers
    in_file = from_cells(match, PAYABLE, AMOUNT)
    days = day_order(match, TIMES)
    questions = unanswered(answers, "account", "zone", *([] if in_file else ["currency"]))
    if days.asks(answers.day_order):
        questions.append("day_order")
    if "account" in questions and not answers.order_kind:
        # may be left open, so it alone never holds a file up
        questions.append("order_kind")
    if questions:
        return asking(match, questions, [answers.account] if answers.account else [])
    told = replace(context, answers=replace(answers, currency=in_file or answers.currency))
    reading = read_table(match, told, replace(RULES, own=_cleaners(told, days)))
    for fact in reading.facts:
        fact["account"] = answers.account
        fact["flow_kind"] = LIVE if answers.order_kind == SELF_LIVE else None
    reading.accounts = [answers.account]
    give_keys(reading)
    reading.warnings += [*warnings(reading, digits_of(told.currency)), *not_used(answers.currency, in_file)]
    if days.order:
        reading.warnings += not_used(answers.day_order, days.order)
    return reading


def _cleaners(context: Context, days: DayOrder) -> dict[str, Clean]:
    clock, order = Clock(context.answers.zone), days.used(context.answers.day_order)

    def instant(value: object) -> int | None:
        found = ordered_moment(value, order)
        return None if found is None else clock.ms(found)

    money = partial(marked_minor, marks=pattern(context.currency), digits=digits_of(context.currency))
    amounts: dict[str, Clean] = {column.field: money for column in COLUMNS if column.cell is MONEY}
    return {**amounts, "ordered_ms": instant, "paid_ms": instant}


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if fact["paid_ms"] is not None and fact["paid_ms"] < fact["ordered_ms"]:
        return PAID, Message("The order was paid before it was placed.")
    return None


RULES = Rules(
    needed=("main_order", "ordered_ms", "payable_minor"),
    identity=("main_order", "ordered_ms"),
    finish=_finish,
    looks_at=("ordered_ms", "paid_ms"),
    amount="payable_minor",
    damaged_key_todo=EXPORT_RIGHT,
)


def _without_description(match: Match) -> Match:
    """The platform's workbook explains its columns in the line below the header; it holds no figure and no id."""
    at = places(SOURCE, match.header)
    figures, below = [at[name] for name in ("Order ID", "Quantity", PAYABLE, ORDERED)], match.header.line + 1
    source_rows = match.header.sheet.rows

    def rows() -> Iterator[Row]:
        for line, row in enumerate(source_rows(), 1):
            told = line == below and not any(_has_digit(row[place]) for place in figures if place < len(row))
            yield [""] * len(row) if told else row

    return replace(match, header=replace(match.header, sheet=match.header.sheet.with_rows(rows)))


def _has_digit(cell: object) -> bool:
    return not isinstance(cell, str) or any(sign.isdigit() for sign in cell)
