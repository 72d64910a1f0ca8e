"""Until when anything may be ordered that is still a broadcast's: what is bought off air is the last one's (ADR 8)."""

from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone

from kaibo.live.models import Session
from kaibo.live.months import AFTER
from kaibo.live.spans import folded
from kaibo.measurement.months import month_bounds, next_month

# broadcasts of the month's business days may begin after its last midnight
NEAR = timedelta(days=3)


def last_orders(month: date, accounts: Collection[int] | None = None) -> dict[int, date]:
    """Session → the last local day on which an order may be its, of these rooms' in the month and the days around it.

    That is the day on which the room is on air again, and at most 30 days after the broadcast. One query.
    """
    start, _end = month_bounds(month)
    _start, end = month_bounds(next_month(month))
    there = Session.objects.filter(gone=False, end__gte=start - NEAR, start__lt=end + NEAR).select_related("account")
    if accounts is not None:
        there = there.filter(account__in=accounts)
    on_air = sorted(folded(there), key=lambda one: (one.session.account_id, one.start, one.session.pk))
    found = {}
    for place, one in enumerate(on_air):
        until = one.end + AFTER
        following = (other for other in on_air[place + 1 :] if other.session.account_id == one.session.account_id)
        until = next((other.start for other in following if other.start >= one.end), until)
        found[one.session.pk] = timezone.localdate(min(until, one.end + AFTER))
    return found
