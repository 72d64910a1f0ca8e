"""What calibration keeps besides the changes themselves (ReviewChange): locks of groups, and preview ratings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Review


class CalibrationLock(models.Model):
    """A position's scores of a cycle are settled: no calibration until it is opened again, with a reason.

    `role`: the position's key, as on the reviews. `opened_at`: when the lock ended.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="locks")
    role = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "role"], condition=Q(opened_at=None), name="one_lock_a_group")
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.role}"


class PreviewRating(models.Model):
    """What somebody in the calibration would give a review, points per 100, before they see what others would.

    It counts nothing. `note`: why.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="previews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    points = models.DecimalField(max_digits=5, decimal_places=1)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "by"], name="one_preview_a_person"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=200), name="preview_is_per_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.points}"
