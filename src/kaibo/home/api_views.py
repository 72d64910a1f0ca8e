"""The JSON API about files: what every address has in common, and the upload page for programs. See docs/api.md."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from kaibo.home.records.saying import Wrong, require_text
from kaibo.home.unlocks import unlocked_by
from kaibo.home.upload_views import is_busy
from kaibo.imports.access import find_upload, require_files
from kaibo.imports.actions import (
    ANSWERS,
    NotNow,
    answer_upload,
    confirm_upload,
    discard_upload,
    receive_upload,
)
from kaibo.imports.holding import TooLarge
from kaibo.imports.models import Upload, UploadState
from kaibo.imports.sentences import say
from kaibo.jobs.full_disk import FULL, is_full
from kaibo.jobs.models import Job
from kaibo.login.access import must_set_up
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area, Lacking, covers, scope_of
from kaibo.login.tokens import token_of
from kaibo.measurement.addresses import unknown_time

PER_PAGE = 100
View = Callable[..., HttpResponse]


class BadRequest(Exception):
    """What was sent makes no sense; the text says why."""


def api(
    *methods: str, area: Area | None, personal: bool = False, reads: bool = False, also: Area | None = None
) -> Callable[[View], Callable[..., HttpResponse]]:
    """A JSON view for a token's user. Errors are {"error": sentence}. `personal`: also for who sees nobody else.

    `area`: the token must be for it, to read for a GET and to write for a POST, unless that only `reads`; None: any.
    `also`: one whose data it tells besides, so that the token must be to read there too.
    The view's `scopes` says which scopes each method asks for, all of them.
    """
    more = [scope_of(also, writes=False)] if also else []
    scopes = {name: [scope_of(area, writes=name == "POST" and not reads), *more] for name in methods} if area else {}

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @login_not_required
        @csrf_exempt  # no cookie opens it, only a token that a foreign page does not have
        @wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            token = token_of(request)
            if token is None:
                told = _error(401, "Send a token that is neither revoked nor expired: Authorization: Bearer kaibo_…")
                told["WWW-Authenticate"] = "Bearer"
                return told
            user = token.user
            if must_set_up(user):
                return _error(403, "Your role asks for a second factor. Sign in and set it up; then this token works.")
            if request.method not in methods:
                return _error(405, f"Only {', '.join(methods)} here.")
            for scope in scopes.get(str(request.method), ()):
                if not covers(token.scopes, scope):
                    return _lacking(scope)
            return _guarded(view, request, user, named, personal=personal)

        answer.scopes = scopes  # type: ignore[attr-defined]
        return answer

    return decorate


def _lacking(scope: str) -> JsonResponse:
    """As RFC 6750 says it, and in words."""
    text = f"This token lacks the scope {scope}. Make one that has it under “API tokens”."
    told = JsonResponse({"error": text, "scope": scope}, status=403)
    told["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return told


def _guarded(view: View, request: HttpRequest, user: User, named: dict[str, Any], *, personal: bool) -> HttpResponse:
    try:
        if not (personal or user.sees_others):
            raise Http404
        return view(request, user, **named)
    except Lacking as error:
        return _lacking(error.scope)
    except Http404:
        return _error(404, "There is no such thing, or not for you.")
    except BadRequest as error:
        return _error(400, str(error))
    except NotNow as error:
        return _error(409, say(error.message))
    except TooLarge:
        return _error(413, "The file is too large: at most 300 MB.")
    except (OSError, DatabaseError) as error:
        if not is_full(error):
            raise
        return _error(507, say(FULL))


@api("GET", "POST", area=None, personal=True)
def nowhere(request: HttpRequest, _user: User, rest: str) -> JsonResponse:
    """Any other address below the API's; of a month that the calendar does not have it says so."""
    wrong = unknown_time(request)
    if wrong:
        return _error(404, wrong)
    raise Http404(rest)


@api("POST", area=Area.IMPORTS)
def uploads(request: HttpRequest, user: User) -> JsonResponse:
    """Receive a file (multipart, field `file`); the worker reads it."""
    require_files(user, Right.IMPORT_FILES)
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise BadRequest("Send one file as multipart/form-data, in the field “file”.")
    return JsonResponse(_upload(receive_upload(by=user, file_name=file.name or "", chunks=file.chunks())), status=201)


@api("GET", area=Area.IMPORTS)
def upload(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    return JsonResponse(_upload(find_upload(user, pk)))


@api("POST", area=Area.IMPORTS)
def answers(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    """Say what the file does not; it is read again."""
    found, told = find_upload(user, pk, Right.IMPORT_FILES), texts(request)
    unknown = sorted(told.keys() - set(ANSWERS))
    if unknown or not told:
        raise BadRequest(f"Unknown: {', '.join(unknown) or 'nothing was said'}. Known: {', '.join(ANSWERS)}.")
    answer_upload(by=user, upload=found, answers=told)
    return JsonResponse(_upload(found))


@api("POST", area=Area.IMPORTS)
def confirm(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    """Import what the preview says."""
    found = find_upload(user, pk, Right.IMPORT_FILES)
    confirm_upload(by=user, upload=found)
    return JsonResponse(_upload(found), status=202)


@api("POST", area=Area.IMPORTS)
def cancel(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    """Put the file away, also while it is being read or imported: nothing of it is in use then."""
    found = find_upload(user, pk, Right.IMPORT_FILES)
    discard_upload(by=user, upload=found)
    return JsonResponse(_upload(found))


def texts(request: HttpRequest) -> dict[str, str]:
    """The body's JSON object of texts."""
    try:
        plain = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict) or not all(isinstance(value, str) for value in plain.values()):
        raise BadRequest("Send a JSON object of texts.")
    try:
        require_text(plain)
    except Wrong as wrong:
        raise BadRequest(str(wrong)) from wrong
    return plain


def _upload(found: Upload) -> dict[str, Any]:
    """`busy`: ask again in a second. `preview`: as `kaibo import --check --json` says, in the reader's language."""
    preview = dict(found.preview)
    for name in ("refused", "todo"):
        if name in preview:
            preview[name] = say(preview[name])
    if found.state == UploadState.PREVIEW:
        preview["makes_possible"] = unlocked_by(preview)
    preview["warnings"] = [say(one) for one in preview.get("warnings", [])]
    preview["rejects"] = [row | {"reason": say(row["reason"])} for row in preview.get("rejects", [])]
    job = found.job
    return {
        "upload": found.pk, "file": found.file_name, "sha256": found.sha256, "size": found.size, "state": found.state,
        "busy": is_busy(found), "questions": preview.get("questions", []), "answers": found.answers,
        "preview": preview, "batch": found.batch_id,
        "progress": _progress(job) if job else None,
    }  # fmt: skip


def _progress(job: Job) -> dict[str, Any]:
    """`done` of `total` rows (0: not known) of what it is `doing`."""
    return {
        "doing": job.doing, "done": job.done, "total": job.total, "state": job.state, "trouble": job.trouble,
    }  # fmt: skip


def _error(code: int, text: str) -> JsonResponse:
    return JsonResponse({"error": text}, status=code)
