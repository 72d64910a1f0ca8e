"""What was promised of the plan: published rosters, and leave that people ask for."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaibo.org.models import Person


class RosterPublication(models.Model):
    """A lead or owner published a month's roster of their people; publishing again replaces it for those people."""

    month = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["month"], name="publication_by_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.at:%Y-%m-%d %H:%M}"


class PublishedShift(models.Model):
    """A shift as it was published; never changed, only replaced by a later publication. Half-open.

    `days_from`, `days_until`: the days, half-open, for which the publication speaks of this person; empty: its month.
    """

    publication = models.ForeignKey(RosterPublication, on_delete=models.CASCADE, related_name="shifts")
    # gone, when the roster's file no longer says so
    shift = models.ForeignKey("live.Shift", null=True, on_delete=models.SET_NULL, related_name="published")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("live.Account", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    start = models.DateTimeField()
    end = models.DateTimeField()
    days_from = models.DateField(null=True)
    days_until = models.DateField(null=True)
    replaced_by = models.ForeignKey(RosterPublication, null=True, on_delete=models.SET_NULL, related_name="replaced")

    class Meta:
        ordering = ["start", "id"]
        indexes = [models.Index(fields=["person", "start"], name="published_by_person")]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="published_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {timezone.localtime(self.start):%m-%d %H:%M}"


class LeaveKind(models.TextChoices):
    ANNUAL = "annual", _("Annual leave")
    SICK = "sick", _("Sick leave")
    PERSONAL = "personal", _("Personal leave")
    LIEU = "lieu", _("Time off in lieu")
    OTHER = "other", _("Other leave")


class LeaveState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("leave", "Asked for")
    APPROVED = "approved", pgettext_lazy("leave", "Approved")
    REFUSED = "refused", pgettext_lazy("leave", "Not approved")
    WITHDRAWN = "withdrawn", pgettext_lazy("leave", "Withdrawn")


class Leave(models.Model):
    """Time off: asked for by one, decided by another; half-open. Whole days are business days."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField(max_length=12, choices=LeaveKind)
    start = models.DateTimeField()
    end = models.DateTimeField()
    words = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, choices=LeaveState, default=LeaveState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-start", "-id"]
        indexes = [models.Index(fields=["person", "start"], name="leave_by_person")]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="leave_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind} {timezone.localtime(self.start):%Y-%m-%d %H:%M}"


class DayPlan(models.Model):
    """How a room's month target falls on its days: a weight a weekday, others for special days (大促). 100 is usual."""

    account = models.ForeignKey("live.Account", on_delete=models.CASCADE, related_name="day_plans")
    month = models.DateField()
    # seven integers, Monday first
    weekdays = models.JSONField()
    # ISO date → [weight, name]
    special = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="day_plan_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.month:%Y-%m}"
