"""Outages: what could not be watched, why, and who confirms it."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_outage, rooms_of, visible_outages
from kaibo.live.models import Outage, OutageCause
from kaibo.live.record_forms import OutageForm
from kaibo.live.views.answers import back
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.org.access import require
from kaibo.org.forms import put

SHOWN = 100


@require_http_methods(["GET", "POST"])
def outages(request: HttpRequest) -> HttpResponse:
    """GET: the newest ones, to be confirmed first; POST: record one."""
    user = user_of(request)
    rooms = rooms_of(user)
    if request.method == "GET":
        asked = {name: request.GET[name] for name in ("account", "start") if request.GET.get(name)}
        return _listed(request, user, OutageForm(rooms=rooms, initial=asked))
    require(user, Right.CORRECT_RECORDS, Right.ACT_OWN)
    form = OutageForm(request.POST, rooms=rooms)
    if form.is_valid():
        read = form.cleaned_data
        try:
            actions.record_outage(by=user, **{**read, "cause": OutageCause(read["cause"])})
            return back(request, reverse("live:outages"))
        except ValidationError as error:
            put(form, error)
    return _listed(request, user, form, 422)


def _listed(
    request: HttpRequest, user: User, form: forms.Form, status: int = 200, problem: ValidationError | None = None
) -> HttpResponse:
    every = visible_outages(user).select_related("account", "recorded_by__person", "confirmed_by__person")
    # those to confirm first, however old
    waits = Case(When(confirmed_at__isnull=True, removed=False, then=0), default=1)
    found = list(every.annotate(waits=waits).order_by("waits", "-start", "-id")[:SHOWN])
    open_ones = [one for one in found if one.confirmed_at is None and not one.removed]
    context = {
        "outages": found,
        "open": len(open_ones),
        "mine_to_confirm": [
            one.pk for one in open_ones if user.can(Right.CORRECT_RECORDS) and one.recorded_by_id != user.pk
        ],
        "form": form,
        "problem": " ".join(problem.messages) if problem else "",
        "now": timezone.now(),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "live/outages.html", context, status=status)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm those that are ticked."""
    user = user_of(request)
    require(user, Right.CORRECT_RECORDS)
    chosen: list[Outage] = [
        find_outage(user, pk) for text in request.POST.getlist("outage") if (pk := id_of(text)) is not None
    ]
    try:
        actions.confirm_outages(by=user, outages=chosen)
    except ValidationError as error:
        return _listed(request, user, OutageForm(rooms=rooms_of(user)), 422, error)
    return redirect("live:outages")


@require_http_methods(["GET", "POST"])
def outage(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct one; who corrects it has recorded it now."""
    user = user_of(request)
    found = find_outage(user, pk)
    rooms = rooms_of(user) | type(found.account).objects.filter(pk=found.account_id)
    initial = {"account": found.account, "cause": found.cause, "note": found.note}
    times = {"start": timezone.localtime(found.start), "end": timezone.localtime(found.end)}
    form = OutageForm(request.POST or None, rooms=rooms, initial={**initial, **times})
    # another room would be another outage
    form.fields["account"].disabled = True
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            actions.edit_outage(
                by=user, outage=found, start=read["start"], end=read["end"], cause=OutageCause(read["cause"]),
                note=read["note"], seen=request.POST.get("seen", ""),
            )  # fmt: skip
            return redirect("live:outages")
        except ValidationError as error:
            put(form, error)
    context = {"outage": found, "form": form}
    return render(request, "live/outage.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one back, or bring it back."""
    user = user_of(request)
    found = find_outage(user, pk)
    try:
        if found.removed:
            actions.restore_outage(by=user, outage=found)
        else:
            actions.remove_outage(by=user, outage=found)
    except ValidationError as error:
        return _listed(request, user, OutageForm(rooms=rooms_of(user)), 422, error)
    return redirect("live:outages")
