"""TikTok Shop's files of the Indonesian room: the LIVE list of 28 days and the orders, as Seller Center writes them."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from kaibo.sample.sheets import book
from kaibo.sample.story import Broadcast, Line, wall

PERIOD_DAYS = 28
LIVE_COLUMNS = (
    "Livestream", "Start time", "Duration", "Gross revenue", "Direct GMV", "Items sold", "Customers", "Avg. price",
    "Orders paid for", "GMV/1K shows", "GMV/1K views", "Views", "Viewers", "Peak viewers", "New followers",
    "Avg. view duration", "Likes", "Comments", "Shares", "Product impressions", "Product clicks", "CTR",
    "CTOR (SKU orders)",
)  # fmt: skip
ORDER_COLUMNS = (
    "Order ID", "Order Status", "Order Substatus", "Cancelation/Return Type", "Normal or Pre-order", "SKU ID",
    "Seller SKU", "Product Name", "Variation", "Quantity", "Sku Quantity of return", "SKU Unit Original Price",
    "SKU Subtotal Before Discount", "SKU Platform Discount", "SKU Seller Discount", "SKU Subtotal After Discount",
    "Shipping Fee After Discount", "Original Shipping Fee", "Shipping Fee Seller Discount",
    "Shipping Fee Platform Discount", "Payment platform discount", "Taxes", "Order Amount", "Order Refund Amount",
    "Created Time", "Paid Time", "RTS Time", "Shipped Time", "Delivered Time", "Cancelled Time", "Cancel By",
    "Cancel Reason", "Fulfillment Type", "Warehouse Name", "Delivery Option", "Shipping Provider Name", "Tracking ID",
    "Buyer Message", "Buyer Username", "Recipient", "Phone #", "Zipcode", "Country", "State", "Post Town",
    "Detail Address", "Additional address information", "Payment Method", "Weight(kg)", "Product Category",
    "Package ID", "Seller Note", "Checked Status", "Checked Marked by",
)  # fmt: skip
PRIVATE = ("Buyer Username", "Recipient", "Phone #", "Zipcode", "State", "Post Town", "Detail Address")


def rupiah(minor: int) -> str:
    """Rp1.234.000: a dot is thousands, and no price has sen."""
    return f"Rp{minor // 100:,}".replace(",", ".")


def live_row(broadcast: Broadcast, lines: Sequence[Line], dice: Random) -> list[object]:
    """One session of the list; what it counts is kept with the broadcast."""
    on_air = [line for line in lines if line.place == "sold"]
    orders, gmv = len(on_air), sum(line.payable for line in on_air)
    views = orders * dice.randrange(30, 60) + dice.randrange(40)
    clicks = max(orders, views * dice.randrange(12, 20) // 100)
    followers, comments = views * dice.randrange(5, 12) // 1000, views * dice.randrange(20, 60) // 1000
    likes = views * dice.randrange(3, 9)
    broadcast.count(
        views=views, comments=comments, new_followers=followers, likes=likes, product_clicks=clicks,
        product_impressions=views * 3, gmv_minor=gmv,
    )  # fmt: skip
    start = wall(broadcast.start, broadcast.room.offset)
    return [
        broadcast.title, start, float(broadcast.end - broadcast.start), rupiah(gmv * 104 // 100), rupiah(gmv),
        float(sum(line.quantity for line in on_air)), float(len({line.main for line in on_air})),
        rupiah(round(gmv / orders / 100) * 100) if orders else "Rp0", float(orders), rupiah(gmv // 3),
        rupiah(round(gmv * 1000 / views / 100) * 100), float(views), float(views * 8 // 10), float(max(3, views // 20)),
        float(followers), float(dice.randrange(25, 80)), float(likes), float(comments), float(dice.randrange(9)),
        float(views * 3), float(clicks), round(clicks / views, 6), round(orders / clicks, 6),
    ]  # fmt: skip


def live_list(path: Path, first: date, rows: Sequence[Sequence[object]]) -> None:
    """The export of the 28 days from `first` on: title, an empty line, the table."""
    last = first + timedelta(days=PERIOD_DAYS - 1)
    with book(path) as made:
        page = made.add_worksheet("Sheet1")
        clock = made.add_format({"num_format": "yyyy/mm/dd hh:mm"})
        page.write_string(0, 0, f"{first} ~ {last}")
        page.write_row(2, 0, LIVE_COLUMNS)
        within = [row for row in rows if isinstance(row[1], datetime) and first <= row[1].date() <= last]
        for number, row in enumerate(within, start=3):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, clock)
                else:
                    page.write(number, column, cell)


def orders(path: Path, lines: Sequence[Line]) -> None:
    """Newest first, days before months, every amount with its sign."""
    whole: dict[str, int] = {}
    for line in lines:
        whole[line.main] = whole.get(line.main, 0) + line.payable
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ORDER_COLUMNS)
        for line in reversed(lines):
            writer.writerow(_cells(line, whole[line.main]))


def _cells(line: Line, whole: int) -> list[str]:
    def clock(seconds: int | None) -> str:
        return "" if seconds is None else wall(seconds, 7).strftime("%d/%m/%Y %H:%M:%S")

    fields = dict.fromkeys(ORDER_COLUMNS, "") | dict.fromkeys(PRIVATE, "***")
    full = line.product.price * line.quantity
    fields |= {
        "Order ID": line.main, "Order Status": "Completed", "Normal or Pre-order": "Normal",
        "SKU ID": line.product.id, "Seller SKU": line.product.code, "Product Name": line.product.title,
        "Variation": "Default", "Quantity": str(line.quantity), "SKU Unit Original Price": rupiah(line.product.price),
        "SKU Subtotal Before Discount": rupiah(full), "SKU Platform Discount": "Rp0",
        "SKU Seller Discount": rupiah(line.merchant_discount), "SKU Subtotal After Discount": rupiah(line.payable),
        "Shipping Fee After Discount": "Rp0", "Taxes": "Rp0", "Order Amount": rupiah(whole),
        "Order Refund Amount": "Rp0", "Created Time": clock(line.ordered), "Paid Time": clock(line.paid),
        "Country": "***", "Payment Method": "Online banking",
    }  # fmt: skip
    return [fields[name] for name in ORDER_COLUMNS]
