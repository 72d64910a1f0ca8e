"""Pages of reviews: mine and those I rate, one review, the two forms, notes during the month."""

from collections.abc import Callable, Mapping
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.appraisal import actions
from kaibo.appraisal.actions.ratings import SAVED_IN, rated_from_below
from kaibo.appraisal.appeals import windows
from kaibo.appraisal.cycle import mine as my_reviews
from kaibo.appraisal.cycle import pages, past_reviews, raters, reading, review_changes, review_page, review_print
from kaibo.appraisal.cycle.access import (
    RUNS,
    find_assessment_to_hand_back,
    find_line_to_change,
    find_note_to_take_back,
    find_own_review,
    find_person_to_note,
    find_published_review,
    find_review,
    find_review_to_approve,
    find_review_to_change,
    find_review_to_deliver,
    find_review_to_rate,
    sees_self_assessment,
    visible_notes,
)
from kaibo.appraisal.cycle.asked import asked
from kaibo.appraisal.cycle.forms import NoteForm, RatingForm, TalkForm, TimesForm
from kaibo.appraisal.cycle.graded import graded
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.rating import rated_by, shares_of
from kaibo.appraisal.cycle.rating_form import save_rating
from kaibo.appraisal.cycle.review_models import LineKind, NoteKind, RaterKind, Review, ReviewLine
from kaibo.appraisal.cycle.said import told
from kaibo.appraisal.own_cards.store import read_once
from kaibo.audit.seen import Changed
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.look.ids import id_of
from kaibo.look.printing.pdf import MissingGlyph, answer
from kaibo.measurement.months import next_month
from kaibo.org.access import sees_amounts

Do = Callable[[User, int, HttpRequest], str]


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """My own reviews, and those I rate."""
    user = user_of(request)
    own = my_reviews.own(user)
    published = [row.review for row in own if row.score]
    # of the position that they held last: two positions are no line
    line, line_says = past_reviews.line_of([one for one in published if one.role == published[0].role][:12])
    context = {
        "own": own,
        "line": line,
        "line_says": line_says,
        "rates": my_reviews.to_rate(user),
        "asked": asked(user),
        "done": my_reviews.rated(user),
        "cycles": user.can(*RUNS, Right.SEE_NUMBERS),
    }
    return render(request, "appraisal/cycle/reviews.html", context)


