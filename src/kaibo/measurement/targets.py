"""A room's target of a month, shared over the planned hours of its hosts: exact, so that the shares add up to it."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from kaibo.live.models import Target
from kaibo.live.nights import business_day
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import planned_in


def target_amounts(first: date, after: date, closed: Closed | None = None) -> dict[tuple[int, date], int]:
    """(room, month) → its target in minor units, of months in [first, after); of closed ones as it was at closing."""
    closed = closed_months() if closed is None else closed
    rows = Target.objects.filter(month__gte=first, month__lt=after)
    amounts = {(row.account_id, row.month): row.amount_minor for row in rows if row.month not in closed}
    for month, one in closed.items():
        if first <= month < after:
            amounts |= {(account, month): amount for account, amount in one.targets.items()}
    return amounts


def target_shares(start: date, end: date, closed: Closed | None = None) -> dict[int, Fraction]:
    """Shift → its share of its room's target of its business month, in minor units; a few queries."""
    first, after = start.replace(day=1), next_month(end)
    amounts = target_amounts(first, after, closed)
    if not amounts:
        return {}
    lengths: dict[tuple[int, date], dict[int, int]] = defaultdict(dict)
    for shift in planned_in(first, after, role="host", closed=closed):
        begin, stop = shift.planned_start, shift.planned_end
        if begin and stop:
            month = business_day(begin).replace(day=1)
            lengths[shift.account_id, month][shift.pk] = (stop - begin) // timedelta(milliseconds=1)
    return {
        pk: Fraction(amounts[key] * length, sum(of_room.values()))
        for key, of_room in lengths.items()
        if key in amounts
        for pk, length in of_room.items()
    }
