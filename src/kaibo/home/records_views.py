"""The records' addresses under /api/v1/: each kind a list, each verb a POST. docs/api.md names every one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path

from kaibo.home.api_views import PER_PAGE, BadRequest, api
from kaibo.home.records.kinds import KINDS
from kaibo.home.records.saying import Kind, Verb, Wrong, act
from kaibo.login.models import User


def addresses() -> Iterator[URLPattern]:
    """One for each kind's list and each of its verbs."""
    for kind in KINDS:
        yield path(f"{kind.key}/", _listing(kind), name=kind.key)
        if kind.one is not None:
            yield path(f"{kind.key}/<int:pk>/", _showing(kind), name=f"{kind.key}_one")
        for verb in kind.verbs:
            at = f"{kind.key}/<int:pk>/{verb.key}/" if verb.of_one else f"{kind.key}/{verb.key}/"
            yield path(at, _doing(kind, verb), name=f"{kind.key}_{verb.key}")


def _listing(kind: Kind) -> Callable[..., HttpResponse]:
    @api("GET", area=kind.area, personal=kind.personal)
    def listing(request: HttpRequest, user: User) -> JsonResponse:
        told = {name: value for name, value in request.GET.items() if name != "page"}
        try:
            page = Paginator(kind.found(user, told), PER_PAGE).get_page(request.GET.get("page"))
        except Wrong as wrong:
            return JsonResponse(wrong.as_json(), status=422)
        rows = kind.plain(user, page.object_list)
        return JsonResponse({kind.key: rows, "page": page.number, "pages": page.paginator.num_pages})

    return listing


def _showing(kind: Kind) -> Callable[..., HttpResponse]:
    @api("GET", area=kind.area, personal=kind.personal)
    def showing(request: HttpRequest, user: User, pk: int) -> JsonResponse:
        try:
            return JsonResponse(kind.shown(user, pk, request.GET.dict()))
        except Wrong as wrong:
            return JsonResponse(wrong.as_json(), status=422)

    return showing


def _doing(kind: Kind, verb: Verb) -> Callable[..., HttpResponse]:
    @api("POST", area=kind.area, personal=kind.personal, reads=verb.reads, also=verb.also)
    def doing(request: HttpRequest, user: User, pk: int = 0) -> JsonResponse:
        told = with_files(request, verb) if verb.files else json_object(request)
        try:
            return JsonResponse(act(verb, user, pk, told))
        except Wrong as wrong:
            return JsonResponse(wrong.as_json(), status=422)

    return doing


def with_files(request: HttpRequest, verb: Verb) -> dict[str, Any]:
    """What a form with files says (multipart), or a JSON object. Raises BadRequest."""
    if request.content_type != "multipart/form-data":
        return json_object(request)
    said: dict[str, Any] = dict(request.POST.items())
    return said | {name: request.FILES.getlist(name) for name in request.FILES}


def json_object(request: HttpRequest) -> dict[str, Any]:
    """What the body says. Raises BadRequest for anything but an object."""
    try:
        plain = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise BadRequest("Send a JSON object.")
    return plain
