"""The list of batches, a batch, one row of its file."""

from collections import defaultdict
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kaibo.imports import exporting, rows
from kaibo.imports.access import find_batch, visible_batches
from kaibo.imports.actions import NotNow, hold_batch, release_batch, restore_batch, state_period, withdraw_batch
from kaibo.imports.forms import PeriodForm, ReasonForm
from kaibo.imports.mappings import titles
from kaibo.imports.models import Batch
from kaibo.imports.periods import COVERING, BadPeriod
from kaibo.imports.replacing import replacing
from kaibo.imports.retention import erasable_on, holds_viewers
from kaibo.imports.sentences import fill, say, say_all
from kaibo.login.access import needed, user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import held, id_of

PER_PAGE = 50
# the buttons of the form about the days that a file covers
PERIOD = ("period", "by_rows")


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    found = visible_batches(user_of(request))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    names = titles()
    listed = [(batch, names.get(batch.source, batch.source)) for batch in page.object_list]
    return render(request, "imports/batches.html", {"page": page, "listed": listed})


@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what the batch is; POST with a reason: withdraw it, or use it again."""
    user = user_of(request)
    found = find_batch(user, pk, needed(request, see=Right.SEE_FILES, change=Right.IMPORT_FILES))
    if request.POST.get("act") in PERIOD:
        return _state_period(request, user, found)
    form = ReasonForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        verb, done = _verbs()[request.POST.get("act", "")]
        try:
            verb(by=user, batch=found, reason=form.cleaned_data["reason"])
        except NotNow as error:
            problem = say(error.message)
        else:
            messages.success(request, done)
            return redirect("imports:batch", pk)
    return _page(request, found, form, problem=problem)


def _state_period(request: HttpRequest, user: User, found: Batch) -> HttpResponse:
    """Which days the file covers; by its rows where the other button was pressed."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _page(request, found, ReasonForm(), period=form)
    told = form.cleaned_data
    first, last = (told["first"], told["last"]) if request.POST["act"] == "period" else (None, None)
    try:
        state_period(by=user, batch=found, first=first, last=last, reason=told["reason"])
    except BadPeriod as wrong:
        form.add_error("last", f"{say(wrong.message)} {say(wrong.todo)}".strip())
        return _page(request, found, ReasonForm(), period=form)
    messages.success(request, _("Said. Sessions of these days and their numbers follow in the background."))
    return redirect("imports:batch", found.pk)


def _period_form(found: Batch) -> PeriodForm | None:
    """As it is now; None where it is not asked."""
    if found.table not in COVERING:
        return None
    first, last = found.covers or (None, None)
    return PeriodForm(initial={"first": first, "last": last})


def _page(
    request: HttpRequest, found: Batch, form: ReasonForm, *, period: PeriodForm | None = None, problem: str = ""
) -> HttpResponse:
    rejects = Paginator(found.rejects.all(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "period_form": period or _period_form(found),
        "batch": found, "title": titles().get(found.source, found.source), "form": form, "problem": problem,
        "rejects": rejects, "reasons": [(r, fill(r.reason, r.values)) for r in rejects.object_list],
        "warnings": say_all(found.warnings), "first": rows.first_rows(found),
        "viewers": holds_viewers(found), "erasable_on": erasable_on(found), "event_days": settings.EVENT_DAYS,
    }  # fmt: skip
    return render(request, "imports/batch.html", context, status=422 if request.method == "POST" else 200)


def _verbs() -> dict[str, tuple[Callable[..., object], str]]:
    """What the page's buttons do, and what is said then; withdrawing where no button is named."""
    withdrawn = (withdraw_batch, _("Withdrawn. Sessions, shifts and numbers follow in the background."))
    return defaultdict(lambda: withdrawn, {
        "restore": (restore_batch, _("In use again. Sessions, shifts and numbers follow in the background.")),
        "hold": (hold_batch, _("Held: its rows about viewers stay until you release them.")),
        "release": (release_batch, _("Released: the rule applies to its rows about viewers again.")),
    })  # fmt: skip


@require_GET
def batch_replaced(request: HttpRequest, pk: int) -> HttpResponse:
    """What the batch replaced, and which values differ. A part of its page that may take a moment: htmx fetches it."""
    found = find_batch(user_of(request), pk)
    try:
        made = replacing(found)
    except FileNotFoundError:
        made = None
    part = request.headers.get("HX-Request") == "true"
    context = {"batch": found, "title": titles().get(found.source, found.source), "replacing": made}
    return render(request, "imports/includes/replaced.html" if part else "imports/replaced.html", context)


@require_GET
def rejects_file(request: HttpRequest, pk: str, ending: str) -> HttpResponse:
    """The rejected rows as xlsx or csv."""
    found = find_batch(user_of(request), id_of(pk) or 0)
    body, kind = (
        (exporting.as_csv(found), "text/csv; charset=utf-8")
        if ending == "csv"
        else (exporting.as_xlsx(found), exporting.XLSX)
    )
    answer = HttpResponse(body, content_type=kind)
    name = f"kaibo-{found.pk}-{_('rejects')}.{ending}"
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


@require_GET
def row(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """One line of the file: the text as it stood there, and what was read from it."""
    found = find_batch(user_of(request), pk)
    file_row = rows.file_row(found, held(row))
    rejects = [(r, fill(r.reason, r.values)) for r in found.rejects.filter(line=row)]
    if file_row is None and not rejects:
        raise Http404
    context = {
        "batch": found, "title": titles().get(found.source, found.source), "line": row, "row": file_row,
        "reasons": rejects,
    }  # fmt: skip
    return render(request, "imports/row.html", context)
