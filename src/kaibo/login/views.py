"""Signing in and out, the first run, language and appearance."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from kaibo.login import actions
from kaibo.login.access import user_of
from kaibo.login.forms import ChangePassword, FirstRun, Language, SignIn, Theme
from kaibo.login.models import User

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
            login(request, user)
            return _remember(_back(request), user)
    status = 429 if form.blocked else 422 if form.is_bound else 200
    context = {"form": form, "next": _next(request), "sample": (settings.KAIBO_HOME / SAMPLE_MARK).exists()}
    return render(request, "login/sign_in.html", context, status=status)


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
        login(request, owner)
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
        update_session_auth_hash(request, user)
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


def _remember(answer: HttpResponse, user: User) -> HttpResponse:
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


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a path of this installation, else nothing."""
    target = request.POST.get("next") or request.GET.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else ""


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(_next(request) or "/")
