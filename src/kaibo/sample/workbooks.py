"""Writing the story's xlsx files. The same story gives the same bytes: no file says when it was made."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from kaibo.sample import after_sale_export, report, rosters
from kaibo.sample.sheets import Cell, book, table
from kaibo.sample.story import Story

ROSTER_TITLE_ROW, ROSTER_DATE_ROW, ROSTER_WEEKDAY_ROW = 0, 1, 2


def month_roster(path: Path, story: Story) -> None:
    """A merged title holding a date, the dates, weekdays by formula, then a name and its codes in each row."""
    days, people = rosters.wide(story)
    with book(path) as made:
        page = made.add_worksheet("Sheet1")
        head = made.add_format({"num_format": 'yyyy"年"m"月""排班表"', "align": "center"})
        day_format, weekday = made.add_format({"num_format": "d"}), made.add_format({"num_format": "aaa"})
        page.merge_range(ROSTER_TITLE_ROW, 0, ROSTER_TITLE_ROW, len(days), "", head)
        page.write_datetime(ROSTER_TITLE_ROW, 0, _midnight(days[0]), head)
        page.write_string(ROSTER_WEEKDAY_ROW, 0, "姓名")
        for column, day in enumerate(days, start=1):
            page.write_datetime(ROSTER_DATE_ROW, column, _midnight(day), day_format)
            cell = xlsxwriter.utility.xl_rowcol_to_cell(ROSTER_DATE_ROW, column)
            serial = (day - date(1899, 12, 30)).days
            page.write_formula(ROSTER_WEEKDAY_ROW, column, f"={cell}", weekday, serial)
        for number, (name, codes) in enumerate(people, start=ROSTER_WEEKDAY_ROW + 1):
            page.write_row(number, 0, [name, *codes])


def report_file(path: Path, rows: Sequence[Sequence[Cell]]) -> None:
    table(path, "直播间明细", report.COLUMNS, rows)


def after_sale_file(path: Path, story: Story) -> None:
    table(path, "售后单", after_sale_export.COLUMNS, [after_sale_export.cells(r) for r in reversed(story.refunds)])


def list_roster(path: Path, story: Story) -> None:
    table(path, "排班明细", [title for title, _ in rosters.columns(story)], rosters.listed(story))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
