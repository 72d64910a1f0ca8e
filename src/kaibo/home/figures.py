"""The day's tiles and the month's curve, from the current computations, in the company's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.kpi.values import immature_until
from kaibo.live.models import Target
from kaibo.live.nights import business_day
from kaibo.look import numbers
from kaibo.measurement.covered import coverage
from kaibo.measurement.finders import current_facts, fact_sums, total
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.months import next_month

Amounts = Mapping[tuple[str, str], int]


def net(amounts: Amounts) -> int | None:
    """成交 after refunds; unknown where either is."""
    paid, refund = total(amounts, "paid_minor"), total(amounts, "refund_minor")
    return None if paid is None or refund is None else paid - refund


@dataclass(frozen=True)
class DayFigures:
    """Yesterday, or the last day that has numbers. Money in minor units; None is unknown."""

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


@dataclass(frozen=True)
class CurvePoint:
    day: date
    net: int
    x: float
    y: float


@dataclass(frozen=True)
class Curve:
    """The month's 退后成交 added up day by day, beside the target where every room on air has one."""

    month: date
    points: Sequence[CurvePoint]
    total: int
    target: int | None
    top: int
    last_day: int

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
    sums = fact_sums(of_day, "date").get((last,), {})
    ends = of_day.aggregate(end=Max("session__end"))["end"]
    platforms = set(of_day.order_by().values_list("account__platform", flat=True))
    ordered_until = timezone.localdate(ends) if ends else last
    return DayFigures(
        day=last,
        is_yesterday=last == yesterday,
        paid=total(sums, "paid_minor"),
        net=net(sums),
        views=total(sums, "views"),
        orders=total(sums, "orders"),
        air_ms=total(sums, "air_ms"),
        sessions=of_day.values("session").distinct().count(),
        refunds_final_on=immature_until(ordered_until, settings.REFUND_DAYS, coverage().after_sales_until(platforms)),
    )


def curve_of(month: date) -> Curve | None:
    """None where no order of the month is known."""
    following = next_month(month)
    by_day = fact_sums(
        _facts().filter(date__gte=month, date__lt=following, measure__in=["paid_minor", "refund_minor"]), "date"
    )
    added = {day: total(sums, "paid_minor") for (day,), sums in by_day.items()}
    days = sorted(day for day, paid in added.items() if paid is not None)
    if not days:
        return None
    running, sums_to = 0, []
    for (day,), sums in sorted(by_day.items()):
        running += (total(sums, "paid_minor") or 0) - (total(sums, "refund_minor") or 0)
        sums_to.append((day, running))
    target = _target(month)
    top = max([target or 0, *(amount for _day, amount in sums_to), 1])
    last_day = (following - month).days
    points = [
        CurvePoint(day, amount, Curve.WIDTH * day.day / last_day, Curve.HEIGHT - Curve.HEIGHT * max(0, amount) / top)
        for day, amount in sums_to
    ]
    return Curve(month, points, running, target, top, last_day)


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
