"""抖店「结算账单」: money settled for order lines. The line below the header explains the columns and is no row."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kaibo.facts.schema import KEYS, SETTLEMENT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import NULLS, CellError, DamagedId, identifier, moment, number, shown
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Cell, Column, Fact, Reading, Seen, Source
from kaibo.sources.tables import Row, is_blank
from kaibo.sources.tabular import Context, read_table

ID, MONEY, INSTANT = Cell.ID, Cell.MONEY, Cell.INSTANT
SETTLED, MAIN, LINE, AMOUNT = "结算时间", "订单号", "子订单号", "结算金额"
# 抖店 rounds each part on its own
ROUNDING = 2


def _column(name: str, field: str, cell: Cell = MONEY, meaning: str = "", *aliases: str, key: bool = False) -> Column:
    return Column(name, field, cell, key=key, aliases=aliases, seen=Seen.PARSER, meaning=meaning)


def _required(name: str, field: str, cell: Cell, meaning: str, *, key: bool = False) -> Column:
    return Column(name, field, cell, required=True, key=key, seen=Seen.PARSER, meaning=meaning)


def _plain(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, seen=Seen.PARSER) for name in names)


# fmt: off
COLUMNS = (
    _required(SETTLED, "settled_ms", INSTANT, "when the money was settled", key=True),
    _column(MAIN, "main_order", ID, "the main order; behind a quote"),
    _required(LINE, "sub_order", ID, "the order line: joins the order; behind a quote", key=True),
    _required(AMOUNT, "settled_minor", MONEY, "收入合计 with 支出合计; negative where the shop pays back"),
    *_plain("结算账户", "结算单类型", "有结算前退款"),
    _column("下单时间", "ordered_ms", INSTANT),
    *_plain("商品ID", "商品名称", "商品数量", "达人ID", "达人名称", "业务类型", "订单类型", "订单总价", "商品总价",
            "运费", "店铺劵", "店铺券", "政府补贴商家垫资"),
    _column("结算前退款金额", "refund_before_minor"),
    *_plain("平台补贴", "其他平台补贴", "政府补贴平台垫资", "达人补贴", "抖音支付补贴", "抖音月付营销补贴", "银行补贴",
            "以旧换新抵扣", "平台补贴运费"),
    _column("用户实付", "paid_minor"),
    _column("收入合计", "income_minor"),
    _column("平台服务费", "platform_fee_minor", MONEY, "negative where it is taken off"),
    _column("佣金", "commission_minor", MONEY, "negative where it is taken off", "达人佣金"),
    *_plain("服务商佣金", "渠道分成", "招商服务费", "站外推广费", "其他分成", "其他分成说明"),
    _column("支出合计", "expense_minor", MONEY, "negative where it is taken off"),
    *_plain("是否免佣", "免佣金额", "商户主体名称", "APP渠道"),
    Column("备注", seen=Seen.PARSER, private=True, meaning="dropped at the door"),
    Column("动账流水号", "row_key", ID, key=True, aliases=("动帐流水号", "结算单号", "流水号"), seen=Seen.UNCONFIRMED,
           meaning="where the file has none, a hash of the row's own text tells two settlements of one line apart"),
)
# fmt: on

SOURCE = Source(
    name="结算账单",
    platform="douyin",
    key="doudian_settlement",
    title=gettext_noop("Doudian settlements (结算账单)"),
    table=SETTLEMENT,
    columns=COLUMNS,
    key_fields=KEYS[SETTLEMENT],
    unlocks=gettext_noop("What was settled for each order line, after fees and commission."),
    export_how=gettext_noop("In 抖店, 资金 – 结算账单: export the details by order line with all columns."),
)


def read(match: Match, context: Context) -> Reading:
    """Raises Refused for damaged ids."""
    reading = read_table(_unexplained(match), context, RULES)
    off = [fact["row"] for fact in reading.facts if not _adds_up(fact)]
    if off:
        reading.warnings.append(
            Message(
                "Rows where 结算金额 is not 收入合计 with 支出合计: %(count)s (first: line %(line)s).",
                {"count": len(off), "line": off[0]},
            )
        )
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if fact["sub_order"] is None and fact["main_order"] is None:
        return LINE, Message("This settlement names no order.")
    return None


RULES = Rules(
    needed=("settled_ms", "settled_minor"),
    identity=("settled_ms", "sub_order", "main_order", "ordered_ms"),
    finish=_finish,
    amount="settled_minor",
    signed=frozenset(column.field for column in COLUMNS if column.cell is MONEY),
    damaged_key_todo=Message(
        "Export the settlements again from 抖店 and drop the file here as it is: a spreadsheet program that opens and "
        "saves it cuts the ids to 15 digits."
    ),
    contested=True,
    hashed="row_key",
)


def _adds_up(fact: Fact) -> bool:
    settled, income, expense = (fact[name] for name in ("settled_minor", "income_minor", "expense_minor"))
    if None in (settled, income, expense):
        return True
    return bool(min(abs(settled - income - expense), abs(settled - income + expense)) <= ROUNDING)


def _unexplained(match: Match) -> Match:
    """Lines right below the header that explain the columns are blank from here on."""
    at = places(SOURCE, match.header)
    header_line, rows = match.header.line, match.header.sheet.rows

    def without() -> Iterator[Row]:
        explaining = True
        for line, row in enumerate(rows(), 1):
            if line > header_line and explaining and not is_blank(row):
                explaining = _explains(row, at)
                yield [] if explaining else row
            else:
                yield row

    sheet = match.header.sheet.with_rows(without)
    return replace(match, header=replace(match.header, sheet=sheet))


def _explains(row: Row, at: dict[str, int]) -> bool:
    """Words and formulas in all cells that a row would be known by: no time, no amount, no id, nor the ruin of one."""
    cells = {name: row[at[name]] for name in (SETTLED, AMOUNT, LINE, MAIN) if name in at and at[name] < len(row)}
    if all(shown(cell) in NULLS for cell in cells.values()):
        return False
    return not any(_says(name, cell) for name, cell in cells.items())


def _says(name: str, cell: Any) -> bool:
    try:
        if name in (LINE, MAIN):
            found = identifier(cell)
            return found is not None and any(c.isdigit() for c in found)
        return (moment(cell) if name == SETTLED else number(cell)) is not None
    except DamagedId:
        return True
    except CellError:
        return False
