"""TikTok order lines after cleaning: what names each of them, and what the person importing should know."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kaibo.facts.spool import Spool
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, number
from kaibo.sources.reading import Fact, Reading, Rejected, about_order

SKU = "SKU ID"
LONG = 15
Raw = Mapping[str, str]


def give_keys(reading: Reading) -> None:
    """Sets sub_order: Order ID and SKU ID. Where the file has no whole SKU ID, the Order ID alone names the only line
    of its order; of orders with several lines none can be told apart, and all are rejected."""
    _forget_zeroed(reading)
    lines = Counter(fact["main_order"] for fact in reading.facts)
    kept, by_key, nameless = Spool(), dict[str, int](), 0
    for fact in reading.facts:
        order, sku = fact["main_order"], fact["product_id"]
        if sku is None and lines[order] > 1:
            reading.rejects.append(_rejected(fact, "", Message("Several lines of one order, and no whole SKU ID.")))
            continue
        fact["sub_order"] = f"{order}-{sku}" if sku else order
        nameless += sku is None
        before = by_key.setdefault(fact["sub_order"], fact["row"])
        if before == fact["row"]:
            kept.append(fact)
        else:
            why = Message("Line %(line)s has the same key with other values.", {"line": before})
            reading.rejects.append(_rejected(fact, sku, why))
    reading.facts = kept
    reading.rejects.sort(key=lambda reject: reject.line)
    if nameless:
        reading.warnings.append(
            Message(
                "Lines without a whole SKU ID, known by their Order ID alone: %(count)s. Before you import a complete "
                "export of these days, withdraw this batch, else its orders count twice.",
                {"count": nameless},
            )
        )


def warnings(reading: Reading, digits: int) -> list[Message]:
    unpaid = taken_back = 0
    orders: dict[str, _Order] = {}
    for fact in reading.facts:
        raw: Raw = json.loads(fact["raw"])
        unpaid += fact["paid_ms"] is None
        taken_back += _taken_back(fact, raw)
        orders.setdefault(fact["main_order"], _Order(fact["row"], _number(raw, "Order Amount"))).add(fact, raw)
    short = [order.row for order in orders.values() if order.is_short(digits)]
    return [
        *_counted(gettext_noop("Rows not paid yet: %(count)s. They count once they are paid."), unpaid),
        *_counted(
            gettext_noop(
                "Rows of orders that are cancelled or have a refund: %(count)s. The file does not date refunds: what "
                "was paid stays counted as bought."
            ),
            taken_back,
        ),
        *_counted(
            gettext_noop(
                "Orders whose lines come to less than their Order Amount: %(count)s (first: line %(line)s). Lines of "
                "them are missing in the file."
            ),
            len(short),
            line=min(short, default=0),
        ),
    ]


@dataclass(slots=True)
class _Order:
    """An order's lines, as they are met. `amount`: what the platform says of the whole order."""

    row: int
    amount: Decimal
    lines: int = 0
    goods_minor: int = 0
    extra: Decimal = Decimal(0)

    def add(self, fact: Fact, raw: Raw) -> None:
        self.lines += 1
        self.goods_minor += fact["payable_minor"]
        self.extra = max(self.extra, _number(raw, "Shipping Fee After Discount") + _number(raw, "Taxes"))

    def is_short(self, digits: int) -> bool:
        # shipping may be repeated or split over the lines: what is short beyond all of it is a missing line
        most = Decimal(self.goods_minor).scaleb(-digits) + self.extra * self.lines
        return self.amount > most


def _counted(text: str, count: int, **values: int) -> list[Message]:
    return [Message(text, {"count": count, **values})] if count else []


def _taken_back(fact: Fact, raw: Raw) -> bool:
    return bool(fact["after_sale_status"] or raw.get("Cancelled Time") or _number(raw, "Order Refund Amount"))


def _number(raw: Raw, name: str) -> Decimal:
    """A figure that is kept as text only; 0 where there is none that can be read."""
    try:
        return number(raw.get(name, "")) or Decimal(0)
    except CellError:
        return Decimal(0)


def _forget_zeroed(reading: Reading) -> None:
    """Programs write lost digits as zeros too: where half of the long SKU IDs end so, none of them is one."""
    long = zeroed = 0
    for fact in reading.facts:
        tail = (fact["product_id"] or "")[LONG:]
        long += tail != ""
        zeroed += tail != "" and tail.strip("0") == ""
    if long and zeroed * 2 >= long:
        for fact in reading.facts:
            fact["product_id"] = None


def _rejected(fact: Fact, value: str, why: Message) -> Rejected:
    return Rejected(fact["row"], SKU, value, why, fact["payable_minor"], about_order(fact))
