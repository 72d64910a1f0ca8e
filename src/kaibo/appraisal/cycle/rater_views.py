"""Pages of those who are asked to rate a review, and of who asks them."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kaibo.appraisal import actions
from kaibo.appraisal.actions.ratings import RATING, rated_from_below
from kaibo.appraisal.cycle import inviting, pages, review_page
from kaibo.appraisal.cycle.access import (
    find_invitation_to_answer,
    find_invitation_to_end,
    find_own_review,
    find_review_to_invite,
    find_review_to_say,
)
from kaibo.appraisal.cycle.asked import with_forms
from kaibo.appraisal.cycle.forms import InviteForm, ProposeForm, RatingForm
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.rater_models import INVITED, InvitationState
from kaibo.appraisal.cycle.raters import name_of, text_of
from kaibo.appraisal.cycle.rating import rated_by, shares_of
from kaibo.appraisal.cycle.rating_form import save_rating
from kaibo.appraisal.cycle.review_models import LineKind, RaterKind, Review
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.look.ids import id_of
from kaibo.org.access import visible_people

Do = Callable[[User, Review, HttpRequest], str]


@require_http_methods(["GET", "POST"])
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody rates who is invited, or whom the reviewed rates; nothing else of the review is told."""
    user = user_of(request)
    found, kind = find_review_to_say(user, pk)
    lines = rated_by(found.lines.filter(kind=LineKind.RATED, gone=False, left_out=""), kind)
    draft = found.assessments.filter(kind=kind, rater__user=user).first()
    begins = {"strengths": draft.strengths, "next_steps": draft.next_steps} if draft else {}
    given = list(draft.ratings.all()) if draft else []
    posted = request.POST if request.method == "POST" and request.POST.get("do") != "decline" else None
    form, problem = RatingForm(posted, lines=lines, given=given, own=False, initial=begins), ""
    if request.method == "POST" and posted is None:
        try:
            asked = find_invitation_to_answer(user, pk)
            actions.decline_invitation(by=user, invitation=asked, reason=request.POST.get("reason", ""))
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            messages.success(request, _("You do not rate. Whoever invited you reads why."))
            return redirect("appraisal:reviews")
    elif posted is not None and form.is_valid() and (saved := save_rating(request, user, found, kind, form)):
        return saved
    invitation = None if kind is RaterKind.UPWARD else find_invitation_to_answer(user, pk)
    until = invitation.until if invitation else CycleState.MANAGER
    twice = invitation is not None and rated_from_below(found, invitation.rater)
    rating = found.published_at is None and found.cycle.state in RATING
    context = {
        "review": found, "kind": name_of(kind), "below": kind is RaterKind.UPWARD, "form": form, "problem": problem,
        "fields": [(line, review_page.title_of(line), form.of_line(line), text_of(line)) for line in lines],
        "draft": draft, "due": found.cycle.deadlines.filter(state=until).first(), "invitation": invitation,
        "open": rating and not twice and (kind is not RaterKind.UPWARD or found.from_below_at is None),
        "twice": twice, "may_decline": invitation is not None and rating,
        "position": pages.position_of(found),
    }  # fmt: skip
    return render(request, "appraisal/cycle/say.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def raters(request: HttpRequest, pk: int) -> HttpResponse:
    """Who else rates a review: inviting them; the reviewed propose."""
    user = user_of(request)
    own = Review.objects.filter(pk=pk, person__user=user).exists()
    found = find_own_review(user, pk) if own else find_review_to_invite(user, pk)
    problem = ""
    if request.method == "POST":
        run = (OWN if own else DO).get(request.POST.get("do", ""))
        try:
            if run is None:
                raise ValidationError(_("Choose what to do."))
            messages.success(request, run(user, found, request))
            return redirect(request.path)
        except ValidationError as error:
            problem = " ".join(error.messages)
    return _raters_page(request, user, found, own=own, problem=problem)


def _raters_page(request: HttpRequest, user: User, found: Review, *, own: bool, problem: str) -> HttpResponse:
    told = with_forms(found.invitations.select_related("rater", "by__person")).order_by("pk")
    due = {one.state: one.due_at for one in found.cycle.deadlines.all()}
    asked = [
        (review_page.title_of(line), text_of(line))
        for line in found.lines.filter(kind=LineKind.RATED, gone=False, left_out="")
        if shares_of(line).keys() & {str(kind) for kind in INVITED}
    ]
    form = ProposeForm() if own else InviteForm(initial={"until": CycleState.MANAGER})
    context = {
        "review": found, "own": own, "problem": problem, "position": pages.position_of(found), "form": form,
        "rows": [(one, due.get(one.until), one.state in OPEN and not one.done) for one in told],
        "open": found.published_at is None and found.cycle.before(CycleState.CALIBRATION), "asked": asked,
        "names": list(visible_people(user).exclude(user=None).order_by("name").values_list("name", flat=True)[:300]),
        "typed": request.POST if problem else {},
    }  # fmt: skip
    return render(request, "appraisal/cycle/raters.html", context, status=422 if problem else 200)


OPEN = (InvitationState.PROPOSED, InvitationState.INVITED)


def _invite(user: User, found: Review, request: HttpRequest) -> str:
    form = InviteForm(request.POST)
    _require_valid(form)
    told = form.cleaned_data
    made = actions.invite_rater(
        by=user, review=found, rater=inviting.named(told["rater"]), until=told["until"], note=told["note"]
    )
    return _("%(name)s is asked to rate.") % {"name": made.rater.name}


def _take(user: User, found: Review, request: HttpRequest) -> str:
    """A proposal becomes an invitation."""
    one = find_invitation_to_end(user, _number(request, found))
    until = request.POST.get("until") or CycleState.MANAGER
    actions.invite_rater(by=user, review=found, rater=one.rater, until=until)
    return _("%(name)s is asked to rate.") % {"name": one.rater.name}


def _withdraw(user: User, found: Review, request: HttpRequest) -> str:
    one = find_invitation_to_end(user, _number(request, found))
    actions.withdraw_invitation(by=user, invitation=one, reason=request.POST.get("reason", ""))
    return _("%(name)s is not asked any more.") % {"name": one.rater.name}


def _propose(user: User, found: Review, request: HttpRequest) -> str:
    form = ProposeForm(request.POST)
    _require_valid(form)
    told = form.cleaned_data
    made = actions.propose_rater(by=user, review=found, rater=inviting.named(told["rater"]), note=told["note"])
    return _("%(name)s is proposed. Your manager decides.") % {"name": made.rater.name}


def _require_valid(form: ProposeForm) -> None:
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])


def _number(request: HttpRequest, found: Review) -> int:
    told = id_of(request.POST.get("invitation", ""))
    if told is None or not found.invitations.filter(pk=told).exists():
        raise Http404
    return told


DO: dict[str, Do] = {"invite": _invite, "take": _take, "withdraw": _withdraw}
OWN: dict[str, Do] = {"propose": _propose}
