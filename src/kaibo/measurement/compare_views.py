"""Two sessions side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.look.ids import id_of
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.comparing import candidates, compared


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """?a= and ?b= are sessions; from the list, two ticked ?s=. With one alone it is compared with the one before it."""
    user = user_of(request)
    ticked = [pk for text in request.GET.getlist("s") if (pk := id_of(text)) is not None]
    asked = [request.GET.get("a", ""), request.GET.get("b", "")]
    # the older one stands left
    wanted = [id_of(text) or 0 for text in asked if text] or sorted(ticked)[:2]
    if not wanted:
        return render(request, "measurement/compare.html", {"found": None, "ticked": len(ticked)}, status=200)
    first = find_broadcast(user, wanted[0])
    others = candidates(user, first.session)
    if len(wanted) == 1:
        if not others:
            return render(request, "measurement/compare.html", {"found": None, "alone": first.session})
        # what is looked at stands right, what it is held against left
        found = compared(user, find_broadcast(user, others[0][1].pk), first)
    else:
        found = compared(user, first, find_broadcast(user, wanted[1]))
    context = {"found": found, "others": candidates(user, found.b.session)}
    return render(request, "measurement/compare.html", context)
