"""Rooms that one crew serves at once; joining a broadcast that broke off, and parting it again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.audit.seen import seen_in
from kaibo.live import actions
from kaibo.live.access import find_session, find_simulcast
from kaibo.live.actions.simulcasting import seen_of
from kaibo.live.models import Account, Simulcast
from kaibo.live.views.rooms import session_page
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.look.dates import sensible
from kaibo.look.ids import Rows, id_of
from kaibo.org.access import require
from kaibo.org.forms import put


class SimulcastForm(forms.Form):
    name = forms.CharField(label=_("Name of the group"), max_length=80)
    accounts = Rows(Account.objects.all(), label=_("Rooms"), widget=forms.CheckboxSelectMultiple)
    start = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), validators=[sensible]
    )
    end = forms.DateField(
        label=_("Until (that day no more)"), required=False, validators=[sensible],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty while it goes on."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def simulcasts(request: HttpRequest) -> HttpResponse:
    """Which rooms one crew serves at once. Leads see it, the owner changes it; `?edit=`: one to correct."""
    user = user_of(request)
    require(user, Right.SEE_ROOMS)
    asked = id_of(request.POST.get("edit") or request.GET.get("edit", ""))
    editing = None if asked is None else find_simulcast(user, asked)
    if request.method == "POST":
        require(user, Right.MANAGE_ROOMS)
        form = SimulcastForm(request.POST)
        if form.is_valid():
            read = form.cleaned_data
            try:
                actions.save_simulcast(
                    by=user, name=read["name"], accounts=list(read["accounts"]), start=read["start"], end=read["end"],
                    simulcast=editing, seen=request.POST.get("seen", ""),
                )  # fmt: skip
                return redirect("live:simulcasts")
            except ValidationError as error:
                put(form, error)
    else:
        form = SimulcastForm(initial=_initial(editing))
    context: dict[str, Any] = {
        "simulcasts": Simulcast.objects.prefetch_related("accounts"),
        "form": form,
        "editing": editing,
        "seen": seen_in(form, seen_of(editing)) if editing else "",
        "may_edit": user.can(Right.MANAGE_ROOMS),
    }
    return render(request, "live/simulcasts.html", context, status=422 if form.is_bound else 200)


def _initial(simulcast: Simulcast | None) -> dict[str, Any]:
    if simulcast is None:
        return {}
    return {
        "name": simulcast.name, "accounts": simulcast.accounts.all(), "start": simulcast.start, "end": simulcast.end,
    }  # fmt: skip


@require_POST
def remove_simulcast(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = find_simulcast(user, pk)
    require(user, Right.MANAGE_ROOMS)
    actions.remove_simulcast(by=user, simulcast=found)
    return redirect("live:simulcasts")


@require_POST
def join_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Take this broadcast and the chosen one as one that broke off and went on."""
    user = user_of(request)
    session = find_session(user, pk)
    other = id_of(request.POST.get("other", ""))
    try:
        if other is None:
            raise ValidationError(_("It takes two broadcasts to join."))
        both = [session, find_session(user, other)]
        actions.join_sessions(by=user, sessions=both, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        return session_page(request, session, " ".join(error.messages))
    return redirect(reverse("live:edit_session", args=[pk]))


@require_POST
def part_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Take every part of this broadcast as one of its own again."""
    user = user_of(request)
    session = find_session(user, pk)
    try:
        actions.part_sessions(by=user, session=session, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        return session_page(request, session, " ".join(error.messages))
    return redirect(reverse("live:edit_session", args=[pk]))
