"""Inviting many at once: choose people, get a link for each, and hear who was left out and why."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kaibo.login.access import user_of
from kaibo.login.models import LinkKind, User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.org import actions
from kaibo.org.access import people_within, require
from kaibo.org.forms import FilterForm
from kaibo.org.inviting import MOST, PER_PAGE, described, to_invite
from kaibo.org.models import Person


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitations(request: HttpRequest) -> HttpResponse:
    """Who has no sign-in yet. POST invites those chosen; the answer shows the links, once: nothing keeps them."""
    user = user_of(request)
    require(user, Right.MANAGE_PEOPLE)
    if request.method != "POST":
        return _choose(request, user)
    try:
        made = actions.invite_many(by=user, people=_chosen(request, user))
    except ValidationError as error:
        return _choose(request, user, 422, problem=" ".join(error.messages))
    links = [
        (person, request.build_absolute_uri(reverse(f"login:{LinkKind.INVITATION}", args=[text])))
        for person, _link, text in made.invited
    ]
    expires = made.invited[0][1].expires_at if made.invited else None
    context = {"links": links, "skipped": made.skipped, "expires": expires, "query": request.GET.urlencode()}
    return render(request, "org/invited.html", context)


def _chosen(request: HttpRequest, user: User) -> list[Person]:
    """Those ticked, or all of the filter. Raises ValidationError: nobody, or too many at once."""
    if "all" in request.POST:
        found = to_invite(user, FilterForm(request.GET).wanted(), timezone.localdate())
        return list(found[: MOST + 1])
    said = (id_of(text) for text in request.POST.getlist("person"))
    ids = [pk for pk in said if pk is not None]
    return list(people_within(user, Right.MANAGE_PEOPLE).filter(pk__in=ids[: MOST + 1]))


def _choose(request: HttpRequest, user: User, status: int = 200, problem: str = "") -> HttpResponse:
    filters, on = FilterForm(request.GET, auto_id="filter_%s"), timezone.localdate()
    wanted = filters.wanted()
    page: Any = Paginator(to_invite(user, wanted, on).select_related("user"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "rows": described(list(page.object_list), on), "page": page, "filters": filters, "wanted": wanted,
        "problem": problem, "most": MOST, "query": request.GET.urlencode(), "head": _("Invite people"),
    }  # fmt: skip
    return render(request, "org/invitations.html", context, status=status)
