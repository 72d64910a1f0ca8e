"""The organisation chart, and the departments it is made of."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import find_department, require
from kaibo.org.belonging import positions_of, rooms_of
from kaibo.org.chart import Reader, chart, find
from kaibo.org.chart_nodes import Words, node_html, trees
from kaibo.org.exporting import MEDIA_TYPE, chart_workbook
from kaibo.org.forms import ChartForm, CloseForm, DepartmentWordsForm, OpenForm, put
from kaibo.org.models import Department

SIZES = (50, 75, 100, 125, 150)


@dataclass(frozen=True)
class Zoom:
    """How large the chart is drawn, in per cent, and the next sizes; None at the ends."""

    percent: int
    smaller: int | None
    larger: int | None

    @classmethod
    def of(cls, text: str) -> "Zoom":
        """What is no size is the usual one."""
        place = SIZES.index(int(text)) if text in map(str, SIZES) else SIZES.index(100)
        return cls(SIZES[place], *(SIZES[n] if 0 <= n < len(SIZES) else None for n in (place - 1, place + 1)))


@require_safe
def show_chart(request: HttpRequest) -> HttpResponse:
    """Who is where on a day; today unless another is asked for."""
    user, form = user_of(request), ChartForm(request.GET, auto_id="chart_%s")
    on, text, opened = form.wanted()
    reader = Reader(user, on)
    shown = chart(reader, opened)
    folded = request.GET.get("fold") == "all"
    words = Words.of(request, user, folded=folded)
    context: dict[str, Any] = {
        "chart": shown,
        "trees": trees(shown, words),
        "alone": [node_html(one, words) for one in shown.alone],
        "form": form,
        "on": on,
        "today": timezone.localdate(),
        "text": text,
        "opened": opened,
        "folded": folded,
        "zoom": Zoom.of(request.GET.get("zoom", "")),
        "query": request.GET.urlencode(),
    }
    if text:
        context["found"], context["found_count"] = find(reader, text)
    return render(request, "org/chart.html", context)


@require_safe
def chart_export(request: HttpRequest) -> HttpResponse:
    """Everyone who holds a position on that day, with the path of departments, as xlsx."""
    on, _text, _opened = ChartForm(request.GET).wanted()
    answer = HttpResponse(chart_workbook(on), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="organisation-{on}.xlsx"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """What a department is called, what it is there for and what it is under."""
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    found = find_department(user, pk)
    if request.method != "POST":
        return _department(request, found)
    form = DepartmentWordsForm(request.POST)
    if form.is_valid():
        try:
            seen = request.POST.get("seen", "")
            actions.save_department(by=user, department=found, **form.cleaned_data, seen=seen)
            messages.success(request, _("Saved."))
            return redirect("org:chart")
        except ValidationError as error:
            put(form, error)
            found.refresh_from_db()
    return _department(request, found, 422, form=form)


def _department(request: HttpRequest, found: Department, status: int = 200, **bound: forms.Form) -> HttpResponse:
    names = ("name", "name_en", "purpose", "purpose_en", "parent", "opened_on")
    said = {name: getattr(found, name) for name in names} | {"since": timezone.localdate()}
    pasts = found.pasts.select_related("parent").order_by("-until")
    context = {
        "department": found,
        "form": DepartmentWordsForm(initial=said),
        "close_form": CloseForm(),
        "open_form": OpenForm(),
        "pasts": pasts,
        "gaps": found.gaps.order_by("-start"),
        "rooms": rooms_of(found, timezone.localdate()),
        "positions": positions_of(found),
    }
    return render(request, "org/department.html", context | bound, status=status)


@require_POST
def close_department(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    found = find_department(user, pk)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            actions.close_department(by=user, department=found, day=form.cleaned_data["day"])
            messages.success(request, _("%(name)s is closed from that day on.") % {"name": found.title})
            return redirect("org:chart")
        except ValidationError as error:
            put(form, error)
            found.refresh_from_db()
    return _department(request, found, 422, close_form=form)


@require_POST
def reopen_department(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    found = find_department(user, pk)
    form = OpenForm(request.POST)
    if form.is_valid():
        try:
            day = form.cleaned_data["day"]
            actions.reopen_department(by=user, department=found, day=day)
            said = {"name": found.title, "day": day.isoformat()}
            messages.success(request, _("%(name)s is open again from %(day)s on.") % said)
            return redirect("org:chart")
        except ValidationError as error:
            put(form, error)
            found.refresh_from_db()
    return _department(request, found, 422, open_form=form)
