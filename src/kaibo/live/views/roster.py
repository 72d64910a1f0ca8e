"""The page that asks once what a roster's names, codes and rooms are."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kaibo.live.actions.explaining_roster import explain_roster
from kaibo.live.models import Account
from kaibo.live.roster import offers, roster_batches, rows_in_use
from kaibo.live.roster_forms import RosterForm, first_day
from kaibo.live.roster_sync import Outcome
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import require


@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """GET: what is not known yet, prefilled; POST: make it known and plan the shifts."""
    user = user_of(request)
    require(user, Right.PLAN_ROSTER)
    found = offers(rows_in_use())
    form = RosterForm(found, request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            outcome = explain_roster(by=user, explained=form.explained())
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            messages.success(request, _done(outcome))
            return redirect("live:roster" if outcome.waiting else "live:shifts")
    context = {
        "offers": found, "form": form, "problem": problem, "start": first_day(found),
        "rosters": roster_batches(), "accounts": Account.objects.exists(),
        "refused": request.method == "POST" and not problem,
    }  # fmt: skip
    return render(request, "live/roster.html", context, status=422 if request.method == "POST" else 200)


def _done(outcome: Outcome) -> str:
    made = ngettext("%(n)s shift planned.", "%(n)s shifts planned.", outcome.made) % {"n": outcome.made}
    waiting = sum(outcome.waiting.values())
    if not waiting:
        return made
    rest = ngettext("%(n)s entry still waits.", "%(n)s entries still wait.", waiting) % {"n": waiting}
    return f"{made} {rest}"
