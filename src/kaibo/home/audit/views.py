"""The page of what was done, and its files."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaibo.audit.models import AuditEvent, AuditTail
from kaibo.home.audit.page import Asked, Entry, entries
from kaibo.home.audit.words import KINDS, VERBS
from kaibo.login.access import user_of
from kaibo.login.models import Right, User
from kaibo.look.cells import as_text
from kaibo.look.downloads import csv_file
from kaibo.measurement.exports import xlsx
from kaibo.org.access import require

PER_PAGE = 50
MOST_IN_A_WORKBOOK = 10_000
CHUNK = 1000


def require_audit(user: User) -> None:
    """Whoever may read what everybody did; else Http404."""
    require(user, Right.READ_AUDIT)


@require_safe
def audit(request: HttpRequest) -> HttpResponseBase:
    """Newest first, fifty a page."""
    require_audit(user_of(request))
    asked = Asked.of(request.GET)
    page = Paginator(asked.events(), PER_PAGE).get_page(request.GET.get("page"))
    listed = entries(page.object_list, asked.target)
    context = {
        "asked": asked,
        "page": page,
        "entries": listed,
        "verbs": sorted({str(word) for word in VERBS.values()}),
        "kinds": [(key, str(word)) for key, word in KINDS.items()],
        "about": _about(asked, listed),
        "tail": AuditTail.objects.first(),
    }
    return render(request, "home/audit.html", context)


def _about(asked: Asked, listed: list[Entry]) -> str:
    """The one thing that was asked about, in words."""
    if not asked.target:
        return ""
    return f"{listed[0].kind} {listed[0].target}" if listed else asked.target


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All that was asked for, whatever page is shown; ?as=csv of any length, else a workbook."""
    require_audit(user_of(request))
    asked = Asked.of(request.GET)
    events, name = asked.events(), f"audit-{timezone.localdate()}"
    head = [
        _("Number"), _("Time"), _("Who"), _("What was done"), _("Kind"), _("On what"), _("From what to what"), _("Why"),
    ]  # fmt: skip
    if request.GET.get("as") == "csv":
        return csv_file(f"{name}.csv", head, ([as_text(cell) for cell in row] for row in _rows(events)))
    if len(events.values("pk")[: MOST_IN_A_WORKBOOK + 1]) > MOST_IN_A_WORKBOOK:
        messages.error(request, _("More than 10,000 rows: narrow the filter, or take CSV."))
        return redirect(f"{reverse('home:audit')}?{request.GET.urlencode()}")
    return xlsx(f"{name}.xlsx", _("Audit"), head, _rows(events))


def _rows(events: QuerySet[AuditEvent]) -> Iterator[list[str | int]]:
    found: list[AuditEvent] = []
    for event in events.iterator(CHUNK):
        found.append(event)
        if len(found) == CHUNK:
            yield from map(_row, entries(found))
            found = []
    yield from map(_row, entries(found))


def _row(entry: Entry) -> list[str | int]:
    told = "\n".join(
        f"{change.name}: {change.after}"
        if change.before is None
        else f"{change.name}: {change.before} → {change.after}"
        for change in entry.changes
    )
    at = timezone.localtime(entry.at).isoformat(" ", "seconds")[: len("2026-11-29 20:00:00")]
    return [entry.id, at, entry.who, entry.what, entry.kind, entry.target, told, entry.why]
