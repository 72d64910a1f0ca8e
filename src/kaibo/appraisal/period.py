"""A month of business dates: its address and its bounds as instants. A month is its first day."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from kaibo.measurement.months import local_midnight, month_of, next_month


def month_text(month: date) -> str:
    """YYYY-MM, as addresses write it."""
    return f"{month:%Y-%m}"


def previous_month(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """The instants whose business date lies in the month: half-open, at the hour the business day starts."""
    boundary = timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)
    return local_midnight(month) + boundary, local_midnight(next_month(month)) + boundary


def business_date(instant: datetime) -> date:
    """The business date of an instant: hours before the business day starts belong to the day before."""
    return (timezone.localtime(instant) - timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)).date()


class MonthConverter:
    """`YYYY-MM` in an address; anything that is no month of this century is no page."""

    regex = r"20\d\d-\d\d"

    def to_python(self, value: str) -> date:
        month = month_of(value)
        if month is None:
            raise ValueError(value)
        return month

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else month_text(value)
