"""What the live views share: where to go back to."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, usual: str) -> HttpResponse:
    """To where the form says it came from, if that is on this site; else to `usual`."""
    target = request.POST.get("next", "")
    fine = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if fine else usual)
