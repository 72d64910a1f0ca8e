"""The stacked tables of a 罗盘 整场数据下载: room totals, products and SKUs on one sheet, channels on another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kaibo.facts.schema import SESSION_CHANNEL, SESSION_PRODUCT
from kaibo.facts.spool import Spool
from kaibo.message import Message
from kaibo.sources.cells import NULLS, shown
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Extraction, Extractor, Rules
from kaibo.sources.headers import Header, normal, spellings, unknown
from kaibo.sources.reading import Cell, Column, Fact, Refused, Seen, Source
from kaibo.sources.tables import Row, Sheet, is_blank

COUNT, MONEY = Cell.COUNT, Cell.MONEY
PRODUCT_ID, PRODUCT_NAME, SKU = "商品编号", "商品名称", "sku名称"
ROOM_TOTALS = {
    normal(name) for name in ("商品点击人数", "直播间商品曝光-点击率(人数)", "商品点击-成交转化率(人数)", "客单价")
}
AGAIN = Message("Download the session again and drop the workbook here as it is, not saved again.")
CHANNEL_NAME = "渠道名称"
ALL_CHANNELS, OVERLAPPING = "整体", "全域推广"
DIGITS = re.compile(r"'?\d{5,}", re.ASCII)


def _column(name: str, field: str = "", cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    kept = cell if field or cell is Cell.IGNORED else Cell.TEXT
    return Column(name, field, kept, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


# fmt: off
PRODUCT_COLUMNS = (
    Column(PRODUCT_ID, "product_id", Cell.ID, key=True, aliases=("商品ID",), seen=Seen.PARSER,
           meaning="商品: room totals, products and SKUs are stacked, each under a header of its own"),
    _column(PRODUCT_NAME, "product", Cell.TEXT),
    _column(SKU, "sku", Cell.TEXT, "below the line with - and sku名称: SKUs of the product above"),
    _column("商品图片", cell=Cell.IGNORED), _column("sku图片", cell=Cell.IGNORED),
    _column("成交金额", "gmv_minor", MONEY),
    _column("用户支付金额", "paid_minor", MONEY, "newer downloads"),
    _column("成交件数", "items"),
    _column("成交人数", "buyers", COUNT, "people, not additive"),
    _column("成交订单数", "orders"),
    _column("预售订单数", "presale_orders"),
    _column("预售创建金额", "presale_minor", MONEY),
    _column("商品曝光人数", "impression_users", COUNT, "people, not additive"),
    _column("商品点击人数", "click_users", COUNT, "people, not additive"),
    _column("商品曝光-点击率(人数)", meaning="a ratio; derived"),
    _column("商品点击-成交转化率(人数)", meaning="a ratio; derived"),
    _column("退款人数", "refund_users", COUNT, "grows with the download time"),
    _column("退款金额", "refund_minor", MONEY, "grows with the download time"),
    _column("退款订单数", "refund_orders", COUNT, "grows with the download time"),
    _column("商品支付GPM", meaning="a ratio; derived"),
)
CHANNEL_COLUMNS = (
    Column(CHANNEL_NAME, "channel", seen=Seen.PARSER, meaning=(
        "the row 整体 is a total, 全域推广 overlaps the other channels: both are left out")),
    _column("观看次数", "views", COUNT, "rounded by the platform where it says 万"),
    _column("观看人数", "viewers", COUNT, "people, not additive"),
    _column("人均观看时长", "mean_stay_ms", Cell.DURATION),
    _column("千川消耗", "spend_minor", MONEY),
    _column("用户支付金额", "paid_minor", MONEY),
    _column("成交订单数", "orders"),
)
# fmt: on


def _table(table: str, columns: tuple[Column, ...], own: tuple[str, ...]) -> Source:
    return Source(key=table, title=table, table=table, columns=columns, key_fields=own, unlocks="", export_how="")


PRODUCT = _table(SESSION_PRODUCT, PRODUCT_COLUMNS, ("product_id", "sku"))
CHANNEL = _table(SESSION_CHANNEL, CHANNEL_COLUMNS, ("channel",))


def _any(fact: Fact) -> tuple[str, Message] | None:
    return None


PRODUCT_RULES = Rules(
    needed=("product_id",), identity=("product_id", "product"), finish=_any, amount="gmv_minor", contested=True,
    signed=frozenset({"refund_minor"}),
    damaged_key_todo=AGAIN,
)  # fmt: skip
SKU_RULES = replace(PRODUCT_RULES, needed=("product_id", "sku"), identity=("sku",))
CHANNEL_RULES = Rules(
    needed=("channel",), identity=("channel",), finish=_any, amount="spend_minor", figure="views",
    labels=("channel",), contested=True,
)  # fmt: skip


@dataclass
class Block(Extraction):
    """What the tables of one sheet gave."""

    warnings: list[Message] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def take(self, source: Source, header: Header, found: Extraction) -> None:
        self.facts += found.facts
        self.rejects += [
            replace(r, column=f"{header.sheet.name}: {r.column}" if r.column else header.sheet.name)
            for r in found.rejects
        ]
        self.rows_seen += found.rows_seen
        self.dropped_totals += found.dropped_totals
        self.same_again += found.same_again
        self.unknown += [name for name in unknown(source, header) if name not in (*self.unknown, "-")]


def products(sheet: Sheet, clock: Clock, digits: int) -> Block:
    """Products, and SKUs under their product. Raises Refused where no header names a product."""
    stack = _unstacked(sheet)
    if not stack.tables:
        raise _headless(sheet, PRODUCT_ID)
    block = Block(rows_seen=stack.totals, dropped_totals=stack.totals)
    for (names, is_sku), rows in stack.tables.items():
        header = _header(sheet, list(names), rows)
        rules = SKU_RULES if is_sku else PRODUCT_RULES
        block.take(PRODUCT, header, Extractor(PRODUCT, header, rules, clock, digits).run())
        if not is_sku:
            block.missing += _missing(PRODUCT, header, but=("sku",))
    block.facts = Spool(sorted(block.facts, key=lambda fact: fact["row"]))
    return block


@dataclass
class _Stack:
    """(header, whether of SKUs) → line → row. `totals`: lines of the room's totals."""

    tables: dict[tuple[tuple[str, ...], bool], dict[int, Row]] = field(default_factory=dict)
    totals: int = 0


