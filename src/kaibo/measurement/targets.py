"""A room's target of a month, shared over the planned hours of its hosts: exact, so that the shares add up to it."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from kaibo.live.models import Target
from kaibo.live.nights import business_day
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import planned_in


def target_shares(start: date, end: date) -> dict[int, Fraction]:
    """Shift → its share of its room's target of its business month, in minor units; two queries."""
    first, after = start.replace(day=1), next_month(end)
    amounts = {
        (target.account_id, target.month): target.amount_minor
        for target in Target.objects.filter(month__gte=first, month__lt=after)
    }
    if not amounts:
        return {}
    lengths: dict[tuple[int, date], dict[int, int]] = defaultdict(dict)
    planned = planned_in(first, after).filter(role="host").order_by()
    for pk, account, begin, stop in planned.values_list("pk", "account", "planned_start", "planned_end"):
        if begin and stop:
            month = business_day(begin).replace(day=1)
            lengths[account, month][pk] = (stop - begin) // timedelta(milliseconds=1)
    return {
        pk: Fraction(amounts[key] * length, sum(of_room.values()))
        for key, of_room in lengths.items()
        if key in amounts
        for pk, length in of_room.items()
    }
