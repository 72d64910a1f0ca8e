"""Who answers for a room, and which rooms an ad account spends for."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_account, find_responsibility
from kaibo.live.ad_accounts import known_ad_accounts
from kaibo.live.models import Account, RoomDuty
from kaibo.live.record_forms import AdAccountForm, EndForm, ResponsibilityForm
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import require
from kaibo.org.forms import put


@require_http_methods(["GET", "POST"])
def responsibilities(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: who answers for the room, now and before; POST: somebody from a day on."""
    user = user_of(request)
    account = find_account(user, pk)
    form = ResponsibilityForm(request.POST or None, initial={"start": timezone.localdate()})
    if request.method == "POST":
        require(user, Right.MANAGE_ROOMS)
        if form.is_valid():
            read = form.cleaned_data
            try:
                actions.assign_responsibility(by=user, account=account, **{**read, "duty": RoomDuty(read["duty"])})
                return redirect("live:responsibilities", pk)
            except ValidationError as error:
                put(form, error)
    today = timezone.localdate()
    held = list(account.responsibilities.select_related("person"))
    now = {one.pk: one.duty for one in held if one.start <= today and (one.end is None or one.end > today)}
    context = {
        "room": account,
        "held": [(one, one.pk in now) for one in held],
        "holes": [duty.label for duty in RoomDuty if duty not in now.values()],
        "form": form,
        "may_edit": user.can(Right.MANAGE_ROOMS),
        "today": today,
    }
    return render(request, "live/responsibilities.html", context, status=422 if form.is_bound else 200)


@require_POST
def end_responsibility(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    held = find_responsibility(user, pk)
    form = EndForm(request.POST)
    if form.is_valid() and form.cleaned_data["end"] <= held.start:
        # it never began: that is what taking it away is for
        actions.remove_responsibility(by=user, held=held)
    elif form.is_valid():
        try:
            actions.end_responsibility(by=user, held=held, end=form.cleaned_data["end"])
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("live:responsibilities", held.account_id)


@require_POST
def remove_responsibility(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    held = find_responsibility(user, pk)
    actions.remove_responsibility(by=user, held=held)
    return redirect("live:responsibilities", held.account_id)


@require_http_methods(["GET", "POST"])
def ad_accounts(request: HttpRequest) -> HttpResponse:
    """GET: every ad account seen or mapped, and its rooms; POST: its rooms from a day on."""
    user = user_of(request)
    require(user, Right.SEE_ROOMS)
    rooms = Account.objects.all()
    chosen = request.GET.get("name", "")
    form = AdAccountForm(
        request.POST or None, rooms=rooms, initial={"ad_account": chosen, "start": timezone.localdate().replace(day=1)}
    )
    if request.method == "POST":
        require(user, Right.MANAGE_ROOMS)
        if form.is_valid():
            read = form.cleaned_data
            try:
                actions.map_ad_account(by=user, ad_account=read["ad_account"], start=read["start"], parts=form.parts())
                return redirect("live:ad_accounts")
            except ValidationError as error:
                put(form, error)
    context = {"known": known_ad_accounts(), "form": form, "may_edit": user.can(Right.MANAGE_ROOMS), "rooms": rooms}
    return render(request, "live/ad_accounts.html", context, status=422 if form.is_bound else 200)
