"""One's own shifts of a month: what the roster plans, what was confirmed, what one objected to."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from kaibo.live.access import visible_shifts
from kaibo.live.models import Shift, ShiftState
from kaibo.live.nights import business_day, business_start
from kaibo.login.models import User
from kaibo.look.dates import in_range
from kaibo.org.models import Person


def own_month(user: User, person: Person | None, text: str) -> dict[str, Any]:
    """The page's context: of the person's shifts those that the user may see. A sign-in without a person has none."""
    theirs = visible_shifts(user).filter(person=person) if person else Shift.objects.none()
    month = _month(text) or _newest(theirs)
    following = (month + timedelta(days=32)).replace(day=1)
    start, end = business_start(month), business_start(following)
    begins = Q(planned_start__gte=start, planned_start__lt=end) | Q(
        planned_start__isnull=True, confirmed_start__gte=start, confirmed_start__lt=end
    )
    shifts = theirs.filter(begins).select_related("account", "confirmed_by")
    found = list(shifts)
    days: dict[date, list[Shift]] = {}
    for shift in found:
        days.setdefault(business_day(shift.confirmed_start or shift.planned_start or start), []).append(shift)
    return {
        "person": person,
        "month": month,
        "previous": (month - timedelta(days=1)).replace(day=1),
        "following": following,
        "days": sorted(days.items()),
        "count": len(found),
        "confirmed": sum(s.state == ShiftState.CONFIRMED for s in found),
        "flagged": sum(bool(s.flag) for s in found),
    }


def _month(text: str) -> date | None:
    try:
        return in_range(datetime.strptime(text, "%Y-%m").date())  # a month has no zone
    except ValueError:
        return None


def _newest(theirs: QuerySet[Shift]) -> date:
    """This month, or the last one before it in which there were shifts."""
    now = timezone.now()
    this = business_day(now).replace(day=1)
    following = (this + timedelta(days=32)).replace(day=1)
    mine = theirs.annotate(begins=Coalesce("planned_start", "confirmed_start"))
    last = mine.filter(begins__lt=business_start(following)).aggregate(last=Max("begins"))["last"]
    return business_day(last).replace(day=1) if last else this
