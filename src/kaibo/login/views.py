"""Signing in and out, the first run, language and appearance."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kaibo.login import actions
from kaibo.login.forms import FirstRun, Language, Theme
from kaibo.login.models import User

YEAR = 365 * 24 * 3600


@login_not_required
def first_run(request: HttpRequest) -> HttpResponse:
    """Makes the owner of an empty installation; afterwards the page is gone."""
    if User.objects.exists():
        return redirect("home:today")
    form = FirstRun(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            owner = actions.make_owner(**form.cleaned_data)
        except actions.AlreadyStarted:
            return redirect("login:sign_in")
        login(request, owner)
        return redirect("home:today")
    return render(request, "login/first_run.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembers the language in a cookie, and with the user who is signed in."""
    form, answer = Language(request.POST), _back(request)
    if form.is_valid():
        code = form.cleaned_data["language"]
        if isinstance(request.user, User):
            actions.set_language(by=request.user, language=code)
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax")
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
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax")
    return answer


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the switch stood on, never to another host."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return HttpResponseRedirect(target if safe else "/")
