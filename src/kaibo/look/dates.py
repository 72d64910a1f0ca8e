"""Which years make sense: further away, adding a day or a zone leaves the calendar."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# as files are read: another century is a slip of the finger
YEARS = range(2000, 2101)


def in_range(day: date) -> date:
    """The day (or instant). Raises ValueError for a year out of range."""
    if day.year not in YEARS:
        raise ValueError(f"out of range: {day}")
    return day


def sensible(day: date) -> None:
    """The same as a form field's validator."""
    if day.year not in YEARS:
        raise ValidationError(_("Choose a year between 2000 and 2100."))
