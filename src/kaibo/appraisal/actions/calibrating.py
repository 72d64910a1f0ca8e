"""Verbs of calibration: other points for a line, a preview rating, locking a group and opening it again."""

from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.cycles import locked
from kaibo.appraisal.actions.points import change_points
from kaibo.appraisal.actions.told import reason_of
from kaibo.appraisal.appeals.points import bounds_of
from kaibo.appraisal.calibration.guard import require_calibrating, require_changeable
from kaibo.appraisal.calibration.models import CalibrationLock, PreviewRating
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import ChangeKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import counts
from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.login.models import User
from kaibo.look import numbers

MOST_PREVIEW = 200


@transaction.atomic
def calibrate_line(*, by: User, line: ReviewLine, points: Fraction, reason: str, seen: str = "") -> ReviewChange:
    """Give a line other points, with a reason; whoever did so does not publish the review.

    Raises ValidationError: no reason, another stage, a locked group, one's own or a superior's review, points outside
    what the line can have, points that change nothing, a line that waits or does not count, or somebody was faster.
    """
    review = _locked(line.review_id)
    require_changeable(by, review)
    claim(line, seen)
    line = ReviewLine.objects.get(pk=line.pk)
    line.review = review
    why = reason_of(reason, 500)
    if not counts(line) or line.points is None:
        raise ValidationError(_("This item has no points yet, or does not count: there is nothing to calibrate."))
    least, most = bounds_of(line)
    if not least <= points <= most:
        told = {"least": numbers.points(least), "most": numbers.points(most)}
        raise ValidationError({"points": _("From %(least)s to %(most)s points.") % told})
    change = change_points(by=by, line=line, points=points, kind=ChangeKind.CALIBRATED, reason=why)
    if change is None:
        raise ValidationError({"points": _("These are the points it has.")})
    record(
        by=by, verb="calibrate_line", target=review, reason=why[:300], line=line.key, former=change.before["points"],
        points=change.after["points"],
    )  # fmt: skip
    return change


@transaction.atomic
def preview_rating(*, by: User, review: Review, points: Decimal, note: str = "") -> PreviewRating:
    """Say what one would give, points per 100, before one sees what others would; it counts nothing. Once more: anew.

    Raises ValidationError: another stage, a locked group, one's own or a superior's review, no such points.
    """
    review = _locked(review.pk)
    require_changeable(by, review)
    if not 0 <= points <= MOST_PREVIEW:
        raise ValidationError({"points": _("From 0 to %(most)d points per 100.") % {"most": MOST_PREVIEW}})
    told = {"points": points, "note": " ".join(note.split())[:300], "at": timezone.now()}
    found, _made = PreviewRating.objects.update_or_create(review=review, by=by, defaults=told)
    record(by=by, verb="preview_rating", target=review, points=str(points), note=told["note"])
    return found


@transaction.atomic
def lock_group(*, by: User, cycle: Cycle, role: str) -> CalibrationLock:
    """A position's scores are settled. Raises ValidationError: another stage, nobody in it, or it is locked already."""
    cycle = locked(cycle)
    require_calibrating(cycle)
    if not Review.objects.filter(cycle=cycle, role=role, dropped_at=None).exists():
        raise ValidationError(_("Nobody of this cycle is in that position."))
    if CalibrationLock.objects.filter(cycle=cycle, role=role, opened_at=None).exists():
        raise ValidationError(_("This group is locked already."))
    made = CalibrationLock.objects.create(cycle=cycle, role=role, by=by)
    record(by=by, verb="lock_calibration", target=cycle, month=f"{cycle.month:%Y-%m}", role=role)
    return made


@transaction.atomic
def unlock_group(*, by: User, cycle: Cycle, role: str, reason: str) -> None:
    """Open a locked group again, with a reason. Raises ValidationError."""
    cycle = locked(cycle)
    require_calibrating(cycle)
    why = reason_of(reason)
    changed = CalibrationLock.objects.filter(cycle=cycle, role=role, opened_at=None).update(
        opened_at=timezone.now(), opened_by=by, reason=why
    )
    if not changed:
        raise ValidationError(_("This group is not locked."))
    record(by=by, verb="unlock_calibration", target=cycle, month=f"{cycle.month:%Y-%m}", role=role, reason=why)


def _locked(pk: int) -> Review:
    return Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(pk=pk)
