"""What calibrating asks first."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.told import not_about_oneself, require_unpublished
from kaibo.appraisal.calibration.models import CalibrationLock
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.review_models import Review
from kaibo.login.models import User


def require_calibrating(cycle: Cycle) -> None:
    """Raises ValidationError outside the stage of calibration."""
    if cycle.state != CycleState.CALIBRATION:
        text = _("The cycle is at “%(stage)s”: scores are calibrated at the stage of calibration.")
        raise ValidationError(text % {"stage": CycleState(cycle.state).label})


def require_changeable(by: User | None, review: Review) -> None:
    """Raises ValidationError: another stage, published, the group is locked, or it is one's own or a superior's."""
    require_calibrating(review.cycle)
    require_unpublished(review)
    not_about_oneself(by, review)
    require_not_settled(review)


def require_not_settled(review: Review) -> None:
    """Raises ValidationError while scores are calibrated and those of the review's position are locked."""
    if review.cycle.state != CycleState.CALIBRATION:
        # who rates anew at an earlier stage does so before there is anything to settle
        return
    if CalibrationLock.objects.filter(cycle=review.cycle, role=review.role, opened_at=None).exists():
        raise ValidationError(_("This group is locked. Open it with a reason to change a score."))
