"""The table behind the panels: a session's minutes, or longer stretches, with every measure that its files know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.facts.minute_rows import ONLINE
from kaibo.live.models import Session
from kaibo.live.spans import whole
from kaibo.login.models import User
from kaibo.look.ids import id_of
from kaibo.measurement import finders
from kaibo.measurement.crew import stints_of
from kaibo.measurement.exports import major, xlsx
from kaibo.measurement.finders import from_ms
from kaibo.measurement.session_minutes import WIDTHS, Slice, minutes_of, slice_minutes
from kaibo.measurement.session_orders import slices_of
from kaibo.measurement.session_rows import batches_around, own_stretches, viewer_of

# what can be read at a glance; each minute is one click away
FIVE = 5
ORDERS, PAID = "orders_paid", "paid"
# in the order of a viewer's way: what was seen, what was done, what was bought
TITLES: dict[str, Any] = {
    ONLINE: gettext_lazy("People online"),
    "impressions": gettext_lazy("Impressions"),
    "entries": gettext_lazy("Views"),
    "enter_users": gettext_lazy("People entered"),
    "leave_users": gettext_lazy("People left"),
    "comments": gettext_lazy("Comments"),
    "likes": gettext_lazy("Likes"),
    "shares": gettext_lazy("Shares"),
    "new_followers": gettext_lazy("New followers"),
    "fan_club": gettext_lazy("New club members"),
    "product_impressions": gettext_lazy("Product impressions"),
    "product_clicks": gettext_lazy("Product clicks"),
    "orders": gettext_lazy("Orders, by the minutes' file"),
    "items": gettext_lazy("Items, by the minutes' file"),
    "gmv_minor": gettext_lazy("GMV, by the minutes' file"),
    "spend_minor": gettext_lazy("Ad spend"),
    ORDERS: gettext_lazy("Paid orders"),
    PAID: gettext_lazy("Amount paid by users"),
}
MONEY = ("gmv_minor", "spend_minor", PAID)


def currency_of(column: str, session: Session) -> str:
    """What a file says of its room is in the room's currency; paid orders are in the team's. Empty: no money."""
    if column == PAID:
        return str(settings.KAIBO_CURRENCY)
    return session.account.currency if column in MONEY else ""


@dataclass(frozen=True)
class Cell:
    value: int | None
    currency: str = ""


@dataclass(frozen=True)
class Line:
    """One stretch: when, who was host, and a cell for each column."""

    start: datetime
    end: datetime
    hosts: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class MinutesPage:
    """`every`: minutes in a line, `choices`: what it may be. The last line of `lines` is not their total."""

    session: Session
    every: int
    choices: Sequence[int]
    columns: Sequence[str]
    lines: Sequence[Line]
    total: Line | None

    @property
    def titles(self) -> list[str]:
        return [str(TITLES[column]) for column in self.columns]


def minutes_page(user: User, session: Session, asked: str = "") -> MinutesPage:
    """`session`: from access.find_session. `asked`: the minutes in a line, as the address says it."""
    spans = whole(session)
    session.end = spans.end
    segments = list(finders.segments_of([session.pk]).select_related("computation"))
    found = minutes_of(batches_around(session), session)
    finest = slice_minutes(session, found)
    # a table may be as fine as the files, however long the session
    longest = max((row.length_ms for row in found.rows), default=0)
    choices = [w for w in WIDTHS if w * 60_000 >= longest] or [WIDTHS[-1]]
    usual = next(w for w in choices if w >= min(max(finest, FIVE), choices[-1]))
    every = said if (said := id_of(asked)) in choices else usual
    own = own_stretches(segments, viewer_of(user))
    parts = slices_of(segments[0].computation if segments else None, session, found, every, own)
    columns = [column for column in TITLES if any(_value(column, one) is not None for one in parts)]
    hosts = [(stint.start, stint.end, stint.name) for stint in stints_of(segments) if stint.role == "host"]
    money = [(column, currency_of(column, session)) for column in columns]
    lines = [_line(one, money, hosts) for one in parts]
    return MinutesPage(session, every, choices, columns, lines, _total(parts, money, lines))


def _value(column: str, one: Slice) -> int | None:
    if column == ONLINE:
        return None if one.online is None else round(one.online)
    if column == ORDERS:
        return one.orders
    return one.paid if column == PAID else one.sums.get(column)


def _line(one: Slice, money: Sequence[tuple[str, str]], hosts: Iterable[tuple[datetime, datetime, str]]) -> Line:
    start, end = from_ms(one.start_ms), from_ms(one.end_ms)
    names = dict.fromkeys(name for begin, finish, name in hosts if begin < end and finish > start)
    return Line(start, end, "、".join(names), [Cell(_value(c, one), currency) for c, currency in money])


def _total(parts: Sequence[Slice], money: Sequence[tuple[str, str]], lines: Sequence[Line]) -> Line | None:
    """Sums of what is known; a level is no sum: its cell is the mean over the time it is known for."""
    if not lines:
        return None
    cells = []
    for column, currency in money:
        known = [value for one in parts if (value := _value(column, one)) is not None]
        if column == ONLINE:
            levels = [(one.online, one.known_ms) for one in parts if one.online is not None]
            time = sum(ms for _level, ms in levels)
            cells.append(Cell(round(sum(level * ms for level, ms in levels) / time) if time else None))
        else:
            cells.append(Cell(sum(known) if known else None, currency))
    return Line(lines[0].start, lines[-1].end, "", cells)


def minutes_file(page: MinutesPage) -> HttpResponse:
    """All of it as xlsx, with the account's currency in the heads of money."""
    money = [currency_of(column, page.session) for column in page.columns]
    heads = [f"{title} ({c})" if c else title for title, c in zip(page.titles, money, strict=True)]
    head = [_("Start"), _("End"), _("Host"), *heads]
    rows = (
        [line.start, line.end, line.hosts, *(major(c.value, c.currency) if c.currency else c.value for c in line.cells)]
        for line in page.lines
    )
    return xlsx(f"session-{page.session.pk}-minutes.xlsx", _("Minutes"), head, rows)
