"""Saying what the columns of an uploaded table are, for programs: the page of the wizard. See docs/api.md."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse

from kaibo.home import explained_json
from kaibo.home.api_views import api
from kaibo.home.records.saying import Wrong, require_text
from kaibo.home.records_views import json_object
from kaibo.imports.access import find_upload
from kaibo.imports.actions import NotNow
from kaibo.imports.holding import kept_head
from kaibo.imports.mapping_actions import save_mapping
from kaibo.imports.models import Upload, UploadState
from kaibo.login.access import needed
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.message import Message
from kaibo.sources.headers import Header, headers
from kaibo.sources.heads import sheets_of
from kaibo.sources.reading import Answers


@api("GET", "POST", area=Area.IMPORTS)
def columns(request: HttpRequest, user: User, pk: int) -> JsonResponse:
    """GET: what each column probably is. POST: the first rows as they will be understood; `save`: remember it, and read
    the file so.
    """
    found = find_upload(user, pk, needed(request, see=Right.SEE_FILES, change=Right.IMPORT_FILES))
    candidates = _candidates(found)
    if request.method == "GET":
        return JsonResponse(explained_json.proposed(candidates, found.file_name, found.source))
    told = json_object(request)
    save = told.pop("save", False) is True
    try:
        require_text(told)
        return JsonResponse(_understood(user, found, candidates, told, save), status=202 if save else 200)
    except Wrong as wrong:
        return JsonResponse(wrong.as_json(), status=422)


def _candidates(found: Upload) -> Sequence[Header]:
    candidates = headers(sheets_of(kept_head(found.stored_as)))
    if not candidates or found.state not in (UploadState.REFUSED, UploadState.PREVIEW):
        raise NotNow(Message("The columns of this file cannot be said now. Upload the file again."))
    return candidates


def _understood(
    user: User, found: Upload, candidates: Sequence[Header], told: dict[str, Any], save: bool
) -> dict[str, Any]:
    answers = Answers(**found.answers)
    page = explained_json.understood(candidates, told, found.file_name, found.source, answers)
    shown = {"upload": found.pk, **explained_json.seen(page), "mapping": None, "version": None}
    if not save:
        return shown
    said = explained_json.mapping_of(page)
    version = save_mapping(by=user, upload=found, name=said.name, mapping=said)
    return shown | {"mapping": version.mapping_id, "version": version.number}
