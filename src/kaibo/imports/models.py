"""A file dropped (Upload), and what it became (Batch)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.imports.mapping_models import Mapping, MappingVersion

__all__ = ["Batch", "BatchState", "Mapping", "MappingVersion", "Reject", "Upload", "UploadState"]


class UploadState(models.TextChoices):
    READING = "reading", _("Being read")
    PREVIEW = "preview", _("To be confirmed")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    REFUSED = "refused", _("Refused")
    DISCARDED = "discarded", _("Discarded")


class BatchState(models.TextChoices):
    VISIBLE = "visible", _("In use")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Batch(models.Model):
    """One import of one file. Its facts are complete and synced on disk before this row exists."""

    source = models.CharField(max_length=40)
    # what a person said of its columns, where no source reads such a table; never deleted while a batch rests on it
    mapping = models.ForeignKey(MappingVersion, null=True, on_delete=models.PROTECT, related_name="batches")
    # the fact table its rows are in
    table = models.CharField(max_length=40, default="")
    # further tables in the same folder, for a file that speaks of several kinds of thing
    more_tables = models.JSONField(default=list)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    # the instant the file speaks of: export time in the file or its name, else asked, else import time
    as_of = models.DateTimeField()
    as_of_from = models.CharField(max_length=20, default="import")
    state = models.CharField(max_length=12, choices=BatchState, default=BatchState.VISIBLE)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)
    # below FACTS_ROOT; a folder without a row is ignored and swept
    folder = models.CharField(max_length=64, unique=True)
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    rejected_minor = models.BigIntegerField(null=True)
    # rows that were read, but that an importer could not use (two sessions at once on one account)
    held = models.PositiveIntegerField(default=0)
    first_instant = models.DateTimeField(null=True)
    last_instant = models.DateTimeField(null=True)
    # the days it covers, both inside it, where its name or a person states them; else those of its rows
    period_first = models.DateField(null=True)
    period_last = models.DateField(null=True)
    period_from = models.CharField(max_length=20, default="")
    answers = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    # viewers' rows are erased after a time by rule (retention.py); a hold keeps them
    legal_hold = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=models.Q(state="visible"), name="file_in_use_once")
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name}"

    @property
    def tables(self) -> list[str]:
        """Every fact table that its files hold rows of."""
        return [self.table, *self.more_tables]

    @property
    def covers(self) -> tuple[date, date] | None:
        """The team's days that it covers, both inside it: as stated, else of its rows; None: it has neither."""
        if self.period_first and self.period_last:
            return self.period_first, self.period_last
        if self.first_instant is None or self.last_instant is None:
            return None
        return timezone.localdate(self.first_instant), timezone.localdate(self.last_instant)

    @property
    def brought_by(self) -> str:
        """Who imported it; the shell has no name unless it was told one."""
        return str(self.by) if self.by else str(_("Command line"))

    @property
    def left_out(self) -> int:
        """Rows of the file that count nowhere."""
        return self.rejected + self.held

    @property
    def incomplete(self) -> bool:
        return self.left_out > 0


class Reject(models.Model):
    """A row that could not be read (or, `held`, not be used): where, which value, why, what to do.

    `reason` is an English msgid and `values` its placeholders, so that a page says it in the reader's language.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=100)
    value = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    values = models.JSONField(default=dict)
    held = models.BooleanField(default=False)
    # of a rejected order line: its amount in minor units, when it was ordered, and what else could be read
    # (sources.reading.ORDER_ABOUT); none of it is known of rows rejected before this was kept
    amount_minor = models.BigIntegerField(null=True)
    instant = models.DateTimeField(null=True, db_index=True)
    about = models.JSONField(null=True)

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.line} {self.column}: {self.value}"


class Upload(models.Model):
    """A file between being dropped and being a batch. `preview` is what the reader found, shown before deciding."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    stored_as = models.CharField(max_length=100)
    source = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=UploadState, default=UploadState.READING)
    answers = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    # refused, and still here: a person may say what its columns are
    mappable = models.BooleanField(default=False)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    batch = models.OneToOneField(Batch, null=True, on_delete=models.SET_NULL, related_name="upload")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    def lock(self) -> None:
        """Read the row again and keep it for this transaction: two clicks, or a click and a worker, come one by one."""
        self.refresh_from_db(from_queryset=Upload.objects.select_for_update())
