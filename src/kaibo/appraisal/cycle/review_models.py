"""A review: one person in one cycle and one position; its lines, who rated them, what changed, notes, who has seen it.

Scores change in one way only: `points` of a line and the sums of its review, beside a ReviewChange that keeps what was
there before, who changed it and why. Nothing is overwritten without one.
"""

from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.exact import ExactField


class CardTerms(models.Model):
    """What a card says of a whole review: weights, where they go, items outside, gates, grades, the team's part.

    `data`: see cycle.terms; never changed, so that a frozen review keeps what it was graded by. One row a wording.
    """

    digest = models.CharField(max_length=64, unique=True)
    data = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]


class Review(models.Model):
    """`role`: the position's key, which is its card's and, on the floor, the crew role's.

    `department`, `position`, `reviewer`: as of the month's last day (a leaver's: of their last). `joined_on` and
    `left_on`: inside the month only. `share_ms` of `shares_ms`: confirmed shift time in this position, and in all that
    have a review; 0 of 0 where there is one review only or nothing was confirmed.
    `digest`: of the kept score it was copied from. `points` over `weights` that count; `waiting_weights` of lines that
    wait for something; `waiting` how many of those, and of what is `lacking`: keys of items outside the hundred and of
    gates, and the team's part. `hundred`: points per 100 of what counts, and what is outside (`outside_points`).
    `terms`: what it is graded by. `beside`: what was kept of the month besides its lines; `written`: how often people
    say that an item outside or a gate's case happened. `grade`, the `gate` that held it down, `coefficient` (grade ×
    team): known once nothing they rest on waits.
    `from_below_at`: when what was rated from below was counted, once and together; None: not yet, or too few rated.
    `version`: how often it was published; 0: never. `dropped_at`: taken out of the cycle, with a reason; a dropped
    review is counted nowhere.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reviews")
    person = models.ForeignKey("org.Person", on_delete=models.PROTECT, related_name="reviews")
    role = models.CharField(max_length=40)
    position = models.ForeignKey("org.Position", null=True, on_delete=models.SET_NULL, related_name="+")
    department = models.ForeignKey("org.Department", null=True, on_delete=models.SET_NULL, related_name="+")
    reviewer = models.ForeignKey("org.Person", null=True, on_delete=models.SET_NULL, related_name="reviews_to_write")
    main = models.BooleanField(default=True)
    share_ms = models.BigIntegerField(default=0)
    shares_ms = models.BigIntegerField(default=0)
    joined_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    protected = models.BooleanField(default=False)
    card = models.CharField(max_length=60, blank=True)
    card_version = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    computed_at = models.DateTimeField(null=True)
    points = ExactField(default=Fraction)
    points_order = models.FloatField(null=True)
    weights = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(0))
    waiting_weights = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(0))
    waiting = models.PositiveSmallIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    immature_until = models.DateField(null=True)
    hundred = ExactField(null=True)
    terms = models.ForeignKey(CardTerms, null=True, on_delete=models.PROTECT, related_name="+")
    beside = models.JSONField(default=dict)
    written = models.JSONField(default=dict)
    lacking = models.JSONField(default=list)
    outside_points = ExactField(default=Fraction)
    grade = models.CharField(max_length=40, blank=True)
    gate = models.CharField(max_length=40, blank=True)
    team_coefficient = ExactField(null=True)
    coefficient = ExactField(null=True)
    from_below_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveSmallIntegerField(default=0)
    dropped_at = models.DateTimeField(null=True)
    dropped_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "person", "role"], name="one_review_a_position"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(version__gt=0), name="published_has_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.person_id} {self.role}"

    @property
    def per_hundred(self) -> Fraction | None:
        """Points per 100 of the weight that counts, and what is outside; weights of what does not apply have moved."""
        known: Fraction | None = self.hundred
        if known is not None:
            return known
        return self.points * 100 / Fraction(self.weights) if self.weights else None

    @property
    def share(self) -> Fraction | None:
        """The part of the person's month that was in this position; None where there is nothing to split."""
        return Fraction(self.share_ms, self.shares_ms) if self.shares_ms else None


class LineKind(models.TextChoices):
    """A KPI's value scored by a rule; points that people give; an item that no file tells anything about yet."""

    KPI = "kpi", _("KPI")
    RATED = "rated", _("Rated")
    LATER = "later", _("Not told by any file yet")


