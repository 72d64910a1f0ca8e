"""What the pages show, as xlsx files: numbers as numbers, unknown as an empty cell."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.live.models import SessionNote
from kaibo.look.numbers import exponent
from kaibo.measurement.daily import Daily, DailyFigures
from kaibo.measurement.daily_text import who
from kaibo.measurement.session_list import Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOUR_MS = 3_600_000


def xlsx(name: str, sheet: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook of one sheet as a download, written row by row."""
    buffer = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet(sheet[:31])
        bold = book.add_format({"bold": True})
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            Fraction: book.add_format({"num_format": "0.0%"}),
        }
        page.freeze_panes(1, 0)
        page.set_column(0, len(head) - 1, 16)
        page.write_row(0, 0, head, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                _cell(page, number, column, value, formats)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(page: Any, row: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(row, column, timezone.make_naive(value), formats[datetime])
    elif isinstance(value, date):
        page.write_datetime(row, column, datetime.combine(value, time()), formats[date])
    elif isinstance(value, Fraction):
        page.write_number(row, column, float(value), formats[Fraction])
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))


def major(minor: int | None, currency: str) -> Decimal | None:
    """Minor units in the currency's own unit, exactly."""
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


def hours(ms: int | None) -> Decimal | None:
    return None if ms is None else (Decimal(ms) / HOUR_MS).quantize(Decimal("0.0001"))


def daily_file(report: Daily) -> HttpResponse:
    head = [
        _("Date"), _("Room"), _("Start"), _("End"), _("Host"), _("Hours on air"), _("Views"), _("Currency"),
        _("Sales"), _("Sales after refunds"), _("Refunds"), _("Target"), _("Of target"), _("Provisional"),
    ]  # fmt: skip
    return xlsx(f"daily-{report.start}-{report.end}.xlsx", _("Daily"), head, _daily_rows(report))


def _daily_rows(report: Daily) -> Iterable[Sequence[Any]]:
    for day in report.days:
        for row in day.rows:
            yield [row.date, row.room, row.start, row.end, who(row), *_daily_figures(row), _yes(row.provisional)]
        yield [day.date, _("Total"), None, None, day.totals.partial or None, *_daily_figures(day.totals), None]
    if report.totals:
        said = report.totals.partial or None
        yield [_("Total of the days"), None, None, None, said, *_daily_figures(report.totals), None]


def _daily_figures(of: DailyFigures) -> list[Any]:
    money = [major(value, of.currency) for value in (of.paid, of.net, of.refund, of.target_minor)]
    return [hours(of.air_ms), of.views, of.currency, *money, of.attainment]


def _yes(value: bool) -> str:
    return _("Yes") if value else ""


def sessions_file(lines: Iterable[Line]) -> HttpResponse:
    head = [
        _("Start"), _("End"), _("Room"), _("Title"), _("Hosts"), _("Hours on air"), _("Views"), _("Views shared out"),
        _("Orders"), _("Orders per view"), _("Currency"), _("Amount paid by users"), _("Sales after refunds"),
        _("Refunds"), _("With shifts to confirm"),
    ]  # fmt: skip
    return xlsx("sessions.xlsx", _("Sessions"), head, (_session_row(line) for line in lines))


def notes_file(notes: Iterable[SessionNote]) -> HttpResponse:
    head = [
        _("Session"), _("Room"), _("Title"), _("Kind"), _("Start"), _("End"), _("Product"), _("Review"),
        _("Written by"), _("Written"), _("Last changed"),
    ]  # fmt: skip
    rows = (
        [
            one.session.start, one.session.account.name, one.session.title, str(one.get_kind_display()), one.start,
            one.end, one.product, one.text, _writer(one), one.at, one.edited_at,
        ]
        for one in notes
    )  # fmt: skip
    return xlsx("reviews.xlsx", _("Reviews"), head, rows)


def _writer(note: SessionNote) -> str:
    person = getattr(note.by, "person", None) if note.by else None
    return str(person or note.by or "")


def _session_row(line: Line) -> Sequence[Any]:
    found, session = line.figures, line.session
    rate = Fraction(found.orders, found.views) if found.orders is not None and found.views else None
    return [
        line.on_air.start, line.on_air.end, session.account.name, session.title, "、".join(line.hosts),
        hours(line.length_ms), found.views, _yes(found.allocated_views), found.orders, rate, line.currency,
        major(found.paid, line.currency), major(found.net, line.currency), major(found.refund, line.currency),
        _yes(line.to_confirm),
    ]  # fmt: skip
