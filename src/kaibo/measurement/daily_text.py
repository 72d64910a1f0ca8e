"""The daily report as text for a chat group, and as the lines of a picture."""

from fractions import Fraction
from itertools import groupby

from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.measurement.daily import Daily, DailyRow, DailyTotals, totals


def as_text(report: Daily) -> str:
    """Day by day, room by room; the same figures as the page."""
    lines: list[str] = []
    for day in report.days:
        lines.append(_("Daily report %(day)s") % {"day": numbers.day(day.date)})
        for room, group in groupby(day.rows, key=lambda row: row.room):
            rows = list(group)
            lines += [
                "",
                f"[{room}] {_figures(totals(rows))}"
                if not numbers.in_chinese()
                else f"【{room}】{_figures(totals(rows))}",
            ]
            lines += [_person(row) for row in rows]
        lines.append("")
    if report.totals and len(report.days) > 1:
        lines.append(f"{range_label(report)} {_('Total')}: {_figures(report.totals)}")
    return "\n".join(lines).strip()


def range_label(report: Daily) -> str:
    if report.start == report.end:
        return numbers.day(report.start)
    return f"{numbers.day_short(report.start)}{numbers.DASH}{numbers.day_short(report.end)}"


def who(row: DailyRow) -> str:
    """The name, or what stands in its place."""
    if row.kind == "unassigned":
        return _("Unassigned")
    if row.kind == "absent":
        return _("%(name)s (was not there)") % {"name": row.name}
    if row.kind == "idle":
        return _("%(name)s (no session)") % {"name": row.name}
    return row.name


def amount(minor: int | Fraction | None, currency: str) -> str:
    """To the cent; a target's exact share is rounded half up for showing only."""
    rounded = None if minor is None else (Fraction(minor) + Fraction(1, 2)).__floor__()
    return numbers.money(rounded, currency)


def _person(row: DailyRow) -> str:
    times = numbers.clock_range(row.start, row.end) if row.start else ""
    return "  ".join(part for part in (who(row), times, _figures(row)) if part)


def _figures(figures: DailyRow | DailyTotals) -> str:
    """Only what is known: a chat line has no room for dashes."""
    currency = figures.currency
    known = [
        (figures.air_ms, numbers.hours(figures.air_ms)),
        (figures.views, _("views %(n)s") % {"n": numbers.count(figures.views)}),
        (figures.paid, _("sales %(amount)s") % {"amount": amount(figures.paid, currency)}),
        (figures.net, _("after refunds %(amount)s") % {"amount": amount(figures.net, currency)}),
        (figures.refund, _("refunds %(amount)s") % {"amount": amount(figures.refund, currency)}),
        (figures.attainment, _("of target %(share)s") % {"share": numbers.rate(figures.attainment)}),
    ]
    return numbers_joined([text for value, text in known if value is not None])


def numbers_joined(texts: list[str]) -> str:
    return ("，" if numbers.in_chinese() else ", ").join(texts)
