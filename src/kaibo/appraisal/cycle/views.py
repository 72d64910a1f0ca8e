"""Pages of review cycles: the list, one cycle, its template."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.appraisal import actions
from kaibo.appraisal.calibration.board import Spread, spread
from kaibo.appraisal.completeness import for_reader
from kaibo.appraisal.cycle import looking, pages, stages
from kaibo.appraisal.cycle.access import (
    RUNS,
    counted_in,
    counted_reviews,
    find_cycle,
    find_cycle_to_approve,
    find_cycle_to_run,
    find_reviews_to_run,
    visible_cycles,
    visible_reviews,
)
from kaibo.appraisal.cycle.chasing import chase
from kaibo.appraisal.cycle.findings import findings, is_stale, require_none_blocking
from kaibo.appraisal.cycle.forms import AskedForm, DeadlinesForm, TemplateForm, deadlines_of
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleRun, CycleState
from kaibo.appraisal.cycle.publishing import held_back, to_publish, with_who_is_left
from kaibo.appraisal.cycle.review_changes import TELLING, change_rows
from kaibo.appraisal.cycle.review_models import Review, ReviewChange
from kaibo.appraisal.cycle.unsaid import unsaid
from kaibo.appraisal.own_cards.store import read_once
from kaibo.appraisal.period import previous_month
from kaibo.audit.seen import Changed, seen_in
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.finders import computed_months
from kaibo.measurement.months import month_of
from kaibo.org.access import require

Run = Callable[[User, Cycle, HttpRequest], str]


@require_http_methods(["GET", "POST"])
def cycles(request: HttpRequest) -> HttpResponse:
    """Every cycle, and the form that opens one (?month=)."""
    user = user_of(request)
    require(user, *RUNS, Right.SEE_NUMBERS)
    runs = user.can(Right.RUN_CYCLES)
    if request.method == "POST":
        require(user, Right.RUN_CYCLES)
    there = list(visible_cycles(user).prefetch_related("deadlines"))
    now, found = timezone.now(), pages.counts_of(counted_in(user, Review.objects.filter(cycle__in=there)))
    told = {cycle.pk: found.get(cycle.pk, pages.NONE) for cycle in there}
    rows = [(cycle, told[cycle.pk], pages.stage_list(cycle, told[cycle.pk], now)[cycle.place]) for cycle in there]
    context: dict[str, object] = {"rows": rows, "runs": runs}
    if runs:
        month = _month_to_open(request, {cycle.month for cycle in there})
        template = stages.template()
        pay_on = stages.pay_date(template, month, timezone.localdate() + timedelta(days=1))
        begins: dict[str, object] = {"pay_on": pay_on}
        begins |= {
            str(s): timezone.localtime(at).replace(tzinfo=None) for s, at in stages.deadlines(template, pay_on).items()
        }
        posted = request.POST if request.method == "POST" else None
        plan, asked = DeadlinesForm(posted, initial=begins), AskedForm(posted, month=month)
        if posted is not None and plan.is_valid() and asked.is_valid():
            try:
                cycle = actions.open_cycle(
                    by=user, month=month, pay_on=plan.cleaned_data["pay_on"], deadlines=plan.deadlines(),
                    asked=asked.asked(),
                )  # fmt: skip
            except ValidationError as error:
                plan.add_error(None, error) if not hasattr(error, "error_dict") else _blame(plan, error)
            else:
                count = cycle.reviews.count()
                text = ngettext("The cycle is open with %(n)d review.", "The cycle is open with %(n)d reviews.", count)
                messages.success(request, text % {"n": count})
                return redirect("appraisal:cycle", cycle.month)
        context |= {"month": month, "plan": plan, "asked": asked, "months": _openable({c.month for c in there}, month)}
    return render(request, "appraisal/cycle/cycles.html", context, status=422 if request.method == "POST" else 200)


def _openable(taken: set[date], month: date) -> list[date]:
    """Months that a cycle may be opened for: computed ones, and the present one."""
    this = timezone.localdate().replace(day=1)
    return sorted({*(one for one in computed_months() if one not in taken), this, month} - taken, reverse=True)


def _month_to_open(request: HttpRequest, taken: set[date]) -> date:
    """The month that was asked for, else the newest over that has no cycle."""
    told = month_of(request.POST.get("month", "") or request.GET.get("month", ""))
    if told is not None:
        return told
    last = previous_month(timezone.localdate().replace(day=1))
    free = [one for one in [last, *computed_months()] if one not in taken and one <= last]
    return free[0] if free else timezone.localdate().replace(day=1)


def _blame(form: DeadlinesForm, error: ValidationError) -> None:
    for name, texts in error.message_dict.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


@require_http_methods(["GET", "POST"])
def template(request: HttpRequest) -> HttpResponse:
    """When the stages of cycles end, counted back from pay day."""
    user = user_of(request)
    require(user, Right.RUN_CYCLES)
    form = TemplateForm(request.POST or None, template=stages.template())
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            actions.save_cycle_template(
                by=user, pay_day=told["pay_day"], hour=told["hour"], days=form.days(),
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
        except Changed as error:
            form.add_error(None, error)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            messages.success(request, _("Cycles opened from now on end their stages like this."))
            return redirect("appraisal:cycles")
    status = 422 if request.method == "POST" else 200
    # after a refusal what is there now, else what its writer saw first
    context = {"form": form, "seen": seen_in(form, stages.mark_of_template(stages.template()))}
    return render(request, "appraisal/cycle/template.html", context, status=status)


@require_http_methods(["GET", "POST"])
@read_once()
def cycle(request: HttpRequest, month: date) -> HttpResponse:
    """One cycle; POST does one thing with it (do=)."""
    user = user_of(request)
    if request.method == "POST":
        return _do(request, user, find_cycle_to_run(user, month))
    return _cycle_page(request, user, find_cycle(user, month))


def _cycle_page(
    request: HttpRequest, user: User, found: Cycle, problem: str = "", plan: DeadlinesForm | None = None
) -> HttpResponse:
    now = timezone.now()
    state, q = request.GET.get("state", ""), request.GET.get("q", "").strip()
    reviews = counted_reviews(user, found)
    told = pages.counts(user, found)
    runs, approves = user.can(Right.RUN_CYCLES), user.can(Right.APPROVE_REVIEWS)
    open_to_change = runs and not found.released
    page, rows = pages.people_page(user, found, state, q, request.GET.get("page", ""), whole=told.reviews)
    at_end = found.state == CycleState.CALIBRATION and approves
    open_ones = to_publish(user, found) if at_end else []
    held = with_who_is_left(user, held_back(user, open_ones))
    computings = pages.computings(cycle=found.pk)
    looked = getattr(found, "looked", None)
    stages = pages.stage_list(found, told, now)
    stands = unsaid(found, stages, told, now) if runs else []
    lacks = findings(found, now, told.no_reviewer, told.no_sign_in) if open_to_change else []
    context = {
        "cycle": found,
        "counts": told,
        "stages": stages,
        "next": pages.next_step(found),
        "running": bool(computings) and computings[0].ended_at is None,
        "findings": for_reader(user, [*stands, *lacks]),
        "looked": looked,
        "stale": is_stale(found),
        "late": chase(user, found, reviews),
        "page": page,
        "rows": rows,
        "chips": pages.chips(state, q),
        "state": state,
        "q": q,
        "runs": runs,
        "changes_people": open_to_change,
        "approves": approves,
        "held": held,
        "ready": len(open_ones) - len(held),
        "problem": problem,
        "plan": plan or DeadlinesForm(initial=deadlines_of(found), state=CycleState(found.state)),
        "earlier": [one for one in STATES[: found.place] if one != CycleState.PUBLISHED or found.released],
        "without_card": len(looked.without_card) if looked and open_to_change else 0,
        "history": pages.steps(cycle=found.pk),
        "computings": computings,
        "changes": _changes_of(request, user, found, computings),
        "spread": _spread(user, found),
    }
    return render(request, "appraisal/cycle/cycle.html", context, status=422 if problem else 200)


def _spread(user: User, found: Cycle) -> Spread | None:
    """How the scores are spread that this user may see; nothing while none is computed."""
    if not user.can(Right.SEE_NUMBERS) or found.computed_at is None:
        return None
    return spread(pages.scores_of(user, found))


def _changes_of(request: HttpRequest, user: User, found: Cycle, newest: Sequence[CycleRun]) -> list[object]:
    """What the computing of ?run= changed, for who may see these reviews."""
    number = request.GET.get("run", "")
    if not number.isdecimal() or len(number) > 18 or not user.can(Right.SEE_NUMBERS):
        return []
    seen = visible_reviews(user).filter(cycle=found).exclude(person__user=user)
    told = ReviewChange.objects.filter(TELLING, run=int(number), run__cycle=found, review__in=seen.values("pk"))
    told = told.select_related("review__person", "review__terms", "line", "by__person")
    listed = list(told.order_by("review__person__name", "pk")[:200])
    if not listed and all(one.pk != int(number) for one in newest) and not found.runs.filter(pk=int(number)).exists():
        raise Http404
    return list(zip([one.review for one in listed], change_rows(listed), strict=True))


def _do(request: HttpRequest, user: User, found: Cycle) -> HttpResponse:
    """One verb of who runs the cycle. What cannot be done is said above the page, which stays."""
    chosen = request.POST.getlist("review")
    if request.POST.get("do") == "reviewer" and chosen:
        there = reverse("appraisal:cycle_reviewer", args=[found.month])
        return redirect(f"{there}?{urlencode({'review': chosen}, doseq=True)}")
    run = RUN.get(request.POST.get("do", ""))
    if run is None:
        return _cycle_page(request, user, found, problem=_("Choose what to do."))
    try:
        messages.success(request, run(user, found, request))
    except ValidationError as error:
        found.refresh_from_db()
        return _cycle_page(request, user, found, problem=" ".join(error.messages))
    if request.POST["do"] == "discard":
        return redirect("appraisal:cycles")
    return redirect("appraisal:cycle", found.month)


def _compute(user: User, found: Cycle, request: HttpRequest) -> str:
    require_none_blocking(found)
    actions.compute_cycle(by=user, cycle=found, reason=request.POST.get("reason", ""))
    return _("The reviews are being computed. It takes a moment; then reload this page.")


def _advance(user: User, found: Cycle, _request: HttpRequest) -> str:
    state = actions.advance_cycle(by=user, cycle=found)
    return _("The cycle is at “%(stage)s” now.") % {"stage": state.label}


def _reopen(user: User, found: Cycle, request: HttpRequest) -> str:
    told = request.POST.get("to", "")
    if told not in CycleState.values:
        raise ValidationError(_("Choose an earlier stage."))
    actions.reopen_cycle(by=user, cycle=found, state=CycleState(told), reason=request.POST.get("reason", ""))
    return _("The cycle is at “%(stage)s” again.") % {"stage": CycleState(told).label}


def _discard(user: User, found: Cycle, request: HttpRequest) -> str:
    actions.discard_cycle(by=user, cycle=found, reason=request.POST.get("reason", ""))
    return _("The review of %(month)s is taken back.") % {"month": numbers.month(found.month)}


def _deadlines(user: User, found: Cycle, request: HttpRequest) -> str:
    form = DeadlinesForm(request.POST, state=CycleState(found.state))
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])
    try:
        actions.set_deadlines(
            by=user, cycle=found, deadlines=form.deadlines(), pay_on=form.cleaned_data["pay_on"],
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        said = [f"{CycleState(name).label}: {text}" for name, texts in error.message_dict.items() for text in texts]
        raise ValidationError(said) from error
    return _("The deadlines are changed.")


def _words(user: User, found: Cycle, request: HttpRequest) -> str:
    asks = request.POST.get("asks") == "yes"
    actions.ask_from_below(by=user, cycle=found, asks=asks)
    if asks:
        return _("Everybody is asked, without a name, for words about who rates them.")
    return _("Nobody is asked for words about who rates them, except where a scorecard has it rated.")


def _chosen(user: User, found: Cycle, request: HttpRequest) -> list[Review]:
    chosen = find_reviews_to_run(user, found, request.POST.getlist("review"))
    if not chosen:
        raise ValidationError(_("Choose people in the table first."))
    return chosen


def _look(_user: User, found: Cycle, _request: HttpRequest) -> str:
    looking.look(found)
    return _("What the data lacks is as of now.")


def _drop(user: User, found: Cycle, request: HttpRequest) -> str:
    chosen, reason = _chosen(user, found, request), request.POST.get("reason", "")
    count = actions.drop_reviews(by=user, reviews=chosen, reason=reason)
    return ngettext("%(n)d review was taken out.", "%(n)d reviews were taken out.", count) % {"n": count}


def _take_back_in(user: User, found: Cycle, request: HttpRequest) -> str:
    chosen, reason = _chosen(user, found, request), request.POST.get("reason", "")
    count = actions.take_reviews_back_in(by=user, reviews=chosen, reason=reason)
    return ngettext("%(n)d review was taken back in.", "%(n)d reviews were taken back in.", count) % {"n": count}


def _nobody(_user: User, _found: Cycle, _request: HttpRequest) -> str:
    raise ValidationError(_("Choose people in the table first."))


RUN: dict[str, Run] = {
    "reviewer": _nobody, "compute": _compute, "advance": _advance, "reopen": _reopen, "deadlines": _deadlines,
    "look": _look, "discard": _discard, "drop": _drop, "take_back_in": _take_back_in, "from_below": _words,
}  # fmt: skip


@require_POST
def publish(request: HttpRequest, month: date) -> HttpResponse:
    """Let everyone whose review is ready read it."""
    user = user_of(request)
    found = find_cycle_to_approve(user, month)
    try:
        done = actions.publish_reviews(by=user, cycle=found)
    except ValidationError as error:
        return _cycle_page(request, user, found, problem=" ".join(error.messages))
    text = ngettext("%(n)d review is published.", "%(n)d reviews are published.", done.count) % {"n": done.count}
    if not done.count and not done.held:
        text = _("The cycle is at “%(stage)s” now.") % {"stage": CycleState.PUBLISHED.label}
    if done.held:
        more = ngettext(
            "%(n)d is held back; it is listed below with why.",
            "%(n)d are held back; they are listed below with why.",
            len(done.held),
        )
        text += " " + more % {"n": len(done.held)}
    messages.success(request, text)
    return redirect("appraisal:cycle", month)
