"""The daily report as one picture: an SVG whose table the browser can turn into a PNG for a chat group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaibo.look import numbers
from kaibo.measurement.daily import Daily, DailyFigures
from kaibo.measurement.daily_text import host_name, who

WIDTH, MARGIN, HEAD, LINE = 1240, 32, 96, 36
# right edges of the columns of figures
RIGHTS = (610, 710, 840, 980, 1100, 1198)
# a longer name of a room would run into the host's
ROOM_LETTERS = 15


@dataclass(frozen=True)
class PictureLine:
    """`kind`: day, row, quiet, total. `y`: the baseline of its text."""

    kind: str
    y: int
    room: str
    name: str
    times: str
    figures: Sequence[tuple[int, str]]

    @property
    def top(self) -> int:
        return self.y - 24

    @property
    def bottom(self) -> int:
        return self.y + 12


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    margin: int
    columns: Sequence[tuple[int, str]]
    lines: Sequence[PictureLine]

    @property
    def right(self) -> int:
        return self.width - self.margin

    @property
    def inner(self) -> int:
        return self.width - 2 * self.margin


def picture(report: Daily) -> Picture:
    """Lines with their places; the template draws them."""
    drawn: list[PictureLine] = []
    for kind, room, name, times, texts in _long(report) if report.is_long else _short(report):
        y = HEAD + LINE + len(drawn) * LINE
        drawn.append(PictureLine(kind, y, room, name, times, list(zip(RIGHTS, texts, strict=False))))
    height = HEAD + LINE * (len(drawn) + 1) + 24
    return Picture(WIDTH, height, MARGIN, list(zip(RIGHTS, headings(), strict=True)), drawn)


Line = tuple[str, str, str, str, list[str]]


def _short(report: Daily) -> Iterator[Line]:
    """Every shift."""
    for day in report.days:
        if len(report.days) > 1:
            yield "day", numbers.day(day.date), "", "", []
        before = ""
        for row in day.rows:
            times = numbers.clock_range(row.start, row.end) if row.start else ""
            kind = "row" if row.kind == "host" else "quiet"
            yield kind, _short_name(row.room) if row.room != before else "", who(row), times, figures(row)
            before = row.room
        yield "total", _("Total"), day.totals.partial, "", figures(day.totals)
    if report.totals and len(report.days) > 1:
        yield "total", _("Total of the days"), report.totals.partial, "", figures(report.totals)


def _long(report: Daily) -> Iterator[Line]:
    """Days, then hosts."""
    for day in report.days:
        yield "row", numbers.day(day.date), day.totals.partial, "", figures(day.totals)
    for row, sums in report.hosts:
        kind = "quiet" if row.kind == "unassigned" else "row"
        yield kind, sums.partial, host_name(row), "", figures(sums)
    if report.totals:
        yield "total", _("Total of the days"), report.totals.partial, "", figures(report.totals)


def _short_name(room: str) -> str:
    return room if len(room) <= ROOM_LETTERS else f"{room[: ROOM_LETTERS - 1]}…"


def headings() -> list[str]:
    return [_("Hours on air"), _("Views"), _("Sales"), _("Sales after refunds"), _("Refunds"), _("Of target")]


def figures(of: DailyFigures) -> list[str]:
    """One text per heading; unknown is —."""
    return [
        numbers.hours(of.air_ms),
        numbers.count(of.views),
        numbers.money(of.paid, of.currency),
        numbers.money(of.net, of.currency),
        numbers.money(of.refund, of.currency),
        numbers.rate(of.attainment),
    ]
