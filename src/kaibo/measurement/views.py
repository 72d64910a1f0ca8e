"""The list of sessions."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kaibo.live.models import Session
from kaibo.login.access import user_of
from kaibo.measurement import exports, session_list
from kaibo.measurement.access import visible_sessions
from kaibo.measurement.closed import closed_months
from kaibo.measurement.forms import SessionFilter

PER_PAGE = 100


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """The sessions of the newest month, or of what the address asks for."""
    own = visible_sessions(user_of(request))
    chosen, found = _asked(request, own)
    page = Paginator(session_list.annotated(found), PER_PAGE).get_page(request.GET.get("page"))
    closed = closed_months()
    lines = session_list.lines(page.object_list, closed)
    context: dict[str, Any] = {
        "form": chosen,
        "page": page,
        "days": session_list.days(lines),
        "totals": session_list.totals(lines) if lines else None,
        "any_at_all": bool(lines) or own.exists(),
        "closed": [one for month, one in closed.items() if any(line.day.replace(day=1) == month for line in lines)],
        "filtered": any(request.GET.get(name) for name in ("room", "state", "q")),
    }
    status = 200 if chosen.is_valid() else 422
    return render(request, "measurement/sessions.html", context, status=status)


@require_safe
def sessions_file(request: HttpRequest) -> HttpResponse:
    """The list as xlsx: what the filter leaves, on all pages."""
    chosen, found = _asked(request, visible_sessions(user_of(request)))
    if not chosen.is_valid():
        return HttpResponse(status=422)
    return exports.sessions_file(session_list.lines(session_list.annotated(found)))


def _asked(request: HttpRequest, own: QuerySet[Session]) -> tuple[SessionFilter, QuerySet[Session]]:
    """The filter and what it leaves; nothing where the filter makes no sense."""
    asked = request.GET.dict()
    if not any(asked.get(name) for name in ("from", "to")):
        newest = own.order_by("-start").values_list("start", flat=True).first()
        if newest:
            last = timezone.localdate(newest)
            asked |= {"from": last.replace(day=1).isoformat(), "to": last.isoformat()}
    chosen = SessionFilter(asked)
    return chosen, session_list.filtered(own, chosen) if chosen.is_valid() else own.none()
