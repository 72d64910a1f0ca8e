"""What the live pages ask for. Rules are in actions; a form only reads."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.live.actions.changing import times
from kaibo.live.models import Account, AirKind, CrewRole, Platform, Session, Shift, SplitRule, TagRule
from kaibo.look.dates import sensible
from kaibo.look.numbers import exponent
from kaibo.sources.tag_lists import LONGEST

Clock = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
Instant = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class InstantField(forms.DateTimeField):
    """A date and a time of day, in the team's zone."""

    widget = Instant
    default_validators = [sensible]


def nearest(clock: time, to: datetime) -> datetime:
    """The instant with this time of day, in the team's zone, that is nearest to another: no date has to be typed."""
    day, zone = timezone.localdate(to), timezone.get_default_timezone()
    around = [datetime.combine(day + timedelta(days=n), clock, tzinfo=zone) for n in (-1, 0, 1)]
    return min(around, key=lambda instant: abs(instant - to))


class TimesForm(forms.Form):
    """Times of day for a shift; which day they mean is plain from when the shift was."""

    start = forms.TimeField(label=_("On air from"), widget=Clock)
    end = forms.TimeField(label=_("Until"), widget=Clock)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def instants(self, shift: Shift) -> tuple[datetime, datetime]:
        start, end = times(shift)
        return nearest(self.cleaned_data["start"], start), nearest(self.cleaned_data["end"], end)


class ReasonForm(forms.Form):
    note = forms.CharField(required=False, max_length=300)


class FlagForm(forms.Form):
    words = forms.CharField(
        label=_("What is wrong"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("For example: I left at 21:10, not at 21:30.")}),
    )  # fmt: skip


class AddShiftForm(forms.Form):
    """Someone on air whom the roster does not have. The name may be known or new."""

    name = forms.CharField(label=_("Who"), max_length=60, widget=forms.TextInput(attrs={"list": "people"}))
    account = forms.ModelChoiceField(Account.objects.all(), label=_("Room"), empty_label=_("Choose"))
    role = forms.ChoiceField(choices=CrewRole.choices, label=_("Role"))
    start = InstantField(label=_("On air from"))
    end = InstantField(label=_("Until"))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
    instead = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SessionForm(forms.Form):
    """A broadcast by hand. Without a kind, the length proposes one."""

    title = forms.CharField(label=_("Title"), required=False, max_length=120)
    start = InstantField(label=_("Start"))
    end = InstantField(label=_("End"))
    air_kind = forms.ChoiceField(
        label=_("Kind of air time"), required=False, choices=[("", _("By length")), *AirKind.choices]
    )


class EditSessionForm(forms.Form):
    title = forms.CharField(label=_("Title"), required=False, max_length=120)
    air_kind = forms.ChoiceField(label=_("Kind of air time"), choices=AirKind.choices)
    start = InstantField(label=_("Start"), required=False)
    end = InstantField(label=_("End"), required=False)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not session.by_hand:
            # a report says when it was; a person says only what it was
            del self.fields["start"], self.fields["end"]


class NewRoomForm(forms.Form):
    name = forms.CharField(label=_("Name of the room"), max_length=80)
    platform = forms.ChoiceField(label=_("Platform"), choices=Platform.choices, initial=Platform.DOUYIN, required=False)
    handle = forms.CharField(label=_("Number or user name there"), max_length=80)

    def clean_platform(self) -> Platform:
        return Platform(self.cleaned_data["platform"] or Platform.DOUYIN)


