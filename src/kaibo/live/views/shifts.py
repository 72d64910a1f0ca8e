"""The list in which shifts are confirmed, and one's own shifts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaibo.live import actions
from kaibo.live.access import find_rostered
from kaibo.live.actions.confirming import Confirmation, done_by
from kaibo.live.confirming import Night
from kaibo.live.nights import Days, asked_days, business_day, by_day, last_night, open_shifts, read_night
from kaibo.live.own_month import own_month
from kaibo.live.views.answers import back
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.org.access import own_person, require

# beyond this a row has no form of its own but a link, so that a month's page stays small
FORMS_AT_MOST = 40
PAGE = 120
# what has to be looked at one by one is not looked at by the hundred
LOOK_AT = 60


@require_safe
def shifts(request: HttpRequest) -> HttpResponse:
    """Leads and owners: what to confirm, or with `?person=` one person's month. Everyone else: their own month."""
    user, asked = user_of(request), request.GET.get("person", "")
    if user.can(Right.SEE_ROSTER) and not asked.isdecimal():
        return _list(request, request.GET)
    person = own_person(user)
    if user.can(Right.SEE_ROSTER):
        person = find_rostered(user, id_of(asked) or 0)
    context = own_month(user, person, request.GET.get("month", ""))
    context["is_own"] = person is not None and person.user_id == user.pk
    return render(request, "live/own_shifts.html", context)


def _list(request: HttpRequest, query: Mapping[str, str], status: int = 200, refused: str = "") -> HttpResponse:
    user, now = user_of(request), timezone.now()
    days, night = _asked(user, query, now)
    rest = [proposal for proposal in night.proposals if not proposal.problems]
    page = Paginator([p for _day, group in by_day(rest) for p in group], PAGE).get_page(query.get("page"))
    with_forms = len(night.proposals) <= FORMS_AT_MOST
    context: dict[str, Any] = {
        "days": days,
        "night": night,
        "page": page,
        "groups": by_day(page.object_list),
        "hard": night.hard[:LOOK_AT],
        "hard_left": max(0, len(night.hard) - LOOK_AT),
        "holes": night.holes[:20],
        "holes_left": max(0, len(night.holes) - 20),
        "with_forms": with_forms,
        "here": f"{reverse('live:shifts')}?{days.query}",
        "refused": refused,
        **_ranges(user, days),
        **just_done(user, request.GET.get("done", "")),
    }
    return render(request, "live/shifts.html", context, status=status)


def _asked(user: User, query: Mapping[str, str], now: datetime) -> tuple[Days, Night]:
    """The range asked for. Where none is: last night, or everything open when last night has no shifts at all."""
    days = asked_days(query, now)
    night = read_night(user, days, now)
    if not query.get("from") and (query.get("open") == "1" or not night.proposals):
        everything = _everything(open_shifts(user, now))
        if everything is not None:
            return everything, read_night(user, everything, now)
    return days, night


def _everything(waiting: list[datetime]) -> Days | None:
    return Days(business_day(waiting[0]), business_day(waiting[-1]), only_open=True) if waiting else None


def _ranges(user: User, days: Days) -> dict[str, Any]:
    """The ranges one click away: last night, today so far, and everything that is still open."""
    now = timezone.now()
    waiting = open_shifts(user, now)
    night, today = last_night(now), Days(business_day(now), business_day(now))
    everything = _everything(waiting)
    return {
        "last_night": night,
        "today": today if today != night else None,
        "everything": everything,
        "waiting": len(waiting),
        "is_last_night": days == night,
        "is_today": days == today and days != night,
        "is_everything": days.only_open,
        "elsewhere": sum(not days.start <= start < days.end for start in waiting),
    }


def just_done(user: User, act: str) -> dict[str, Any]:
    """What was just done, if it can still be undone."""
    return {"done": act, "done_count": len(done_by(user, act))} if act else {}


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm every shift of the range that nothing speaks against, exactly as the page showed them."""
    user, now = user_of(request), timezone.now()
    require(user, Right.PLAN_ROSTER)
    days = asked_days(request.POST, now)
    night = read_night(user, days, now)
    if night.digest != request.POST.get("digest"):
        changed = _("The list has changed since you opened it. Look again, then confirm.")
        return _list(request, request.POST, 422, changed)
    items = [Confirmation(p.shift, p.start, p.end) for p in night.easy]
    if not items:
        return redirect(f"{reverse('live:shifts')}?{days.query}")
    try:
        act = actions.confirm_shifts(by=user, items=items)
    except ValidationError as error:
        return _list(request, request.POST, 422, " ".join(error.messages))
    return redirect(f"{reverse('live:shifts')}?{days.query}&done={act}")


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back one's own last act on shifts."""
    user = user_of(request)
    require(user, Right.PLAN_ROSTER)
    try:
        restored = actions.undo(by=user, act=request.POST.get("act", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back(request, reverse("live:shifts"))
    messages.success(request, _("Undone: %(count)s are as they were before.") % {"count": len(restored)})
    return back(request, reverse("live:shifts"))


def query_with(url: str, act: str) -> str:
    """A page's address that also says what was just done there."""
    path, _mark, text = url.partition("?")
    query = QueryDict(text, mutable=True)
    query["done"] = act
    return f"{path}?{query.urlencode()}"
