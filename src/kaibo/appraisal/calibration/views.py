"""Pages of calibration: the board of a group, and one review with its items."""

from datetime import date
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaibo.appraisal import actions
from kaibo.appraisal.appeals.page import names_of
from kaibo.appraisal.appeals.points import bounds_of
from kaibo.appraisal.calibration import access
from kaibo.appraisal.calibration.board import board
from kaibo.appraisal.calibration.forms import CalibrateForm, PreviewForm
from kaibo.appraisal.calibration.models import CalibrationLock
from kaibo.appraisal.cycle.graded import grade_title
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.pages import position_of
from kaibo.appraisal.cycle.review_models import ChangeKind, Review, ReviewLine
from kaibo.appraisal.cycle.review_page import line_rows
from kaibo.appraisal.cycle.scores import counts
from kaibo.appraisal.line_words import line_title
from kaibo.appraisal.own_cards.store import read_once
from kaibo.appraisal.period import month_text
from kaibo.login.access import user_of
from kaibo.look import numbers
from kaibo.org.forms import put


@require_safe
@read_once()
def calibration(request: HttpRequest, month: date) -> HttpResponse:
    """The board of a position (?role=), of a department in it (?department=)."""
    user = user_of(request)
    cycle = access.find_cycle_to_calibrate(user, month)
    asked = request.GET.get("department", "")
    department = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    shown = board(user, cycle, role=request.GET.get("role", ""), department=department)
    context = {"board": shown, "cycle": cycle, "calibrating": cycle.state == CycleState.CALIBRATION}
    return render(request, "appraisal/calibration.html", context)


@require_POST
def lock_group(request: HttpRequest, month: date) -> HttpResponse:
    """Lock a position's scores, or open them again with a reason."""
    user = user_of(request)
    cycle = access.find_cycle_to_calibrate(user, month)
    role = request.POST.get("role", "")[:40]
    try:
        if request.POST.get("say") == "open":
            actions.unlock_group(by=user, cycle=cycle, role=role, reason=request.POST.get("reason", ""))
            messages.success(request, _("Open again."))
        else:
            actions.lock_group(by=user, cycle=cycle, role=role)
            messages.success(request, _("Locked. Somebody who changed nothing can publish."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    there = reverse("appraisal:calibration", args=[month_text(month)])
    return redirect(f"{there}?{urlencode({'role': role})}")


@require_safe
@read_once()
def calibrate(request: HttpRequest, review: int) -> HttpResponse:
    """One review: its items with what can be changed, what was, and preview ratings."""
    return _page(request, access.find_review_to_calibrate(user_of(request), review))


def _page(
    request: HttpRequest, review: Review, status: int = 200, *, at: int = 0, form: Form | None = None,
    preview: Form | None = None,
) -> HttpResponse:  # fmt: skip
    """`at`: the line whose `form` was refused."""
    user = user_of(request)
    changes = list(review.changes.filter(kind=ChangeKind.CALIBRATED).select_related("line"))
    previews = access.previews_of(user, review)
    names = names_of([*(one.by_id for one in changes), *(one.by_id for one in previews.shown)])
    mine = previews.mine
    lines = []
    for row in line_rows(review, review.lines.filter(gone=False), {}, []):
        line = row.line
        least, most = bounds_of(line)
        lines.append({
            "line": line, "title": row.title, "href": row.href, "value": row.value, "target": row.target,
            "counts": counts(line) and line.points is not None,
            "least": numbers.points(least), "most": numbers.points(most), "form": form if line.pk == at else None,
            "changed": line.points != line.computed_points and line.computed_points is not None,
        })  # fmt: skip
    locked = CalibrationLock.objects.filter(cycle=review.cycle, role=review.role, opened_at=None).exists()
    context: dict[str, Any] = {
        "review": review, "position": position_of(review), "lines": lines, "grade": grade_title(review),
        "locked": locked,
        "open": access.is_open(review), "mine": mine,
        "changes": [
            {"title": line_title(one.line) if one.line else "", "change": one, "by": names.get(one.by_id or 0, ""),
             "before": _points(one.before), "after": _points(one.after)}
            for one in changes
        ],
        "previews": [{"told": one, "by": names.get(one.by_id, "")} for one in previews.shown],
        "given": previews.given, "preview": preview or PreviewForm(initial={"points": mine.points} if mine else None),
    }  # fmt: skip
    return render(request, "appraisal/calibrate.html", context, status=status)


def _points(told: dict[str, str | None]) -> str:
    text = told.get("points")
    return numbers.points(Fraction(text)) if text else numbers.MISSING


@require_POST
def calibrate_line(request: HttpRequest, line: int) -> HttpResponse:
    """Other points for one item, with a reason."""
    user = user_of(request)
    found: ReviewLine = access.find_line_to_calibrate(user, line)
    form = CalibrateForm(request.POST)
    if form.is_valid():
        try:
            actions.calibrate_line(
                by=user, line=found, points=form.exact, reason=form.cleaned_data["reason"],
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Changed. Somebody else publishes this review."))
            return redirect("appraisal:calibrate", found.review_id)
    return _page(request, access.find_review_to_calibrate(user, found.review_id), 422, at=found.pk, form=form)


@require_POST
def preview(request: HttpRequest, review: int) -> HttpResponse:
    """What one would give, before one sees what others would."""
    user = user_of(request)
    found = access.find_review_to_calibrate(user, review)
    form = PreviewForm(request.POST)
    if form.is_valid():
        try:
            told = form.cleaned_data
            actions.preview_rating(by=user, review=found, points=told["points"], note=told["note"])
        except ValidationError as error:
            put(form, error)
        else:
            return redirect("appraisal:calibrate", found.pk)
    return _page(request, found, 422, preview=form)