@require_http_methods(["GET", "POST"])
@read_once()
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review; POST does one thing with it (do=)."""
    user = user_of(request)
    if request.method == "POST":
        run = DO.get(request.POST.get("do", ""))
        if run is None:
            return _review_page(request, user, find_review(user, pk), _("Choose what to do."))
        try:
            messages.success(request, run(user, pk, request))
        except ValidationError as error:
            typed = request.POST.dict()
            if isinstance(error, Changed):
                # who was told what is there now saves over it knowing
                del typed["seen"]
            return _review_page(request, user, find_review(user, pk), " ".join(error.messages), typed)
        return redirect("appraisal:review", pk)
    return _review_page(request, user, find_review(user, pk))


def _review_page(
    request: HttpRequest, user: User, found: Review, problem: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """`typed`: what the form said that was refused."""
    with numbers.amounts_withheld(not sees_amounts(user, found.person)):
        return _shown(request, user, found, problem, typed or {})


def _shown(request: HttpRequest, user: User, found: Review, problem: str, typed: Mapping[str, str]) -> HttpResponse:
    own = found.person.user_id == user.pk
    rates = found.reviewer is not None and found.reviewer.user_id == user.pk
    said, month = told(user, found), reading.positions(user, found)
    past = past_reviews.past_of(found)
    lines, former = past_reviews.lines_of(found, past)
    rows = review_page.line_rows(found, lines, former, said.given, said.came)
    seen = found.acknowledgements.filter(version=found.version).select_related("by__person")
    line, line_says = past_reviews.line_of([*(one.review for one in past), found])
    context = {
        "review": found,
        "position": pages.position_of(found),
        "flags": pages.flags(found, found.cycle.month),
        "own": own,
        "rates": rates,
        "rows": rows,
        "bar": review_page.bar(rows),
        "graded": graded(found, lines),
        "past": past,
        "line": line,
        "line_says": line_says,
        "others": month.others,
        "together": month.together,
        "shown": said.shown,
        "invited": said.invited,
        "below": said.below,
        "below_items": review_page.below_items(rows, said.below),
        "invites": not own and found.published_at is None and (rates or user.can(Right.RUN_CYCLES)),
        "changes": review_changes.change_rows(
            found.changes.filter(review_changes.TELLING).select_related("line", "by__person").order_by("-pk")[:60],
            found,
        ),
        "seen": seen.first() if found.published_at else None,
        "notes": list(visible_notes(user, found.person, found.cycle.month)),
        "decides": not own and found.published_at is None and (rates or user.can(Right.APPROVE_REVIEWS)),
        "delivers": not own and found.published_at is not None and (rates or user.can(Right.RUN_CYCLES)),
        "talk": TalkForm(initial={"day": timezone.localdate()}),
        "approves": not own and found.published_at is None and user.can(Right.APPROVE_REVIEWS),
        "problem": problem,
        "typed": typed,
        "appealable": own and not windows.refusal(found, timezone.now()),
        "pending": month.pending,
    }
    return render(request, "appraisal/cycle/review.html", context, status=422 if problem else 200)


def _seen(user: User, pk: int, _request: HttpRequest) -> str:
    actions.acknowledge(by=user, review=find_own_review(user, pk))
    return _("Noted that you have seen it. That is no agreement.")


def _delivered(user: User, pk: int, request: HttpRequest) -> str:
    actions.record_delivery(by=user, review=find_review_to_deliver(user, pk), note=request.POST.get("note", ""))
    return _("Noted how it was handed over.")


def _talk(user: User, pk: int, request: HttpRequest) -> str:
    found = find_review_to_deliver(user, pk)
    form = TalkForm(request.POST)
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])
    actions.add_note(
        by=user, person=found.person, month=found.cycle.month, kind=NoteKind.TALK, day=form.cleaned_data["day"],
        text=form.cleaned_data["text"],
    )  # fmt: skip
    return _("The talk is noted. The person can read it.")


def _leave_out(user: User, pk: int, request: HttpRequest) -> str:
    line = find_line_to_change(user, _number(request, "line"))
    _require_of(line.review_id, pk)
    actions.leave_line_out(by=user, line=line, reason=request.POST.get("reason", ""))
    return _("The item does not count; its weight moves to the others.")


def _count_again(user: User, pk: int, request: HttpRequest) -> str:
    line = find_line_to_change(user, _number(request, "line"))
    _require_of(line.review_id, pk)
    actions.count_line_again(by=user, line=line, reason=request.POST.get("reason", ""))
    return _("The item counts again.")


def _without(user: User, pk: int, request: HttpRequest) -> str:
    line, kind = _line_and_kind(user, pk, request)
    actions.do_without_raters(by=user, line=line, kind=kind, reason=request.POST.get("reason", ""))
    return _("They do not rate the item this time; their weight is the other raters'.")


def _ask_again(user: User, pk: int, request: HttpRequest) -> str:
    line, kind = _line_and_kind(user, pk, request)
    actions.ask_raters_again(by=user, line=line, kind=kind, reason=request.POST.get("reason", ""))
    return _("They rate the item after all.")


def _line_and_kind(user: User, pk: int, request: HttpRequest) -> tuple[ReviewLine, RaterKind]:
    line, kind = find_line_to_change(user, _number(request, "line")), request.POST.get("rater", "")
    _require_of(line.review_id, pk)
    if kind not in RaterKind.values:
        raise ValidationError(_("Choose who does not rate the item."))
    return line, RaterKind(kind)


def _times(user: User, pk: int, request: HttpRequest) -> str:
    found = find_review_to_change(user, pk)
    form = TimesForm(request.POST)
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])
    told = form.cleaned_data
    actions.write_times(
        by=user, review=found, key=told["key"], times=told["times"], reason=told["reason"],
        seen=request.POST.get("seen", ""),
    )  # fmt: skip
    return _("Written down. The score is summed up again.")


def _without_team(user: User, pk: int, request: HttpRequest) -> str:
    actions.leave_team_out(by=user, review=find_review_to_approve(user, pk), reason=request.POST.get("reason", ""))
    return _("The team's part is left out: the grade's own coefficient counts.")


def _with_team(user: User, pk: int, request: HttpRequest) -> str:
    actions.count_team_again(by=user, review=find_review_to_approve(user, pk), reason=request.POST.get("reason", ""))
    return _("The team's part counts again.")


def _hand_back(user: User, pk: int, request: HttpRequest) -> str:
    kind = request.POST.get("kind", "")
    if kind not in RaterKind.values:
        raise Http404
    rater = id_of(request.POST.get("rater", ""))
    found = find_assessment_to_hand_back(user, pk, RaterKind(kind), rater)
    actions.hand_back(by=user, assessment=found, reason=request.POST.get("reason", ""))
    return _("It was given back to be corrected.")


def _number(request: HttpRequest, name: str) -> int:
    told = id_of(request.POST.get(name, ""))
    if told is None:
        raise Http404
    return told


def _require_of(review: int, pk: int) -> None:
    if review != pk:
        raise Http404


DO: dict[str, Do] = {
    "seen": _seen, "delivered": _delivered, "talk": _talk, "leave_out": _leave_out, "count_again": _count_again,
    "hand_back": _hand_back, "times": _times, "without_raters": _without, "ask_raters_again": _ask_again,
    "without_team": _without_team, "with_team": _with_team,
}  # fmt: skip


@require_safe
@read_once()
def review_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A published review as PDF, to be saved; with the same amounts as its page."""
    user = user_of(request)
    found = find_published_review(user, pk)
    address = request.build_absolute_uri(reverse("appraisal:review", args=[pk]))
    try:
        with numbers.amounts_withheld(not sees_amounts(user, found.person)):
            document = review_print.document(user, found, address)
        return answer(document, f"review-{found.cycle.month:%Y-%m}-{found.person}.pdf")
    except MissingGlyph as error:
        return _review_page(request, user, found, " ".join(error.messages))


