"""What a computation of a month wrote: segments, segment facts and people's credit, all integers.

Rows of a computation are invisible until it becomes `current`; pages read current ones only.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.measurement.closed_models import ClosedSession, ClosedShift, Closing, ClosingState

# the models of measurement/closed_models.py are found here, as Django looks for them
__all__ = [
    "AuditCursor", "ClosedSession", "ClosedShift", "Closing", "ClosingState", "Computation", "ComputationState",
    "Credit", "ExchangeRate", "KeptCrowd", "Segment", "SegmentFact",
]  # fmt: skip


class ComputationState(models.TextChoices):
    BUILDING = "building", _("Being computed")
    CURRENT = "current", _("Current")
    OLD = "old", _("Replaced")
    # of a closed month: what it would be now; shown beside, counted nowhere
    CANDIDATE = "candidate", _("Since closing")


class Computation(models.Model):
    """One computation of the sessions that start in `month` (local date) and the orders of its days.

    `facts_from` maps source → newest as_of (ISO) of the visible batches; `coverage` maps source → data until.
    `folder`: below FACTS_ROOT/derived; the placed rows there (facts.placed) say where each file row went.
    `started_at`: the inputs were read then, or later found to be the same.
    """

    month = models.DateField(db_index=True)
    state = models.CharField(max_length=12, choices=ComputationState, default=ComputationState.BUILDING)
    started_at = models.DateTimeField(auto_now_add=True)
    # a building one's last sign of life; an old one's moment of being replaced
    alive_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    engine_version = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    coverage = models.JSONField(default=dict)
    folder = models.CharField(max_length=64, blank=True)
    inputs_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month"], condition=models.Q(state="current"), name="one_current_computation_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} #{self.pk}"


class Segment(models.Model):
    """The longest stretch of a session in which the crew does not change; half-open [start, end).

    `crew`: {role: [{person, name, lead, weight, shift, confirmed}]} as computed, for showing.
    """

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="segments")
    session = models.ForeignKey("live.Session", on_delete=models.CASCADE, related_name="segments")
    number = models.PositiveIntegerField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    crew = models.JSONField(default=dict)

    class Meta:
        ordering = ["session", "number"]
        constraints = [models.UniqueConstraint(fields=["computation", "session", "number"], name="segment_once")]

    def __str__(self) -> str:
        return f"{self.session} [{self.number}]"


class SegmentFact(models.Model):
    """An integer total of one measure in one place of one source.

    `place`: segment · after (下播后成交) · outside (非本场: `kind` says which) · unmatched · tagged (`kind` = tag) ·
    unpaid. Only place `segment` is ever credited. `amount`: counts, milliseconds or minor units of the team's currency.
    `currency` and `original`: what the file said where its money was another's; money without a rate has a measure of
    its own (kpi.money.waiting), which nothing adds to the team's.
    """

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="facts")
    place = models.CharField(max_length=12)
    kind = models.CharField(max_length=20, blank=True)
    account = models.ForeignKey("live.Account", null=True, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey("live.Session", null=True, on_delete=models.CASCADE, related_name="facts")
    segment = models.PositiveIntegerField(null=True)
    date = models.DateField()
    measure = models.CharField(max_length=48)
    basis = models.CharField(max_length=12)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    original = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["computation", "session"], name="fact_by_session")]

    def __str__(self) -> str:
        return f"{self.place} {self.measure} {self.amount}"


class Credit(models.Model):
    """A crew role's share-out of one segment's fact: Σ over people + unassigned = the segment fact, per role.

    `person` null: unassigned, and `reason` says why. `date` is the business date of the shift (its month pays).
    `weight`/`weights`: this person's part of the role's split in the segment. `provisional`: an unconfirmed shift.
    """

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="credits")
    session = models.ForeignKey("live.Session", on_delete=models.CASCADE, related_name="credits")
    segment = models.PositiveIntegerField()
    role = models.CharField(max_length=20)
    person = models.ForeignKey("org.Person", null=True, on_delete=models.CASCADE, related_name="credits")
    # keeps the id of a shift that is gone: a closed month's credit is still that shift's
    shift = models.ForeignKey(
        "live.Shift", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    date = models.DateField()
    measure = models.CharField(max_length=48)
    basis = models.CharField(max_length=12)
    amount = models.BigIntegerField()
    weight = models.PositiveIntegerField(default=1)
    weights = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=40, blank=True)
    provisional = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["person", "date"], name="credit_by_person"),
            models.Index(fields=["computation", "session"], name="credit_by_session"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.person_id} {self.measure} {self.amount}"


class DirectCredit(models.Model):
    """What one row of a file says of the person it names, on a day (its own, or its period's first).

    `person` null: credited to nobody, and `reason` says why (kpi.direct). `name`: as the file writes it.
    """

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="direct")
    table = models.CharField(max_length=20)
    batch = models.PositiveBigIntegerField()
    row = models.PositiveIntegerField()
    person = models.ForeignKey("org.Person", null=True, on_delete=models.CASCADE, related_name="direct_credits")
    name = models.CharField(max_length=120)
    date = models.DateField()
    measure = models.CharField(max_length=24)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "date"], name="direct_by_person")]

    def __str__(self) -> str:
        return f"{self.name} {self.measure} {self.amount}"


class KeptCrowd(models.Model):
    """What a session's events came to when they were counted last (kpi.inputs.CrowdIn): counts only, of no one viewer.

    Used by computations once the events of one of its `batches` are erased; of a computation, but not part of it.
    """

    session = models.OneToOneField("live.Session", on_delete=models.CASCADE, related_name="kept_crowd")
    batches = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.session_id}"


class ExchangeRate(models.Model):
    """What one whole unit of a currency is worth in the team's from a day on. The newest row of a day counts.

    Rows are never changed or deleted: a wrong one is undone and stays to be seen. `act` groups what was added at once.
    """

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    source = models.CharField(max_length=120)
    act = models.CharField(max_length=32, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["-day", "currency", "-id"]
        indexes = [models.Index(fields=["currency", "day"], name="rate_by_day")]
        constraints = [models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_above_zero")]

    def __str__(self) -> str:
        return f"{self.currency} {self.day} {self.rate}"


class AuditCursor(models.Model):
    """How far the audit rows were searched for months to recompute; one row.

    `seen`: ids handled in the last minutes before `at`: rows may become visible later than their ids and times say.
    """

    at = models.DateTimeField(null=True)
    seen = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_audit_cursor")]

    def __str__(self) -> str:
        return f"{self.at}"
