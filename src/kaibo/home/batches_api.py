"""Batches and their facts for programs: what the pages of batches and `kaibo facts` do. See docs/api.md."""

from collections.abc import Callable
from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kaibo.home.api_views import PER_PAGE, BadRequest, api, texts
from kaibo.imports.access import find_batch, require_files, visible_batches
from kaibo.imports.actions import (
    ask_sweep,
    hold_batch,
    release_batch,
    restore_batch,
    state_period,
    withdraw_batch,
)
from kaibo.imports.batch_json import batch_as_json, batch_in_full, row_in_full
from kaibo.imports.periods import BadPeriod
from kaibo.imports.sentences import say
from kaibo.imports.status import status
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area


@api("GET", area=Area.IMPORTS)
def batches(request: HttpRequest, user: User) -> JsonResponse:
    """Newest first, a hundred a page (`?page=`)."""
    page = Paginator(visible_batches(user), PER_PAGE).get_page(request.GET.get("page"))
    listed = [batch_as_json(batch) for batch in page.object_list]
    return JsonResponse({"batches": listed, "page": page.number, "pages": page.paginator.num_pages})


@api("GET", area=Area.IMPORTS)
def batch(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    return JsonResponse(batch_in_full(find_batch(user, pk)))


@api("GET", area=Area.IMPORTS)
def row(request: HttpRequest, user: User, pk: int, row: int) -> JsonResponse:
    """One line of the batch's file, as it stood there and as it was read."""
    found = row_in_full(find_batch(user, pk), row)
    if found is None:
        raise Http404
    return JsonResponse(found)


def _changing(verb: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A verb of the batch's page, with its reason."""

    @api("POST", area=Area.IMPORTS)
    def change(request: HttpRequest, user: User, pk: int) -> JsonResponse:
        found = find_batch(user, pk, Right.IMPORT_FILES)
        verb(by=user, batch=found, reason=_reason(request))
        return JsonResponse(batch_as_json(found))

    return change


withdraw, restore = _changing(withdraw_batch), _changing(restore_batch)
hold, release = _changing(hold_batch), _changing(release_batch)


@api("POST", area=Area.IMPORTS)
def period(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    """Which days a file of orders or after-sales covers; without both days those of its rows."""
    found = find_batch(user, pk, Right.IMPORT_FILES)
    told = texts(request)
    try:
        days = [date.fromisoformat(told[name]) if told.get(name) else None for name in ("first", "last")]
    except ValueError as error:
        raise BadRequest('Write the days like {"first": "2026-10-01", "last": "2026-10-31"}.') from error
    reason = told.get("reason", "").strip()
    if len(reason) > 300:
        raise BadRequest("A reason has at most 300 characters.")
    try:
        state_period(by=user, batch=found, first=days[0], last=days[1], reason=reason)
    except BadPeriod as wrong:
        raise BadRequest(f"{say(wrong.message)} {say(wrong.todo)}".strip()) from wrong
    return JsonResponse(batch_as_json(found))


@api("GET", area=Area.IMPORTS)
def facts(request: HttpRequest, user: User) -> JsonResponse:
    """What `kaibo facts status --json` says."""
    require_files(user)
    return JsonResponse(status(timezone.now()).as_json())


@api("POST", area=Area.IMPORTS)
def sweep(request: HttpRequest, user: User) -> JsonResponse:
    """Have the worker remove leftovers, and rows about viewers past their time; what `facts` says goes."""
    require_files(user, Right.IMPORT_FILES)
    found = status(timezone.now())
    job = ask_sweep(by=user)
    return JsonResponse({"orphans": list(found.orphans), "due": list(found.due), "job": job.pk}, status=202)


def _reason(request: HttpRequest) -> str:
    reason = texts(request).get("reason", "").strip()
    if not reason or len(reason) > 300:
        raise BadRequest('Say a reason of at most 300 characters: {"reason": "…"}.')
    return reason
