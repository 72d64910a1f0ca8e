"""Signing in and out, the first run, language and appearance."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.login import actions, passkeys
from kaibo.login.access import user_of
from kaibo.login.factors import factors_of
from kaibo.login.forms import ChangePassword, Code, FirstRun, Language, Passkey, SignIn, Theme
from kaibo.login.models import User
from kaibo.login.sessions import end_sessions, enter, keep_this_session
from kaibo.login.stages import SecondFactor

YEAR = 365 * 24 * 3600
# made by the sample; the page says where its sign-ins are
SAMPLE_MARK = "sample"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Username and password; an empty installation goes to its first run instead."""
    if request.user.is_authenticated:
        return _back(request)
    if not User.objects.exists():
        return redirect("login:first_run")
    form = SignIn(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        if isinstance(user, User):
            answer = perform_login(request, Login(user=user, redirect_url=next_page(request) or "/"))
            return remember(answer, user)
    status = _status(form)
    context = {
        "form": form,
        "next": next_page(request),
        "company": settings.OIDC,
        "sample": (settings.KAIBO_HOME / SAMPLE_MARK).exists(),
    }
    return render(request, "login/sign_in.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """After the right password of somebody with a second factor: a code, or what their passkey signed."""
    stage = None if request.user.is_authenticated else LoginStageController.enter(request, SecondFactor.key)
    user = stage.login.user if stage else None
    if stage is None or not isinstance(user, User) or not user.is_active:
        return redirect("login:sign_in")
    posted = request.POST or None
    by_key = posted is not None and "credential" in posted
    form, key_form = Code(user, None if by_key else posted), Passkey(user, posted if by_key else None)
    used = key_form if by_key else form
    if request.method == "POST" and used.is_valid():
        answer = remember(stage.exit(), user)
        if form.used == Authenticator.Type.RECOVERY_CODES:
            _tell_codes_left(request, user)
        return answer
    keys = passkeys.possible(request) and bool(factors_of(user).keys)
    context = {"form": form, "key_form": key_form, "asked": passkeys.ask_authentication(user) if keys else None}
    return render(request, "login/second_factor.html", context, status=_status(used))


def _tell_codes_left(request: HttpRequest, user: User) -> None:
    left = factors_of(user).codes_left
    said = ngettext(
        "You used a recovery code; %(left)d is left. Make new ones before they run out.",
        "You used a recovery code; %(left)d are left. Make new ones before they run out.",
        left,
    )
    messages.warning(request, said % {"left": left})


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def first_run(request: HttpRequest) -> HttpResponse:
    """Makes the owner of an empty installation; afterwards the page is gone."""
    if User.objects.exists():
        return redirect("home:today")
    form = FirstRun(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            owner = actions.make_owner(**form.cleaned_data, language=_chosen(request))
        except actions.AlreadyStarted:
            return redirect("login:sign_in")
        enter(request, owner)
        return redirect("home:today")
    return render(request, "login/first_run.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """One's own new password; this browser stays signed in."""
    user = user_of(request)
    form = ChangePassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.change_password(by=user, password=form.cleaned_data["new_password1"])
        end_sessions(by=user, user=user, but=request.session.session_key)
        keep_this_session(request, user)
        messages.success(request, _("Your password is changed. Other browsers have to sign in again."))
        return redirect("login:password")
    return render(request, "login/password.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembers the language in a cookie, and with the user who is signed in."""
    form, answer = Language(request.POST), _back(request)
    if form.is_valid():
        code = form.cleaned_data["language"]
        if isinstance(request.user, User):
            actions.set_language(by=request.user, language=code)
        _cookie(answer, settings.LANGUAGE_COOKIE_NAME, code)
    return answer


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remembers light, dark or "as the system says"."""
    form, answer = Theme(request.POST), _back(request)
    if form.is_valid():
        chosen = form.cleaned_data["theme"]
        if isinstance(request.user, User):
            actions.set_theme(by=request.user, theme=chosen)
        _cookie(answer, "theme", chosen)
    return answer


def _chosen(request: HttpRequest) -> str:
    """The language that the browser's cookie names, if it is one of ours."""
    code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if code in dict(settings.LANGUAGES) else ""


def remember(answer: HttpResponse, user: User) -> HttpResponse:
    """A new browser gets the user's own language and appearance."""
    if user.language:
        _cookie(answer, settings.LANGUAGE_COOKIE_NAME, user.language)
    if user.theme:
        _cookie(answer, "theme", user.theme)
    return answer


def _cookie(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=bool(settings.SESSION_COOKIE_SECURE)
    )


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: a path of this installation, else nothing."""
    target = request.POST.get("next") or request.GET.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else ""


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(next_page(request) or "/")


def _status(form: Any) -> int:
    return 429 if form.blocked else 422 if form.is_bound else 200
