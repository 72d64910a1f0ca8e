"""Pages about the people of a cycle: who could be added, and who rates instead."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kaibo.appraisal import actions
from kaibo.appraisal.cycle.access import find_cycle_to_run, find_reviews_to_run
from kaibo.appraisal.cycle.forms import AskedForm, ReviewerForm
from kaibo.appraisal.cycle.opening import outside
from kaibo.login.access import user_of
from kaibo.org.forms import put

# names shown of each list
NAMED = 100


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, month: date) -> HttpResponse:
    """Take more people into a cycle, with who is outside it and why."""
    user = user_of(request)
    found = find_cycle_to_run(user, month)
    form = AskedForm(request.POST if request.method == "POST" else None, month=found.month)
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.add_reviews(by=user, cycle=found, asked=form.asked())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            text = ngettext("%(n)d review was added.", "%(n)d reviews were added.", count)
            messages.success(request, text % {"n": count})
            return redirect("appraisal:cycle", found.month)
    context = {"cycle": found, "form": form, "outside": outside(found), "named": NAMED}
    return render(request, "appraisal/cycle/add.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def reviewer(request: HttpRequest, month: date) -> HttpResponse:
    """Somebody else rates those who were chosen on the cycle's page (?review=)."""
    user = user_of(request)
    found = find_cycle_to_run(user, month)
    posted = request.POST if request.method == "POST" else None
    chosen = find_reviews_to_run(user, found, (posted or request.GET).getlist("review"))
    if not chosen:
        messages.error(request, _("Choose people in the table first."))
        return redirect("appraisal:cycle", found.month)
    form = ReviewerForm(posted)
    if posted is not None and form.is_valid():
        told = form.cleaned_data
        try:
            count = actions.change_reviewer(by=user, reviews=chosen, reviewer=told["reviewer"], reason=told["reason"])
        except ValidationError as error:
            put(form, error)
        else:
            text = ngettext("%(n)d review has another reviewer.", "%(n)d reviews have another reviewer.", count)
            messages.success(request, text % {"n": count})
            return redirect("appraisal:cycle", found.month)
    context = {"cycle": found, "form": form, "chosen": chosen}
    return render(request, "appraisal/cycle/reviewer.html", context, status=422 if posted is not None else 200)
