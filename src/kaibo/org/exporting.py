"""People and positions as spreadsheets: what the pages show, one row each."""

import csv
import io
from collections.abc import Iterable
from datetime import date

import xlsxwriter
from django.utils.translation import gettext as _

from kaibo.look.cells import as_text
from kaibo.org.access import holding
from kaibo.org.describing import describe
from kaibo.org.directory import Group, entries
from kaibo.org.matrix import Matrix
from kaibo.org.models import Appointment, Department, Level, Position

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def people_workbook(groups: list[Group]) -> bytes:
    """An xlsx file with the columns of the page."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(_("People")), book.add_format({"bold": True})
    titles = [_("Name"), _("Department"), _("Position"), _("Since"), _("Also written as"), _("Sign-in"), _("Role")]
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 5, 16)
    for number, (group, entry) in enumerate(entries(groups), start=1):
        person, held = entry.person, entry.appointment
        row = [
            person.name,
            group.department.name if group.department else "",
            held.position.title if held else "",
            held.start.isoformat() if held else "",
            "、".join(alias.alias for alias in person.aliases.all()),
            person.user.username if person.user else "",
            person.user.role_words if person.user else "",
        ]
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def positions_workbook(found: Iterable[Position]) -> bytes:
    """An xlsx file: each position in full, lists one item a line of the cell."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(_("Positions")), book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    titles = [
        _("Position"), _("Department"), _("Level"), _("Reports to"), _("Works with"), _("What it is there for"),
        _("Duties"), _("Work contents"), _("Skills required"), _("KPIs"), _("Judged by, where no KPI tells it"),
        _("Held by"),
    ]  # fmt: skip
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 4, 16)
    sheet.set_column(5, 10, 40)
    for number, position in enumerate(found, start=1):
        told = describe(position)
        row = [
            position.title,
            position.department.title if position.department else _("In every department"),
            Level(position.level).label,
            position.reports_to.title if position.reports_to else "",
            "、".join(one.title for one in position.works_with.all()),
            told.purpose,
            *("\n".join(lines) for lines in (told.duties, told.contents, told.skills, told.kpis, told.judged)),
        ]
        sheet.write_row(number, 0, [str(cell) for cell in row], wrapped)
        sheet.write_number(number, len(row), getattr(position, "holders", 0), wrapped)
    book.close()
    return buffer.getvalue()


def matrix_rows(shown: Matrix) -> list[list[str]]:
    """The matrix as a table of text: a header, then a process a row, what does not add up at the end."""
    header = [_("Process"), _("What it is"), *(position.title for position in shown.columns), _("Does not add up")]
    return [
        header,
        *(
            [
                row.process.title,
                row.process.told_purpose,
                *(letters for _one, letters in row.cells),
                " ".join(row.faults),
            ]
            for row in shown.rows
        ),
    ]


def matrix_workbook(shown: Matrix) -> bytes:
    """An xlsx file: the matrix as it is shown."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(_("Duty matrix")), book.add_format({"bold": True, "text_wrap": True})
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 1, 24)
    for number, row in enumerate(matrix_rows(shown)):
        sheet.write_row(number, 0, row, None if number else bold)
    book.close()
    return buffer.getvalue()


def matrix_csv(shown: Matrix) -> str:
    """The same as text for spreadsheets: with a mark that says UTF-8, and nothing that one would take for a formula."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    for row in matrix_rows(shown):
        writer.writerow([as_text(cell) for cell in row])
    return text.getvalue()


def chart_workbook(on: date) -> bytes:
    """An xlsx file: everyone who holds a position on that day, with the departments above."""
    above = {one.pk: one for one in Department.objects.all()}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(on.isoformat()), book.add_format({"bold": True})
    titles = [_("Department"), _("Position"), _("Level"), _("Name"), _("Since"), _("Departments above")]
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 5, 18)
    held = Appointment.objects.filter(holding(on)).select_related("person", "position", "department")
    for number, one in enumerate(held.order_by("department", "position", "person__name"), start=1):
        path, here = [], above.get(one.department.parent_id or 0)
        while here:
            path.append(here.title)
            here = above.get(here.parent_id or 0)
        level = str(Level(one.position.level).label)
        row = [one.department.title, one.position.title, level, one.person.name, one.start.isoformat()]
        sheet.write_row(number, 0, [*row, " / ".join(reversed(path))])
    book.close()
    return buffer.getvalue()
