"""Accounts (rooms), sessions, shifts, and what people say once about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.live.feed_models import RosterFeed
from kaibo.live.match_models import MatchChoice, MatchDecision, MinuteDecision, MinutePlace, ReportDecision, Simulcast
from kaibo.live.note_models import FormerNote, NoteKind, SessionNote
from kaibo.live.plan_models import DayPlan, Leave, LeaveKind, LeaveState, PublishedShift, RosterPublication
from kaibo.live.record_models import AdAccountPart, Outage, OutageCause, Responsibility, RoomDepartment, RoomDuty
from kaibo.org.models import Person

# the models of the files beside this one are found here, as Django looks for them
__all__ = [
    "Account", "AdAccountPart", "AirKind", "CrewRole", "DayPlan", "FormerNote", "Leave", "LeaveKind", "LeaveState",
    "MatchChoice", "MatchDecision", "MinuteDecision", "MinutePlace", "NoteKind", "Outage", "OutageCause", "Platform",
    "PublishedShift", "ReportDecision", "Responsibility", "RoomDepartment", "RoomDuty", "RosterFeed",
    "RosterPublication", "Session", "SessionNote",
    "Shift", "ShiftCode", "ShiftState", "Simulcast", "SplitRule", "TagRule", "Target",
]  # fmt: skip


class Platform(models.TextChoices):
    DOUYIN = "douyin", _("Douyin")
    TAOBAO = "taobao", _("Taobao")
    WECHAT = "wechat", _("WeChat Channels")
    TIKTOK = "tiktok", _("TikTok Shop")
    KUAISHOU = "kuaishou", _("Kuaishou")
    XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
    BILIBILI = "bilibili", _("Bilibili")
    OTHER = "other", _("Another platform")


class CrewRole(models.TextChoices):
    HOST = "host", _("Host")
    CO_HOST = "co_host", _("Co-host")
    FLOOR_MANAGER = "floor_manager", _("Floor manager")
    OPERATOR = "operator", _("Operator")
    ADS = "ads", _("Ads buyer")
    CONTROL = "control", _("Central control")
    SERVICE = "service", _("Service")
    TECH = "tech", _("Tech")
    EDITOR = "editor", _("Editor")


class SplitRule(models.TextChoices):
    """How people in one role at one instant share: between equals, or lead to others."""

    EQUAL = "1:1", _("Equally")
    SEVEN_THREE = "7:3", _("7:3, lead to others")
    TRAINEE = "100:0", _("100:0, trainee gets none")


class AirKind(models.TextChoices):
    LIVE = "live", _("Live people")
    RECORDED = "recorded", _("Recorded")
    DIGITAL = "digital", _("Digital human")
    LINKED = "linked", _("Linked / PK")
    TEST = "test", _("Test")


class Rooms(models.Manager["Account"]):
    """Rooms that are rooms of their own."""

    def get_queryset(self) -> models.QuerySet["Account"]:
        return super().get_queryset().filter(merged_into=None)


class Account(models.Model):
    """A room: where one goes live. `objects` leaves out those that turned out to be another one."""

    platform = models.CharField(max_length=20, choices=Platform, default=Platform.DOUYIN)
    handle = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    # earlier nicknames and other ids (达人ID) that order files use for this room
    other_names = models.JSONField(default=list)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")
    split_rule = models.CharField(max_length=8, choices=SplitRule, default=SplitRule.EQUAL)
    # a person said zone and currency: reports no longer do
    set_by_hand = models.BooleanField(default=False)
    # a file gave only the nickname of that room, which stood for its number until someone said so
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    objects = Rooms()
    everyone = models.Manager["Account"]()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["platform", "handle"], name="account_once")]

    def __str__(self) -> str:
        return self.name


class RoomCategory(models.Model):
    """What a room sells from a month on; the newest word on the latest month counts. Rows are only added."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="categories")
    since = models.DateField()
    # "": none any more
    category = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["since", "pk"]


