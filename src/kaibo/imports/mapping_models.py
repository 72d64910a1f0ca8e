"""What people said of tables that no source reads. A version is never changed, nor deleted once a batch rests on it."""

from django.conf import settings
from django.db import models


class Mapping(models.Model):
    """A table known by its headings. One of those that are on has a given set of headings."""

    name = models.CharField(max_length=80)
    # sources.mapped.fingerprint of its headings
    fingerprint = models.CharField(max_length=32, db_index=True)
    table = models.CharField(max_length=40)
    on = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["fingerprint"], condition=models.Q(on=True), name="header_mapped_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def newest(self) -> "MappingVersion":
        return max(self.versions.all(), key=lambda version: version.number)


class MappingVersion(models.Model):
    """What was said at one time: `data` is sources.mapped.Mapping.as_json."""

    mapping = models.ForeignKey(Mapping, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["mapping", "number"], name="mapping_version_once")]

    def __str__(self) -> str:
        return f"{self.mapping} ({self.number})"
