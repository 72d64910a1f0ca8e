"""Cards and KPIs that a team makes itself: versions that nobody edits once they are published."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from kaibo.kpi.definition import Direction
from kaibo.kpi.measures import Unit


class CardState(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class CardVersion(models.Model):
    """A card of a position. `data`: as `card_file.card_as_data` writes it, without version and month.

    `version` and `since` (the first month it is used in) are said when it is published; nothing of it changes after
    that. At most one draft a role. `digest`: of what it says, so that every process knows which cards it has read.
    """

    role = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=CardState, default=CardState.DRAFT)
    version = models.PositiveIntegerField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    data = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # of a draft the step that it stands at; None: it was never changed
    step = models.ForeignKey("appraisal.CardStep", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["role", "version"]
        constraints = [
            models.UniqueConstraint(fields=["role", "version"], name="card_version_once"),
            models.UniqueConstraint(fields=["role"], condition=models.Q(state="draft"), name="one_draft_of_a_card"),
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(version__isnull=False, since__isnull=False),
                name="published_card_has_version_and_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} v{self.version}" if self.version else f"{self.role} {self.state}"


class CardStep(models.Model):
    """What a draft said after a change, and the step before it.

    Rows are only added: who goes back and changes something else begins another branch, what was there before stays.

    `changed`: which parts of the card differ from the step before.
    """

    draft = models.ForeignKey(CardVersion, on_delete=models.CASCADE, related_name="steps")
    former = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="later")
    data = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    changed = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.draft_id} step {self.pk}"


class OwnKpi(models.Model):
    """A KPI by formula (kpi.formula). A change is a new version; the newest one in use counts for months still open."""

    key = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    zh = models.CharField(max_length=40)
    en = models.CharField(max_length=40)
    formula = models.CharField(max_length=300)
    unit = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Unit])
    direction = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Direction])
    in_use = models.BooleanField(default=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["key", "version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="own_kpi_version_once")]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


def digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
