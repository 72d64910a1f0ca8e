"""Who else is asked to rate a review by name. Whoever is rated by them rates from below without being asked."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.review_models import RaterKind, Review

# by where they stand; see inviting.standing
INVITED = (RaterKind.PEER, RaterKind.OTHER_DEPARTMENT, RaterKind.HR)
# until when one is asked: the end of this stage
UNTIL = (CycleState.SELF, CycleState.MANAGER)


class InvitationState(models.TextChoices):
    """Proposed by the reviewed, invited, declined by the rater, withdrawn by who invited, a proposal not taken."""

    PROPOSED = "proposed", pgettext_lazy("rater", "Proposed")
    INVITED = "invited", _("Invited")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REFUSED = "refused", _("Not taken")


class Invitation(models.Model):
    """A person who is asked to rate a review. Their form is the Assessment of the same kind and rater.

    `until`: the stage whose deadline is theirs. `note`: what it is about, from who proposes or invites. `by`, `at`,
    `reason`: of the last step.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="invitations")
    rater = models.ForeignKey("org.Person", on_delete=models.CASCADE, related_name="invitations")
    kind = models.CharField(max_length=16, choices=RaterKind)
    state = models.CharField(max_length=12, choices=InvitationState)
    until = models.CharField(max_length=16, choices=CycleState, default=CycleState.MANAGER)
    note = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "rater"], name="one_invitation_a_rater"),
            models.CheckConstraint(condition=Q(state__in=InvitationState.values), name="invitation_state_is_known"),
            models.CheckConstraint(condition=Q(kind__in=[str(kind) for kind in INVITED]), name="invited_kind_is_known"),
            models.CheckConstraint(condition=Q(until__in=[str(one) for one in UNTIL]), name="invited_until_a_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.rater_id} {self.state}"
