"""Pages of appeals: the list, making one, one appeal with what its reader may do, evidence, statistics."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.appraisal import actions
from kaibo.appraisal.appeals import access, evidence, page, windows
from kaibo.appraisal.appeals.corrections import corrections_since
from kaibo.appraisal.appeals.forms import AppealForm, DecisionForm, HandOverForm, SecondForm, SettleForm
from kaibo.appraisal.appeals.models import Appeal, AppealAbout, AppealState, Verdict
from kaibo.appraisal.appeals.statistics import statistics as counted
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.pages import position_of
from kaibo.appraisal.finders import is_unkept
from kaibo.login.access import user_of
from kaibo.look import numbers
from kaibo.look.ids import id_of
from kaibo.measurement.closed import is_closed
from kaibo.measurement.due import is_computing
from kaibo.measurement.finders import computation_of
from kaibo.measurement.months import month_of
from kaibo.org.access import require, sees_amounts
from kaibo.org.forms import put

PAGE = 50
# beyond it nothing is: an address may say any number
LAST_PAGE = 10**6


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """What waits for me, my own, and what else I may read (?state=, ?month=, ?page=)."""
    user = user_of(request)
    state, month = request.GET.get("state", ""), request.GET.get("month", "")
    at = min(id_of(request.GET.get("page", "")) or 1, LAST_PAGE)
    rest = page.others(user, state=state, month=month)
    start = (at - 1) * PAGE
    shown = page.rows_of(user, rest[start : start + PAGE + 1])
    mine = page.rows_of(user, page.own(user)[:PAGE])
    waiting = page.rows_of(user, page.to_decide(user).exclude(review__person__user=user).distinct()[:PAGE])
    context = {
        "waiting": waiting, "mine": mine, "others": shown[:PAGE], "state": state, "month": month,
        "before": at - 1, "after": at + 1 if len(shown) > PAGE else 0, "states": AppealState.choices,
        "whole": user.can(*access.WHOLE), "months": Cycle.objects.filter(reviews__appeals__isnull=False).distinct(),
    }  # fmt: skip
    return render(request, "appraisal/appeals.html", context)


@require_http_methods(["GET", "POST"])
def new_appeal(request: HttpRequest, review: int) -> HttpResponse:
    """Appeal against one's own review (?line=, ?about=, ?shift= choose beforehand)."""
    user = user_of(request)
    found = access.find_review_to_appeal(user, review)
    asked = request.GET.dict()
    form = AppealForm(request.POST or None, request.FILES or None, review=found, initial=asked)
    refusal = windows.refusal(found, timezone.now())
    context = {
        "form": form, "review": found, "position": position_of(found), "until": windows.open_until(found.cycle),
        "refusal": refusal,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "appraisal/new_appeal.html", context)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = actions.make_appeal(
                by=user, review=found, **form.against, about=AppealAbout(told["about"]),
                text=told["text"], shift=told["shift"], named=told["named"], files=told["evidence"],
            )  # fmt: skip
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Your appeal is in. Until it is decided nothing follows from this review."))
            return redirect("appraisal:appeal", made.pk)
    return render(request, "appraisal/new_appeal.html", context, status=422)


@require_safe
def appeal(request: HttpRequest, appeal: int) -> HttpResponse:
    """One appeal: what is said, who decides, what was decided, what changed."""
    return _page(request, access.find_appeal(user_of(request), appeal))


def _page(request: HttpRequest, found: Appeal, status: int = 200, **bound: Form) -> HttpResponse:
    """`bound`: the form that was refused, by its name in the template."""
    with numbers.amounts_withheld(not sees_amounts(user_of(request), found.review.person)):
        return _shown(request, found, status, **bound)


def _shown(request: HttpRequest, found: Appeal, status: int, **bound: Form) -> HttpResponse:
    user = user_of(request)
    shown = page.shown(user, found)
    forms: dict[str, Form] = {}
    if shown.may_decide or "decide" in bound:
        forms["decide"] = DecisionForm(appeal=found)
    if shown.may_hand_over or "hand_over" in bound:
        forms["hand_over"] = HandOverForm(appeal=found, now=shown.now.reviewer_id)
    if shown.may_settle or "settle" in bound:
        forms["settle"] = _settle_form(found)
    if shown.further_until or "second" in bound:
        forms["second"] = SecondForm()
    context: dict[str, Any] = {"shown": shown, "appeal": found, "review": found.review, **forms, **bound}
    if "settle" in context:
        # until the correction is computed there is nothing new to copy
        month = found.review.cycle.month
        context["computing"] = is_computing(month) or is_unkept(computation_of(month))
        context["month_closed"] = is_closed(month)
    return render(request, "appraisal/appeal.html", context, status=status)


