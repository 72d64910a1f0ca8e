"""An appeal against one line of a published review: what it is about, its levels, its evidence.

Nothing is overwritten: what a granted appeal changes stands as ReviewChange rows beside what was there before.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.appraisal.cycle.review_models import Review, ReviewChange, ReviewLine
from kaibo.appraisal.exact import ExactField


class AppealAbout(models.TextChoices):
    """What of the line is disputed: all of it, what somebody rated, or one fact beneath it."""

    LINE = "line", _("The item: its target, its rule or whether it applies")
    RATING = "rating", _("The rating")
    SHIFT = "shift", _("One shift: who, from when to when, late or absent")
    RECORD = "record", _("One record: an order, a refund, a report, a mark")


class AppealState(models.TextChoices):
    """`to_correct`: granted, and the fact beneath is still to be put right and computed."""

    OPEN = "open", _("Not decided yet")
    TO_CORRECT = "to_correct", _("Granted, to be corrected")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# while an appeal is in one of these, its review has no consequence
PENDING = (AppealState.OPEN, AppealState.TO_CORRECT)


# before the key of a part: a line of the same review may have the same key
OUTSIDE = "outside-"


class Verdict(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Not granted")


class Appeal(models.Model):
    """Against a `line`, or a `part`: the key of an item outside the hundred or of what a gate counts.

    `version`: of the review that was read; `points`: what the line or item gave then.

    `shift`, `named`: the fact, as far as it is one: a shift, or what a record is called (an order's number).
    `level`: 1, or 2 once it was taken further; one AppealRound each. `run`: the computing after the fact was corrected;
    `corrections`: ids of the audit rows that corrected it. `closing_note`: why nothing changed although it was granted.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="appeals")
    line = models.ForeignKey(ReviewLine, null=True, on_delete=models.CASCADE, related_name="appeals")
    part = models.CharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField()
    points = ExactField(null=True)
    about = models.CharField(max_length=8, choices=AppealAbout)
    shift = models.ForeignKey("live.Shift", null=True, on_delete=models.SET_NULL, related_name="+")
    named = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=AppealState, default=AppealState.OPEN)
    level = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    run = models.ForeignKey("appraisal.CycleRun", null=True, on_delete=models.SET_NULL, related_name="+")
    corrections = models.JSONField(default=list)
    closing_note = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state"], name="appeals_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_is_known"),
            models.CheckConstraint(condition=Q(about__in=AppealAbout.values), name="appeal_about_is_known"),
            models.CheckConstraint(
                condition=Q(line__isnull=False, part="") | (Q(line=None) & ~Q(part="")), name="appeal_is_against_one"
            ),
            models.CheckConstraint(condition=Q(level__in=[1, 2]), name="appeal_has_two_levels"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.line_id} {self.state}"

    @property
    def pending(self) -> bool:
        return self.state in PENDING

    @property
    def key(self) -> str:
        """How forms and programs name what it is against."""
        return self.line.key if self.line else f"{OUTSIDE}{self.part}"


class AppealRound(models.Model):
    """One level of an appeal: what was said, who decides it, what they decided and why.

    `reviewer` None: nobody independent was found by the rule, somebody has to be named. `assigned_by` None: by the
    rule; else with a reason. `change`: what the decision did to the points by hand.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="rounds")
    level = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2000)
    at = models.DateTimeField(default=timezone.now)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="appeals_to_decide"
    )
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    assigned_reason = models.CharField(max_length=300, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    change = models.ForeignKey(ReviewChange, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["level"]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "level"], name="one_round_a_level"),
            models.CheckConstraint(
                condition=Q(verdict="", decided_at=None) | Q(verdict__in=Verdict.values, decided_at__isnull=False),
                name="decided_has_a_verdict",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} level {self.level} {self.verdict}"


class AppealFile(models.Model):
    """Evidence, kept in the database: in no folder that anything serves, and part of every backup.

    `kind`: what the bytes are (see evidence), whatever the name says. Read `content` only to hand it out.
    """

    round = models.ForeignKey(AppealRound, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.round_id} {self.name}"
