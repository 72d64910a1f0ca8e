"""A calendar month in the team's zone: its first day, its bounds, its text."""

import re
from datetime import date, datetime, time

from django.utils import timezone

from kaibo.look.dates import in_range


def month_of(text: str) -> date | None:
    """The first day of `YYYY-MM`; None for anything else, and for a year that makes no sense."""
    if not re.fullmatch(r"\d{4}-\d{2}", text):
        return None
    try:
        return in_range(date(int(text[:4]), int(text[5:]), 1))
    except ValueError:
        return None


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def local_midnight(day: date) -> datetime:
    """The instant a local day begins."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """The half-open interval [start, end) of a month in the team's zone."""
    return local_midnight(month.replace(day=1)), local_midnight(next_month(month))
