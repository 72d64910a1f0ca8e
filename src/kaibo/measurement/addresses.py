"""Months and days in an address that the calendar does not have: a page says so, a file is not made of another one."""

import re
from datetime import date

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from kaibo.look.dates import in_range
from kaibo.measurement.months import month_of

# as months stand in paths: /people/7/2026-11/
OF_PATH = re.compile(r"\d{4}-\d{1,2}")
SHOWN = 20


def unknown_time(request: HttpRequest) -> str:
    """What to say of a month (?month=, or in the path) or a day (?day=) that there is not; empty where all is well."""
    month, day = request.GET.get("month", ""), request.GET.get("day", "")
    named = [part for part in request.path.split("/") if OF_PATH.fullmatch(part)]
    wrong = [text for text in (month, *named) if text and month_of(text) is None]
    if wrong:
        said = _("There is no month “%(text)s”. Write year and month, like 2026-11, or choose one on the page.")
        return said % {"text": wrong[0][:SHOWN]}
    if day and not _is_day(day):
        said = _("There is no day “%(text)s”. Write year, month and day, like 2026-11-18, or choose one on the page.")
        return said % {"text": day[:SHOWN]}
    return ""


def require_time(request: HttpRequest) -> None:
    """Raises Http404 for such an address: whoever asks for a file would take it for what was asked for."""
    if unknown_time(request):
        raise Http404


def _is_day(text: str) -> bool:
    try:
        in_range(date.fromisoformat(text))
    except ValueError:
        return False
    return True
