"""The list of people as a spreadsheet: what the page shows, one row a person."""

import io

import xlsxwriter
from django.utils.translation import gettext as _

from kaibo.org.directory import Group, entries

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
            person.user.get_role_display() if person.user else "",
        ]
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()
