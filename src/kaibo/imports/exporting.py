"""The rejected rows of a batch as a file, to be corrected beside the original."""

import csv
import io
from collections.abc import Iterable

import xlsxwriter
from django.utils.translation import gettext as _

from kaibo.imports.models import Batch, Reject
from kaibo.imports.sentences import fill
from kaibo.look.cells import as_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def heads() -> list[str]:
    return [_("Line"), _("Column"), _("Value"), _("Why")]


def rows(rejects: Iterable[Reject]) -> list[list[str | int]]:
    return [[r.line, r.column, r.value, fill(r.reason, r.values)] for r in rejects]


def as_csv(batch: Batch) -> bytes:
    """UTF-8 with a mark, which spreadsheet programs need for Chinese. A leading = + - @ is text, never a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads())
    for line in rows(batch.rejects.all()):
        writer.writerow([as_text(value) for value in line])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(batch: Batch) -> bytes:
    """One sheet; every text is written as text, never as a formula."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for column, head in enumerate(heads()):
        sheet.write_string(0, column, head, bold)
    for number, line in enumerate(rows(batch.rejects.all()), 1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, value)
    sheet.set_column(1, 2, 22)
    sheet.set_column(3, 3, 60)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()
