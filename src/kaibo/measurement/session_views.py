"""Pages of one broadcast: the whole of it, and its minutes as a table."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from kaibo.live.models import Session
from kaibo.live.spans import whole
from kaibo.login.access import user_of
from kaibo.measurement.access import find_session
from kaibo.measurement.minutes_page import minutes_file as file_of_minutes
from kaibo.measurement.minutes_page import minutes_page
from kaibo.measurement.session_page import session_page

LINES_A_PAGE = 200


@require_safe
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """One broadcast: sums, who was on air, what fell into each segment."""
    user = user_of(request)
    asked = find_session(user, pk)
    head = _head(asked)
    if head.pk != asked.pk:
        return redirect("measurement:session", head.pk)
    return render(request, "measurement/session.html", {"page": session_page(user, asked)})


@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """The table behind the panels."""
    user = user_of(request)
    asked = find_session(user, pk)
    head = _head(asked)
    if head.pk != asked.pk:
        return redirect("measurement:minutes", head.pk)
    found = minutes_page(user, asked, request.GET.get("every", ""))
    lines = Paginator(found.lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "measurement/minutes.html", {"found": found, "page": lines})


@require_safe
def minutes_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as xlsx, on all pages."""
    user = user_of(request)
    asked = find_session(user, pk)
    return file_of_minutes(minutes_page(user, _head(asked), request.GET.get("every", "1")))


def _head(session: Session) -> Session:
    """The broadcast that a part of it stands for."""
    return whole(session).session if session.joined_to_id else session
