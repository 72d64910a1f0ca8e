"""Leave: asking for it, deciding on it, taking it back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_leave_to_decide, find_own_leave
from kaibo.live.leave import decided, waiting
from kaibo.live.leave_forms import AnswerForm, BackForm, LeaveForm
from kaibo.live.models import LeaveKind
from kaibo.live.views.answers import back
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import own_person, require
from kaibo.org.forms import put


@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """One's own leave and the form to ask for some; leads find what they have to decide first."""
    user = user_of(request)
    own = own_person(user)
    if request.method != "POST":
        return _page(request, LeaveForm(user=user, own=own))
    require(user, Right.ACT_OWN, Right.DECIDE)
    form = LeaveForm(request.POST, user=user, own=own)
    if form.is_valid():
        person = form.who()
        if person is None:
            form.add_error(None, _("Your sign-in does not belong to a person yet. The owner can connect it."))
            return _page(request, form, 422)
        start, end = form.instants()
        try:
            actions.ask_leave(
                by=user, person=person, kind=LeaveKind(form.cleaned_data["kind"]), start=start, end=end,
                words=form.cleaned_data["words"],
            )  # fmt: skip
        except ValidationError as error:
            put(form, error)
            return _page(request, form, 422)
        messages.success(request, _("Asked for. Your lead or the owner decides; you see the answer here."))
        return redirect("live:leave")
    return _page(request, form, 422)


def _page(request: HttpRequest, form: LeaveForm, status: int = 200, **more: Any) -> HttpResponse:
    user = user_of(request)
    context = {
        "form": form, "person": own_person(user), "waiting": waiting(user), "decided": decided(user), **more,
    }  # fmt: skip
    return render(request, "live/leave.html", context, status=status)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, refuse with a reason, or say that they were back early (say=back, back_on=)."""
    user = user_of(request)
    found = find_leave_to_decide(user, pk)
    form, back_form = AnswerForm(request.POST), BackForm(request.POST)
    answer = form.cleaned_data["answer"] if form.is_valid() else ""
    try:
        if request.POST.get("say") == "back":
            if not back_form.is_valid():
                raise ValidationError(_("Say the first day they were back."))
            actions.end_leave_early(by=user, leave=found, back_on=back_form.cleaned_data["back_on"], reason=answer)
        else:
            actions.decide_leave(by=user, leave=found, approve=request.POST.get("say") == "approve", answer=answer)
    except ValidationError as error:
        return _page(
            request,
            LeaveForm(user=user, own=own_person(user)),
            422,
            refused=pk,
            problem=" ".join(error.messages),
            early=request.POST.get("say") == "back",
        )
    messages.success(request, _("Decided. %(person)s sees it.") % {"person": found.person.name})
    return back(request, "/leave/")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own request back."""
    user = user_of(request)
    found = find_own_leave(user, pk)
    try:
        actions.withdraw_leave(by=user, leave=found)
        messages.success(request, _("Withdrawn."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back(request, "/leave/")
