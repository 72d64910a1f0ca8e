"""The page one begins the day with."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kaibo.appraisal import wording
from kaibo.appraisal.cycle.mine import published_of
from kaibo.appraisal.finders import latest_month
from kaibo.appraisal.month import MyMonth, month_of
from kaibo.home.figures import curve_of, latest_day
from kaibo.home.needs import needs_of
from kaibo.home.reach import MEASURED, reaches
from kaibo.home.start import greeting_of, steps
from kaibo.live.models import Account, Shift
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import own_person, visible_people
from kaibo.org.models import Person


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What needs me, what happened yesterday, how far the data reaches; one's own score where one has a month."""
    user, now = user_of(request), timezone.now()
    person = own_person(user)
    mine = _own_month(person)
    context: dict[str, Any] = {
        "now": now,
        "greeting": greeting_of(timezone.localtime(now)),
        "needs": needs_of(user, now),
        "mine": mine,
        "mine_published": published_of(mine.person, mine.month, mine.role) if mine else None,
        "mine_lines": [(line, wording.title(line.line.kpi)) for line in mine.lines] if mine else [],
        "coming": _coming(person, now),
    }
    if user.can(Right.SEE_ROOMS):
        context |= _of_the_team(user, now)
    return render(request, "home/today.html", context)


def _of_the_team(user: User, now: datetime) -> dict[str, Any]:
    found = reaches()
    day = latest_day(now)
    rooms = Account.objects.count()
    return {
        "rooms": rooms,
        # by hand is a way to begin, not to go on once files speak of rooms
        "nothing_yet": not rooms and not any(one.batches for one in found),
        "people": visible_people(user).filter(active=True).count(),
        "steps": steps(found, now),
        "day": day,
        "curve": curve_of(day.day.replace(day=1)) if day else None,
        "reaches": [(one, one.is_stale(now)) for one in found],
        "missing": [one for one in found if not one.batches and one.table in MEASURED],
    }


def _own_month(person: Person | None) -> MyMonth | None:
    """One's newest month; None for who has no person, or no card in it."""
    if person is None:
        return None
    mine = month_of(person, latest_month(person))
    return mine if mine.lines else None


def _coming(person: Person | None, now: datetime) -> list[Shift]:
    """One's next three shifts."""
    if person is None:
        return []
    shifts = Shift.objects.filter(person=person, planned_end__gt=now).exclude(state__in=["cancelled", "absent"])
    return list(shifts.select_related("account").order_by("planned_start")[:3])
