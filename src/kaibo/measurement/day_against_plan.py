"""A room's day against its day plan, and its month so far: what one looks at when the last broadcast of a day is over.

Both sides are the room's whole day: its broadcasts, whoever was there, and what was ordered after them. Money in the
team's currency.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Q, QuerySet

from kaibo.kpi.values import Amounts
from kaibo.live.day_plans import day_plans, days_of
from kaibo.live.models import Account
from kaibo.measurement.closed import Closed, ClosedMonth
from kaibo.measurement.covered import Coverage, together
from kaibo.measurement.finders import BEGAN, fact_sums
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.room_values import facts_of_rooms
from kaibo.measurement.target_rates import target_factors

NET = ("paid_minor", "refund_minor")


@dataclass(frozen=True)
class Reached:
    """Sales after refunds against what was planned for the same days; None: unknown, or no target."""

    net: int | None
    target: int | None

    @property
    def attainment(self) -> Fraction | None:
        return Fraction(self.net, self.target) if self.net is not None and self.target else None

    @property
    def ahead(self) -> int | None:
        """How far above the plan; below 0: behind it."""
        return None if self.net is None or self.target is None else self.net - self.target


@dataclass(frozen=True)
class RoomDayPlan:
    """`so_far`: of the month, up to and with this day. `whole`: the month's target."""

    account: Account
    date: date
    day: Reached
    so_far: Reached
    whole: int | None

    @property
    def behind(self) -> int:
        """How far below the day's plan; 0 where it is not."""
        return max(0, -(self.day.ahead or 0))

    @property
    def left(self) -> int | None:
        """What the month still needs; 0 where it is reached."""
        return None if self.so_far.net is None or self.whole is None else max(0, self.whole - self.so_far.net)


def day_targets(month: date, closed: ClosedMonth | None, account: int | None = None) -> dict[int, dict[date, int]]:
    """Room → day → what it aims at, in its own money; of a closed month as at closing. Two queries, else none.

    `account`: of this room alone.
    """
    if closed is not None and "day_targets" in closed.frozen:
        days = days_of(month)
        said = closed.frozen["day_targets"]
        return {int(room): dict(zip(days, amounts, strict=True)) for room, amounts in said.items()}
    return {room: plan.days for (room, _month), plan in day_plans([month], account=account).items()}


def against_plan(
    days: Sequence[date], closed: Closed, imported: Coverage, rooms: Collection[int] | None = None
) -> list[RoomDayPlan]:
    """Of these days, by day and room: each room that has a target or sold something. `imported`: what is known.

    Few queries for each month that the days lie in.
    """
    accounts = Account.objects.in_bulk(rooms) if rooms is not None else Account.objects.in_bulk()
    found: list[RoomDayPlan] = []
    for month in sorted({day.replace(day=1) for day in days}):
        of_month = [day for day in days if day.replace(day=1) == month]
        plan = _in_team_money(day_targets(month, closed.get(month)), month, accounts)
        net = _net(month, max(of_month), closed, imported, accounts)
        for day in of_month:
            for pk, account in accounts.items():
                sold, aims = net.get(pk, {}), plan.get(pk)
                if day in sold or (aims and aims.get(day)):
                    found.append(_row(account, day, sold, aims))
    return sorted(found, key=lambda row: (row.date, row.account.name, row.account.pk))


def day_target(account: Account, day: date, closed: Closed) -> int | None:
    """What the room aims at on the day, in the team's money; None where it has no target, or no rate."""
    month = day.replace(day=1)
    aims = day_targets(month, closed.get(month), account.pk)
    said = {account.pk: aims[account.pk]} if account.pk in aims else {}
    return _in_team_money(said, month, {account.pk: account}).get(account.pk, {}).get(day)


def sold_on(facts: "QuerySet[SegmentFact]") -> "QuerySet[SegmentFact]":
    """Of a room's facts those that say what it sold, after refunds, and that it was on air at all."""
    return facts.filter(Q(measure__in=("air_ms", *NET)) | Q(measure__startswith="paid_minor@"))


# of a room's day: (session, when it began), both None for what is no session's, and its amounts
OfSession = tuple[int | None, datetime | None, Amounts]


def net_of(of_day: Iterable[OfSession], imported: Coverage, day: date, platform: str) -> int | None:
    """Sales after refunds of a room's day; None where a file lacks of any of it, or an amount waits for a rate."""
    told = [(amounts, imported.lacking_of(day, platform, session, began)) for session, began, amounts in of_day]
    said: dict[str, int] = defaultdict(int)
    for (measure, _basis), amount in together(told).items():
        said[measure] += amount
    waits = any(name.startswith("paid_minor@") for name in said)
    whole = not waits and all(name in said for name in NET)
    return said["paid_minor"] - said["refund_minor"] if whole else None


def _row(account: Account, day: date, sold: Mapping[date, int | None], aims: Mapping[date, int] | None) -> RoomDayPlan:
    until = [one for one in days_of(day) if one <= day]
    known = [sold[one] for one in until if one in sold]
    total = None if None in known else sum(amount for amount in known if amount is not None)
    return RoomDayPlan(
        account, day,
        Reached(sold.get(day), aims.get(day, 0) if aims else None),
        Reached(total if known else None, sum(aims.get(one, 0) for one in until) if aims else None),
        sum(aims.values()) if aims else None,
    )  # fmt: skip


def _net(
    month: date, last: date, closed: Closed, imported: Coverage, rooms: Mapping[int, Account]
) -> dict[int, dict[date, int | None]]:
    """Room → business date → sales after refunds; None where a file lacks. A day without any fact is absent."""
    facts = sold_on(facts_of_rooms(month, last + timedelta(days=1), rooms, closed))
    found: dict[int, dict[date, int | None]] = defaultdict(dict)
    of_days: dict[tuple[int, date], list[OfSession]] = defaultdict(list)
    for (account, day, session, began), amounts in fact_sums(facts, "account", "date", "session", BEGAN).items():
        of_days[account, day].append((session, began, amounts))
    for (account, day), of in of_days.items():
        found[account][day] = net_of(of, imported, day, rooms[account].platform)
    return found


def _in_team_money(
    targets: Mapping[int, Mapping[date, int]], month: date, accounts: Mapping[int, Account]
) -> dict[int, dict[date, int]]:
    """Rounded half-even by day; a room whose currency has no rate is absent."""
    wanted = {pk: accounts[pk].currency for pk in targets if pk in accounts}
    factors = target_factors((currency, month) for currency in wanted.values())
    found: dict[int, dict[date, int]] = {}
    for pk, currency in wanted.items():
        factor = factors[currency, month]
        if factor is not None:
            found[pk] = {day: round(amount * factor) for day, amount in targets[pk].items()}
    return found
