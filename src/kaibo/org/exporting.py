"""People and positions as spreadsheets: what the pages show, one row each."""

import io
from collections.abc import Iterable
from datetime import date

import xlsxwriter
from django.utils.translation import gettext as _

from kaibo.org.access import holding
from kaibo.org.describing import describe
from kaibo.org.directory import Group, entries
from kaibo.org.models import Appointment, AppointmentKind, Engagement, EngagementKind, Level, Position
from kaibo.org.reporting import Reporting
from kaibo.org.tree import standing

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def people_workbook(groups: list[Group], on: date) -> bytes:
    """An xlsx file that the import of people reads again: one appointment a row, the main one first."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(_("People")), book.add_format({"bold": True})
    titles = [
        _("Name"), _("Department"), _("Position"), _("Kind of appointment"), _("Since"), _("First day without it"),
        _("Terms of engagement"), _("Terms since"), _("Also written as"), _("User name"), _("Role"), _("Reports to"),
    ]  # fmt: skip
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(titles), 16)
    terms = {one.person_id: one for one in Engagement.objects.filter(holding(on))}
    number, reporting = 0, Reporting(on)
    for _group, entry in entries(groups):
        person, engaged, sign_in = entry.person, terms.get(entry.person.pk), entry.sign_in
        of_person = [
            str(EngagementKind(engaged.kind).label) if engaged else "",
            engaged.start.isoformat() if engaged else "",
            "、".join(entry.aliases),
            sign_in.name if sign_in and not sign_in.invited else "",
            sign_in.role_words if sign_in else "",
        ]
        for held in (entry.appointment, *entry.beside):
            number += 1
            told = [*_cells(held), *(str(cell) for cell in of_person), _reports_to(held, reporting)]
            sheet.write_row(number, 0, [person.name, *told])
    book.close()
    return buffer.getvalue()


def _cells(held: Appointment | None) -> list[str]:
    if held is None:
        return [""] * 5
    end = held.end.isoformat() if held.end else ""
    kind = str(AppointmentKind(held.kind).label)
    return [held.department.name, held.position.title, kind, held.start.isoformat(), end]


def _reports_to(held: Appointment | None, reporting: Reporting) -> str:
    """To whom in this position, by name."""
    if held is None:
        return ""
    found = reporting.superiors(held.person_id, held.position, held.department_id)
    return "、".join(name for _pk, name in found)


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


def chart_workbook(on: date) -> bytes:
    """An xlsx file: everyone who holds a position on that day, with the departments above."""
    above = standing(on)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(on.isoformat()), book.add_format({"bold": True})
    titles = [
        _("Department"),
        _("Position"),
        _("Level"),
        _("Name"),
        _("Since"),
        _("Departments above"),
        _("Reports to"),
    ]
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 6, 18)
    reporting = Reporting(on)
    held = Appointment.objects.filter(holding(on)).select_related("person", "position", "department")
    for number, one in enumerate(held.order_by("department", "position", "person__name"), start=1):
        department = above.get(one.department_id, one.department)
        path, here, been = [], above.get(department.parent_id or 0), set[int]()
        while here and here.pk not in been:
            been.add(here.pk)
            path.append(here.title)
            here = above.get(here.parent_id or 0)
        level = str(Level(one.position.level).label)
        row = [department.title, one.position.title, level, one.person.name, one.start.isoformat()]
        sheet.write_row(number, 0, [*row, " / ".join(reversed(path)), _reports_to(one, reporting)])
    book.close()
    return buffer.getvalue()