def _settle_form(found: Appeal, data: Any = None) -> SettleForm:
    return SettleForm(data, events=corrections_since(found), words=page.event_words)


def _act(request: HttpRequest, found: Appeal, name: str, form: Form, act: Callable[[], str]) -> HttpResponse:
    """Back to the appeal with what was done, or the page with what was refused and what was typed."""
    if form.is_valid():
        try:
            done = act()
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, done)
            return redirect("appraisal:appeal", found.pk)
    return _page(request, access.find_appeal(user_of(request), found.pk), 422, **{name: form})


@require_POST
def decide_appeal(request: HttpRequest, appeal: int) -> HttpResponse:
    """Grant, grant in part, refuse."""
    user = user_of(request)
    found = access.find_appeal_to_decide(user, appeal)
    form = DecisionForm(request.POST, appeal=found)

    def act() -> str:
        told = form.cleaned_data
        actions.decide_appeal(
            by=user, appeal=found, verdict=Verdict(told["verdict"]), reason=told["reason"], points=form.said,
            times=told.get("times"),
            seen=request.POST.get("seen", ""),
        )  # fmt: skip
        return _("Decided. %(person)s reads it, with your reason.") % {"person": found.review.person.name}

    return _act(request, found, "decide", form, act)


@require_POST
def hand_over_appeal(request: HttpRequest, appeal: int) -> HttpResponse:
    """Somebody else decides."""
    user = user_of(request)
    found = access.find_appeal_to_hand_over(user, appeal)
    now = found.rounds.get(level=found.level).reviewer_id
    form = HandOverForm(request.POST, appeal=found, now=now)

    def act() -> str:
        told = form.cleaned_data
        actions.hand_over_appeal(by=user, appeal=found, reviewer=form.users[told["reviewer"]], reason=told["reason"])
        return _("Handed over. They find it on their home page.")

    return _act(request, found, "hand_over", form, act)


@require_POST
def settle_appeal(request: HttpRequest, appeal: int) -> HttpResponse:
    """Link the correction and compute the review again."""
    user = user_of(request)
    found = access.find_appeal_to_settle(user, appeal)
    form = _settle_form(found, request.POST)

    def act() -> str:
        told = form.cleaned_data
        changed = actions.settle_appeal(
            by=user, appeal=found, corrections=[int(pk) for pk in told["corrections"]], note=told["note"]
        )
        return _("Computed again: what changed stands below.") if changed else _("Settled; nothing changed.")

    return _act(request, found, "settle", form, act)


@require_POST
def second_level(request: HttpRequest, appeal: int) -> HttpResponse:
    """Take a decision on one's own appeal to somebody else."""
    user = user_of(request)
    found = access.find_own_appeal(user, appeal)
    form = SecondForm(request.POST, request.FILES)

    def act() -> str:
        told = form.cleaned_data
        actions.take_appeal_further(by=user, appeal=found, text=told["text"], files=told["evidence"])
        return _("It is with the second level now. Until then nothing follows from this review.")

    return _act(request, found, "second", form, act)


@require_POST
def withdraw_appeal(request: HttpRequest, appeal: int) -> HttpResponse:
    """One's own appeal back."""
    user = user_of(request)
    found = access.find_own_appeal(user, appeal)
    try:
        actions.withdraw_appeal(by=user, appeal=found)
        messages.success(request, _("Taken back. It stays to be read, and nothing more happens."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("appraisal:appeal", found.pk)


@require_safe
def appeal_file(request: HttpRequest, file: int) -> HttpResponse:
    """Evidence, to be saved."""
    return evidence.answer(access.find_file(user_of(request), file))


@require_safe
def appeal_statistics(request: HttpRequest) -> HttpResponse:
    """How many and how many granted, by rater and by item (?month=)."""
    user = user_of(request)
    require(user, *access.WHOLE)
    month = month_of(request.GET.get("month", ""))
    months = Cycle.objects.filter(reviews__appeals__isnull=False).distinct()
    context = {"found": counted(month), "month": month, "months": months}
    return render(request, "appraisal/appeal_statistics.html", context)
