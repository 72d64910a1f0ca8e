"""Two sessions side by side."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.comparing import candidates, compared


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """?a= and ?b= are sessions; from the list, two ticked ?s=. With one alone it is compared with the one before it."""
    user = user_of(request)
    ticked = [text for text in request.GET.getlist("s") if text.isdecimal()]
    asked = [request.GET.get("a", ""), request.GET.get("b", "")]
    # the older one stands left
    wanted = [text for text in asked if text] or sorted(ticked, key=int)[:2]
    if not wanted:
        return render(request, "measurement/compare.html", {"found": None, "ticked": len(ticked)}, status=200)
    if any(not text.isdecimal() or len(text) > 18 for text in wanted):
        raise Http404
    first = find_broadcast(user, int(wanted[0]))
    others = candidates(user, first.session)
    if len(wanted) == 1:
        if not others:
            return render(request, "measurement/compare.html", {"found": None, "alone": first.session})
        # what is looked at stands right, what it is held against left
        found = compared(user, find_broadcast(user, others[0][1].pk), first)
    else:
        found = compared(user, first, find_broadcast(user, int(wanted[1])))
    context = {"found": found, "others": candidates(user, found.b.session)}
    return render(request, "measurement/compare.html", context)
