"""An address that a form is sent to says so where it is opened: after signing in again in the middle of something."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NOT_ALLOWED = 405


def only_sent(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: below signing in, so that the page knows its reader. Programs get the bare answer."""

    def answer(request: HttpRequest) -> HttpResponse:
        got = get_response(request)
        if got.status_code != NOT_ALLOWED or request.method != "GET" or request.path.startswith("/api/"):
            return got
        page = render(request, "405.html", status=NOT_ALLOWED)
        page["Allow"] = got["Allow"]
        return page

    return answer
