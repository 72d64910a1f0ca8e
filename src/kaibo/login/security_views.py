"""What guards one's own sign-in: second factors, recovery codes, the browsers in which one is signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.login import factors, passkeys, sessions
from kaibo.login.access import must_set_up, needs_second_factor, user_of
from kaibo.login.forms import Code, FirstCode, NewPasskey, OwnPassword
from kaibo.login.models import User
from kaibo.login.views import next_page
from kaibo.look.ids import id_of

# the secret that is shown and not yet proven
SECRET = "new_app_secret"  # noqa: S105


def confirmed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has not shown within minutes who they are does it first; what was posted is then asked for again."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.confirmed(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse("login:security")
        return redirect(f"{reverse('login:confirm')}?next={back}")

    return asked


@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """The second factors, the recovery codes left, and the browsers."""
    user = user_of(request)
    context = {
        "factors": factors.factors_of(user),
        "browsers": sessions.browsers_of(request, user),
        "passkeys_possible": passkeys.possible(request),
        "must_set_up": must_set_up(user),
        "needed": needs_second_factor(user),
        "has_password": user.has_usable_password(),
    }
    return render(request, "login/security.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def add_app(request: HttpRequest) -> HttpResponse:
    """GET: a secret as picture and text; POST: the first code, which proves that the app has it."""
    user = user_of(request)
    if request.method == "GET" or SECRET not in request.session:
        request.session[SECRET] = generate_totp_secret()
    secret = request.session[SECRET]
    form = FirstCode(user, secret, request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = factors.add_app(by=user, secret=secret)
        del request.session[SECRET]
        return _set_up(request, user, codes)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    context = {
        "form": form,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        # made here of nothing that anybody typed
        "picture": mark_safe(svg[svg.index("<svg") :]),  # noqa: S308
    }
    return render(request, "login/add_app.html", context, status=_status(form))


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def add_passkey(request: HttpRequest) -> HttpResponse:
    """GET: what the browser is asked; POST: the key that it made."""
    user = user_of(request)
    if not passkeys.possible(request):
        raise Http404
    form = NewPasskey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            credential = passkeys.check_registration(form.cleaned_data["credential"])
            codes = factors.add_key(by=user, name=form.cleaned_data["name"], credential=credential)
            return _set_up(request, user, codes)
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "asked": passkeys.ask_registration(user)}
    return render(request, "login/add_passkey.html", context, status=_status(form))


@never_cache
@require_POST
@confirmed
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own app or passkey."""
    user = user_of(request)
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    factor = Authenticator.objects.filter(pk=pk, user=user, type__in=kinds).first()
    if factor is None:
        raise Http404
    try:
        factors.remove_factor(by=user, factor=factor)
        messages.success(request, _("Removed."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("login:security")


@never_cache
@require_POST
@confirmed
def new_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes; this answer shows them once."""
    user = user_of(request)
    if not user.second_factor:
        raise Http404
    return render(request, "login/codes.html", {"codes": factors.new_codes(by=user), "renewed": True})


@never_cache
@require_POST
@confirmed
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs one other browser out, or all others."""
    user, only = user_of(request), request.POST.get("browser", "")
    count = sessions.end_sessions(
        by=user, user=user, but=request.session.session_key, only=(id_of(only) or 0) if only else None
    )
    if count:
        messages.success(request, _("Signed out there."))
    return redirect("login:security")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Who one is, once more: the password, or a code of those who have none."""
    user = user_of(request)
    form: OwnPassword | Code | None = None
    if user.has_usable_password():
        form = OwnPassword(user, request.POST or None)
    elif user.second_factor:
        form = Code(user, request.POST or None)
    if form is not None and request.method == "POST" and form.is_valid():
        sessions.confirm(request)
        return HttpResponseRedirect(next_page(request) or reverse("login:security"))
    context = {"form": form, "next": next_page(request)}
    return render(request, "login/confirm.html", context, status=_status(form) if form else 200)


def _set_up(request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
    """A second factor was added: other browsers did not know it, so they are signed out."""
    sessions.end_sessions(by=user, user=user, but=request.session.session_key)
    messages.success(request, _("Set up. From now on signing in asks for it. Other browsers have to sign in again."))
    return render(request, "login/codes.html", {"codes": codes}) if codes else redirect("login:security")


def _status(form: Any) -> int:
    return 429 if getattr(form, "blocked", 0) else 422 if form.is_bound else 200