class RoomForm(forms.Form):
    name = forms.CharField(label=_("Name of the room"), max_length=80)
    other_names = forms.CharField(
        label=_("Other names in order files"), required=False,
        help_text=_("One a line: earlier nicknames, 达人ID. Orders with these names belong to this room."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    zone = forms.CharField(label=_("Time zone"), max_length=40, widget=forms.TextInput(attrs={"list": "zones"}))
    currency = forms.RegexField("^[A-Z]{3}$", label=_("Currency"), max_length=3)
    split_rule = forms.ChoiceField(
        label=_("Two people in one role at once"), choices=SplitRule.choices,
        help_text=_("How their share of orders and sales is split while both are on air."),
    )  # fmt: skip

    category = forms.CharField(
        label=_("Category"), required=False, max_length=40, widget=forms.TextInput(attrs={"list": "categories"}),
        help_text=_("What it sells, as benchmarks of scorecards name it."),
    )  # fmt: skip
    category_since = forms.CharField(
        label=_("Category from the month"), required=False, max_length=7,
        widget=forms.TextInput(attrs={"placeholder": "2026-11"}),
    )  # fmt: skip

    def names(self) -> list[str]:
        return str(self.cleaned_data["other_names"]).splitlines()

    def clean_category_since(self) -> date:
        said = self.cleaned_data["category_since"].strip()
        if not said:
            return timezone.localdate().replace(day=1)
        try:
            return date.fromisoformat(f"{said}-01")
        except ValueError:
            raise ValidationError(gettext("Write the month as 2026-11.")) from None


# whole units of money; with a currency's three decimals it is still an integer of 64 bits
MOST_DIGITS = 15


def money_field(**kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=Decimal(0), max_digits=MOST_DIGITS, **kwargs)


def to_minor(amount: Decimal, currency: str) -> int | None:
    """Minor units of an amount; None when it has more decimals than the currency."""
    minor = amount.scaleb(exponent(currency))
    return int(minor) if minor == minor.to_integral_value() else None


class TargetForm(forms.Form):
    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m"], widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        validators=[sensible],
    )  # fmt: skip
    amount = money_field(label=_("Target"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_amount(self) -> int | None:
        """In minor units; empty takes the target away."""
        amount = self.cleaned_data["amount"]
        if amount is None:
            return None
        minor = to_minor(amount, self.currency)
        if minor is None:
            raise forms.ValidationError(gettext("Too many decimals for %(currency)s.") % {"currency": self.currency})
        return minor


# a shift that seems longer was rather mistyped than worked through the night
LONGEST_NIGHT = timedelta(hours=12)


def ends_next_day(start: time | None, end: time | None) -> bool:
    """21:00 to 00:00 can only mean the next day; 13:00 to 10:00 has to be said."""
    if start is None or end is None or end >= start:
        return False
    day = date(2000, 1, 1)
    return datetime.combine(day + timedelta(days=1), end) - datetime.combine(day, start) <= LONGEST_NIGHT


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=20)
    off = forms.BooleanField(label=_("Day off"), required=False)
    account = forms.ModelChoiceField(Account.objects.all(), label=_("Room"), required=False, empty_label="—")
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("The person's position")), *CrewRole.choices]
    )
    start = forms.TimeField(label=_("Start"), widget=Clock, required=False)
    end = forms.TimeField(label=_("End"), widget=Clock, required=False)
    next_day = forms.BooleanField(label=_("Ends on the next day"), required=False)

    def clean(self) -> dict[str, Any]:
        read = super().clean() or self.cleaned_data
        read["next_day"] = read.get("next_day") or ends_next_day(read.get("start"), read.get("end"))
        return read


USUAL_TAGS = ("福袋", "样品", "自购", "刷单", "测试")


class TagForm(forms.Form):
    tag = forms.CharField(label=_("Tag"), max_length=20, widget=forms.TextInput(attrs={"list": "tags"}))
    how = forms.ChoiceField(label=_("Recognised by"), choices=[])
    value = forms.CharField(label=_("Amount or code"), max_length=100)
    reason = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Shown to those whose orders are left out by it.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["how"] = forms.ChoiceField(
            label=_("Recognised by"),
            choices=[
                (TagRule.By.AMOUNT_AT_MOST, _("Amount at most")),
                (TagRule.By.PRODUCT_ID, TagRule.By.PRODUCT_ID.label),
                (TagRule.By.MERCHANT_CODE, TagRule.By.MERCHANT_CODE.label),
            ],
        )

    def clean(self) -> dict[str, Any]:
        """An amount is typed as money and kept in minor units."""
        read = super().clean() or self.cleaned_data
        if read.get("how") == TagRule.By.AMOUNT_AT_MOST and read.get("value"):
            try:
                amount = Decimal(read["value"])
                # 1e999999 would be a million digits
                known = amount.is_finite() and abs(amount) < 10**MOST_DIGITS
                minor = to_minor(amount, self.currency) if known else None
            except ArithmeticError:
                minor = None
            if minor is None or minor < 0:
                self.add_error("value", gettext("Write an amount, for example 1.00."))
            else:
                read["value"] = str(minor)
        return read


class PasteForm(forms.Form):
    """Order numbers pasted as a list. One platform alone is no question."""

    numbers = forms.CharField(
        label=_("Order numbers"), max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text=_("One a line, or with commas between: 订单编号 for whole orders, 子订单编号 for single lines."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the list"), max_length=LONGEST["list_name"])
    tag = forms.CharField(label=_("Tag"), max_length=LONGEST["tag"], widget=forms.TextInput(attrs={"list": "tags"}))
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST["reason"], help_text=_("Shown to those whose orders are left out by it.")
    )
    platform = forms.ChoiceField(label=_("Platform"), choices=Platform.choices)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="paste_%s")
        used = Account.objects.order_by().values_list("platform", flat=True).distinct()
        if len(used) == 1:
            self.fields["platform"].initial = used[0]


ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)
