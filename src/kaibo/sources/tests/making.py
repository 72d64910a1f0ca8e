"""Makes files as the platforms write them, for tests."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from kaibo.sources import doudian_after_sales, doudian_orders, douyin_sessions
from kaibo.sources.reading import Answers, Reading
from kaibo.sources.registry import read

NOW_MS = 1_795_000_000_000
SESSION_COLUMNS = [c.name for c in douyin_sessions.COLUMNS]
ORDER_COLUMNS = [c.name for c in doudian_orders.COLUMNS if c.name != doudian_orders.ORDERED_DATE]
SALE_COLUMNS = [c.name for c in doudian_after_sales.COLUMNS]
FIRST_ID = 6917926768823643751


def xlsx(path: Path, rows: Sequence[Sequence[Any]], sheet: str = "Sheet1", more: Sequence[Any] = ()) -> Path:
    """`more`: (sheet name, rows) pairs. Datetimes become spreadsheet dates."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy/mm/dd hh:mm:ss"}) as book:
        for name, lines in [(sheet, rows), *more]:
            page = book.add_worksheet(name)
            for line, row in enumerate(lines):
                page.write_row(line, 0, row)
    return path


def csv_file(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def session(**cells: Any) -> list[Any]:
    """A row of 直播明细; cells by column name replace the defaults."""
    row: dict[str, Any] = dict.fromkeys(SESSION_COLUMNS, 0.0)
    row |= {
        "主播头像": "x",
        "主播昵称": "示例旗舰店",
        "主播抖音号": "shop_1",
        "直播开始时间": "2026/04/18 19:15:15",
        "直播结束时间": "2026/04/18 21:31:40",
        "直播时长(分钟)": 136.0,
        "直播间观看次数": 100.0,
        "直播间成交订单数": 2.0,
        "直播间成交金额": 99.9,
        "净成交金额": 89.9,
        "1小时退款金额": 10.0,
        "人均观看时长(分钟)": 0.27,
        "消费券使用量": "-",
    }
    return list((row | cells).values())


def order(number: int = 0, **cells: Any) -> list[Any]:
    """A row of 订单明细, text as the platform writes it."""
    row: dict[str, Any] = dict.fromkeys(ORDER_COLUMNS, "-")
    row |= {
        "主订单编号": f"\t{FIRST_ID + 1000 + number}",
        "子订单编号": f"\t{FIRST_ID + number}",
        "选购商品": "杯子,蓝色",
        "商品ID": "\t3609999999999999999",
        "商品数量": "1",
        "商品金额": "59.90",
        "订单提交时间": "2026-04-18 20:00:01",
        "支付完成时间": "2026-04-18 20:00:31",
        "订单状态": "已发货",
        "订单应付金额": "1,059.90",
        "达人ID": "0",
        "流量体裁": "直播",
        "收件人": "##secret",
        "收件人手机号": "13800138000",
        "详细地址": "secret street",
    }
    return list((row | cells).values())


def sale(number: int = 0, **cells: Any) -> list[Any]:
    """A row of 售后单."""
    row: dict[str, Any] = dict.fromkeys(SALE_COLUMNS, "")
    row |= {
        "售后单号": f"\t{FIRST_ID + 5000 + number}",
        "订单号": f"\t{FIRST_ID + 1000 + number}",
        "商品单号": f"\t{FIRST_ID + number}",
        "应付金额（元）": "59.90",
        "退商品金额（元）": "59.90",
        "退运费金额（元）": "0",
        "售后类型": "仅退款",
        "售后状态": "同意退款，退款成功",
        "售后申请时间": "2026-04-20 10:00:00",
        "商家退款时间": "2026-04-20 11:00:00",
        "售后完结时间": "2026-04-20 12:00:00",
        "商家退货联系人电话": "13900139000",
    }
    return list((row | cells).values())


def reading(path: Path, answers: Answers | None = None, name: str = "", source: str = "") -> Reading:
    return read(path, name or path.name, answers or Answers(), source=source, now_ms=NOW_MS)


def raw(fact: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = json.loads(fact["raw"])
    return found
