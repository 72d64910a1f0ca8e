"""A person's own roster as a calendar that other programs ask for again and again."""

from django.conf import settings
from django.db import models

from kaibo.org.models import Person


class RosterFeed(models.Model):
    """A secret address, at most one a person. Only its hash is kept: the address itself is shown once, when made."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="roster_feed")
    sha256 = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.person)
