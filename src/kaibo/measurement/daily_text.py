"""The daily report as text for a chat group, and the words it shares with the picture and the file."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.measurement.daily import Daily, DailyFigures, DailyRow, totals
from kaibo.measurement.day_against_plan import RoomDayPlan


def as_text(report: Daily) -> str:
    """The same figures as the page: shift by shift for some days, days and hosts for many."""
    lines = [_("Daily report %(day)s") % {"day": range_label(report)}]
    if report.is_long:
        lines += ["", *(f"{numbers.day(day.date)}  {_figures(day.totals)}" for day in report.days)]
        lines += ["", *(f"{host_name(row)}  {_figures(sums)}" for row, sums in report.hosts)]
    else:
        for day in report.days:
            lines += ["", numbers.day(day.date)] if len(report.days) > 1 else []
            lines += _rooms(day.rows, {row.account.name: row for row in report.plan if row.date == day.date})
    if report.totals:
        lines += ["", f"{_('Total')}  {_figures(report.totals)}"]
    return "\n".join(lines)


def _rooms(rows: Sequence[DailyRow], plan: Mapping[str, RoomDayPlan]) -> Iterator[str]:
    for room, group in groupby(rows, key=lambda row: row.room):
        of_room = list(group)
        heading = f"【{room}】" if numbers.in_chinese() else f"[{room}] "
        yield heading + _figures(totals(of_room))
        if room in plan and plan[room].day.target:
            yield _plan(plan[room])
        yield from (_person(row) for row in of_room)


def _plan(row: RoomDayPlan) -> str:
    """“Day plan ¥12,000.00, reached ¥9,000.00, 75%; month so far 98%”."""
    known = [
        (row.day.target, _("day plan %(amount)s") % {"amount": numbers.money(row.day.target)}),
        (row.day.net, _("reached %(amount)s") % {"amount": numbers.money(row.day.net)}),
        (row.day.attainment, numbers.rate(row.day.attainment)),
        (row.so_far.attainment, _("month so far %(share)s") % {"share": numbers.rate(row.so_far.attainment)}),
    ]
    return _joined([text for value, text in known if value is not None])


def host_name(row: DailyRow) -> str:
    if row.kind == "leave":
        return _("%(name)s (on leave)") % {"name": row.name}
    return _("Unassigned") if row.kind == "unassigned" else row.name


def range_label(report: Daily) -> str:
    if report.start == report.end:
        return numbers.day(report.start)
    return f"{numbers.day_short(report.start)}{numbers.DASH}{numbers.day_short(report.end)}"


def who(row: DailyRow) -> str:
    """The name, or what stands in its place."""
    if row.kind == "unassigned":
        return _("Unassigned")
    if row.kind == "leave":
        return host_name(row)
    if row.kind == "absent":
        return _("%(name)s (was not there)") % {"name": row.name}
    if row.kind == "idle":
        return _("%(name)s (no session)") % {"name": row.name}
    return row.name


def _person(row: DailyRow) -> str:
    times = numbers.clock_range(row.start, row.end) if row.start else ""
    return "  ".join(part for part in (who(row), times, _figures(row)) if part)


def _figures(figures: DailyFigures) -> str:
    """Only what is known: a chat line has no room for dashes."""
    currency = figures.currency
    known = [
        (figures.air_ms, numbers.hours(figures.air_ms)),
        (figures.views, _("views %(n)s") % {"n": numbers.count(figures.views)}),
        (figures.paid, _("sales %(amount)s") % {"amount": numbers.money(figures.paid, currency)}),
        (figures.net, _("after refunds %(amount)s") % {"amount": numbers.money(figures.net, currency)}),
        (figures.refund, _("refunds %(amount)s") % {"amount": numbers.money(figures.refund, currency)}),
        (figures.attainment, _("of target %(share)s") % {"share": numbers.rate(figures.attainment)}),
    ]
    said = [text for value, text in known if value is not None]
    return _joined([*said, figures.partial] if figures.partial else said)


def _joined(texts: list[str]) -> str:
    return ("，" if numbers.in_chinese() else ", ").join(texts)
