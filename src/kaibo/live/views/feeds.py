"""One's own roster in one's own calendar program."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kaibo.live import actions
from kaibo.live.models import RosterFeed
from kaibo.live.roster_feed import as_calendar, find_feed, shifts_of, used
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import own_person, require


@never_cache
@require_http_methods(["GET", "POST"])
def feed(request: HttpRequest) -> HttpResponse:
    """Make the address (it stands in this answer and nowhere else), make another one, or take it away."""
    user = user_of(request)
    person = own_person(user)
    if person is None:
        raise Http404
    if request.method == "POST":
        require(user, Right.ACT_OWN)
    if request.method == "POST" and "stop" in request.POST:
        actions.stop_feed(by=user, person=person)
        messages.success(request, _("The address is gone: calendars that ask for it get nothing any more."))
        return redirect("live:feed")
    address = ""
    if request.method == "POST":
        _feed, secret = actions.make_feed(by=user, person=person, language=get_language() or "zh-hans")
        address = request.build_absolute_uri(reverse("live:roster_feed", args=[secret]))
    context = {
        "feed": RosterFeed.objects.filter(person=person).first(),
        "address": address,
        "subscribe": address.replace("https://", "webcal://").replace("http://", "webcal://"),
    }
    return render(request, "live/feed.html", context)


@login_not_required
@require_safe
def roster_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself, for whoever knows the address: its person's own shifts and nothing else."""
    found, now = find_feed(secret), timezone.now()
    used(found)
    content = as_calendar(found, shifts_of(found, now), now, request.get_host())
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="kaibo.ics"'
    answer["Cache-Control"] = "private, max-age=900"
    answer["X-Robots-Tag"] = "noindex"
    return answer
