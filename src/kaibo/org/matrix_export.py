"""The duty matrix as a workbook that is read and printed, and as CSV that is worked with."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaibo.look.cells import as_text
from kaibo.org.matrix import Matrix
from kaibo.org.models import Letters

# what stands before the positions: name, words, what does not add up
BEFORE = 3
WIDTHS, POSITION_WIDTH = (24, 36, 32), 10
# of the lines that a header's words may need at that width
HEAD_HEIGHT = 64
A4 = 9
CENTRED = {"align": "center", "valign": "vcenter", "border": 1, "border_color": "#c8d0db"}
# as on the page: who answers stands out, who carries out a little less
LOOKS: dict[str, dict[str, Any]] = {
    "A": {"bold": True, "bg_color": "#141b27", "font_color": "#ffffff"},
    "AR": {"bold": True, "bg_color": "#141b27", "font_color": "#ffffff"},
    "R": {"bold": True, "bg_color": "#eceefb", "font_color": "#3a4bc0"},
    "C": {},
    "I": {"font_color": "#626d7e"},
    "": {},
}
WRAPPED = {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#c8d0db"}
WARNS = {"bg_color": "#fdf3d9", "font_color": "#8a5a00"}


def matrix_rows(shown: Matrix) -> list[list[str]]:
    """The matrix as a table of text: a header, then a process a row, with what does not add up before its letters."""
    header = [_("Process"), _("What it is"), _("Does not add up"), *(position.title for position in shown.columns)]
    return [header, *([*_words(row), *(letters for _one, letters in row.cells)] for row in shown.rows)]


def _words(row: Any) -> list[str]:
    return [row.process.title, row.process.told_purpose, " ".join(row.faults)]


def matrix_csv(shown: Matrix) -> str:
    """Text for spreadsheets: with a mark that says UTF-8, and nothing that one would take for a formula."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    for row in matrix_rows(shown):
        writer.writerow([as_text(cell) for cell in row])
    return text.getvalue()


def matrix_workbook(shown: Matrix, on: date) -> bytes:
    """An xlsx file: the matrix as it is shown, printing on one page's width, and a sheet with what its letters mean."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head, *rows = matrix_rows(shown)
    _grid(book, head, rows)
    _legend(book, shown, on)
    book.close()
    return buffer.getvalue()


def _grid(book: xlsxwriter.Workbook, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet(_("Duty matrix"))
    letters = {said: book.add_format(CENTRED | look) for said, look in LOOKS.items()}
    plain, warns = book.add_format(WRAPPED), book.add_format(WRAPPED | WARNS)
    name, warned = book.add_format(WRAPPED | {"bold": True}), book.add_format(WRAPPED | WARNS | {"bold": True})
    title = book.add_format(WRAPPED | {"bold": True, "bg_color": "#f1f3f7", "valign": "top"})
    above = book.add_format(WRAPPED | {"bold": True, "bg_color": "#f1f3f7", "valign": "top", "align": "center"})
    for number, width in enumerate(WIDTHS):
        sheet.set_column(number, number, width)
    sheet.set_column(BEFORE, max(len(head) - 1, BEFORE), POSITION_WIDTH)
    sheet.set_row(0, HEAD_HEIGHT)
    sheet.write_row(0, 0, head[:BEFORE], title)
    sheet.write_row(0, BEFORE, head[BEFORE:], above)
    for number, (process, purpose, faults, *said) in enumerate(rows, start=1):
        looks = [warned if faults else name, plain, warns if faults else plain, *(letters[one] for one in said)]
        for place, (text, look) in enumerate(zip((process, purpose, faults, *said), looks, strict=True)):
            # an empty cell stays one, so that spreadsheets count letters
            sheet.write(number, place, text, look)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(head) - 1)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C&P / &N")


def _legend(book: xlsxwriter.Workbook, shown: Matrix, on: date) -> None:
    """What the letters mean, of which day it is, and whether positions are left out."""
    sheet, bold = book.add_worksheet(_("Legend")), book.add_format({"bold": True})
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 60)
    sheet.write_row(0, 0, [_("Letter"), _("What it means")], bold)
    for number, one in enumerate(Letters, start=1):
        sheet.write_row(number, 0, [one.value, str(one.label)])
    told = [(_("Day"), date_format(on, "Y-m-d"))]
    if shown.hidden:
        told.append((_("Positions left out by the filter"), str(shown.hidden)))
    told.append((_("Processes that do not add up"), str(len(shown.faulty))))
    for number, (what, value) in enumerate(told, start=len(Letters) + 2):
        sheet.write_row(number, 0, [what, value])
