"""What was left out, as a file: the reasons, or the rows of one, with the file row that each came from.

A workbook, which is written as a whole; of more rows than that takes a moment for, a text that is sent as it is read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.look.cells import as_text
from kaibo.look.downloads import csv_file
from kaibo.measurement.exports import major, xlsx
from kaibo.measurement.left_out import Group, Line
from kaibo.measurement.left_out_asked import Asked

Cells = Sequence[Any]
MOST_IN_A_WORKBOOK = 5_000
# of an instant without its offset
CLOCK = len("2026-11-29 20:00:00")


def left_out_file(asked: Asked) -> HttpResponseBase:
    """All of it, whatever page is shown."""
    name, sheet = f"kaibo-left-out-{asked.month:%Y-%m}.xlsx", f"{asked.month:%Y-%m}"
    if asked.chosen is None:
        head = [_("Why"), _("Orders"), _("Amount"), _("Currency"), _("Views"), _("Readings"), _("What to do")]
        return xlsx(name, sheet, head, _reasons(asked.groups))
    head = [
        _("Why"), _("Time"), _("Room"), _("As the file says"), _("Amount"), _("Currency"), _("Views"),
        _("By list or rule"), _("Batch"), _("File row"), _("What to do"),
    ]  # fmt: skip
    rows = (_line(asked.chosen, line) for line in asked.lines)
    if len(asked.lines) <= MOST_IN_A_WORKBOOK:
        return xlsx(name, sheet, head, rows)
    zone = timezone.get_current_timezone()
    return csv_file(f"{name.removesuffix('xlsx')}csv", head, ([_cell(value, zone) for value in row] for row in rows))


def _cell(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, str):
        return as_text(value)
    return value.astimezone(zone).isoformat(" ", "seconds")[:CLOCK] if isinstance(value, datetime) else value


def _reasons(groups: Sequence[Group]) -> Iterator[Cells]:
    """One row for each, and one more for each currency of which money waits."""
    team = str(settings.KAIBO_CURRENCY)
    for one in groups:
        paid = major(one.paid_minor, team)
        yield [one.title, one.orders, paid, team if paid is not None else "", one.views, one.readings, one.todo]
        for minor, currency in one.waiting:
            yield [one.title, None, major(minor, currency), currency, None, None, one.todo]


def _line(group: Group, line: Line) -> Cells:
    by = line.tagged_by
    why = " · ".join(filter(None, [by.name, by.reason])) if by else ""
    currency = line.currency if line.minor is not None else ""
    return [
        group.title, line.at, line.room, line.label, major(line.minor, line.currency), currency, line.views, why,
        line.batch, line.row, group.todo,
    ]  # fmt: skip
