"""Two sessions side by side: figures, crew, minutes since the start, products."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from kaibo.live.models import Session
from kaibo.login.models import User
from kaibo.measurement.access import Broadcast, visible_sessions
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.panels import Panel, panels
from kaibo.measurement.products import Product
from kaibo.measurement.session_minutes import MINUTE_MS
from kaibo.measurement.session_orders import slices_of
from kaibo.measurement.session_page import SessionPage, session_page

WEEK = timedelta(days=7)
# how far from the same time a week before a session may begin to be the same weekday's
NEAR = timedelta(hours=6)
STEPS = (15, 30, 60, 120, 240)
MOST_TICKS = 12


@dataclass(frozen=True)
class Row:
    """One figure of both; `kind`: money, count, rate or hours. None: unknown."""

    title: Any
    kind: str
    a: int | Fraction | None
    b: int | Fraction | None

    @property
    def difference(self) -> int | Fraction | None:
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def share(self) -> Fraction | None:
        """How much more than in the first; a rate's change is told in points, not in per cent."""
        return (
            None if self.kind == "rate" or not self.a or self.difference is None else Fraction(self.difference) / self.a
        )


@dataclass(frozen=True)
class Pair:
    """A panel of each on one scale and one axis; None where one does not have it."""

    title: str
    a: Panel | None
    b: Panel | None


@dataclass(frozen=True)
class Tick:
    text: str
    left: str


@dataclass(frozen=True)
class ProductPair:
    name: str
    key: str
    a: Product | None
    b: Product | None


@dataclass(frozen=True)
class Comparison:
    a: SessionPage
    b: SessionPage
    rows: Sequence[Row]
    pairs: Sequence[Pair]
    ticks: Sequence[Tick]
    products: Sequence[ProductPair]
    minutes: int


def candidates(user: User, session: Session) -> list[tuple[Any, Session]]:
    """What a session is best compared with: the one before in its room, the same weekday's of the week before."""
    of_room = visible_sessions(user).filter(account=session.account_id, joined_to__isnull=True)
    of_room = of_room.select_related("account")
    found: list[tuple[Any, Session]] = []
    before = of_room.filter(start__lt=session.start).order_by("-start").first()
    if before:
        found.append((_("The one before in this room"), before))
    at = session.start - WEEK
    near = list(of_room.filter(start__gte=at - NEAR, start__lte=at + NEAR))
    if near:
        found.append((_("The same weekday a week before"), min(near, key=lambda one: abs(one.start - at))))
    return found


def compared(user: User, first: Broadcast, second: Broadcast) -> Comparison:
    """`first` and `second` come from access.find_broadcast, which checked the right to each."""
    a, b = session_page(user, first), session_page(user, second)
    pairs, every, length = _pairs(a, b)
    return Comparison(a, b, _rows(a, b), pairs, _ticks(length), _products(a, b), every)


def _rows(a: SessionPage, b: SessionPage) -> list[Row]:
    def rate(page: SessionPage) -> Fraction | None:
        orders, views = page.figures.orders, page.figures.views
        return Fraction(orders, views) if orders is not None and views else None

    def hourly(page: SessionPage) -> int | None:
        paid, length = page.figures.paid, page.length_ms
        return round(Fraction(paid * 3_600_000, length)) if paid is not None and length else None

    def peak(page: SessionPage) -> int | None:
        return page.peak_online.number if page.peak_online else None

    def check(page: SessionPage) -> int | None:
        return page.conservation.shares[-1].paid if page.conservation else None

    told: list[tuple[Any, str, Any]] = [
        (_("Amount paid by users"), "money", lambda page: page.figures.paid),
        (_("Amount paid in an hour on air"), "money", hourly),
        (_("Sales after refunds"), "money", lambda page: page.figures.net),
        (_("Orders"), "count", lambda page: page.figures.orders),
        (_("Amount of an order"), "money", lambda page: page.figures.per_order),
        (_("Views"), "count", lambda page: page.figures.views),
        (_("Orders per view (counts)"), "rate", rate),
        (_("People online, mean"), "count", lambda page: page.mean_online),
        (_("People online, most"), "count", peak),
        (_("Unassigned"), "money", check),
        (_("Outages"), "hours", lambda page: page.outage_ms),
        (_("Time on air"), "hours", lambda page: page.length_ms),
    ]
    return [Row(title, kind, value(a), value(b)) for title, kind, value in told]


def _pairs(a: SessionPage, b: SessionPage) -> tuple[list[Pair], int, int]:
    """Both drawn with bars of one width, to one height, as long as the longer of them; (pairs, minutes, ms)."""
    length = max(to_ms(page.session.end) - to_ms(page.session.start) for page in (a, b))
    every = max(a.panels.minutes, b.panels.minutes)
    parts = [slices_of(page.computation, page.session, page.minutes, every, page.own) for page in (a, b)]
    tops: dict[str, int] = {}
    for page, of in zip((a, b), parts, strict=True):
        for key, top in panels(page.session, page.minutes, of, every).tops.items():
            tops[key] = max(top, tops.get(key, 0))
    drawn: list[dict[str, Panel]] = []
    for page, of in zip((a, b), parts, strict=True):
        until = to_ms(page.session.start) + length
        shown = panels(page.session, page.minutes, of, every, tops=tops, until_ms=until).shown
        drawn.append({panel.key: panel for panel in shown})
    keys = [*drawn[0], *(key for key in drawn[1] if key not in drawn[0])]
    order = sorted(keys, key=lambda key: (key == "orders", key != "online"))
    pairs = [
        Pair(one.title, drawn[0].get(key), drawn[1].get(key))
        for key in order
        for one in [drawn[0].get(key) or drawn[1][key]]
    ]
    return pairs, every, length


def _ticks(length: int) -> list[Tick]:
    """Hours and minutes since the start."""
    minutes = length // MINUTE_MS
    every = next((step for step in STEPS if minutes / step <= MOST_TICKS), STEPS[-1])
    at = range(0, minutes + 1, every)
    return [Tick(f"{n // 60}:{n % 60:02}", f"{n * MINUTE_MS * 100 / length:.3f}") for n in at]


def _products(a: SessionPage, b: SessionPage) -> list[ProductPair]:
    """Those that sold in both, most paid first, then those of one alone."""
    left = {one.key: one for one in a.goods.products if one.ours}
    right = {one.key: one for one in b.goods.products if one.ours}
    pairs = [
        ProductPair((left.get(key) or right[key]).name, key, left.get(key), right.get(key))
        for key in dict.fromkeys([*left, *right])
    ]

    def paid(pair: ProductPair) -> int:
        return sum(one.paid or 0 for one in (pair.a, pair.b) if one)

    return sorted(pairs, key=lambda pair: (pair.a is None or pair.b is None, -paid(pair), pair.name))
