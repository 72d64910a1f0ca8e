"""The day's tiles and the month's curve, from the current computations, in the company's currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.kpi.values import immature_until, untold_in
from kaibo.live.models import Target
from kaibo.live.nights import business_day
from kaibo.look import numbers
from kaibo.measurement.covered import Lacking, coverage, together
from kaibo.measurement.day_against_plan import OfSession, net_of, sold_on
from kaibo.measurement.finders import BEGAN, current_facts, fact_sums, total
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.months import next_month

Amounts = Mapping[tuple[str, str], int]
# by session, since which files tell of each is asked by itself
SESSION = ("session", BEGAN)


def net(amounts: Amounts) -> int | None:
    """成交 after refunds; unknown where either is."""
    paid, refund = total(amounts, "paid_minor"), total(amounts, "refund_minor")
    return None if paid is None or refund is None else paid - refund


@dataclass(frozen=True)
class DayFigures:
    """Yesterday, or the last day that has numbers. Money in minor units; None is unknown.

    `rooms` were on air; of `paid_rooms` the sales are known and of `net_rooms` what came back, too: theirs alone is it.
    """

    day: date
    is_yesterday: bool
    paid: int | None
    net: int | None
    views: int | None
    orders: int | None
    air_ms: int | None
    sessions: int
    # the day on which its refunds are final; None: they are
    refunds_final_on: date | None = None
    rooms: int = 0
    paid_rooms: int = 0
    net_rooms: int = 0

    @property
    def paid_partial(self) -> str:
        return _of_rooms(self.paid_rooms, self.rooms)

    @property
    def net_note(self) -> str:
        """Of how many rooms it is, and whether refunds may still change it."""
        if self.net is None:
            return _("no after-sales yet")
        final = _("final")
        if self.refunds_final_on:
            final = _("refunds final on %(day)s") % {"day": numbers.day_short(self.refunds_final_on)}
        return " · ".join(filter(None, [_of_rooms(self.net_rooms, self.rooms), final]))


def _of_rooms(known: int, of: int) -> str:
    """Of how many rooms a sum is, in words, where some rooms' part is unknown."""
    if not 0 < known < of:
        return ""
    return _("from %(n)s of %(all)s rooms") % {"n": numbers.count(known), "all": numbers.count(of)}


@dataclass(frozen=True)
class CurvePoint:
    day: date
    net: int
    x: float
    y: float


