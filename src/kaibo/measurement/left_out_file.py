"""What was left out, as an xlsx file: the reasons, or the rows of one, with the file row that each came from."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from kaibo.measurement.exports import major, xlsx
from kaibo.measurement.left_out import Group, Line
from kaibo.measurement.left_out_asked import Asked

Cells = Sequence[Any]


def left_out_file(asked: Asked) -> HttpResponse:
    """All of it, whatever page is shown."""
    name, sheet = f"kaibo-left-out-{asked.month:%Y-%m}.xlsx", f"{asked.month:%Y-%m}"
    if asked.chosen is None:
        head = [_("Why"), _("Orders"), _("Amount"), _("Currency"), _("Views"), _("Readings"), _("What to do")]
        return xlsx(name, sheet, head, _reasons(asked.groups))
    head = [
        _("Why"), _("Time"), _("Room"), _("As the file says"), _("Amount"), _("Currency"), _("Views"),
        _("By list or rule"), _("Batch"), _("File row"), _("What to do"),
    ]  # fmt: skip
    return xlsx(name, sheet, head, (_line(asked.chosen, line) for line in asked.lines))


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