class ReviewLine(models.Model):
    """A line of the card as it was computed, frozen: never read again from the KPI values.

    `key`: the KPI's (a second line on the same one: key#2). The columns from `numerator` on are the kept line's.
    `anchors` and `raters` (rater kind → weight as text): of a rated line, as on the card; `without` (rater kind → why):
    raters that do not rate it this time, their weight is the others'. `computed_points`: what the rule gave; `points`:
    what counts now, after ratings and whatever was changed with a reason; null: it waits, and `waiting` says for what.
    `left_out`: why it does not apply to this person; its weight moves to the others. `gone`: no longer on the card when
    it was computed again; kept for what hangs on it, counted nowhere.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=48)
    kind = models.CharField(max_length=8, choices=LineKind, default=LineKind.KPI)
    kpi = models.CharField(max_length=40)
    zh = models.CharField(max_length=60, blank=True)
    en = models.CharField(max_length=60, blank=True)
    weight = models.DecimalField(max_digits=9, decimal_places=3)
    numerator = models.JSONField(default=dict)
    denominator = models.JSONField(default=dict)
    top = models.BigIntegerField(null=True)
    bottom = models.BigIntegerField(null=True)
    missing = models.CharField(max_length=20, blank=True)
    lacking = models.JSONField(default=list)
    sessions = models.PositiveIntegerField(default=0)
    of_sessions = models.PositiveIntegerField(default=0)
    in_part = models.PositiveIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    immature_until = models.DateField(null=True)
    target = ExactField(null=True)
    attainment = ExactField(null=True)
    measured_points = ExactField(null=True)
    computed_points = ExactField(null=True)
    points = ExactField(null=True)
    waiting = models.CharField(max_length=20, blank=True)
    anchors = models.JSONField(default=list)
    raters = models.JSONField(default=dict)
    without = models.JSONField(default=dict)
    left_out = models.CharField(max_length=300, blank=True)
    gone = models.BooleanField(default=False)

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "key"], name="one_line_a_key"),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="line_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.key}"


class RaterKind(models.TextChoices):
    SELF = "self", _("Self")
    MANAGER = "manager", _("Manager")
    PEER = "peer", _("Peer")
    UPWARD = "upward", _("From below")
    OTHER_DEPARTMENT = "other_department", _("Another department")
    HR = "hr", pgettext_lazy("rater", "HR")


class Assessment(models.Model):
    """One rater's form on one review: a draft until `submitted_at`. Ratings hang on it.

    `strengths`, `next_steps`: in words; of a self-assessment what went well and what help is needed.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="assessments")
    kind = models.CharField(max_length=16, choices=RaterKind)
    rater = models.ForeignKey("org.Person", null=True, on_delete=models.SET_NULL, related_name="assessments")
    strengths = models.TextField(blank=True)
    next_steps = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "kind", "rater"], name="one_form_a_rater"),
            models.UniqueConstraint(
                fields=["review", "kind"], condition=Q(kind__in=["self", "manager"]), name="one_self_one_manager"
            ),
            models.CheckConstraint(condition=Q(kind__in=RaterKind.values), name="rater_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.kind} {self.rater_id}"


class Rating(models.Model):
    """Points that a rater gives a line, within its anchors. `evidence`: what it rests on, owed at both ends."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="ratings")
    line = models.ForeignKey(ReviewLine, on_delete=models.PROTECT, related_name="ratings")
    points = models.DecimalField(max_digits=9, decimal_places=3)
    comment = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assessment", "line"], name="one_rating_a_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.points}"


class ChangeKind(models.TextChoices):
    """Why a score is another one than before."""

    COMPUTED = "computed", _("Computed again")
    RATED = "rated", _("Rated")
    LEFT_OUT = "left_out", _("Does not apply")
    CALIBRATED = "calibrated", _("Calibrated")
    WRITTEN = "written", _("Written down")
    APPEALED = "appealed", _("Appeal")


class ReviewChange(models.Model):
    """A score changed: of one line, or of the whole review (`line` None). Rows are only added.

    `before`, `after`: name → value as text, what differs only. `why`: codes of cycle.computing for what was computed
    again; `reason`: a person's words. `run`: the computing that did it.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="changes")
    line = models.ForeignKey(ReviewLine, null=True, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12, choices=ChangeKind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    run = models.ForeignKey("appraisal.CycleRun", null=True, on_delete=models.CASCADE, related_name="changes")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    why = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.line_id} {self.kind}"


class NoteKind(models.TextChoices):
    NOTE = "note", _("Observation")
    EVIDENCE = "evidence", _("Evidence")
    TALK = "talk", _("Feedback talk")


class ReviewNote(models.Model):
    """What somebody wrote down about a person's month, at any time of it; a cycle need not be open yet.

    `line`: the key of a card's line it is about, "" for the month as a whole. `told`: the person may read it (always so
    for their own). `day`: when it happened; of a talk, when it was held. `taken_back_at`: by its writer; kept.
    """

    person = models.ForeignKey("org.Person", on_delete=models.CASCADE, related_name="review_notes")
    month = models.DateField()
    kind = models.CharField(max_length=8, choices=NoteKind, default=NoteKind.NOTE)
    line = models.CharField(max_length=48, blank=True)
    day = models.DateField()
    text = models.TextField(max_length=2000)
    told = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="review_notes")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day", "-pk"]
        indexes = [models.Index(fields=["person", "month"], name="notes_by_month")]
        constraints = [models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="note_kind_is_known")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.month:%Y-%m} {self.kind}"


class Acknowledgement(models.Model):
    """The person has seen a published version of their review: no agreement. `delivered`: told in person by `by`."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="acknowledgements")
    version = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    delivered = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "version"], name="seen_once_a_version")]

    def __str__(self) -> str:
        return f"{self.review_id} v{self.version}"
