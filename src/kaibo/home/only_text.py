"""Refuses a NUL in an address or a form: no text has one, and PostgreSQL fails at it in whatever a page looks up."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

NUL = "\x00"


def only_text(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: below signing in, so that what there is not looks as it always does."""
    programs = reverse("api:nowhere", args=["x"]).removesuffix("x/")

    def answer(request: HttpRequest) -> HttpResponse:
        # what programs say is looked through where it is read, and refused by field
        if request.path.startswith(programs):
            return get_response(request)
        if NUL in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        if request.method == "POST" and _posted(request):
            said = _("There is a character in it that no text has.")
            return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return answer


def _posted(request: HttpRequest) -> bool:
    """Whether a form's field holds one. The check of forms reads them all too."""
    try:
        return any(NUL in value for _name, values in request.POST.lists() for value in values)
    except OSError:
        # the browser went away; the page's own reading says so
        return False
