"""The page that settles what files leave in doubt: a list, choices, one reason, and taking it back."""

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
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.audit.models import AuditEvent
from kaibo.imports.models import Batch, BatchState
from kaibo.live import actions
from kaibo.live.actions.confirming import done_by
from kaibo.live.settling import stale
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.measurement import due
from kaibo.measurement.finders import computed_months
from kaibo.measurement.left_out import spend_without_room
from kaibo.measurement.matches_page import GROUP, READY, TITLES, clusters, items_of, kinds, members, settle
from kaibo.measurement.order_doubts import Parts
from kaibo.org.access import require

PAGE = 60


@require_http_methods(["GET", "POST"])
def matches(request: HttpRequest) -> HttpResponse:
    """What is in doubt, kind by kind; a POST settles the marked rows, or the one whose button was pressed."""
    user = user_of(request)
    require(user, Right.SEE_FILES)
    if request.method != "POST":
        return _page(request, user, request.GET)
    require(user, Right.CORRECT_RECORDS)
    kind = request.POST.get("kind", "")
    try:
        if kind not in TITLES:
            raise stale()
        now = timezone.now()
        chosen = _chosen(request.POST, kind, user, now)
        act = settle(
            by=user, kind=kind, chosen=chosen, parts=_parts(request.POST), reason=_reason(request.POST), now=now
        )
    except ValidationError as error:
        return _page(request, user, request.POST, 422, " ".join(error.messages))
    return redirect(f"{reverse('measurement:matches')}?kind={kind}&done={act}")


def _page(request: HttpRequest, user: User, query: QueryDict, status: int = 200, refused: str = "") -> HttpResponse:
    now = timezone.now()
    found = {kind: items_of(kind, user, now) for kind in TITLES}
    asked = query.get("kind", "")
    kind = asked if asked in TITLES else next((key for key, items in found.items() if items), "orders")
    page = Paginator(found[kind], PAGE).get_page(query.get("page"))
    context: dict[str, Any] = {
        "kinds": kinds(found),
        "kind": kind,
        "page": page,
        "clusters": clusters(kind, list(page.object_list), found[kind]),
        "ready": READY[kind],
        "reason": query.get("reason", ""),
        "picked": query.get("ready", ""),
        "marked": query.getlist("mark") if status == 422 else [],
        "chosen": {key[7:]: value for key, value in query.items() if key.startswith("choice-")},
        "refused": refused,
        "ad_days": spend_without_room(),
        "anything": any(found.values()),
        "imported": any(found.values()) or Batch.objects.filter(state=BatchState.VISIBLE).exists(),
        "computing": any(due.is_computing(month) for month in computed_months()[:1]),
        **_done(user, query.get("done", "")),
    }
    return render(request, "measurement/matches.html", context, status=status)


@require_POST
def undo_match(request: HttpRequest) -> HttpResponse:
    """Take back one's own last act on this page."""
    user = user_of(request)
    require(user, Right.CORRECT_RECORDS)
    act = request.POST.get("act", "")
    try:
        if done_by(user, act):
            actions.undo(by=user, act=act)
        else:
            actions.undo_matches(by=user, act=act)
        messages.success(request, _("Undone: everything is as it was before."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(f"{reverse('measurement:matches')}?kind={request.POST.get('kind', '')}")


def _chosen(data: QueryDict, kind: str, user: User, now: datetime) -> dict[str, str]:
    """What a button says (`key` of a row, or `key|choice` of a whole group, whichever page its rows are on), else every
    marked row.

    Raises ValidationError for a marked row without a choice, and for a group that is another one by now.
    """
    only = data.get("only", "")
    if only:
        key, mark, choice = only.rpartition("|")
        if not mark:
            return {only: _choice(data, only)}
        if not key.startswith(GROUP):
            return {key: choice}
        keys = members(kind, key.removeprefix(GROUP), user, now)
        if not keys:
            raise stale()
        return dict.fromkeys(keys, choice)
    return {key: _choice(data, key) for key in data.getlist("mark")}


def _choice(data: QueryDict, key: str) -> str:
    choice = data.get(f"choice-{key}", "")
    if not choice:
        raise ValidationError(_("Say for every marked row what it is."))
    return choice


def _parts(data: QueryDict) -> Parts:
    """`part-<session>-<key>` fields: whole numbers; nothing typed is one part."""
    found = {}
    for name, value in data.items():
        typed = str(value).strip()
        if name.startswith("part-") and typed:
            of, _mark, key = name[5:].partition("-")
            session, part = id_of(of), id_of(typed)
            if session is None or part is None or part > 1000:
                raise ValidationError(_("A part is a whole number from 1."))
            found[key, session] = part
    return found


def _reason(data: QueryDict) -> str:
    return data.get("reason", "").strip() or data.get("ready", "").strip()


def _done(user: User, act: str) -> dict[str, Any]:
    """What was just done, if it can still be taken back."""
    if not act or AuditEvent.objects.filter(verb="undo", payload__reason=act).exists():
        return {}
    count = sum(event.count for event in AuditEvent.objects.filter(payload__data__act=act, by_id=user.pk))
    return {"done": act, "done_count": count} if count else {}
