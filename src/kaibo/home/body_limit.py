"""Refuses a request whose body is larger than its page has a use for, before any of it is read or put on the disk."""

import shutil
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kaibo.jobs.full_disk import FULL
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area, covers, scope_of
from kaibo.login.tokens import token_of

# files of one drop together, as a multiple of the largest single one
FILES = 4
MEGABYTE = 1024**2
IMPORTS = scope_of(Area.IMPORTS, writes=True)


def body_limit(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: below signing in (who may upload), above the check of forms (which reads the body)."""

    def answer(request: HttpRequest) -> HttpResponse:
        most = _most(request)
        # a server hands on no more than the header says, and nothing without one
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length <= most and (length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or _fits(length)):
            return get_response(request)
        if length <= most:
            return _refused(request, _(FULL.text), 507)
        return _refused(request, _("Too much at once: at most %(size)s MB.") % {"size": max(1, most // MEGABYTE)}, 413)

    return answer


def _refused(request: HttpRequest, said: str, status: int) -> HttpResponse:
    """A page to whoever sits before it, else the sentence alone (to a script that sends files, to a program)."""
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "home/too_large.html", {"said": said, "back": _came_from(request)}, status=status)
    return HttpResponse(said, status=status, content_type="text/plain; charset=utf-8")


def _came_from(request: HttpRequest) -> str:
    """The page with the form, where the browser says which and it is one of ours."""
    there = request.headers.get("Referer", "")
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}) else "/"


def _fits(length: int) -> bool:
    """Received once, kept once more, and then made into facts."""
    return shutil.disk_usage(settings.KAIBO_HOME).free > 2 * length


def _most(request: HttpRequest) -> int:
    user = request.user if request.path == reverse("home:upload") else None
    if request.path == reverse("api:uploads"):
        token = token_of(request)
        user = token.user if token and covers(token.scopes, IMPORTS) else None
    if isinstance(user, User) and user.can(Right.IMPORT_FILES):
        return FILES * settings.UPLOAD_LIMIT + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
