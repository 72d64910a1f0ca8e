"""What runs in the background: one row per job. The row is the truth; the worker only claims it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.jobs.full_disk import FULL


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# what people call the kinds of job; an unknown kind shows its own name
TITLES = {
    "read_upload": _("Reading a file"),
    "import_upload": _("Importing a file"),
    "follow_batch": _("Making rooms, sessions and shifts from a file"),
    "compute_month": _("Computing a month"),
    "keep_month": _("Bringing the team's month up to date"),
    "close_month": _("Closing a month"),
    "verify_month": _("Checking a closed month"),
    "import_people": _("Importing people"),
    "check_people": _("Checking a list of people"),
    "sweep_facts": _("Removing what is left over"),
}


class Job(models.Model):
    """`kind` names a function in site.jobs_list; `args` are its keyword arguments. Jobs are idempotent."""

    kind = models.CharField(max_length=40)
    args = models.JSONField(default=dict)
    # a name that people know what it works on by, like a file's
    about = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="job_queue")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"

    @property
    def title(self) -> str:
        return str(TITLES.get(self.kind, self.kind))

    @property
    def subject(self) -> str:
        """What it works on: a file's name, a month; "" where it has no name."""
        return self.about or str(self.args.get("month", ""))

    @property
    def doing(self) -> str:
        """What it is at, in the reader's language; else ""."""
        return gettext(self.note) if self.note else ""

    @property
    def trouble(self) -> str:
        """Why it failed, where that can be said in a sentence; else ""."""
        return gettext(FULL.text) if self.error.startswith(FULL.text) else ""

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
