"""The daily report as one picture: an SVG whose table the browser can turn into a PNG for a chat group."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.measurement.daily import Daily, DailyRow, DailyTotals
from kaibo.measurement.daily_text import amount, who

WIDTH, MARGIN, HEAD, LINE = 1160, 32, 96, 36
# right edges of the columns of figures; the first two columns start at the left
NAME_LEFT, TIME_LEFT = 190, 360
RIGHTS = (560, 660, 790, 920, 1040, 1128)


@dataclass(frozen=True)
class PictureLine:
    """`kind`: day, row, quiet, total. `y`: the baseline of its text."""

    kind: str
    y: int
    room: str
    name: str
    times: str
    figures: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    margin: int
    columns: Sequence[tuple[int, str]]
    lines: Sequence[PictureLine]


def picture(report: Daily) -> Picture:
    """Lines with their places; the template draws them."""
    lines: list[PictureLine] = []

    def add(kind: str, room: str, name: str, times: str, figures: Sequence[str]) -> None:
        y = HEAD + LINE + len(lines) * LINE
        lines.append(PictureLine(kind, y, room, name, times, list(zip(RIGHTS, figures, strict=False))))

    for day in report.days:
        if len(report.days) > 1:
            add("day", numbers.day(day.date), "", "", [])
        before = ""
        for row in day.rows:
            times = numbers.clock_range(row.start, row.end) if row.start else ""
            kind = "row" if row.kind == "host" else "quiet"
            add(kind, row.room if row.room != before else "", who(row), times, figures(row))
            before = row.room
        add("total", _("Total"), "", "", figures(day.totals))
    if report.totals and len(report.days) > 1:
        add("total", _("Total of the days"), "", "", figures(report.totals))
    height = HEAD + LINE * (len(lines) + 1) + 24
    return Picture(WIDTH, height, MARGIN, list(zip(RIGHTS, headings(), strict=True)), lines)


def headings() -> list[str]:
    return [_("Hours"), _("Views"), _("Sales"), _("Sales after refunds"), _("Refunds"), _("Of target")]


def figures(of: DailyRow | DailyTotals) -> list[str]:
    """One text per heading; unknown is —."""
    return [
        numbers.hours(of.air_ms),
        numbers.count(of.views),
        amount(of.paid, of.currency),
        amount(of.net, of.currency),
        amount(of.refund, of.currency),
        numbers.rate(of.attainment),
    ]
