"""The targets of all rooms of a month, and the days that a room's target falls on."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kaibo.audit.models import AuditEvent
from kaibo.audit.seen import seen_in
from kaibo.live import actions
from kaibo.live.access import find_account
from kaibo.live.actions.aiming import seen_plan, seen_targets
from kaibo.live.business_days import business_day
from kaibo.live.day_plans import plan_of, room_days
from kaibo.live.forms import to_minor
from kaibo.live.models import Account, Target
from kaibo.live.target_forms import DayPlanForm, TargetsForm, major
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.look.dates import in_range
from kaibo.org.access import require
from kaibo.org.forms import put


@require_http_methods(["GET", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    """Every room's target of a month on one page; ?percent= fills in last month's and that much more, unsaved."""
    user = user_of(request)
    require(user, Right.SEE_ROOMS)
    month = month_of(request.POST.get("month", "") or request.GET.get("month", ""))
    before = (month - timedelta(days=1)).replace(day=1)
    rooms = list(Account.objects.order_by("name", "pk"))
    now, last = _amounts(month), _amounts(before)
    if request.method == "POST":
        require(user, Right.SET_TARGETS)
        form = TargetsForm(request.POST, rooms=rooms, now=now)
        if form.is_valid():
            try:
                seen = request.POST.get("seen", "")
                changed = actions.set_targets(by=user, month=month, amounts=form.amounts(), seen=seen)
                said = ngettext("%(n)s target changed.", "%(n)s targets changed.", changed) % {"n": changed}
                messages.success(request, said)
                return redirect(f"{reverse('live:targets')}?month={month:%Y-%m}")
            except ValidationError as error:
                put(form, error)
    else:
        copied = _copied(last, request.GET.get("percent", ""))
        form = TargetsForm(rooms=rooms, now=now if copied is None else {**now, **copied})
    context = {
        "form": form,
        "seen": seen_in(form, seen_targets(month)),
        "month": month,
        "before": before,
        "following": (month + timedelta(days=32)).replace(day=1),
        "rows": [(room, form[f"room-{room.pk}"], last.get(room.pk), now.get(room.pk)) for room in rooms],
        "copied": "percent" in request.GET and request.method == "GET",
        "may_edit": user.can(Right.SET_TARGETS),
        "history": _history(month, {str(room.pk): room for room in rooms}),
    }
    return render(request, "live/targets.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def days(request: HttpRequest, pk: int) -> HttpResponse:
    """One room's target of a month by day, and the weights behind it."""
    user = user_of(request)
    room = find_account(user, pk)
    month = month_of(request.POST.get("month", "") or request.GET.get("month", ""))
    if request.method == "POST":
        require(user, Right.SET_TARGETS)
        form = DayPlanForm(request.POST, month=month)
        if form.is_valid():
            try:
                actions.set_day_plan(
                    by=user, account=room, month=month, weekdays=form.weekdays(), special=form.cleaned_data["special"],
                    seen=request.POST.get("seen", ""),
                )  # fmt: skip
                messages.success(request, _("Saved. The days add up to the month's target."))
                return redirect(f"{reverse('live:day_plan', args=[pk])}?month={month:%Y-%m}")
            except ValidationError as error:
                put(form, error)
    else:
        weekdays, special = plan_of(room, month)
        lines = "\n".join(f"{day[5:]} {said[0]} {said[1]}".rstrip() for day, said in sorted(special.items()))
        initial = {f"weekday-{n}": weight for n, weight in enumerate(weekdays)} | {"special": lines}
        form = DayPlanForm(month=month, initial=initial)
    found = room_days(room, month)
    _weekdays, special = plan_of(room, month)
    context: dict[str, Any] = {
        "room": room,
        "seen": seen_in(form, seen_plan(room, month)),
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "following": (month + timedelta(days=32)).replace(day=1),
        "form": form,
        "found": found,
        "blank": range(month.weekday()),
        "days": [(day, minor, special.get(day.isoformat(), [0, ""])[1]) for day, minor in found.days.items()]
        if found
        else [],
        "may_edit": user.can(Right.SET_TARGETS),
    }
    return render(request, "live/day_plan.html", context, status=422 if form.is_bound else 200)


def _amounts(month: date) -> dict[int, int | None]:
    return dict(Target.objects.filter(month=month).values_list("account", "amount_minor"))


def _copied(last: dict[int, int | None], percent: str) -> dict[int, int | None] | None:
    """Last month's targets and so many percent more, to whole units of money, half up; None where none was asked."""
    try:
        factor = (Decimal(100) + Decimal(percent)) / 100
        if not factor.is_finite():
            return None
    except (InvalidOperation, ValueError):
        return None
    if not Decimal(0) <= factor <= Decimal(100):
        return None
    currencies = dict(Account.objects.filter(pk__in=last).values_list("pk", "currency"))
    found: dict[int, int | None] = {}
    for pk, minor in last.items():
        amount = major(minor, currencies[pk])
        if amount is not None:
            whole = (amount * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            found[pk] = to_minor(whole, currencies[pk])
    return found


def _history(month: date, rooms: dict[str, Account]) -> list[tuple[AuditEvent, Account, int | None, int | None]]:
    """Who set which target of this month, newest first."""
    events = AuditEvent.objects.filter(
        verb="set_target", target_type="live.account", payload__data__of=month.isoformat()
    )
    return [
        (event, rooms[pk], data.get("former"), data.get("amount_minor"))
        for event in events.order_by("-at", "-pk")[:40]
        for pk, data in event.each()
        if pk in rooms
    ][:40]


def month_of(text: str) -> date:
    try:
        return in_range(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return business_day(timezone.now()).replace(day=1)
