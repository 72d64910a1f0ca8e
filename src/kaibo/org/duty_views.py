"""The duty matrix: looked at, edited as a grid or a process at a time, one's own part in it, exported."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import find_process, own_person, require
from kaibo.org.actions.duties import RowChange
from kaibo.org.describing import Asked, describe, order, positions
from kaibo.org.duty_forms import Grid, ProcessForm, process_initial
from kaibo.org.exporting import MEDIA_TYPE
from kaibo.org.forms import put
from kaibo.org.matrix import faults, matrix, mine
from kaibo.org.matrix_export import matrix_csv, matrix_workbook
from kaibo.org.models import Letters, Process
from kaibo.org.position_forms import PositionsFilter

LEGEND = (Letters.RESPONSIBLE, Letters.ACCOUNTABLE, Letters.CONSULTED, Letters.INFORMED)


@require_safe
def duties(request: HttpRequest) -> HttpResponse:
    """Processes × positions, and what does not add up."""
    filters = PositionsFilter(request.GET, auto_id="filter_%s")
    asked = filters.asked()
    context = {
        "matrix": matrix(asked, timezone.localdate()),
        "filters": filters,
        "asked": asked,
        "legend": LEGEND,
        "query": request.GET.urlencode(),
    }
    return render(request, "org/duties.html", context)


@require_safe
def duties_export(request: HttpRequest, kind: str) -> HttpResponse:
    """What the matrix shows under the same filter, as xlsx or CSV."""
    today = timezone.localdate()
    shown = matrix(PositionsFilter(request.GET).asked(), today)
    if kind == "csv":
        answer = HttpResponse(matrix_csv(shown), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(matrix_workbook(shown, today), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="duties-{today}.{kind}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def edit_duties(request: HttpRequest) -> HttpResponse:
    """The grid as a form: a letter in each cell, saved at once or not at all."""
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    filters = PositionsFilter(request.GET, auto_id="filter_%s")
    shown, status, wrong = matrix(filters.asked(), timezone.localdate()), 200, list[str]()
    if not shown.rows:
        # without a process there is nothing to type; that page says how to get some
        return redirect(f"/duties/?{request.GET.urlencode()}" if request.GET else "org:duties")
    grid = Grid(shown, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        status, wrong = 422, grid.wrong
        if not wrong:
            try:
                changed = actions.set_parts(by=user, rows=grid.changes())
                text = ngettext("%(count)s cell changed.", "%(count)s cells changed.", changed) % {"count": changed}
                messages.success(request, text)
                return redirect(f"/duties/?{request.GET.urlencode()}" if request.GET else "org:duties")
            except ValidationError as error:
                wrong = error.messages
    context = {"matrix": shown, "grid": grid, "wrong": wrong, "legend": LEGEND, "query": request.GET.urlencode()}
    return render(request, "org/duties_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def process(request: HttpRequest, pk: int) -> HttpResponse:
    """One process: who has which part, and for owners all of it to change."""
    user = user_of(request)
    found = find_process(user, pk)
    if request.method == "POST":
        require(user, Right.MANAGE_POSITIONS)
    return _process(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def add_process(request: HttpRequest) -> HttpResponse:
    require(user_of(request), Right.MANAGE_POSITIONS)
    return _process(request, None)


def _process(request: HttpRequest, found: Process | None) -> HttpResponse:
    user, status = user_of(request), 200
    every = sorted(positions(Asked(), timezone.localdate()).prefetch_related(None), key=order)
    if request.method == "POST":
        form, status = ProcessForm(every, request.POST), 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    saved = actions.save_process(by=user, process=found, **form.words(), seen=form.cleaned_data["seen"])
                    # claimed with its words already
                    row = RowChange(saved, form.letters(), saved.version)
                    actions.set_parts(by=user, rows=[row])
                messages.success(request, _("Saved."))
                return redirect("org:process", saved.pk)
            except ValidationError as error:
                put(form, error)
                if found:
                    found.refresh_from_db()
    else:
        form = ProcessForm(every, initial=process_initial(found) if found else {})
    context: dict[str, Any] = {"process": found, "form": form, "may_edit": user.can(Right.MANAGE_POSITIONS)}
    if found:
        said = dict(found.parts.values_list("position", "letters"))
        parts = [(position, said[position.pk]) for position in every if position.pk in said]
        context["faults"] = faults(parts)
        context["groups"] = [(one, [position for position, letters in parts if one.value in letters]) for one in LEGEND]
    return render(request, "org/process.html", context, status=status)


@require_POST
def remove_process(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    found = find_process(user, pk)
    title = found.title
    actions.remove_process(by=user, process=found)
    messages.success(request, _("“%(name)s” is removed.") % {"name": title})
    return redirect("org:duties")


@require_safe
def my_duties(request: HttpRequest) -> HttpResponse:
    """What the person who is signed in is responsible for."""
    person = own_person(user_of(request))
    if person is None:
        return render(request, "org/my_duties.html", {"person": None})
    found = mine(person, timezone.localdate())
    context = {
        "person": person,
        "mine": found,
        "positions": [(one, describe(one.position)) for one in found.appointments],
    }
    return render(request, "org/my_duties.html", context)
