"""Rooms: what they are called, how people share in them, what is aimed at, what was broadcast."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.live import actions
from kaibo.live.access import find_account, find_room_department, find_session
from kaibo.live.actions.rooms import category_in
from kaibo.live.air_time import looks_like_test
from kaibo.live.belonging import departments_on, history, within
from kaibo.live.forms import ZONES, EditSessionForm, NewRoomForm, RoomForm, SessionForm, TargetForm
from kaibo.live.models import Account, AirKind, RoomCategory, Session, SplitRule, Target
from kaibo.live.nights import business_start
from kaibo.live.record_forms import RoomDepartmentForm, RoomsFilterForm
from kaibo.live.same_rooms import same_names
from kaibo.live.spans import LONGEST, whole
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.dates import in_range
from kaibo.org.access import require
from kaibo.org.forms import put


@require_safe
def rooms(request: HttpRequest) -> HttpResponse:
    """Every room, with this month's broadcasts and target."""
    require(user_of(request), Right.SEE_ROOMS)
    return _rooms(request)


def _rooms(request: HttpRequest, status: int = 200, form: forms.Form | None = None, refused: str = "") -> HttpResponse:
    today = timezone.localdate()
    month = today.replace(day=1)
    placed = departments_on(today)
    narrow = RoomsFilterForm(request.GET)
    chosen = narrow.cleaned_data["department"] if narrow.is_valid() else None
    rooms = _with_month(Account.objects.all(), month)
    if chosen:
        inside = set(within(chosen, today))
        rooms = rooms.filter(pk__in=[pk for pk, department in placed.items() if department.pk in inside])
    context = {
        "rooms": [(room, placed.get(room.pk)) for room in rooms],
        "filter": narrow,
        "any_department": bool(placed),
        "chosen": chosen,
        "month": month,
        "form": form or NewRoomForm(),
        "may_edit": user_of(request).can(Right.MANAGE_ROOMS),
        "same_names": same_names(),
        "refused": refused,
    }
    return render(request, "live/rooms.html", context, status=status)


