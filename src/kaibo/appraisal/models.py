"""What a month of many people is shown from: every score as it was computed, kept until its grounds change.

Nothing here is computed anew: appraisal.keeping writes what appraisal.month says. Rows of a run are invisible until
all of it is written; pages read `current` rows only.
"""

from django.db import models
from django.utils import timezone

from kaibo.appraisal.appeals.models import Appeal, AppealAbout, AppealFile, AppealRound, AppealState, Verdict
from kaibo.appraisal.calibration.models import CalibrationLock, PreviewRating
from kaibo.appraisal.cycle.models import (
    Cycle,
    CycleCheck,
    CycleRun,
    CycleState,
    CycleStep,
    CycleTemplate,
    StageDeadline,
)
from kaibo.appraisal.cycle.rater_models import Invitation, InvitationState
from kaibo.appraisal.cycle.review_models import (
    Acknowledgement,
    Assessment,
    CardTerms,
    ChangeKind,
    LineKind,
    NoteKind,
    RaterKind,
    Rating,
    Review,
    ReviewChange,
    ReviewLine,
    ReviewNote,
)
from kaibo.appraisal.exact import ExactField
from kaibo.appraisal.own_cards.models import CardState as CardState
from kaibo.appraisal.own_cards.models import CardStep as CardStep
from kaibo.appraisal.own_cards.models import CardVersion as CardVersion
from kaibo.appraisal.own_cards.models import OwnKpi as OwnKpi

__all__ = [
    "Acknowledgement", "Appeal", "AppealAbout", "AppealFile", "AppealRound", "AppealState", "Assessment",
    "CalibrationLock", "CardState", "CardStep", "CardTerms", "CardVersion", "ChangeKind", "Cycle", "CycleCheck",
    "CycleRun", "CycleState", "CycleStep", "CycleTemplate", "ExactField", "Invitation", "InvitationState", "KeptLine",
    "KeptMonth", "KeptRoom",
    "KeptScore", "KeptState", "LineKind", "NoteKind", "OwnKpi", "PreviewRating", "RaterKind", "Rating", "Review",
    "ReviewChange", "ReviewLine", "ReviewNote", "StageDeadline", "Verdict",
]  # fmt: skip


class KeptMonth(models.Model):
    """A month whose scores are kept. `ground`: what they rest on, see keeping.grounds; another one: being kept again.

    `began_at`: when its grounds were read; `until`: what the data reaches. `runs` counts up with every change, so that
    two workers notice each other.
    """

    month = models.DateField(unique=True)
    ground = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True)
    is_over = models.BooleanField(default=False)
    runs = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class KeptState(models.TextChoices):
    BUILDING = "building"
    CURRENT = "current"
    OLD = "old"


class KeptScore(models.Model):
    """A person's month in a position, as their own page says it.

    `main`: the role their page opens with. `department`: on the month's last day. `room`: where most hours were.
    `weights` counts, `waiting_weights` waits (lines without facts too); `least_measured`: of the line with the least.
    `protected`: scored as a newcomer. `points_order`: for sorting only, null while a line waits: a sum of some lines
    is no sum.
    `beside`: what the card asks besides its lines, see appraisal.beside.
    `digest`: of everything in it, so that only what differs is written. Times in ms, money in minor units.
    """

    month = models.DateField()
    person = models.ForeignKey("org.Person", on_delete=models.CASCADE, related_name="kept_scores")
    role = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=KeptState, default=KeptState.BUILDING)
    run = models.CharField(max_length=32)
    changed_at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64)
    main = models.BooleanField()
    version = models.PositiveIntegerField()
    department = models.ForeignKey("org.Department", null=True, on_delete=models.SET_NULL, related_name="+")
    room = models.ForeignKey("live.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    sessions = models.PositiveIntegerField()
    air_ms = models.BigIntegerField(null=True)
    planned_ms = models.BigIntegerField(null=True)
    points = ExactField()
    points_order = models.FloatField(null=True)
    weights = models.DecimalField(max_digits=9, decimal_places=3)
    waiting_weights = models.DecimalField(max_digits=9, decimal_places=3)
    waiting = models.PositiveSmallIntegerField()
    beside = models.JSONField(default=dict)
    provisional = models.BooleanField()
    protected = models.BooleanField(default=False)
    immature_until = models.DateField(null=True)
    least_measured = models.FloatField(null=True)

    class Meta:
        # holds all that counting and choosing people reads, so that the wide rows are read of one page only
        indexes = [models.Index(fields=["month", "state", "role", "department", "person"], name="kept_by_department")]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "person", "role"], condition=models.Q(state="current"), name="one_current_score"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.person_id} {self.role} {self.state}"


class KeptLine(models.Model):
    """A line of the card: its KPI's parts by basis, what it was measured against, its points.

    `top` and `bottom` are the parts' sums, null where the value is missing, `measured` the measured part of what weighs
    (the denominator, or the numerator where there is none); `waiting` says for what a line without
    points waits. `sessions` of `of_sessions` tell what is counted, `in_part` more in some of their segments. `order`
    and `points_order` are for sorting only.
    """

    score = models.ForeignKey(KeptScore, on_delete=models.CASCADE, related_name="lines")
    # the score's, said here too so that the sums of a month are read in the order of an index
    month = models.DateField()
    number = models.PositiveSmallIntegerField()
    kpi = models.CharField(max_length=40)
    weight = models.DecimalField(max_digits=9, decimal_places=3)
    numerator = models.JSONField(default=dict)
    denominator = models.JSONField(default=dict)
    top = models.BigIntegerField(null=True)
    bottom = models.BigIntegerField(null=True)
    measured = models.BigIntegerField(null=True)
    missing = models.CharField(max_length=20, blank=True)
    lacking = models.JSONField(default=list)
    sessions = models.PositiveIntegerField(default=0)
    of_sessions = models.PositiveIntegerField(default=0)
    in_part = models.PositiveIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    immature_until = models.DateField(null=True)
    target = ExactField(null=True)
    attainment = ExactField(null=True)
    points = ExactField(null=True)
    measured_points = ExactField(null=True)
    waiting = models.CharField(max_length=20, blank=True)
    order = models.FloatField(null=True)
    points_order = models.FloatField(null=True)

    class Meta:
        # all that a column's sum reads of a month, and its order of some scores
        indexes = [
            models.Index(fields=["month", "kpi", "score", "top", "bottom"], name="kept_line_by_month"),
            models.Index(fields=["score", "kpi", "order"], name="kept_line_order"),
        ]
        constraints = [models.UniqueConstraint(fields=["score", "number"], name="kept_line_once")]

    def __str__(self) -> str:
        return f"{self.score_id} {self.kpi}"


class KeptRoom(models.Model):
    """A room that the person was on air in, in the role: how many sessions, how long (an hour counts once)."""

    score = models.ForeignKey(KeptScore, on_delete=models.CASCADE, related_name="rooms")
    account = models.ForeignKey("live.Account", on_delete=models.CASCADE, related_name="+")
    sessions = models.PositiveIntegerField()
    air_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["score", "account"], name="kept_room_once")]

    def __str__(self) -> str:
        return f"{self.score_id} {self.account_id}"
