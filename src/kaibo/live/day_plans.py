"""What each room aims at on each day: its month target by the weights that were said, else by planned hours."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from kaibo.database.prepared import Prepared, among
from kaibo.kpi.credit import split
from kaibo.kpi.day_plan import NORMAL, day_shares
from kaibo.live.business_days import business_day
from kaibo.live.due import due_in_room, due_shifts
from kaibo.live.instants import to_ms
from kaibo.live.models import Account, DayPlan, Target

BY_WEIGHTS, BY_HOURS, EVENLY = "weights", "hours", "evenly"
USUAL = [NORMAL] * 7


@dataclass(frozen=True)
class RoomDays:
    """A room's target of a month by day, minor units, exact. `how`: weights, hours (of hosts) or evenly."""

    target_minor: int
    how: str
    days: dict[date, int]


def days_of(month: date) -> list[date]:
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return [first + timedelta(days=n) for n in range((after - first).days)]


def _aims(*, months: Any, account: Any = None) -> QuerySet[Target, Any]:
    plans = DayPlan.objects.filter(account=OuterRef("account"), month=OuterRef("month"))
    targets = Target.objects.filter(among("month", months)).annotate(
        weekdays=Subquery(plans.values("weekdays")), special=Subquery(plans.values("special"))
    )
    if account is not None:
        targets = targets.filter(account=account)
    return targets.values_list("account", "month", "amount_minor", "weekdays", "special")


_targets: Prepared[Any] = Prepared(_aims)


def day_plans(
    months: Iterable[date], *, hours_too: bool = True, account: int | None = None
) -> dict[tuple[int, date], RoomDays]:
    """(room, first of the month) → its days, for rooms with a target (or `account` alone). Two queries (of one room,
    one and one a month); one without `hours_too`, and then the days of rooms without weights are not known: they say
    evenly.
    """
    wanted = sorted({month.replace(day=1) for month in months})
    found = _targets(months=wanted, **({} if account is None else {"account": account})) if wanted else []
    hours: dict[tuple[int, date], int] = defaultdict(int)
    by_hours = [month for _room, month, _amount, weekdays, _special in found if weekdays is None]
    if hours_too and by_hours and account is not None:
        for month in by_hours:
            for start, over in due_in_room(account, month, "host"):
                hours[account, business_day(start)] += to_ms(over) - to_ms(start)
    elif hours_too and by_hours:
        end = days_of(wanted[-1])[-1] + timedelta(days=1)
        for one in due_shifts(wanted[0], end, role="host"):
            hours[one.account, business_day(one.start)] += one.whole_ms
    return {
        (room, month): _days(amount, month, weekdays, special or {}, [hours[room, day] for day in days_of(month)])
        for room, month, amount, weekdays, special in found
    }


def _days(
    amount: int, month: date, weekdays: list[int] | None, special: dict[str, list[object]], hours: list[int]
) -> RoomDays:
    """`hours`: of hosts, day by day; they count where no weights were said."""
    days = days_of(month)
    if weekdays is not None:
        said = {date.fromisoformat(day): int(str(one[0])) for day, one in special.items()}
        return RoomDays(amount, BY_WEIGHTS, day_shares(amount, days, weekdays, said))
    shares = dict(zip(days, split(amount, hours), strict=True))
    return RoomDays(amount, BY_HOURS if any(hours) else EVENLY, shares)


def room_days(account: Account, month: date) -> RoomDays | None:
    """One room's month; None where it has no target."""
    return day_plans([month], account=account.pk).get((account.pk, month.replace(day=1)))


def plan_of(account: Account, month: date) -> tuple[list[int], dict[str, list[object]]]:
    """The weights said for the month, else of the last month before it that has some, else the usual ones."""
    found = DayPlan.objects.filter(account=account, month__lte=month.replace(day=1)).order_by("-month").first()
    if found is None:
        return list(USUAL), {}
    return list(found.weekdays), dict(found.special) if found.month == month.replace(day=1) else {}
