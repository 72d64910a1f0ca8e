"""One shift: what is known of it, correcting it, and saying that it is wrong."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.live import actions
from kaibo.live.access import find_flagged_shift, find_own_shift, find_shift, find_shift_to_edit, visible_shifts
from kaibo.live.actions.changing import times
from kaibo.live.actions.shifts import Newcomer, known_as
from kaibo.live.calendar_forms import AROUND, leads_on, not_yours
from kaibo.live.forms import AddShiftForm, FlagForm, ReasonForm, TimesForm
from kaibo.live.history import history_of
from kaibo.live.models import CrewRole, Shift
from kaibo.live.nights import propose_one
from kaibo.live.views.answers import back
from kaibo.live.views.shifts import just_done, query_with
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.dates import in_range
from kaibo.look.ids import id_of
from kaibo.org.access import holding, people_between, require
from kaibo.org.forms import put
from kaibo.org.models import WEIGHT, Appointment, Department, Person


@require_safe
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """The shift's own page, for whom it concerns."""
    return _page(request, find_shift(user_of(request), pk))


def _page(request: HttpRequest, shift: Shift, status: int = 200, **forms_: forms.Form) -> HttpResponse:
    user = user_of(request)
    proposal = propose_one(shift)
    context: dict[str, Any] = {
        "shift": shift,
        "proposal": proposal,
        "may_edit": visible_shifts(user, Right.PLAN_ROSTER).filter(pk=shift.pk).exists(),
        "is_own": shift.person.user_id == user.pk,
        "over": times(shift)[1] <= timezone.now(),
        "history": history_of(shift),
        "times_form": forms_.get("times_form") or TimesForm(),
        "flag_form": forms_.get("flag_form") or FlagForm(initial={"words": shift.flag}),
        "here": reverse("live:shift", args=[shift.pk]),
        **just_done(user, request.GET.get("done", "")),
    }
    return render(request, "live/shift.html", context, status=status)


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm with these times of day."""
    user = user_of(request)
    found = find_shift_to_edit(user, pk)
    form = TimesForm(request.POST)
    if form.is_valid():
        start, end = form.instants(found)
        try:
            act = actions.edit_shift(
                by=user, shift=found, start=start, end=end, note=form.cleaned_data["note"],
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
            return HttpResponseRedirect(query_with(_next(request, pk), act))
        except ValidationError as error:
            put(form, error)
    return _page(request, find_shift(user, pk), 422, times_form=form)


@require_POST
def absent(request: HttpRequest, pk: int) -> HttpResponse:
    return _aside(request, pk, actions.mark_absent)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _aside(request, pk, actions.cancel)


def _aside(request: HttpRequest, pk: int, verb: Callable[..., str]) -> HttpResponse:
    user = user_of(request)
    try:
        act = verb(by=user, shift=find_shift_to_edit(user, pk), reason=_note(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back(request, reverse("live:shift", args=[pk]))
    return HttpResponseRedirect(query_with(_next(request, pk), act))


@require_POST
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Of two in one role, this one comes first in the split."""
    user = user_of(request)
    actions.set_lead(by=user, shift=find_shift_to_edit(user, pk))
    return back(request, reverse("live:shift", args=[pk]))


@require_POST
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    """The person whose shift it is says what is wrong with it."""
    user = user_of(request)
    found = find_own_shift(user, pk)
    form = FlagForm(request.POST)
    if form.is_valid():
        actions.flag_shift(by=user, shift=found, words=form.cleaned_data["words"])
        return redirect("live:shift", pk)
    return _page(request, found, 422, flag_form=form)


@require_POST
def unflag(request: HttpRequest, pk: int) -> HttpResponse:
    """The person takes it back, or a lead closes it after looking."""
    user = user_of(request)
    actions.unflag(by=user, shift=find_flagged_shift(user, pk))
    return back(request, reverse("live:shift", args=[pk]))


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Someone the roster does not have; the address may say for which hole or instead of whom."""
    user = user_of(request)
    require(user, Right.PLAN_ROSTER)
    form = AddShiftForm(request.POST) if request.method == "POST" else AddShiftForm(initial=_asked(user, request.GET))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = _add(user, form)
                return back(request, reverse("live:shift", args=[made.pk]))
            except ValidationError as error:
                put(form, error)
        status = 422
    instead = id_of(str(form["instead"].value() or ""))
    context = {
        "form": form,
        "instead": None if instead is None else find_shift_to_edit(user, instead),
        "people": people_between(user, Right.PLAN_ROSTER, *_around(form)).filter(active=True),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "live/add_shift.html", context, status=status)


def _around(form: AddShiftForm) -> tuple[date, date]:
    """Whose names are offered: of days near the one that is said, else today."""
    try:
        start = form.fields["start"].to_python(form["start"].value())
        day = in_range(timezone.localdate(start))
    except (ValidationError, ValueError, OverflowError):
        day = timezone.localdate()
    return day - AROUND, day + AROUND


def _add(user: User, form: AddShiftForm) -> Shift:
    read = form.cleaned_data
    instead = find_shift_to_edit(user, read["instead"]) if read["instead"] else None
    who = known_as(read["name"]) or Newcomer(read["name"], _department(user))
    if isinstance(who, Person):
        _refuse_others_people(user, who, timezone.localdate(read["start"]))
    return actions.add_shift(
        by=user, account=read["account"], role=CrewRole(read["role"]), who=who, start=read["start"],
        end=read["end"], note=read["note"], instead_of=instead,
    )  # fmt: skip


def _refuse_others_people(user: User, person: Person, day: date) -> None:
    """Whom somebody else leads that day is theirs to add; who held nothing then is anybody's, like a guest."""
    if leads_on(user, Right.PLAN_ROSTER, person, day):
        return
    if Appointment.objects.filter(holding(day), person=person).exists():
        raise ValidationError({"name": not_yours(person, day)})


def _department(user: User) -> Department | None:
    """Where someone new is put: the department of whoever adds them, else the only one there is."""
    held = Appointment.objects.filter(holding(timezone.localdate()), person__user=user)
    main = held.select_related("department").order_by(WEIGHT.desc(), "-start").first()
    own = main.department if main else None
    everyone = list(Department.objects.all()[:2])
    return own or (everyone[0] if len(everyone) == 1 else None)


def _asked(user: User, query: QueryDict) -> dict[str, Any]:
    """What a link to the form has already said: a hole's room, role and times, or whom to stand in for."""
    instead = id_of(query.get("instead", ""))
    if instead is not None:
        shift = find_shift_to_edit(user, instead)
        asked = {"account": shift.account_id, "role": shift.role, "instead": shift.pk}
        # as proposed, not as planned: else the minutes to the real end would be nobody's
        proposal = propose_one(shift)
        return asked | {"start": timezone.localtime(proposal.start), "end": timezone.localtime(proposal.end)}
    asked = {name: query.get(name) for name in ("account", "role")}
    for name in ("start", "end"):
        instant = parse_datetime(query.get(name, ""))
        asked[name] = timezone.localtime(instant) if instant and timezone.is_aware(instant) else None
    return asked


def _note(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["note"] if form.is_valid() else ""


def _next(request: HttpRequest, pk: int) -> str:
    return back(request, reverse("live:shift", args=[pk]))["Location"]
