"""What opens an invitation or a link for a new password: pages for people who cannot sign in yet."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kaibo.login import actions
from kaibo.login.forms import Accept, NewPassword
from kaibo.login.links import Gone, find_link
from kaibo.login.models import LinkKind
from kaibo.login.sessions import enter


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, text: str) -> HttpResponse:
    """The invited choose their username and password, and are signed in."""
    try:
        link = find_link(LinkKind.INVITATION, text, request.META.get("REMOTE_ADDR", ""))
        suggested = "" if link.user.username.startswith(actions.PLACEHOLDER) else link.user.username
        form = Accept(request.POST or None, initial={"username": suggested})
        if request.method == "POST" and form.is_valid():
            user = actions.accept_invitation(by=link.user, link=link, **form.cleaned_data)
            enter(request, user)
            return redirect("home:today")
    except Gone as gone:
        return _gone(request, gone)
    except ValidationError as error:
        form.add_error(None, error)
    context = {"form": form, "link": link}
    return render(request, "login/invitation.html", context, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, text: str) -> HttpResponse:
    """A new password for whom the link is for; they sign in with it, so that a second factor is still asked."""
    try:
        link = find_link(LinkKind.RESET, text, request.META.get("REMOTE_ADDR", ""))
        form = NewPassword(request.POST or None)
        if request.method == "POST" and form.is_valid():
            actions.reset_password(by=link.user, link=link, password=form.cleaned_data["password"])
            messages.success(request, _("Your new password is set. Sign in with it."))
            return redirect("login:sign_in")
    except Gone as gone:
        return _gone(request, gone)
    context = {"form": form, "link": link}
    return render(request, "login/reset.html", context, status=422 if form.is_bound else 200)


def _gone(request: HttpRequest, gone: Gone) -> HttpResponse:
    return render(request, "login/link_gone.html", {"why": gone.text}, status=gone.status)
