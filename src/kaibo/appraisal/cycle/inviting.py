"""Who may be invited to rate a review, and as what."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.rater_models import UNTIL
from kaibo.appraisal.cycle.review_models import RaterKind, Review
from kaibo.login.grants import Grant, in_force
from kaibo.login.rights import Role
from kaibo.look import numbers
from kaibo.org.access import holding
from kaibo.org.models import Appointment, Person


def standing(review: Review, rater: Person) -> RaterKind:
    """Of the same department a peer; else who holds the role of HR as HR; else of another department. Two queries."""
    here = Appointment.objects.filter(holding(timezone.localdate()), person=rater, department=review.department_id)
    if review.department_id is not None and here.exists():
        return RaterKind.PEER
    held = Grant.objects.filter(in_force(timezone.localdate()), role=Role.HR, delegated_from=None)
    if rater.user_id is not None and held.filter(user=rater.user_id).exists():
        return RaterKind.HR
    return RaterKind.OTHER_DEPARTMENT


def reports_to(review: Review, person: int) -> bool:
    """Whether the reviewed rates this person in the cycle, who therefore rates from below, without a name."""
    return Review.objects.filter(
        cycle=review.cycle_id, person=person, reviewer=review.person_id, dropped_at=None
    ).exists()


def require_invitable(review: Review, rater: Person) -> None:
    """Raises ValidationError, by `rater`: nobody rates themselves, nor a second time in another place."""
    name = {"name": rater.name}
    if rater.pk == review.person_id:
        raise ValidationError({"rater": _("%(name)s cannot rate themselves. Choose somebody else.") % name})
    if not rater.active or rater.user_id is None:
        raise ValidationError({"rater": _("%(name)s cannot sign in, and so cannot rate. Choose somebody else.") % name})
    if rater.pk == review.reviewer_id:
        raise ValidationError({"rater": _("%(name)s rates as the manager already.") % name})
    if reports_to(review, rater.pk):
        text = _("%(name)s is rated by this person, and so rates from below, without a name.")
        raise ValidationError({"rater": text % name})


def require_time(review: Review, until: str) -> None:
    """Raises ValidationError: rating is over, or the stage until whose end they are asked is."""
    state = CycleState(review.cycle.state)
    if review.cycle.since(CycleState.CALIBRATION):
        raise ValidationError(_("The cycle is at “%(stage)s”: rating is over.") % {"stage": state.label})
    if until not in [str(one) for one in UNTIL]:
        raise ValidationError({"until": _("Say until the end of which stage: self-assessment, or managers rate.")})
    due = review.cycle.deadlines.filter(state=until).first()
    if due is not None and due.due_at <= timezone.now():
        text = _("%(at)s is over. Choose the later stage, or change its deadline first.")
        raise ValidationError({"until": text % {"at": numbers.day_clock(due.due_at)}})
    if until == CycleState.SELF and review.cycle.since(CycleState.MANAGER):
        raise ValidationError({"until": _("Self-assessment is over. Choose the stage in which managers rate.")})


def named(text: str) -> Person:
    """The person called so, “name” or “name, department”. Raises ValidationError: nobody, or several."""
    name, _comma, place = (part.strip() for part in text.replace("，", ",").partition(","))
    there = Person.objects.filter(active=True, name=name).exclude(user=None)
    if place:
        here = Appointment.objects.filter(holding(timezone.localdate()), department__name=place)
        there = there.filter(pk__in=here.values("person"))
    found = list(there.order_by("pk")[:2])
    if not found:
        raise ValidationError({"rater": _("Nobody who can sign in is called “%(name)s”.") % {"name": text.strip()}})
    if len(found) > 1:
        raise ValidationError({"rater": _("Several people are called so. Write the name, a comma and the department.")})
    return found[0]
