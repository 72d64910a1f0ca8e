"""Lists of people that were read: what they say, until it is imported; afterwards only what came of it."""

from django.conf import settings
from django.db import models


class PeopleList(models.Model):
    """A file of people. `rows` and `titles`: what it says, emptied when it is done; `came`: how many of what.

    `checked`: what a long list would make, found by a job (`people_reading.told`); a short one is looked at when shown.
    """

    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    titles = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    rejected = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    checked = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)
    came = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
