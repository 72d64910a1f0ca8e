"""Confirmed outages of the team's own equipment, which cost tech."""

from datetime import datetime

from django.db.models import QuerySet

from kaibo.live.models import Outage, OutageCause


def confirmed_outages(start: datetime, end: datetime) -> QuerySet[Outage]:
    """Those that touch [start, end), by start."""
    inside = Outage.objects.filter(start__lt=end, end__gt=start, removed=False, confirmed_at__isnull=False)
    return inside.filter(cause=OutageCause.OWN_EQUIPMENT).order_by("start", "pk")
