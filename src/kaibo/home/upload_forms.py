"""Dropping files, and answering what a file does not say."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.live.models import Account

CURRENCIES = ["CNY", "USD", "HKD", "TWD", "JPY", "SGD", "MYR", "IDR", "THB", "VND", "PHP", "GBP", "EUR"]


class AnswersForm(forms.Form):
    """Only the questions this file asks stand in the form; their names are those of sources.reading.Answers."""

    def __init__(self, questions: list[str], data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for name in questions:
            self.fields[name] = _field(name)

    def answers(self) -> dict[str, str]:
        return {name: _text(value) for name, value in self.cleaned_data.items() if value}

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("No such zone. Write it like Asia/Shanghai."))
        return zone


def _field(name: str) -> forms.Field:
    if name == "account":
        return _account_field()
    if name == "zone":
        return forms.CharField(
            label=gettext_lazy("Which zone are the file's times in?"), initial=settings.TIME_ZONE, max_length=40
        )
    if name == "currency":
        return forms.ChoiceField(
            label=gettext_lazy("Which currency are its amounts in?"),
            choices=[(code, code) for code in CURRENCIES], initial=settings.KAIBO_CURRENCY,
        )  # fmt: skip
    if name == "as_of":
        return forms.DateTimeField(
            label=gettext_lazy("When was it exported?"),
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            initial=timezone.localtime,
        )
    return forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", label=gettext_lazy("Which month is it?"),
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"}),
    )  # fmt: skip


def _account_field() -> forms.Field:
    label = gettext_lazy("Which room is it about?")
    rooms = [(account.handle, f"{account.name} ({account.handle})") for account in Account.objects.all()]
    if rooms:
        return forms.ChoiceField(label=label, choices=rooms)
    hint = gettext_lazy("The room's Douyin number. No room is known yet; 直播明细 makes them all at once.")
    return forms.CharField(label=label, max_length=80, help_text=hint)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
