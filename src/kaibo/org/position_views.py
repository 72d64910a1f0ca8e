"""Positions: the list, one of them, the handbook's, and the owner's changes. Each view finds, checks, acts, answers."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import find_position, require
from kaibo.org.applying import plan
from kaibo.org.describing import describe, grouped, holders, in_full, order, positions
from kaibo.org.exporting import MEDIA_TYPE, positions_workbook
from kaibo.org.forms import put
from kaibo.org.handbook import handbook
from kaibo.org.models import Position
from kaibo.org.position_forms import PositionForm, PositionsFilter, initial
from kaibo.org.positions import BY_KEY


@require_safe
def position_list(request: HttpRequest) -> HttpResponse:
    """Every position, by department or by level."""
    filters = PositionsFilter(request.GET, auto_id="filter_%s")
    asked = filters.asked()
    found = list(positions(asked, timezone.localdate()))
    context: dict[str, Any] = {
        "groups": grouped(found, by_level=asked.by_level),
        "count": len(found),
        "undescribed": sum(not getattr(one, "described", True) for one in found),
        "filters": filters,
        "asked": asked,
        "query": request.GET.urlencode(),
    }
    return render(request, "org/positions.html", context)


@require_safe
def positions_export(request: HttpRequest) -> HttpResponse:
    """What the list shows under the same filter, in full, as xlsx."""
    asked = PositionsFilter(request.GET).asked()
    found = sorted(positions(asked, timezone.localdate()).prefetch_related("works_with"), key=order)
    answer = HttpResponse(positions_workbook(found), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="positions-{timezone.localdate()}.xlsx"'
    return answer


@require_safe
def position(request: HttpRequest, pk: int) -> HttpResponse:
    """What one position is and does, and who holds it."""
    user = user_of(request)
    found = find_position(user, pk, in_full())
    held, count = holders(found, user, timezone.localdate())
    context = {
        "position": found,
        "told": describe(found),
        "works_with": sorted(found.works_with.all(), key=order),
        "reports": sorted(found.reports.all(), key=order),
        "holders": held,
        "holder_count": count,
        "more": count - len(held),
        "may_edit": user.can(Right.MANAGE_POSITIONS),
        "may_remove": user.can(Right.MANAGE_POSITIONS) and found.key not in BY_KEY and not count,
    }
    return render(request, "org/position.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_position(request: HttpRequest) -> HttpResponse:
    """A position of the company's own."""
    require(user_of(request), Right.MANAGE_POSITIONS)
    return _write(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_position(request: HttpRequest, pk: int) -> HttpResponse:
    """Describe it anew."""
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    return _write(request, find_position(user, pk, in_full()))


def _write(request: HttpRequest, position: Position | None) -> HttpResponse:
    user, status = user_of(request), 200
    if request.method == "POST":
        form, status = PositionForm(request.POST), 422
        if form.is_valid():
            try:
                saved = actions.save_position(
                    by=user, told=form.told(), position=position, seen=form.cleaned_data["seen"]
                )
                messages.success(request, _("Saved."))
                return redirect("org:position", saved.pk)
            except ValidationError as error:
                put(form, error)
    else:
        form = PositionForm(initial=initial(position) if position else {})
    return render(request, "org/position_edit.html", {"form": form, "position": position}, status=status)


@require_POST
def remove_position(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    found = find_position(user, pk)
    try:
        actions.remove_position(by=user, position=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("org:position", pk)
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.title})
    return redirect("org:positions")


@require_http_methods(["GET", "HEAD", "POST"])
def take_handbook(request: HttpRequest) -> HttpResponse:
    """What the handbook would add here, and adding it."""
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    if request.method != "POST":
        return render(request, "org/handbook.html", {"plan": plan(handbook())})
    try:
        made = actions.apply_organisation(by=user, organisation=handbook())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("org:take_handbook")
    added = len(made.new_positions)
    text = ngettext("Added %(count)s position", "Added %(count)s positions", added) % {"count": added}
    filled = len(made.filled_positions)
    text += ngettext(", described %(count)s.", ", described %(count)s.", filled) % {"count": filled}
    messages.success(request, text)
    return redirect("org:positions")
