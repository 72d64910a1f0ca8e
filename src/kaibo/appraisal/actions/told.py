"""What every verb on reviews asks first."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Review
from kaibo.login.models import User
from kaibo.org.access import superiors_of


def reason_of(text: str, most: int = 300) -> str:
    """What was said, without stray spaces. Raises ValidationError for nothing."""
    found = " ".join(text.split())
    if not found:
        raise ValidationError({"reason": _("Say why, in a few words: it is kept for good.")})
    return found[:most]


def require_open(cycle: Cycle) -> None:
    """Raises ValidationError once the cycle is published."""
    if cycle.released:
        raise ValidationError(_("The cycle is published. Reopen it with a reason to change it."))


def require_unpublished(review: Review) -> None:
    """Raises ValidationError where the reviewed can read it already."""
    if review.published_at is not None:
        raise ValidationError(_("This review is published. Reopen the cycle with a reason to change it."))


def not_about_oneself(by: User | None, review: Review) -> None:
    """Nobody decides on themselves or on their own superior. Raises ValidationError."""
    if by is None:
        return
    if review.person.user_id == by.pk:
        raise ValidationError(_("Nobody decides on their own review. Somebody else can."))
    if superiors_of(by).filter(pk=review.person_id).exists():
        raise ValidationError(_("Nobody decides on the review of their own superior. Somebody else can."))
