"""What a session sold by product, from placed order lines, and what the platform says of its products and channels.

Like facts.reader: for the web process, DuckDB on first use, one thread, little memory.
"""

# ruff: noqa: S608 - our own names, and literals that facts.visible and reader quote

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaibo.facts import reader
from kaibo.facts.placed import placed_sql
from kaibo.facts.remembered import remembered
from kaibo.facts.schema import DEFAULT_PLATFORM, ORDER_LINE, SESSION_CHANNEL, SESSION_PRODUCT
from kaibo.facts.visible import BatchFile, told_sql

# how far a download's times may lie from the session's: files round to minutes
NEAR_MS = 2 * 60_000
_WHOSE = ("platform", "account", "account_name", "session_ms")
PRODUCT_SUMS = ("gmv_minor", "paid_minor", "items", "orders", "refund_minor", "refund_orders")
# counts of people: of one product only
PRODUCT_PEOPLE = ("impression_users", "click_users", "buyers")
CHANNEL_VALUES = ("views", "viewers", "mean_stay_ms", "spend_minor", "orders", "paid_minor")


@dataclass(frozen=True)
class Sold:
    """A product's paid order lines in the session, in the team's currency. `refund`: up to the days of grace.

    `allocated`: lines of it that other sessions may claim too; their amounts are in no sum here.
    """

    product: str
    name: str
    orders: int
    paid: int
    refund_orders: int
    refund: int
    allocated: int


@remembered
def sold(rows_parquet: Path, orders: Sequence[BatchFile], *, session: int, start_ms: int, end_ms: int) -> list[Sold]:
    """The products of the order lines in the session's segments, most paid first.

    `orders`: the files those lines stand in; they name the product's id, else its name tells it. Raises
    FileNotFoundError where a file is gone.
    """
    lines = told_sql(ORDER_LINE, orders, ["row", "product_id", "ordered_ms"])
    sql = f"""
      with placed as (select * from {placed_sql(rows_parquet)}
                      where session = {int(session)} and place = 'segment'),
      ids as (select batch, "row", product_id from ({lines})
              where ordered_ms >= {int(start_ms)} and ordered_ms < {int(end_ms)}),
      bought as (select placed.sub_order, coalesce(nullif(ids.product_id, ''), '') as product, label, amount, "count",
                        basis from placed left join ids on placed.batch = ids.batch and placed."row" = ids."row"
                 where "table" = 'order_line' and measure = 'paid_minor'),
      back as (select sub_order, sum(amount)::bigint as refund, sum("count")::bigint as times from placed
               where "table" = 'after_sale' and measure = 'refund_minor' and basis = 'measured' group by sub_order)
      select product, max(label), coalesce(sum("count") filter (basis = 'measured'), 0)::bigint,
             coalesce(sum(amount) filter (basis = 'measured'), 0)::bigint as paid,
             coalesce(sum(times) filter (basis = 'measured'), 0)::bigint,
             coalesce(sum(refund) filter (basis = 'measured'), 0)::bigint,
             count(distinct bought.sub_order) filter (basis <> 'measured')
      from bought left join back on bought.sub_order = back.sub_order
      group by product, case when product = '' then label end order by paid desc, max(label), product"""
    with reader.opened(rows_parquet, *[file.path for file in orders]) as connection:
        return [Sold(product, name or "", *rest) for product, name, *rest in connection.execute(sql).fetchall()]


def reported_products(
    files: Sequence[BatchFile], *, platform: str, names: Sequence[str], start_ms: int
) -> list[dict[str, Any]]:
    """What the platform's download says of each product of the session: product_id, product, PRODUCT_SUMS and
    PRODUCT_PEOPLE; a product that has lines for its SKUs alone has their sums. None is unknown.
    """
    wanted = ("product_id", "product", "sku", "currency", *PRODUCT_SUMS, *PRODUCT_PEOPLE)
    found: dict[str, dict[str, Any]] = {}
    skus: dict[str, list[dict[str, Any]]] = {}
    for row in _of_session(SESSION_PRODUCT, files, wanted, platform, names, start_ms):
        key = row["product_id"] or row["product"] or ""
        if row["sku"]:
            skus.setdefault(key, []).append(row)
        else:
            found[key] = row
    for key, rows in skus.items():
        found.setdefault(key, _summed(rows))
    return list(found.values())


def _summed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: [row[name] for row in rows] for name in PRODUCT_SUMS}
    whole = {name: sum(values) if None not in values else None for name, values in sums.items()}
    # people who looked at two colours are not two people
    return {**rows[0], **whole, **dict.fromkeys(PRODUCT_PEOPLE)}


def reported_channels(
    files: Sequence[BatchFile], *, platform: str, names: Sequence[str], start_ms: int
) -> list[dict[str, Any]]:
    """What the platform's download says of each channel: channel and CHANNEL_VALUES. They may overlap: never added."""
    rows = _of_session(SESSION_CHANNEL, files, ("channel", "currency", *CHANNEL_VALUES), platform, names, start_ms)
    return sorted(rows, key=lambda row: (-(row["views"] or 0), row["channel"] or ""))


def _of_session(
    table: str, files: Sequence[BatchFile], wanted: Sequence[str], platform: str, names: Sequence[str], start_ms: int
) -> list[dict[str, Any]]:
    if not files:
        return []
    columns = list(dict.fromkeys(["row", *_WHOSE, *wanted]))
    low, high = int(start_ms) - NEAR_MS, int(start_ms) + NEAR_MS
    rows = reader.shown(table, files, columns, f"session_ms between {low} and {high}")
    rooms = {name.strip() for name in names}
    return [
        row
        for row in rows
        if (row["platform"] or DEFAULT_PLATFORM) == platform
        and any((row[field] or "").strip() in rooms for field in ("account", "account_name"))
    ]
