"""Signing in through the company: going there, and coming back."""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kaibo.login import linking
from kaibo.login.views import next_page, remember

if TYPE_CHECKING:
    from kaibo.login.company import Refused


@login_not_required
@never_cache
@require_safe
def company(request: HttpRequest) -> HttpResponse:
    """Leads to the company's own page. A link, since a form may not lead to another host here."""
    sign_on = _sign_on()
    try:
        return redirect(sign_on.ask(request, next_page(request)))
    except sign_on.Refused as refused:
        return _told(request, refused)


@login_not_required
@never_cache
@require_safe
def company_answer(request: HttpRequest) -> HttpResponse:
    """Who comes back: somebody who is known here goes on to the second factor or in; nobody is ever made."""
    sign_on = _sign_on()
    try:
        claim = sign_on.answered(request)
        user = linking.user_of_claim(claim)
    except sign_on.Refused as refused:
        return _told(request, refused)
    return remember(perform_login(request, Login(user=user, redirect_url=claim.next or "/")), user)


def _sign_on() -> Any:
    """The module that knows OpenID Connect; it is loaded by the first who needs it."""
    if not settings.OIDC:
        raise Http404
    from kaibo.login import company

    return company


def _told(request: HttpRequest, refused: "Refused") -> HttpResponse:
    if refused.forged:
        linking.note_forged(refused.forged)
    return render(request, "login/company_refused.html", {"why": refused.text}, status=refused.status)