def _unstacked(sheet: Sheet) -> _Stack:
    stack = _Stack()
    products_of: tuple[str, ...] = ()
    current: tuple[tuple[str, ...], bool] | None = None
    above: tuple[Any, Any] = ("", "")
    wanted = {normal(PRODUCT_ID), normal("商品ID")}
    for line, row in enumerate(sheet.rows(), 1):
        if is_blank(row):
            continue
        names = {normal(cell) for cell in row}
        if normal(SKU) in names:
            # the product's own columns, which SKU rows leave out
            current = (*(str(cell) for cell in row), PRODUCT_ID, PRODUCT_NAME), True
        elif wanted & names and normal(PRODUCT_NAME) in names:
            products_of = tuple(str(cell) for cell in row)
            current = products_of, False
        elif len(ROOM_TOTALS & names) >= 2:
            current = None
        elif current is None:
            stack.totals += 1
        elif not current[1] or _is_product(row, products_of, current[0], wanted):
            current = products_of, False
            above = _cell(row, products_of, wanted), _cell(row, products_of, {normal(PRODUCT_NAME)})
            stack.tables.setdefault(current, {})[line] = row
        else:
            width = len(current[0]) - 2
            stack.tables.setdefault(current, {})[line] = [*(row + [""] * width)[:width], *above]
        if current is not None:
            stack.tables.setdefault(current, {})
    return stack


def _cell(row: Row, names: tuple[str, ...], wanted: set[str]) -> Any:
    place = next((p for p, name in enumerate(names) if normal(name) in wanted), len(row))
    return row[place] if place < len(row) else ""


def _is_product(row: Row, names: tuple[str, ...], sku_names: tuple[str, ...], wanted: set[str]) -> bool:
    """After SKUs the next product follows without a header: it has a name where SKUs have - or nothing."""
    at = {normal(PRODUCT_NAME)}
    if shown(_cell(row, names, at)) in NULLS:
        return False
    place = next(p for p, name in enumerate(names) if normal(name) in at)
    return sku_names[place] in NULLS or DIGITS.fullmatch(shown(_cell(row, names, wanted))) is not None


def _header(sheet: Sheet, names: list[str], rows: Mapping[int, Row]) -> Header:
    """One table of the stack as a sheet of its own, its lines where they were."""
    last = max(rows, default=0)
    return Header(Sheet(sheet.name, lambda: iter([rows.get(line, []) for line in range(1, last + 1)])), 0, names)


def channels(sheet: Sheet, clock: Clock, digits: int) -> Block:
    """The channels, without the total and the one that overlaps others. Raises Refused where no header names them."""
    wanted = normal(CHANNEL_NAME)
    line, cells = next(((n, row) for n, row in enumerate(sheet.head(), 1) if wanted in map(normal, row)), (0, []))
    if not cells:
        raise _headless(sheet, CHANNEL_NAME)
    header = Header(sheet, line, cells)
    block = Block()
    block.take(CHANNEL, header, Extractor(CHANNEL, header, CHANNEL_RULES, clock, digits).run())
    block.missing = _missing(CHANNEL, header)
    named = {shown(cell) for row in sheet.rows() for cell in row[:3] if isinstance(cell, str)}
    if left := [name for name in (ALL_CHANNELS, OVERLAPPING) if name in named]:
        block.warnings.append(
            Message("Channels left out because they hold or overlap the others: %(names)s.", {"names": "、".join(left)})
        )
    return block


def _missing(source: Source, header: Header, but: tuple[str, ...] = ()) -> list[str]:
    names = set(header.names)
    return [c.name for c in source.columns if c.field and c.field not in but and not names & spellings(c)]


def _headless(sheet: Sheet, column: str) -> Refused:
    return Refused(
        Message("On sheet %(sheet)s no line with %(column)s was found.", {"sheet": sheet.name, "column": column}), AGAIN
    )
