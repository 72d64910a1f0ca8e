"""Business days: a team's day begins at the boundary hour, so what goes on past midnight is the evening before's."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone


def business_start(day: date) -> datetime:
    """The instant a business day begins: what goes on past midnight belongs to the evening before."""
    at = time(settings.BUSINESS_DAY_STARTS_AT)
    return datetime.combine(day, at, tzinfo=timezone.get_default_timezone())


def business_day(instant: datetime) -> date:
    """The business day an instant falls in, by the wall clock: also in nights in which it is changed."""
    return (timezone.localtime(instant) - timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)).date()