class Session(models.Model):
    """One broadcast. Made from the visible session reports, or by hand; half-open [start, end)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sessions")
    start = models.DateTimeField()
    end = models.DateTimeField()
    title = models.CharField(max_length=120, blank=True)
    air_kind = models.CharField(max_length=12, choices=AirKind, default=AirKind.LIVE)
    # made by hand: not removed when the report that mentions it is withdrawn
    by_hand = models.BooleanField(default=False)
    # the report it came from is withdrawn; kept for its shifts' and matches' history, counted nowhere
    gone = models.BooleanField(default=False)
    # the platform's own key of the broadcast, where a report has one
    session_key = models.CharField(max_length=80, blank=True)
    # a broadcast that broke off (断播) and went on: this part belongs to that one, which itself belongs to none
    joined_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    join_reason = models.CharField(max_length=300, blank=True)
    # a person looked: it is no part of the one before it, and no test
    stands_alone = models.BooleanField(default=False)

    class Meta:
        ordering = ["-start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(joined_to__isnull=True) | ~models.Q(joined_to=models.F("id")),
                name="session_not_joined_to_itself",
            ),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="session_ends_after_start"),
            models.UniqueConstraint(fields=["account", "start"], name="session_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {timezone.localtime(self.start):%Y-%m-%d %H:%M}"


class ShiftCode(models.Model):
    """What A1, A2, 休 mean on a month-wide roster, explained once."""

    code = models.CharField(max_length=20, unique=True)
    off = models.BooleanField(default=False)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT)
    role = models.CharField(max_length=20, choices=CrewRole, blank=True)
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    next_day = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(off=True) | models.Q(account__isnull=False, start__isnull=False, end__isnull=False),
                name="shift_code_off_or_whole",
            )
        ]

    def __str__(self) -> str:
        return self.code


class ShiftState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    CONFIRMED = "confirmed", _("Confirmed")
    ABSENT = "absent", _("Was not there")
    CANCELLED = "cancelled", _("Cancelled")


class Shift(models.Model):
    """A person in a crew role of a room, planned and confirmed; half-open. Its sessions are those it overlaps."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    role = models.CharField(max_length=20, choices=CrewRole)
    planned_start = models.DateTimeField(null=True)
    planned_end = models.DateTimeField(null=True)
    confirmed_start = models.DateTimeField(null=True)
    confirmed_end = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=ShiftState, default=ShiftState.PLANNED)
    # the first of two in a role under 7:3 or 100:0
    lead = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    # the person says that this shift is wrong, and why
    flag = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    # the roster cell it came from: batch, row, column
    batch = models.ForeignKey("imports.Batch", null=True, on_delete=models.SET_NULL, related_name="+")
    row = models.PositiveIntegerField(null=True)
    column = models.PositiveIntegerField(null=True)
    # a person planned it otherwise than its cell: what the cell said then (person, account, role, start, end)
    rostered = models.JSONField(null=True)
    # of a closed month, not stored here: [start ms, end ms, [[from, to], …]] where less or other than planned was due,
    # [] where nothing was
    due: "list[Any] | None" = None

    class Meta:
        ordering = ["planned_start", "confirmed_start", "id"]
        indexes = [models.Index(fields=["account", "planned_start"], name="shift_by_plan")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(planned_start__isnull=True, planned_end__isnull=True)
                | models.Q(planned_end__gt=models.F("planned_start")),
                name="shift_plan_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_start__isnull=True, confirmed_end__isnull=True)
                | models.Q(confirmed_end__gte=models.F("confirmed_start")),
                name="shift_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(confirmed_start__isnull=False),
                name="shift_confirmed_has_times",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_start__isnull=False) | models.Q(confirmed_start__isnull=False),
                name="shift_has_some_times",
            ),
        ]

    def __str__(self) -> str:
        start = self.planned_start or self.confirmed_start
        return f"{self.person} {self.role} {timezone.localtime(start):%m-%d %H:%M}"


class Target(models.Model):
    """A room's 退后成交 for a month, in the account's minor units."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="targets")
    month = models.DateField()
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.month:%Y-%m}"


class TagRule(models.Model):
    """Order lines that are not sales: 福袋, 样品, 自购, 刷单, 测试. KPIs leave tagged lines out and say so."""

    class By(models.TextChoices):
        AMOUNT_AT_MOST = "amount_at_most", _("Amount at most (minor units)")
        PRODUCT_ID = "product_id", _("Product id")
        MERCHANT_CODE = "merchant_code", _("Merchant code")

    tag = models.CharField(max_length=20)
    by = models.CharField(max_length=20, choices=By)
    value = models.CharField(max_length=100)
    reason = models.CharField(max_length=200)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(null=True)
    # out of use, with who and why; kept, because computed rows name it
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    retired_why = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.tag}: {self.by} {self.value}"
