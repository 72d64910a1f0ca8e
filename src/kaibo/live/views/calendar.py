"""The calendar's pages: looking at it, planning a shift, moving it, taking it off."""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from kaibo.live import actions
from kaibo.live.access import find_shift_to_edit
from kaibo.live.business_days import business_day
from kaibo.live.calendar import DAY, MONTH, WEEK, asked_calendar, board, leaves_of, nearest_shift
from kaibo.live.calendar_day import day_page
from kaibo.live.calendar_forms import CalendarFilter, PlanForm
from kaibo.live.calendar_month import month_weeks
from kaibo.live.models import CrewRole, Shift
from kaibo.live.planning import Slot, refused, warnings
from kaibo.live.publications import published
from kaibo.live.views.answers import back
from kaibo.live.views.shifts import just_done, query_with
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import own_person, require
from kaibo.org.forms import put


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Everybody's own shifts; for leads the rooms. A phone that names no view gets the day."""
    user = user_of(request)
    phone = request.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in request.headers.get("User-Agent", "")
    asked = asked_calendar(request.GET, usual=(DAY if user.can(Right.SEE_ROSTER) else MONTH) if phone else WEEK)
    found, leaves = board(user, asked), leaves_of(user, asked)
    nearest = None if found.count else nearest_shift(user, asked)
    context: dict[str, Any] = {
        "asked": asked,
        "board": found,
        "filter": CalendarFilter(user, asked),
        "views": [(name, label, asked.at(asked.day, name)) for name, label in _views()],
        "bare": not (found.count or found.holes or leaves or nearest if asked.view == MONTH else found.rows),
        "nearest": nearest,
        "today": asked.at(asked_calendar({}).day),
        "weekdays": asked.days[:7] if asked.view == WEEK else [],
        "person": own_person(user),
        "published": [
            published(user, month) for month in sorted({asked.first.replace(day=1), asked.last.replace(day=1)})
        ],
        "leaves": [(day, leaves.get(day, [])) for day in asked.days] if leaves else [],
        "here": request.get_full_path(),
        **just_done(user, request.GET.get("done", "")),
    }
    if asked.view == DAY:
        context["page"] = day_page(found, whole=request.GET.get("hours") == "all")
    if asked.view == MONTH:
        context["weeks"] = month_weeks(found, leaves, own=not user.can(Right.SEE_ROSTER) or bool(asked.person))
    return render(request, "live/calendar.html", context)


def _views() -> list[tuple[str, str]]:
    return [(DAY, pgettext("view", "Day")), (WEEK, pgettext("view", "Week")), (MONTH, pgettext("view", "Month"))]


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """A new shift; the address may say for which room, role and times."""
    user = user_of(request)
    require(user, Right.PLAN_ROSTER)
    if request.method != "POST":
        return _form_page(request, PlanForm(user=user, initial=_said(request.GET)))
    form = PlanForm(request.POST, user=user)
    if not form.is_valid():
        return _form_page(request, form, 422)
    read = form.cleaned_data
    slot = Slot(read["person"], read["account"], CrewRole(read["role"]), read["start"], read["end"])
    if answer := _unread(request, form, slot):
        return answer
    try:
        act = actions.plan_shift(
            by=user, person=slot.person, account=slot.account, role=slot.role, start=slot.start, end=slot.end,
            note=read["note"],
        )  # fmt: skip
    except ValidationError as error:
        put(form, error)
        return _form_page(request, form, 422)
    there, bare = _next(request), reverse("live:calendar")
    # from nowhere in particular one goes where the shift stands
    return HttpResponseRedirect(query_with(f"{bare}?day={business_day(slot.start)}" if there == bare else there, act))


@require_http_methods(["GET", "POST"])
def replan(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time, room, role or person for a planned shift: by form, and what dragging sends."""
    user = user_of(request)
    shift = find_shift_to_edit(user, pk)
    stands = {
        "person": shift.person_id, "account": shift.account_id, "role": shift.role,
        "start": _local(shift.planned_start), "end": _local(shift.planned_end),
    }  # fmt: skip
    if request.method != "POST":
        return _form_page(request, PlanForm(user=user, initial=stands | _said(request.GET)), shift=shift)
    # dragging sends only what it changed
    form = PlanForm({**stands, **request.POST.dict()}, user=user)
    if not form.is_valid():
        return _form_page(request, form, 422, shift)
    read = form.cleaned_data
    slot = Slot(read["person"], read["account"], CrewRole(read["role"]), read["start"], read["end"], shift.pk)
    if answer := _unread(request, form, slot, shift):
        return answer
    try:
        act = actions.move_shift(
            by=user, shift=shift, person=slot.person, account=slot.account, role=slot.role, start=slot.start,
            end=slot.end, reason=read["note"], seen=request.POST.get("seen", ""),
        )  # fmt: skip
    except ValidationError as error:
        put(form, error)
        return _form_page(request, form, 422, find_shift_to_edit(user, pk))
    return HttpResponseRedirect(query_with(_next(request), act))


@require_http_methods(["POST"])
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a planned shift out of the plan; it stays in its history as cancelled."""
    user = user_of(request)
    shift = find_shift_to_edit(user, pk)
    try:
        act = actions.cancel(by=user, shift=shift, reason=request.POST.get("note", "")[:300])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(_next(request))
    return HttpResponseRedirect(query_with(_next(request), act))


def _unread(request: HttpRequest, form: PlanForm, slot: Slot, shift: Shift | None = None) -> HttpResponse | None:
    """The page with what speaks against it, as long as nobody has read exactly that and gone on."""
    if refused(slot):
        return None
    # what is so already is not this change's doing
    before = _stands(shift) if shift else []
    told = [sentence for sentence in warnings(slot) if sentence not in before]
    digest = sha256("\n".join(told).encode()).hexdigest()[:16] if told else ""
    if not told or form.cleaned_data["accept"] == digest:
        return None
    return _form_page(request, form, 422, shift, told=told, digest=digest)


def _stands(shift: Shift) -> list[str]:
    """What speaks against the shift where it is now."""
    if shift.planned_start is None or shift.planned_end is None:
        return []
    role = CrewRole(shift.role)
    return warnings(Slot(shift.person, shift.account, role, shift.planned_start, shift.planned_end, shift.pk))


def _form_page(
    request: HttpRequest, form: PlanForm, status: int = 200, shift: Shift | None = None, **more: Any
) -> HttpResponse:
    context = {"form": form, "shift": shift, "next": _next(request), **more}
    return render(request, "live/plan_shift.html", context, status=status)


def _said(query: QueryDict) -> dict[str, Any]:
    """What a link to the form has already said."""
    said: dict[str, Any] = {name: query[name] for name in ("person", "account", "role") if query.get(name)}
    for name in ("start", "end"):
        try:
            instant = parse_datetime(query.get(name, ""))
        except ValueError:
            instant = None
        if instant:
            said[name] = _local(instant) if timezone.is_aware(instant) else instant
    return said


def _local(instant: Any) -> Any:
    return timezone.localtime(instant).replace(tzinfo=None) if instant else None


def _next(request: HttpRequest) -> str:
    if request.method == "POST":
        return back(request, reverse("live:calendar"))["Location"]
    target = request.GET.get("next", "")
    fine = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if fine else reverse("live:calendar")
