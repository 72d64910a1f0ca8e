"""Departments, positions, people and who holds which position from when to when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.org.positions import BY_KEY


class Level(models.TextChoices):
    EXECUTIVE = "executive", _("Executive")
    MIDDLE = "middle", _("Middle")
    FRONT = "front", _("Front line")


class Department(models.Model):
    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """`key` is fixed (host, floor_manager, operator …: a crew role's key where there is one); cards hang on it."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=Level, default=Level.FRONT)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name, in the reader's language as long as nobody renamed a position of the handbook."""
        known = BY_KEY.get(self.key)
        return gettext(known.title) if known and known.name == self.name else self.name


class Person(models.Model):
    name = models.CharField(max_length=60, unique=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="person")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonAlias(models.Model):
    """Another way a roster writes a person's name; remembered the first time someone says who it is."""

    alias = models.CharField(max_length=60, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="aliases")

    def __str__(self) -> str:
        return f"{self.alias} = {self.person}"


class ProtectionReason(models.TextChoices):
    NEW = "new", _("New in the team")
    BACK = "back", _("Back after a long absence")


class Protection(models.Model):
    """A person is scored as a newcomer from a date to a date (exclusive); ended early, never overwritten."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="protections")
    start = models.DateField()
    end = models.DateField()
    reason = models.CharField(max_length=8, choices=ProtectionReason, default=ProtectionReason.NEW)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="protection_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.start}–{self.end}"


class Appointment(models.Model):
    """A person holds a position in a department from a date to a date (exclusive); never overwritten."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="appointments")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="appointments")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="appointments")
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="appointment_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.position} {self.start}"
