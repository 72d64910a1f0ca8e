"""What the crew of a broadcast say about it afterwards (复盘)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoteKind(models.TextChoices):
    WENT_WELL = "went_well", _("Went well")
    WENT_WRONG = "went_wrong", _("Went wrong")
    NEXT_TIME = "next_time", _("Next time")
    FREE = "free", _("Remark")


class NoteContent(models.Model):
    """What a note says. `start` alone: a moment; with `end`: a stretch [start, end); neither: the whole broadcast."""

    kind = models.CharField(max_length=12, choices=NoteKind)
    text = models.CharField(max_length=1000)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    # a product as its orders name it
    product = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class SessionNote(NoteContent):
    """A review note on a broadcast, as it stands now; who wrote it first, and when."""

    session = models.ForeignKey("live.Session", on_delete=models.CASCADE, related_name="notes")
    edited_at = models.DateTimeField(null=True)
    # taken back: kept, shown to nobody but whoever may bring it back
    removed = models.BooleanField(default=False)

    class Meta:
        ordering = ["start", "id"]
        indexes = [models.Index(fields=["session", "removed"], name="note_by_session")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")), name="note_ends_after_start"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"


class FormerNote(NoteContent):
    """What a note said before it was edited; `by` and `at`: whoever edited it, and when. Never changed."""

    note = models.ForeignKey(SessionNote, on_delete=models.CASCADE, related_name="former")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.note_id} {self.at}"