@require_http_methods(["GET", "POST"])
@read_once()
def assess(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own assessment."""
    user = user_of(request)
    return _form_page(request, user, find_own_review(user, pk), RaterKind.SELF)


@require_http_methods(["GET", "POST"])
@read_once()
def rate(request: HttpRequest, pk: int) -> HttpResponse:
    """The manager's ratings."""
    user = user_of(request)
    return _form_page(request, user, find_review_to_rate(user, pk), RaterKind.MANAGER)


def _form_page(request: HttpRequest, user: User, found: Review, kind: RaterKind) -> HttpResponse:
    with numbers.amounts_withheld(not sees_amounts(user, found.person)):
        return _form(request, user, found, kind)


def _from_below_too(review: Review) -> bool:
    """Whether its reviewer rated from below before; what nobody but they may learn."""
    return (
        review.from_below_at is None and review.reviewer is not None
        and rated_from_below(review, review.reviewer)
    )  # fmt: skip


def _form(request: HttpRequest, user: User, found: Review, kind: RaterKind) -> HttpResponse:
    own = kind is RaterKind.SELF
    lines = list(found.lines.filter(gone=False))
    rated = rated_by([line for line in lines if line.kind == LineKind.RATED and not line.left_out], kind)
    draft = found.assessments.filter(kind=kind).first()
    given = list(draft.ratings.all()) if draft else []
    begins = {"strengths": draft.strengths, "next_steps": draft.next_steps} if draft else {}
    form = RatingForm(request.POST or None, lines=rated, given=given, own=own, initial=begins)
    if request.method == "POST" and form.is_valid() and (saved := save_rating(request, user, found, kind, form)):
        return saved
    # the figures stand beside the manager's form; to oneself they are told once published
    rows = [] if own else review_page.line_rows(found, lines, past_reviews.former_lines(found), [])
    past = [] if own else past_reviews.with_given(past_reviews.past_of(found))
    due = found.cycle.deadlines.filter(state=CycleState.SELF if own else CycleState.MANAGER).first()
    context = {
        "review": found,
        "own": own,
        "from_below": not own and _from_below_too(found),
        "form": form,
        "fields": [
            (
                line,
                review_page.title_of(line),
                form.of_line(line),
                past_reviews.past_points(past, line),
                raters.text_of(line),
            )
            for line in rated
        ],
        "counts": any(kind in shares_of(line) for line in rated),
        "rows": [row for row in rows if row.line.kind != LineKind.RATED],
        "draft": draft,
        "due": due,
        "open": _is_open(found, kind),
        "position": pages.position_of(found),
        "past": past,
        "notes": list(visible_notes(user, found.person, found.cycle.month)),
        "self": _self_side(user, found) if not own else None,
    }
    return render(request, "appraisal/cycle/rate.html", context, status=422 if request.method == "POST" else 200)


def _is_open(found: Review, kind: RaterKind) -> bool:
    return found.published_at is None and found.cycle.state in SAVED_IN[kind]


def _self_side(user: User, found: Review) -> object:
    if not sees_self_assessment(user, found):
        return None
    return found.assessments.filter(kind=RaterKind.SELF).exclude(submitted_at=None).first()


@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, pk: int, month: date) -> HttpResponse:
    """Notes and evidence on a person's month, at any time of it."""
    user = user_of(request)
    person = find_person_to_note(user, pk, month)
    last = min(timezone.localdate(), next_month(month) - date.resolution)
    form = NoteForm(request.POST or None, initial={"day": last})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            actions.add_note(
                by=user, person=person, month=month, kind=NoteKind(told["kind"]), day=told["day"], text=told["text"],
                told=told["told"],
            )  # fmt: skip
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            messages.success(request, _("Noted."))
            return redirect("appraisal:notes", pk, month)
    context = {
        "person": person, "month": month, "form": form, "own": person.user_id == user.pk,
        "notes": list(visible_notes(user, person, month)), "me": user.pk,
    }  # fmt: skip
    return render(request, "appraisal/cycle/notes.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def take_back_note(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    note = find_note_to_take_back(user, pk)
    actions.take_back_note(by=user, note=note)
    messages.success(request, _("The note is taken back."))
    return redirect("appraisal:notes", note.person_id, note.month)
