"""A room's target of a month, shared over the planned hours of its hosts: exact, so that the shares add up to it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from kaibo.live.models import Account, Target
from kaibo.live.nights import business_day
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import planned_in
from kaibo.measurement.target_rates import target_factors


def target_amounts(first: date, after: date, closed: Closed | None = None) -> dict[tuple[int, date], int]:
    """(room, month) → its target in minor units, of months in [first, after); of closed ones as it was at closing."""
    closed = closed_months() if closed is None else closed
    rows = Target.objects.filter(month__gte=first, month__lt=after)
    amounts = {(row.account_id, row.month): row.amount_minor for row in rows if row.month not in closed}
    for month, one in closed.items():
        if first <= month < after:
            amounts |= {(account, month): amount for account, amount in one.targets.items()}
    return amounts


def in_team_money(amounts: Mapping[tuple[int, date], int]) -> dict[tuple[int, date], tuple[str, Fraction | None]]:
    """(room, month) → the room's currency and the target in the team's minor units; None: no rate."""
    if not amounts:
        return {}
    currencies = dict(Account._base_manager.values_list("pk", "currency"))
    factors = target_factors((currencies[room], month) for room, month in amounts)
    found: dict[tuple[int, date], tuple[str, Fraction | None]] = {}
    for (room, month), amount in amounts.items():
        factor = factors[currencies[room], month]
        found[room, month] = currencies[room], None if factor is None else amount * factor
    return found


def target_shares(start: date, end: date, closed: Closed | None = None) -> tuple[dict[int, Fraction], list[str]]:
    """Shift → its share of its room's target of its business month, in the team's minor units; a few queries.

    A foreign room's target is converted (target_rates); without a rate its shifts have none, and the currency is among
    those that come second.
    """
    first, after = start.replace(day=1), next_month(end)
    said = in_team_money(target_amounts(first, after, closed))
    amounts = {key: amount for key, (_, amount) in said.items() if amount is not None}
    lacking = sorted({currency for currency, amount in said.values() if amount is None})
    if not amounts:
        return {}, lacking
    lengths: dict[tuple[int, date], dict[int, int]] = defaultdict(dict)
    for shift in planned_in(first, after, role="host", closed=closed):
        begin, stop = shift.planned_start, shift.planned_end
        if begin and stop:
            month = business_day(begin).replace(day=1)
            lengths[shift.account_id, month][shift.pk] = (stop - begin) // timedelta(milliseconds=1)
    shares = {
        pk: amounts[key] * length / sum(of_room.values())
        for key, of_room in lengths.items()
        if key in amounts
        for pk, length in of_room.items()
    }
    return shares, lacking
