"""Refuses a NUL in an address or a form: no text has one, and PostgreSQL fails at it in whatever a page looks up."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

NUL = "\x00"


def only_text(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: below signing in, so that what there is not looks as it always does."""

    def answer(request: HttpRequest) -> HttpResponse:
        of_programs = request.path.startswith(reverse("api:nowhere", args=["x"]).removesuffix("x/"))
        if NUL in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            if of_programs:
                return JsonResponse({"error": "There is a character in the address that no text has."}, status=400)
            raise Http404
        # what programs send is looked through where it is read
        if request.method == "POST" and not of_programs and _posted(request):
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
