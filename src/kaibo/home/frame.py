"""What every page's frame shows: navigation by role with badges, how fresh the data is, whether a month is computing.

Two queries: what is in use, and what waits.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext

from kaibo.database.prepared import Prepared
from kaibo.home.reach import STALE, data_until, reaches
from kaibo.imports.models import Upload, UploadState
from kaibo.jobs.models import Job, JobState
from kaibo.live.access import shifts_of
from kaibo.live.models import Shift, ShiftState
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.addresses import unknown_time
from kaibo.measurement.due import KIND
from kaibo.org.access import Circle, reaching

THEMES = ("light", "dark")
TEAM = ("appraisal:team", "appraisal:compare")
REVIEWS = (
    "appraisal:review", "appraisal:cycle", "appraisal:publish", "appraisal:assess", "appraisal:rate",
    "appraisal:notes", "appraisal:appeal", "appraisal:new_appeal", "appraisal:decide_appeal", "appraisal:settle_appeal",
    "appraisal:hand_over_appeal", "appraisal:second_level", "appraisal:withdraw_appeal", "appraisal:calibrat",
    "appraisal:lock_group", "appraisal:preview_rating",
)  # fmt: skip
LIVE = ("measurement:session", "measurement:match", "live:")
ORGANISATION = (
    "org:position", "org:add_position", "org:edit_position", "org:take_handbook", "org:duties", "org:edit_duties",
    "org:process", "org:add_process", "org:my_duties", "org:chart", "org:department",
)  # fmt: skip


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail and of the phone's tabs."""

    label: str
    url: str
    icon: str
    badge: int = 0
    current: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of look/base.html; before sign-in only language and appearance."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "english": (get_language() or "").startswith("en"),
        "theme": theme if theme in THEMES else "",
    }
    # a fragment has no frame
    if not isinstance(user, User) or not user.is_authenticated or request.headers.get("HX-Request") == "true":
        return context
    no_such_time = unknown_time(request)
    previews, computing, name, own, open_shifts = _waiting(user)
    until = data_until(reaches())
    return context | {
        "nav": _nav(request, user, own, open_shifts=open_shifts, previews=previews),
        "me_name": name,
        "computing": computing,
        "data_until": until,
        "no_such_time": no_such_time,
        "stale": until is not None and timezone.now() - until > STALE,
    }


def _waiting(user: User) -> tuple[int, bool, str, int | None, int]:
    """(files whose preview waits for a yes, whether a month is being recomputed, the person's name and id, shifts)

    Shifts: over, and confirmed by nobody; what a lead does each morning.
    """
    circle, who = reaching(user, Right.SEE_ROSTER) if user.can(Right.PLAN_ROSTER) else (None, {})
    found = _asked.first(circle, user=user.pk, now=timezone.now(), **who)
    count, busy, name, own, shifts = found or (0, False, "", None, 0)
    count = count if user.can(Right.IMPORT_FILES) else 0
    return count or 0, bool(busy), name or str(user), own, shifts or 0


def _ask(circle: Circle | None, *, user: Any, now: Any, **who: Any) -> QuerySet[User, Any]:
    shifts = Shift.objects.none() if circle is None else shifts_of(circle, **who)
    previews = Upload.objects.filter(state=UploadState.PREVIEW).order_by().values("state").annotate(n=Count("pk"))
    computing = Job.objects.filter(kind=KIND, state__in=[JobState.QUEUED, JobState.RUNNING])
    over = shifts.filter(state=ShiftState.PLANNED, planned_end__lte=now)
    waiting = over.order_by().values("state").annotate(n=Count("pk", distinct=True)).values("n")
    return User.objects.filter(pk=user).values_list(
        Subquery(previews.values("n")), Exists(computing), "person__name", "person__pk", Subquery(waiting)
    )[:1]


_asked: Prepared[Any] = Prepared(_ask)


def _nav(request: HttpRequest, user: User, own: int | None, *, open_shifts: int, previews: int) -> list[NavItem]:
    here, about = "", None
    if request.resolver_match:
        here, about = request.resolver_match.view_name, request.resolver_match.kwargs.get("pk")
    if here.startswith("appraisal:") and not here.startswith(("appraisal:card", *REVIEWS)) and about not in (None, own):
        here = "org:person"  # somebody else's month is not mine
    files = "home:upload" if user.can(Right.IMPORT_FILES) else "imports:batches"
    # (word, page, icon, badge, the pages that belong to it, the rights of which it needs one)
    entries = [
        (pgettext("nav", "Today"), "home:today", "home", 0, ("home:today",), None),
        (pgettext("nav", "Mine"), "appraisal:mine", "user", 0, ("appraisal:",), None),
        (pgettext("nav", "Live"), "measurement:sessions", "broadcast", 0, LIVE, (Right.SEE_OWN, Right.SEE_ROOMS)),
        (pgettext("nav", "Reviews"), "appraisal:reviews", "clipboard-check", 0, REVIEWS, None),
        (pgettext("nav", "Shifts"), "live:shifts", "calendar-check", open_shifts, ("live:shift",), None),
        (pgettext("nav", "Daily"), "measurement:daily", "report", 0, ("measurement:daily",), (Right.SEE_ROOMS,)),
        (
            pgettext("nav", "Team"),
            "appraisal:team",
            "table",
            0,
            ("appraisal:team", "appraisal:compare"),
            (Right.SEE_NUMBERS,),
        ),
        (pgettext("nav", "Cards"), "appraisal:cards", "scale", 0, ("appraisal:card",), (Right.MANAGE_CARDS,)),
        (pgettext("nav", "People"), "org:people", "users", 0, ("org:",), (Right.SEE_PEOPLE,)),
        (pgettext("nav", "Org"), "org:chart", "sitemap", 0, ORGANISATION, None),
        (pgettext("nav", "Months"), "closing:months", "lock", 0, ("closing:",), (Right.SEE_MONTHS,)),
        (pgettext("nav", "Data"), files, "database-import", previews, ("home:upload", "imports:"), (Right.SEE_FILES,)),
    ]
    pages = [entry for entry in entries if entry[5] is None or user.can(*entry[5])]
    # the entry with the longest fitting name is the one we are in: /shifts/ is not "live"
    fitting = max(pages, key=lambda entry: max((len(a) for a in entry[4] if here.startswith(a)), default=0))
    return [
        NavItem(word, reverse(page), icon, badge, here.startswith(areas) and page == fitting[1])
        for word, page, icon, badge, areas, _leads in pages
    ]
