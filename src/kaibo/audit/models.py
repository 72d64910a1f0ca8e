"""Who did what to what, when and why. Rows are only added; they outlive what they describe.

Three tables, guarded by the database itself (`guards`): an event says what was done; the database adds its link to a
chain of hashes when it is written; the tail says how long the chain is and how it ends.
"""

from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """No foreign keys on purpose: deleting a user or a target must not touch its history.

    `by_name`, `data` and `reason` are the payload. `kaibo.audit.retention` alone may empty it, after years, and says
    by which event it did (`erased_by`); ids, verb and time stay, and so does `payload_digest`: SHA-256 over the
    payload with a `salt` that is emptied with it, so that nobody can try what it might have said.
    `digest`: SHA-256 over ids, verb, time and payload_digest, which is what the chain is made of.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    salt = models.CharField(max_length=32, blank=True, default="")
    payload_digest = models.CharField(max_length=64, default="")
    digest = models.CharField(max_length=64, default="")
    erased_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="audit_by_target"),
            models.Index(fields=["erased_by"], name="audit_by_erasing", condition=models.Q(erased_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.verb} {self.target_type}:{self.target_id}"


class AuditLink(models.Model):
    """Written by the database for each event, in the order of commits: hash = SHA-256 of `previous-event-digest`."""

    position = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"


class AuditTail(models.Model):
    """One row: the last link. It is locked last in a verb's transaction, so that verbs hardly wait for each other."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    position = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"
