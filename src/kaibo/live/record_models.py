"""What people record about rooms from–to: outages, who is responsible for a room and where it belongs, ad accounts."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutageCause(models.TextChoices):
    """Only one's own equipment counts on tech; a violation is a fact about conduct and no outage of the stream."""

    OWN_EQUIPMENT = "own_equipment", _("Own equipment")
    PLATFORM = "platform", _("Platform")
    VENUE = "venue", _("Venue")
    VIOLATION = "violation", _("Violation")


class Outage(models.Model):
    """A stretch [start, end) in which a room could not be watched. Recorded by one, confirmed by another."""

    account = models.ForeignKey("live.Account", on_delete=models.PROTECT, related_name="outages")
    start = models.DateTimeField()
    end = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=OutageCause)
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    # taken back: kept for its history, counted nowhere
    removed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-start", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="outage_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.account} {timezone.localtime(self.start):%m-%d %H:%M} {self.cause}"


class RoomDuty(models.TextChoices):
    """What one answers for in a room as a whole, on air or not."""

    MANAGER = "manager", _("Store manager")
    OPERATOR = "operator", _("Room operator")
    ADS = "ads", _("Buyer of its ads")
    SERVICE = "service", _("Customer service")
    TECH = "tech", _("Equipment and stream")


class Responsibility(models.Model):
    """Who answers for a room from a day to a day, half-open. One person for each duty at a time."""

    account = models.ForeignKey("live.Account", on_delete=models.CASCADE, related_name="responsibilities")
    person = models.ForeignKey("org.Person", on_delete=models.PROTECT, related_name="responsibilities")
    duty = models.CharField(max_length=20, choices=RoomDuty)
    start = models.DateField()
    end = models.DateField(null=True)

    class Meta:
        ordering = ["duty", "-start"]
        verbose_name_plural = "responsibilities"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="responsibility_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.duty} {self.person}"


class RoomDepartment(models.Model):
    """From a day on a room belongs to a department, or to none (None), until a later row says otherwise."""

    account = models.ForeignKey("live.Account", on_delete=models.CASCADE, related_name="departments")
    department = models.ForeignKey("org.Department", null=True, on_delete=models.PROTECT, related_name="rooms")
    start = models.DateField()

    class Meta:
        ordering = ["account", "start"]
        constraints = [models.UniqueConstraint(fields=["account", "start"], name="room_department_once_a_day")]

    def __str__(self) -> str:
        return f"{self.account} {self.department} {self.start}"


class AdAccountPart(models.Model):
    """From a day on (until `end`, half-open) an ad account's spend is for this room, by integer parts."""

    ad_account = models.CharField(max_length=120, db_index=True)
    account = models.ForeignKey("live.Account", on_delete=models.PROTECT, related_name="ad_accounts")
    parts = models.PositiveIntegerField(default=1)
    start = models.DateField()
    end = models.DateField(null=True)

    class Meta:
        ordering = ["ad_account", "-start", "account"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")), name="ad_part_has_days"
            ),
            models.CheckConstraint(condition=models.Q(parts__gt=0), name="ad_part_positive"),
            models.UniqueConstraint(fields=["ad_account", "account", "start"], name="ad_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ad_account} → {self.account}"