@require_POST
def merge_room(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the room be the one whose name its number is; only a pair that the page offers."""
    user = user_of(request)
    account = find_account(user, pk)
    require(user, Right.MANAGE_ROOMS)
    offer = next((one for one in same_names() if one.room == account), None)
    if offer is None:
        return _rooms(
            request, 422, refused=gettext("The list has changed since you opened it. Look again, then decide.")
        )
    try:
        return redirect("live:room", actions.merge_rooms(by=user, room=offer.room, into=offer.into).pk)
    except ValidationError as error:
        return _rooms(request, 422, refused=" ".join(error.messages))


def _with_month(rooms: QuerySet[Account], month: date) -> QuerySet[Account]:
    target = Target.objects.filter(account=OuterRef("pk"), month=month).values("amount_minor")
    begun = Q(sessions__gone=False, sessions__start__gte=business_start(month))
    return rooms.annotate(session_count=Count("sessions", filter=begun), target_minor=Subquery(target))


@require_POST
def add_room(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_ROOMS)
    form = NewRoomForm(request.POST)
    if form.is_valid():
        try:
            return redirect("live:room", actions.add_account(by=user, **form.cleaned_data).pk)
        except ValidationError as error:
            put(form, error)
    return _rooms(request, 422, form)


@require_safe
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """One room: what it is, its targets, the broadcasts of a month."""
    return _room(request, find_account(user_of(request), pk))


def _room(request: HttpRequest, account: Account, status: int = 200, **bound: forms.Form) -> HttpResponse:
    month = _month(request.GET.get("month", ""))
    following = (month + timedelta(days=32)).replace(day=1)
    sessions = account.sessions.filter(
        gone=False, start__gte=business_start(month), start__lt=business_start(following)
    ).order_by("-start")
    initial = {
        "name": account.name, "other_names": "\n".join(account.other_names), "zone": account.zone,
        "currency": account.currency, "split_rule": account.split_rule, "category": category_in(account, month),
        "category_since": f"{timezone.localdate():%Y-%m}",
    }  # fmt: skip
    today = timezone.localdate()
    placed = history(account, today)
    now = next((one for one in placed if one.now), None)
    where = {"department": now and now.row.department, "start": today if placed else today.replace(day=1)}
    context: dict[str, Any] = {
        "room": account,
        "placed": placed,
        "placed_now": now,
        "department_form": bound.get("department_form") or RoomDepartmentForm(initial=where, auto_id="department_%s"),
        "month": month,
        "previous": (month - timedelta(days=1)).replace(day=1),
        "following": following,
        "sessions": [(session, looks_like_test(session)) for session in sessions],
        "targets": account.targets.order_by("-month")[:12],
        "room_form": bound.get("room_form") or RoomForm(initial=initial, auto_id="room_%s"),
        "target_form": bound.get("target_form")
        or TargetForm(currency=account.currency, initial={"month": month}, auto_id="target_%s"),
        "session_form": bound.get("session_form") or SessionForm(auto_id="session_%s"),
        "zones": ZONES,
        "category": category_in(account, month),
        "categories": _categories(),
        "may_edit": user_of(request).can(Right.MANAGE_ROOMS),
        "adding": "session_form" in bound,
    }
    return render(request, "live/room.html", context, status=status)


def _categories() -> list[str]:
    """Every one that any room ever had, to be offered."""
    found = RoomCategory.objects.exclude(category="").order_by("category")
    return list(found.values_list("category", flat=True).distinct())


def say_category(by: User, account: Account, category: str, since: date, *, told: bool) -> None:
    """What a form says of it, where that is something new. Raises ValidationError."""
    if told and " ".join(category.split()) != category_in(account, since):
        actions.set_category(by=by, account=account, category=category, since=since)


@require_POST
def edit_room(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    account = find_account(user, pk)
    require(user, Right.MANAGE_ROOMS)
    form = RoomForm(request.POST, auto_id="room_%s")
    if form.is_valid():
        read = form.cleaned_data
        try:
            with transaction.atomic():
                actions.edit_account(
                    by=user, account=account, name=read["name"], other_names=form.names(), zone=read["zone"],
                    currency=read["currency"], seen=request.POST.get("seen", ""),
                )  # fmt: skip
                if read["split_rule"] != account.split_rule:
                    actions.set_split_rule(by=user, account=account, split_rule=SplitRule(read["split_rule"]))
                say_category(user, account, read["category"], read["category_since"], told="category" in request.POST)
            return redirect("live:room", pk)
        except ValidationError as error:
            put(form, error)
            account.refresh_from_db()
    return _room(request, account, 422, room_form=form)


@require_POST
def place_room(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which department the room belongs to from a day on."""
    user = user_of(request)
    account = find_account(user, pk)
    require(user, Right.MANAGE_ROOMS)
    form = RoomDepartmentForm(request.POST, auto_id="department_%s")
    if form.is_valid():
        try:
            actions.place_room(by=user, account=account, **form.cleaned_data)
            return redirect("live:room", pk)
        except ValidationError as error:
            put(form, error)
    return _room(request, account, 422, department_form=form)


@require_POST
def take_room_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away what was said of a room's department by mistake."""
    user = user_of(request)
    placed = find_room_department(user, pk)
    actions.take_room_out(by=user, placed=placed)
    return redirect("live:room", placed.account_id)


@require_POST
def set_target(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    account = find_account(user, pk)
    require(user, Right.SET_TARGETS)
    form = TargetForm(request.POST, currency=account.currency, auto_id="target_%s")
    if form.is_valid():
        actions.set_target(
            by=user, account=account, month=form.cleaned_data["month"], amount_minor=form.cleaned_data["amount"]
        )
        return redirect("live:room", pk)
    return _room(request, account, 422, target_form=form)


@require_POST
def add_session(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.CORRECT_RECORDS)
    account = find_account(user, pk)
    form = SessionForm(request.POST, auto_id="session_%s")
    if form.is_valid():
        read = form.cleaned_data
        kind = AirKind(read["air_kind"]) if read["air_kind"] else None
        try:
            actions.add_session(
                by=user, account=account, start=read["start"], end=read["end"], title=read["title"], air_kind=kind
            )
            return redirect("live:room", pk)
        except ValidationError as error:
            put(form, error)
    return _room(request, account, 422, session_form=form)


@require_http_methods(["GET", "POST"])
def edit_session(request: HttpRequest, pk: int) -> HttpResponse:
    """The title and the kind of air time; the times of one made by hand."""
    user = user_of(request)
    session = find_session(user, pk)
    if request.method == "POST":
        form = EditSessionForm(request.POST, session=session)
        if form.is_valid():
            read = form.cleaned_data
            try:
                read |= {"air_kind": AirKind(read["air_kind"]), "seen": request.POST.get("seen", "")}
                actions.edit_session(by=user, session=session, **read)
                return redirect("live:room", session.account_id)
            except ValidationError as error:
                put(form, error)
    else:
        initial = {name: getattr(session, name) for name in ("title", "air_kind")}
        times = {"start": timezone.localtime(session.start), "end": timezone.localtime(session.end)}
        form = EditSessionForm(session=session, initial={**initial, **times})
    context = {"session": session, "form": form, "short": looks_like_test(session), **_joined(session)}
    return render(request, "live/edit_session.html", context, status=422 if form.is_bound else 200)


def session_page(request: HttpRequest, session: Session, refused: str) -> HttpResponse:
    """The same page after a join was refused."""
    form = EditSessionForm(session=session, initial={"title": session.title, "air_kind": session.air_kind})
    context = {"session": session, "form": form, "short": looks_like_test(session), "refused": refused}
    return render(request, "live/edit_session.html", {**context, **_joined(session)}, status=422)


def _joined(session: Session) -> dict[str, Any]:
    """The broadcast with its parts, and what it might be joined to."""
    there = whole(session)
    beside = Session.objects.filter(
        account=session.account_id, gone=False, start__lt=there.end + LONGEST, end__gt=there.start - LONGEST
    ).exclude(pk__in=[part.pk for part in there.parts])
    near = sorted(beside, key=lambda s: max(s.start - there.end, there.start - s.end))[:6]
    return {"on_air": there, "near": near}


@require_POST
def remove_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a broadcast that was made by hand."""
    user = user_of(request)
    session = find_session(user, pk)
    try:
        actions.remove_session(by=user, session=session)
    except ValidationError as error:
        form = EditSessionForm(session=session, data={"title": session.title, "air_kind": session.air_kind})
        form.is_valid()
        put(form, error)
        context = {"session": session, "form": form, **_joined(session)}
        return render(request, "live/edit_session.html", context, status=422)
    return redirect("live:room", session.account_id)


def _month(text: str) -> date:
    try:
        return in_range(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return timezone.localdate().replace(day=1)
