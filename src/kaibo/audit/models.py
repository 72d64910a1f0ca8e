"""Who did what to what, when and why. Rows are only added; they outlive what they describe."""

from django.db import models


class AuditEvent(models.Model):
    """No foreign keys on purpose: deleting a user or a target must not touch its history."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.by_name} {self.verb} {self.target_type}:{self.target_id}"
