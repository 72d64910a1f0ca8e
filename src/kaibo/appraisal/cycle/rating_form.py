"""Where a rater's form goes, whoever the rater is: saved as a draft, or handed in."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaibo.appraisal import actions
from kaibo.appraisal.cycle.forms import RatingForm
from kaibo.appraisal.cycle.review_models import RaterKind, Review
from kaibo.login.models import User


def save_rating(
    request: HttpRequest, user: User, review: Review, kind: RaterKind, form: RatingForm
) -> HttpResponse | None:
    """Of a form that is valid in itself: the way on; None where it cannot be saved, which the form then says."""
    hand_in = "hand_in" in request.POST
    try:
        actions.save_assessment(
            by=user, review=review, kind=kind, given=form.given(), strengths=form.cleaned_data["strengths"],
            next_steps=form.cleaned_data["next_steps"], hand_in=hand_in,
        )  # fmt: skip
    except ValidationError as error:
        form.blame(error.message_dict if hasattr(error, "error_dict") else {"": error.messages})
        return None
    messages.success(request, _("Handed in.") if hand_in else _("Saved. Nobody else sees the draft."))
    return redirect("appraisal:reviews") if hand_in else redirect(request.path)
