"""A closed month: which computation stands, and what else its published numbers rest on, as it was at closing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kaibo.live.models import AirKind, CrewRole, Shift, ShiftState


class ClosingState(models.TextChoices):
    FREEZING = "freezing", _("Being closed")
    CLOSED = "closed", _("Closed")
    FAILED = "failed", _("Not closed")
    REOPENED = "reopened", _("Reopened")


class Closing(models.Model):
    """One closing of a month; never deleted, so that the history stays.

    `computation` is what pages show as long as the month is closed; `candidate` is what the month would be now.
    `snapshot`: SHA-256 of the bundle's manifest. `folder`: the bundle's, below FACTS_ROOT/closed.
    `frozen`: small inputs by name (closing.context writes them). `accepted`: findings someone took over, each
    with its reason. `verification`: what the last check found.
    """

    month = models.DateField(db_index=True)
    state = models.CharField(max_length=12, choices=ClosingState, default=ClosingState.FREEZING)
    computation = models.OneToOneField(
        "measurement.Computation", null=True, on_delete=models.PROTECT, related_name="closing"
    )
    candidate = models.OneToOneField("measurement.Computation", null=True, on_delete=models.SET_NULL, related_name="+")
    snapshot = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=64, blank=True)
    frozen = models.JSONField(default=dict)
    accepted = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    # why it could not be closed: an English msgid and its values
    problem = models.JSONField(default=dict)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reopened_at = models.DateTimeField(null=True)
    reopen_reason = models.CharField(max_length=300, blank=True)
    verification = models.JSONField(default=dict)

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["month"], condition=models.Q(state__in=["freezing", "closed"]), name="one_closing_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class ClosedSession(models.Model):
    """A session whose figures a closing fixed, with its times then. A session is fixed by one closing at most."""

    closing = models.ForeignKey(Closing, on_delete=models.CASCADE, related_name="sessions")
    session = models.ForeignKey("live.Session", on_delete=models.PROTECT, related_name="closed_in")
    start = models.DateTimeField()
    end = models.DateTimeField()
    air_kind = models.CharField(max_length=12, choices=AirKind)
    # stretches off air: [[start, end], …] in UTC milliseconds
    breaks = models.JSONField(default=list)

    class Meta:
        ordering = ["start", "session"]
        constraints = [models.UniqueConstraint(fields=["closing", "session"], name="session_closed_once")]

    def __str__(self) -> str:
        return f"{self.closing_id} {self.session_id}"


class ClosedShift(models.Model):
    """A shift of a closed month as it was then: plans and times that its numbers were measured against.

    `shift` is its id, which may since be gone. `date`: its business date, by the plan or else as confirmed.
    """

    closing = models.ForeignKey(Closing, on_delete=models.CASCADE, related_name="shifts")
    shift = models.BigIntegerField()
    date = models.DateField()
    account = models.ForeignKey("live.Account", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("org.Person", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=CrewRole)
    planned_start = models.DateTimeField(null=True)
    planned_end = models.DateTimeField(null=True)
    confirmed_start = models.DateTimeField(null=True)
    confirmed_end = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=ShiftState)
    lead = models.BooleanField(default=False)
    # what was due of it, where that is not its plan: see Shift.due
    due = models.JSONField(null=True)

    # what a Shift made of it has
    COPIED = ("role", "planned_start", "planned_end", "confirmed_start", "confirmed_end", "state", "lead")

    class Meta:
        ordering = ["planned_start", "confirmed_start", "shift"]
        indexes = [models.Index(fields=["closing", "person"], name="closed_shift_by_person")]
        constraints = [models.UniqueConstraint(fields=["closing", "shift"], name="shift_closed_once")]

    def __str__(self) -> str:
        return f"{self.closing_id} {self.shift}"

    def as_shift(self) -> Shift:
        """A Shift that is not to be saved."""
        same = {name: getattr(self, name) for name in self.COPIED}
        made = Shift(pk=self.shift, person=self.person, account=self.account, **same)
        made.due = self.due
        return made
