"""The daily report: page, xlsx, picture. Leads and owners only: it names everybody's amounts."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.measurement import daily as reports
from kaibo.measurement import due, exports
from kaibo.measurement.daily_picture import headings, picture
from kaibo.measurement.daily_text import as_text, range_label
from kaibo.measurement.forms import DailyRange
from kaibo.org.access import require

_DAY = timedelta(days=1)


@require_safe
def daily(request: HttpRequest) -> HttpResponse:
    """Any range of days; the newest day with data unasked."""
    chosen, report = _asked(request)
    context: dict[str, Any] = {"form": chosen, "report": report}
    if report is None:
        return render(request, "measurement/daily.html", context, status=422)
    context |= {
        "text": as_text(report),
        "label": range_label(report),
        "computing": due.is_computing(report.end),
        "before": report.start - (report.end - report.start) - _DAY,
        "before_end": report.start - _DAY,
        "after": report.end + _DAY,
        "after_end": report.end + _DAY + (report.end - report.start),
    }
    return render(request, "measurement/daily.html", context)


@require_safe
def daily_file(request: HttpRequest) -> HttpResponse:
    _chosen, report = _asked(request)
    return HttpResponse(status=422) if report is None else exports.daily_file(report)


@require_safe
def daily_picture(request: HttpRequest) -> HttpResponse:
    """The picture as SVG; the page's script makes a PNG of it."""
    _chosen, report = _asked(request)
    if report is None:
        return HttpResponse(status=422)
    context = {"report": report, "picture": picture(report), "headings": headings(), "label": range_label(report)}
    return render(request, "measurement/daily.svg", context, content_type="image/svg+xml")


def _asked(request: HttpRequest) -> tuple[DailyRange, reports.Daily | None]:
    """The range asked for and its report; None where the range makes no sense. Http404 for who may not see it."""
    require(user_of(request), Right.SEE_ROOMS)
    otherwise = reports.newest_day() or timezone.localdate()
    chosen = DailyRange(request.GET.dict(), otherwise=otherwise)
    if not chosen.is_valid():
        return chosen, None
    return chosen, reports.daily(chosen.cleaned_data["start"], chosen.cleaned_data["end"])
