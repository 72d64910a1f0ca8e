"""What people decided where files leave room for doubt. Rows are never deleted: a newer one wins, or one is undone."""

from django.conf import settings
from django.db import models


class Decided(models.Model):
    """Who decided, when and why. `act` names one act of a person, which may make many rows and is undone as one."""

    act = models.CharField(max_length=32, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=300)
    undone = models.BooleanField(default=False)

    class Meta:
        abstract = True


class MatchDecision(Decided):
    """Of which sessions the orders of a scope are: instants in [start, end), a lane, and a product or one order line.

    The lane is an account or, where the orders name none, every room of `platform` that sells in `currency` (an old
    decision may leave the platform open: then of any). No choice at all: the orders are of no session.
    """

    start = models.DateTimeField()
    end = models.DateTimeField()
    account = models.ForeignKey("live.Account", null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, blank=True)
    platform = models.CharField(max_length=20, blank=True)
    product_id = models.CharField(max_length=64, blank=True)
    sub_order = models.CharField(max_length=64, blank=True)
    # what was decided about, in words, for the history
    about = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["start", "end"], name="match_by_time")]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="match_ends_after_start"),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False, currency="", platform="")
                | (models.Q(account__isnull=True) & ~models.Q(currency="")),
                name="match_has_one_lane",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="match_has_reason"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.about}"


class MatchChoice(models.Model):
    """A session that a decision chose, and its integer part among the chosen ones."""

    decision = models.ForeignKey(MatchDecision, on_delete=models.CASCADE, related_name="choices")
    session = models.ForeignKey("live.Session", on_delete=models.PROTECT, related_name="match_choices")
    weight = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["session"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "session"], name="chosen_once"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="choice_has_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} × {self.weight}"


class ReportDecision(Decided):
    """Of two reported sessions at once on one room: whether the row that begins at `start` makes one."""

    platform = models.CharField(max_length=20)
    handle = models.CharField(max_length=80)
    start = models.DateTimeField()
    use = models.BooleanField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.handle} {self.start:%Y-%m-%d %H:%M} {self.use}"


class MinuteDecision(Decided):
    """Of which session the minutes of a batch are, where the file names no room; none: of no session of ours."""

    batch = models.ForeignKey("imports.Batch", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey("live.Session", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.batch_id} → {self.session_id}"


class MinutePlace(models.Model):
    """Where the minutes of a file that names no room went: derived from reports and decisions at each change.

    `by_hand`: a person said so; else its totals fit exactly one session report.
    """

    batch = models.OneToOneField("imports.Batch", on_delete=models.CASCADE, related_name="minute_place")
    session = models.ForeignKey("live.Session", on_delete=models.CASCADE, related_name="minute_places")
    by_hand = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.batch_id} → {self.session_id}"


class Simulcast(models.Model):
    """Rooms that one crew serves at once, on days in [start, end); no end: until further notice."""

    name = models.CharField(max_length=80)
    accounts = models.ManyToManyField("live.Account", related_name="simulcasts")
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-start", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="simulcast_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.name
