"""The page on which a month's roster is published."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kaibo.live import actions
from kaibo.live.access import visible_published, visible_shifts
from kaibo.live.business_days import business_day, business_start
from kaibo.live.calendar import MONTH, Asked, board
from kaibo.live.due import planned_between
from kaibo.live.models import RosterPublication, Shift
from kaibo.live.publications import published
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.dates import in_range
from kaibo.org.access import Stretch, days_between, require
from kaibo.org.models import Person


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """What was published, what changed since, and publishing it (again)."""
    user = user_of(request)
    require(user, Right.PLAN_ROSTER)
    month = _month(request.GET.get("month", "") or request.POST.get("month", ""))
    problem = ""
    if request.method == "POST":
        days = _days(user, month)
        people = Person.objects.all() if days is None else Person.objects.filter(pk__in=days)
        try:
            actions.publish_roster(
                by=user, month=month, shifts=_shifts(user, month), people=list(people), days=days,
                note=request.POST.get("note", "")[:300],
            )  # fmt: skip
            messages.success(request, _("Published. From now on changes are marked as changes."))
            return redirect(f"{reverse('live:publish')}?month={month:%Y-%m}")
        except ValidationError as error:
            problem = " ".join(error.messages)
    return render(request, "live/publish.html", _context(user, month, problem), status=422 if problem else 200)


def _context(user: User, month: date, problem: str) -> dict[str, Any]:
    shifts = list(_shifts(user, month).select_related("person"))
    by_person: dict[str, list[Shift]] = {}
    for shift in sorted(shifts, key=lambda s: s.person.name):
        by_person.setdefault(shift.person.name, []).append(shift)
    found = board(user, Asked(MONTH, month))
    mine = visible_published(user, month, Right.PLAN_ROSTER)
    history = RosterPublication.objects.filter(shifts__in=mine.values("pk"))
    return {
        "month": month,
        "previous": (month - timedelta(days=1)).replace(day=1),
        "following": (month + timedelta(days=32)).replace(day=1),
        "published": published(user, month),
        "history": history.distinct().select_related("by"),
        "people": [(name, len(of), sum(_ms(s) for s in of)) for name, of in by_person.items()],
        "count": len(shifts),
        "holes": len(found.holes),
        "problem": problem,
    }


def _shifts(user: User, month: date) -> QuerySet[Shift]:
    following = (month + timedelta(days=32)).replace(day=1)
    planned = planned_between(business_start(month), business_start(following))
    return visible_shifts(user, Right.PLAN_ROSTER).filter(pk__in=planned.values("pk"))


def _days(user: User, month: date) -> dict[int, list[Stretch]] | None:
    """Of whom one plans which days, the last night of the month included; None: everybody and all."""
    following = (month + timedelta(days=32)).replace(day=1)
    return days_between(user, Right.PLAN_ROSTER, month, following + timedelta(days=1))


def _ms(shift: Shift) -> int:
    if shift.planned_start is None or shift.planned_end is None:
        return 0
    return (shift.planned_end - shift.planned_start) // timedelta(milliseconds=1)


def _month(text: str) -> date:
    try:
        return in_range(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return business_day(timezone.now()).replace(day=1)
