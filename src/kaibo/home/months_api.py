"""Months for programs: how each stands, and checking a closed one. docs/api.md names every address."""

from datetime import date

from django.http import HttpRequest, JsonResponse

from kaibo.closing import overview
from kaibo.closing.access import find_closed, find_month
from kaibo.closing.actions import ask_verification
from kaibo.home.api_views import api
from kaibo.login.models import User
from kaibo.org.access import require_lead


@api("GET")
def months(request: HttpRequest, user: User) -> JsonResponse:
    require_lead(user)
    return JsonResponse({"months": [overview.as_json(row) for row in overview.month_rows()]})


@api("GET")
def month(request: HttpRequest, user: User, month: date) -> JsonResponse:
    return JsonResponse(overview.as_json(overview.month_row(find_month(user, month))))


@api("POST")
def verify(request: HttpRequest, user: User, month: date) -> JsonResponse:
    """Have the worker check it; the answer's `verification` is new once `job` is done."""
    closing = find_closed(user, month)
    job = ask_verification(by=user, closing=closing)
    return JsonResponse({**overview.as_json(overview.month_row(month)), "job": job.pk}, status=202)
