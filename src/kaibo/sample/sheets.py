"""Workbooks of one sheet, byte for byte the same each time: no file says when it was made."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

Cell = str | float | datetime


def book(path: Path) -> xlsxwriter.Workbook:
    """A workbook to be filled and closed."""
    made = xlsxwriter.Workbook(str(path))
    made.set_properties({"created": datetime(2026, 1, 1), "comments": "示例数据"})
    return made


def table(path: Path, sheet: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """A sheet with its titles in row 1 and one row for each of `rows`."""
    with book(path) as made:
        page = made.add_worksheet(sheet)
        day = made.add_format({"num_format": "yyyy/m/d"})
        page.write_row(0, 0, titles)
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    page.write_string(number, column, cell)
                else:
                    page.write_number(number, column, cell)
