"""Departments, positions, people and who holds which position from when to when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.look.numbers import in_chinese
from kaibo.org.import_models import PeopleList
from kaibo.org.positions import BY_KEY
from kaibo.org.work_models import Engagement, EngagementKind, Stage, StageChange

__all__ = [
    "WEIGHT", "Appointment", "AppointmentKind", "Department", "DepartmentGap", "DepartmentPast", "Departure",
    "Engagement", "EngagementKind", "GrantedDepartment", "Language", "Letters", "Level", "PeopleList", "Person",
    "PersonAlias", "Position", "PositionText", "Process", "ProcessPart", "Protection", "ProtectionReason", "Stage",
    "StageChange",
]  # fmt: skip


class Level(models.TextChoices):
    EXECUTIVE = "executive", _("Executive")
    MIDDLE = "middle", _("Middle")
    FRONT = "front", _("Front line")


class Language(models.TextChoices):
    """The languages in which a company describes its positions."""

    ZH = "zh", _("Chinese")
    EN = "en", _("English")


class Department(models.Model):
    """`key`: which of the handbook's, if any. `opened_on`: its first day (None: ever since); `closed_on`: the first
    without it. Between the two it may have been closed for a while (DepartmentGap).

    Name and `parent`, the one above, are those since the last change; DepartmentPast has those of before. A change of
    place may lie ahead: what stands where on a day is asked of `tree`, never of `parent`.
    """

    key = models.SlugField(max_length=40, unique=True, null=True, blank=True)
    name = models.CharField(max_length=60, unique=True)
    name_en = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    purpose_en = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opened_on=None)
                | models.Q(closed_on=None)
                | models.Q(closed_on__gt=models.F("opened_on")),
                name="department_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the reader's language, where there is one."""
        return self.title_in(in_chinese())

    def title_in(self, chinese: bool) -> str:
        """For hundreds of them, whose reader's language is asked once."""
        return self.name if chinese else self.name_en or self.name

    @property
    def told_purpose(self) -> str:
        """What it is there for, in the reader's language, else in the other."""
        told = (self.purpose, self.purpose_en)
        return (told[0] or told[1]) if in_chinese() else (told[1] or told[0])


class DepartmentPast(models.Model):
    """How a department stood from `start` (None: ever since) to before `until`: its name, and what it was under."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="pasts")
    start = models.DateField(null=True)
    until = models.DateField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["until"]
        constraints = [
            models.UniqueConstraint(fields=["department", "until"], name="department_changed_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(start=None) | models.Q(until__gt=models.F("start")), name="department_past_lasted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} –{self.until}"


class DepartmentGap(models.Model):
    """A department was closed from `start` to before `until`, and is there again since."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="gaps")
    start = models.DateField()
    until = models.DateField()

    class Meta:
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(fields=["department", "start"], name="department_closed_once_a_day"),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("start")), name="department_gap_lasted"),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.start}–{self.until}"


class Position(models.Model):
    """`key` is fixed (host, floor_manager, operator …: a crew role's key where there is one); cards hang on it.

    `department`: where it usually sits, None in every department. `crew`: a role on the floor of a broadcast.
    `kpis`: keys of the catalog by which it is judged. `version` counts what was changed, so that no edit is lost.
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=12, choices=Level, default=Level.FRONT)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="positions"
    )
    crew = models.BooleanField(default=False)
    reports_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    works_with = models.ManyToManyField("self", blank=True)
    kpis = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name, in the reader's language as long as nobody renamed a position of the handbook."""
        known = BY_KEY.get(self.key)
        if known and known.name == self.name:
            return gettext(known.title)
        return self.name if in_chinese() else self.name_en or self.name


class PositionText(models.Model):
    """What a position is and does, in one language; in the lists each line is an item."""

    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=Language)
    purpose = models.CharField(max_length=300, blank=True)
    duties = models.TextField(blank=True)
    contents = models.TextField(blank=True)
    skills = models.TextField(blank=True)
    judged = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position", "language"], name="position_text_once_a_language"),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values), name="position_text_language_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position_id} {self.language}"


class Letters(models.TextChoices):
    """A position's part in a process (RACI). Exactly one position of a process is accountable."""

    RESPONSIBLE = "R", _("Responsible")
    ACCOUNTABLE = "A", _("Accountable")
    BOTH = "AR", _("Accountable and responsible")
    CONSULTED = "C", _("Consulted")
    INFORMED = "I", _("Informed")


class Process(models.Model):
    """A row of the duty matrix. `key`: which of the handbook's, if any; `version` counts what was changed."""

    key = models.SlugField(max_length=40, unique=True, null=True, blank=True)
    name = models.CharField(max_length=60, unique=True)
    name_en = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    purpose_en = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "processes"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the reader's language, where there is one."""
        return self.name if in_chinese() else self.name_en or self.name

    @property
    def told_purpose(self) -> str:
        """What it is, in the reader's language, else in the other."""
        told = (self.purpose, self.purpose_en)
        return (told[0] or told[1]) if in_chinese() else (told[1] or told[0])


class ProcessPart(models.Model):
    """What part a position has in a process; without a row it has none."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="parts")
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="parts")
    letters = models.CharField(max_length=2, choices=Letters)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["process", "position"], name="process_part_once_a_position"),
            models.CheckConstraint(condition=models.Q(letters__in=Letters.values), name="process_part_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} {self.position_id} {self.letters}"


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


class AppointmentKind(models.TextChoices):
    MAIN = "main", _("Main position")
    SECOND = "second", _("Second position")
    ACTING = "acting", _("Acting")


# what a person is first of all: their main position, before a second one, before what they stand in for
WEIGHT = models.Case(
    models.When(kind=AppointmentKind.MAIN, then=2), models.When(kind=AppointmentKind.SECOND, then=1), default=0
)


class Appointment(models.Model):
    """A person holds a position in a department from a date to a date (exclusive); never overwritten.

    `kind`: one main position at a time; second ones beside it; acting until a day. `follows`: the main appointment that
    this one ended, whose end was `follows_end` before. `made_at`: None for those of before it was noted.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="appointments")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="appointments")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="appointments")
    kind = models.CharField(max_length=8, choices=AppointmentKind, default=AppointmentKind.MAIN)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    follows_end = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, default=timezone.now, editable=False)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")),
                name="appointment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AppointmentKind.values), name="appointment_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="acting") | models.Q(end__isnull=False), name="acting_has_an_end"
            ),
            # that no two of the past overlap is seen to by the verb, with the person's row locked
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(kind="main", end__isnull=True), name="one_main_position_now"
            ),
            models.UniqueConstraint(
                fields=["person", "start"], condition=models.Q(kind="main"), name="one_main_position_from_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.position} {self.start}"

    @property
    def beside(self) -> str:
        """What stands beside the position where it is not the main one."""
        return "" if self.kind == AppointmentKind.MAIN else str(AppointmentKind(self.kind).label)


class GrantedDepartment(models.Model):
    """The department that a grant in the scope `department` reaches, with those below it."""

    grant = models.OneToOneField("login.Grant", on_delete=models.CASCADE, related_name="over")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="granted")

    def __str__(self) -> str:
        return f"{self.grant_id} {self.department_id}"


class Departure(models.Model):
    """A person left; `day` is the first without them, `back_on` the first with them again, if they came back."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="departures")
    day = models.DateField()
    back_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(back_on__isnull=True) | models.Q(back_on__gte=models.F("day")),
                name="back_after_leaving",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(back_on__isnull=True), name="gone_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"
