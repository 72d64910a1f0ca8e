"""On what terms somebody works here, and how far along a host is; both dated, never overwritten."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EngagementKind(models.TextChoices):
    """Without a row it is unknown, and pages say so."""

    EMPLOYEE = "employee", _("Employee (labour contract)")
    CONTRACTOR = "contractor", _("Contractor (agency contract of a host)")
    AGENCY = "agency", _("Labour dispatch")


class Engagement(models.Model):
    """On what terms a person works from a date to a date (exclusive). `follows`: see Appointment."""

    person = models.ForeignKey("org.Person", on_delete=models.CASCADE, related_name="engagements")
    kind = models.CharField(max_length=12, choices=EngagementKind)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    follows_end = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="engagement_ends_after_start",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=EngagementKind.values), name="engagement_is_known"),
            models.UniqueConstraint(fields=["person"], condition=models.Q(end__isnull=True), name="one_engagement_now"),
            models.UniqueConstraint(fields=["person", "start"], name="one_engagement_from_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.start}"


class Stage(models.TextChoices):
    """How far along a host is."""

    CANDIDATE = "candidate", pgettext_lazy("host", "Candidate")
    TRIAL = "trial", pgettext_lazy("host", "On trial")
    TRAINING = "training", pgettext_lazy("host", "In training")
    REGULAR = "regular", pgettext_lazy("host", "Regular")
    PAUSED = "paused", pgettext_lazy("host", "Paused")
    OUT = "out", pgettext_lazy("host", "Out")


class StageChange(models.Model):
    """From `day` on a host is at this stage; one row a change, who said so and why."""

    person = models.ForeignKey("org.Person", on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=12, choices=Stage)
    day = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["day", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="stage_is_known")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.stage} {self.day}"