@dataclass(frozen=True)
class Curve:
    """The month's 退后成交 added up day by day, beside the target where every room on air has one.

    `known` of `days_on_air`: of how many days of rooms it is; what is unknown of the others is not in it.
    """

    month: date
    points: Sequence[CurvePoint]
    total: int
    target: int | None
    top: int
    last_day: int
    known: int
    days_on_air: int

    WIDTH, HEIGHT = 420, 150

    @property
    def line(self) -> str:
        return " ".join(f"{p.x:.1f},{p.y:.1f}" for p in self.points)

    @property
    def area(self) -> str:
        first, last = self.points[0], self.points[-1]
        return f"{first.x:.1f},{self.HEIGHT} {self.line} {last.x:.1f},{self.HEIGHT}"

    @property
    def target_y(self) -> float:
        return self.HEIGHT - self.HEIGHT * (self.target or 0) / self.top

    @property
    def top_written(self) -> str:
        """What the upper line stands for; the lower one is half of it."""
        return numbers.money_tile(self.top)

    @property
    def half_written(self) -> str:
        return numbers.money_tile(self.top // 2)

    @property
    def last(self) -> CurvePoint:
        return self.points[-1]

    @property
    def partial(self) -> str:
        """That some days' sales after refunds are unknown, in words."""
        if self.known >= self.days_on_air:
            return ""
        values = {"n": numbers.count(self.known), "all": numbers.count(self.days_on_air)}
        return _("from %(n)s of %(all)s days with broadcasts, room by room") % values

    @property
    def days(self) -> list[tuple[int, float]]:
        """Labels of the axis: (day of the month, x)."""
        return [(n, self.WIDTH * n / self.last_day) for n in (1, 8, 15, 22, self.last_day)]

    @property
    def planned_to_date(self) -> int | None:
        """The target's even share up to the last day with numbers."""
        return None if self.target is None else self.target * self.last.day.day // self.last_day

    @property
    def said(self) -> str:
        """The finding in one sentence, for who does not see the chart."""
        values = {"day": numbers.day_short(self.last.day), "amount": numbers.money_tile(self.total)}
        if self.target is None:
            return _("Sales after refunds reached %(amount)s by %(day)s.") % values
        values["target"] = numbers.money_tile(self.target)
        return _("Sales after refunds reached %(amount)s by %(day)s; the month's target is %(target)s.") % values


def latest_day(now: datetime) -> DayFigures | None:
    """Yesterday's numbers; without any, those of the last day that has some; None without any at all."""
    yesterday = business_day(now) - timedelta(days=1)
    last = _facts().filter(date__lte=yesterday).aggregate(last=Max("date"))["last"]
    if last is None:
        return None
    of_day = _facts().filter(date=last)
    imported = coverage()
    by_room: dict[int, list[tuple[Amounts, Lacking]]] = defaultdict(list)
    platforms = set()
    for (platform, room, session, began), amounts in fact_sums(
        of_day, "account__platform", "account", *SESSION
    ).items():
        by_room[room].append((amounts, imported.lacking_of(last, platform, session, began)))
        platforms.add(platform)
    rooms = [together(parts) for parts in by_room.values()]
    paid, nets = [total(room, "paid_minor") for room in rooms], [net(room) for room in rooms]
    # what no file tells of some segment of a room
    untold = {measure for room in rooms for measure in untold_in(room)}
    ends = of_day.aggregate(end=Max("session__end"))["end"]
    known_until = imported.after_sales_until(platforms)
    ordered_until = timezone.localdate(ends) if ends else last
    return DayFigures(
        day=last,
        is_yesterday=last == yesterday,
        paid=_sum(paid),
        net=_sum(nets),
        views=None if "views" in untold else _sum(total(room, "views") for room in rooms),
        orders=_sum(total(room, "orders") for room in rooms),
        air_ms=_sum(total(room, "air_ms") for room in rooms),
        sessions=of_day.values("session").distinct().count(),
        refunds_final_on=immature_until(ordered_until, settings.REFUND_DAYS, known_until),
        rooms=len(rooms),
        paid_rooms=sum(one is not None for one in paid),
        net_rooms=sum(one is not None for one in nets),
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def curve_of(month: date) -> Curve | None:
    """None where no day's sales after refunds are known."""
    following = next_month(month)
    facts = sold_on(_facts().filter(date__gte=month, date__lt=following))
    imported = coverage()
    by_room: dict[tuple[date, str, int], list[OfSession]] = defaultdict(list)
    for (day, platform, room, *of), amounts in fact_sums(
        facts, "date", "account__platform", "account", *SESSION
    ).items():
        by_room[day, platform, room].append((of[0], of[1], amounts))
    nets = [(day, net_of(of, imported, day, platform)) for (day, platform, _room), of in sorted(by_room.items())]
    known = [(day, amount) for day, amount in nets if amount is not None]
    if not known:
        return None
    by_day: dict[date, int] = {}
    for day, amount in known:
        by_day[day] = by_day.get(day, 0) + amount
    running = 0
    sums_to = [(day, running := running + amount) for day, amount in by_day.items()]
    target = _target(month)
    top = max([target or 0, *(amount for _day, amount in sums_to), 1])
    last_day = (following - month).days
    points = [
        CurvePoint(day, amount, Curve.WIDTH * day.day / last_day, Curve.HEIGHT - Curve.HEIGHT * max(0, amount) / top)
        for day, amount in sums_to
    ]
    return Curve(month, points, running, target, top, last_day, len(known), len(nets))


def _target(month: date) -> int | None:
    """What the rooms of the company's currency aim at together; None where one that was on air aims at nothing yet."""
    aimed = dict(
        Target.objects.filter(month=month, account__currency=settings.KAIBO_CURRENCY).values_list(
            "account", "amount_minor"
        )
    )
    there = _facts().filter(date__gte=month, date__lt=next_month(month), measure="paid_minor")
    on_air = set(there.order_by().values_list("account", flat=True).distinct())
    return sum(aimed.values()) if aimed and on_air <= aimed.keys() else None


def _facts() -> QuerySet[SegmentFact]:
    """Facts inside sessions of rooms in the company's currency: other currencies are never added to it."""
    return current_facts().filter(place="segment", account__currency=settings.KAIBO_CURRENCY)
