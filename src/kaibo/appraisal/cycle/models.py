"""A month of reviewing: its stages with their deadlines, each step that was taken, each time it was computed."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaibo.measurement.months import next_month


class CycleState(models.TextChoices):
    """In this order; a reopened cycle goes back, with a reason."""

    OPENED = "opened", _("Opened")
    COLLECTING = "collecting", _("Collecting")
    COMPUTED = "computed", _("Scores computed")
    SELF = "self", _("Self-assessment")
    MANAGER = "manager", _("Managers rate")
    CALIBRATION = "calibration", _("Calibration")
    PUBLISHED = "published", _("Published")
    APPEAL_WINDOW = "appeal_window", _("Appeal window")
    CLOSED = "closed", pgettext_lazy("cycle", "Closed")


STATES: tuple[CycleState, ...] = tuple(CycleState)


class CycleTemplate(models.Model):
    """When each stage ends, counted back from pay day; one row of the number ONLY, editable.

    `pay_day`: day of a month (the last day in shorter ones). `days_before`: state → whole days before pay day on which
    the stage ends, at `hour` o'clock of the team's zone.
    """

    pay_day = models.PositiveSmallIntegerField(default=28)
    hour = models.PositiveSmallIntegerField(default=18)
    days_before = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)

    ONLY = 1

    class Meta:
        constraints = [
            # whoever saves it first, and at the same moment: there is one
            models.CheckConstraint(condition=Q(id=1), name="one_cycle_template"),
            models.CheckConstraint(condition=Q(pay_day__gte=1, pay_day__lte=31), name="pay_day_is_a_day"),
            models.CheckConstraint(condition=Q(hour__gte=0, hour__lte=23), name="deadline_hour_is_an_hour"),
        ]

    def __str__(self) -> str:
        return f"pay day {self.pay_day}"


class Cycle(models.Model):
    """A month of reviewing. `pay_on`: the day on which its outcomes are paid; the last stage ends then.

    `ground`: what its reviews were computed from (the kept month's), "" before. `words_from_below`: everybody is asked
    for words, without a name, about who rates them.
    """

    month = models.DateField(unique=True)
    state = models.CharField(max_length=16, choices=CycleState, default=CycleState.OPENED)
    pay_on = models.DateField()
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    computed_at = models.DateTimeField(null=True)
    ground = models.CharField(max_length=64, blank=True)
    words_from_below = models.BooleanField(default=False)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CycleState.values), name="cycle_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"

    @property
    def place(self) -> int:
        """Which state it is in, counted from 0."""
        return STATES.index(CycleState(self.state))

    def before(self, state: CycleState) -> bool:
        return self.place < STATES.index(state)

    def since(self, state: CycleState) -> bool:
        return self.place >= STATES.index(state)

    @property
    def released(self) -> bool:
        """Whether reviewed people may read their reviews."""
        return self.since(CycleState.PUBLISHED)

    @property
    def last_day(self) -> date:
        """The month's last day, on which positions and managers are looked up."""
        return next_month(self.month) - date.resolution


class StageDeadline(models.Model):
    """When a stage of a cycle ends."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="deadlines")
    state = models.CharField(max_length=16, choices=CycleState)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "state"], name="one_deadline_a_stage"),
            models.CheckConstraint(condition=Q(state__in=CycleState.values), name="deadline_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.state} {self.due_at:%Y-%m-%d %H:%M}"


class CycleStep(models.Model):
    """A cycle went from one state to another. `reason`: why it went back. `accepted`: findings that were taken over."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="steps")
    former = models.CharField(max_length=16, choices=CycleState, blank=True)
    state = models.CharField(max_length=16, choices=CycleState)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    accepted = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.former} → {self.state}"


class CycleRun(models.Model):
    """One computing of a cycle's reviews. `ended_at` None: it is under way, or was interrupted."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    without = models.PositiveIntegerField(default=0)
    accepted = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.cycle_id} run {self.pk}"


class CycleCheck(models.Model):
    """What a cycle's data lacked when it was last looked at (`cycle.looking`), one row a cycle.

    `found`: language → findings in its words, as cycle pages list them. `without_card`: people who hold a position
    without a scorecard.
    """

    cycle = models.OneToOneField(Cycle, on_delete=models.CASCADE, related_name="looked")
    at = models.DateTimeField(default=timezone.now)
    found = models.JSONField(default=dict)
    without_card = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.at:%Y-%m-%d %H:%M}"
