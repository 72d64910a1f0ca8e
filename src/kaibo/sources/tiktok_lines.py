"""TikTok order lines after cleaning: what names each of them, and what the person importing should know."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from kaibo.message import Message
from kaibo.sources.cells import CellError, number
from kaibo.sources.reading import Fact, Reading, Rejected

SKU = "SKU ID"
LONG = 15
Raw = Mapping[str, str]


def give_keys(reading: Reading) -> None:
    """Sets sub_order: Order ID and SKU ID. Where the file has no whole SKU ID, the Order ID alone names the only line
    of its order; of orders with several lines none can be told apart, and all are rejected."""
    _forget_zeroed(reading)
    lines: dict[str, list[Fact]] = defaultdict(list)
    for fact in reading.facts:
        lines[fact["main_order"]].append(fact)
    kept: list[Fact] = []
    by_key: dict[str, Fact] = {}
    nameless = 0
    for fact in reading.facts:
        order, sku = fact["main_order"], fact["product_id"]
        if sku is None and len(lines[order]) > 1:
            reading.rejects.append(_rejected(fact, "", Message("Several lines of one order, and no whole SKU ID.")))
            continue
        fact["sub_order"] = f"{order}-{sku}" if sku else order
        nameless += sku is None
        before = by_key.setdefault(fact["sub_order"], fact)
        if before is fact:
            kept.append(fact)
        else:
            why = Message("Line %(line)s has the same key with other values.", {"line": before["row"]})
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
    raws = [(fact, json.loads(fact["raw"])) for fact in reading.facts]
    return [
        *_counted(
            "Rows not paid yet: %(count)s. They count once they are paid.",
            sum(fact["paid_ms"] is None for fact in reading.facts),
        ),
        *_counted(
            "Rows of orders that are cancelled or have a refund: %(count)s. The file does not date refunds: what was "
            "paid stays counted as bought.",
            sum(_taken_back(fact, raw) for fact, raw in raws),
        ),
        *_short_orders(raws, digits),
    ]


def _counted(text: str, count: int) -> list[Message]:
    return [Message(text, {"count": count})] if count else []


def _taken_back(fact: Fact, raw: Raw) -> bool:
    return bool(fact["after_sale_status"] or raw.get("Cancelled Time") or _number(raw, "Order Refund Amount"))


def _short_orders(raws: list[tuple[Fact, Raw]], digits: int) -> list[Message]:
    """Orders whose lines come to less than Order Amount: somebody has deleted lines."""
    orders: dict[str, list[tuple[Fact, Raw]]] = defaultdict(list)
    for fact, raw in raws:
        orders[fact["main_order"]].append((fact, raw))
    short = [lines[0][0]["row"] for lines in orders.values() if _short(lines, digits)]
    if not short:
        return []
    return [
        Message(
            "Orders whose lines come to less than their Order Amount: %(count)s (first: line %(line)s). Lines of them "
            "are missing in the file.",
            {"count": len(short), "line": short[0]},
        )
    ]


def _short(lines: list[tuple[Fact, Raw]], digits: int) -> bool:
    amount = _number(lines[0][1], "Order Amount")
    if amount is None:
        return False
    goods = Decimal(sum(fact["payable_minor"] for fact, _ in lines)).scaleb(-digits)
    extra = sum((_most(lines, name) for name in ("Shipping Fee After Discount", "Taxes")), start=Decimal(0))
    # shipping may be repeated or split over the lines: what is short beyond all of it is a missing line
    return amount - goods - extra * len(lines) > 0


def _most(lines: list[tuple[Fact, Raw]], name: str) -> Decimal:
    return max((_number(raw, name) or Decimal(0) for _, raw in lines), default=Decimal(0))


def _number(raw: Raw, name: str) -> Decimal | None:
    try:
        return number(raw.get(name, ""))
    except CellError:
        return None


def _forget_zeroed(reading: Reading) -> None:
    """Programs write lost digits as zeros too: where half of the long SKU IDs end so, none of them is one."""
    long = [fact for fact in reading.facts if len(fact["product_id"] or "") > LONG]
    zeroed: Callable[[Fact], bool] = lambda fact: fact["product_id"][LONG:].strip("0") == ""  # noqa: E731
    if long and sum(zeroed(fact) for fact in long) * 2 >= len(long):
        for fact in long:
            fact["product_id"] = None


def _rejected(fact: Fact, value: str, why: Message) -> Rejected:
    return Rejected(fact["row"], SKU, value, why, fact["payable_minor"])
