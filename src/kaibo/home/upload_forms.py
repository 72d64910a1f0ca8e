"""Dropping files, and answering what a file does not say."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.facts.schema import SESSION_REPORT
from kaibo.imports.periods import COVERING, About, BadPeriod, checked
from kaibo.imports.sentences import say
from kaibo.live.forms import USUAL_TAGS
from kaibo.live.models import Account, AdAccountPart, Platform, Session
from kaibo.sources.registry import BY_KEY
from kaibo.sources.tag_lists import LONGEST

CURRENCIES = ["CNY", "USD", "HKD", "TWD", "JPY", "SGD", "MYR", "IDR", "THB", "VND", "PHP", "GBP", "EUR"]
SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})\b")
MOST_SESSIONS = 60
DAY = timedelta(days=1)
Choices = list[tuple[str, Any]]


class Suggesting(forms.TextInput):
    """A text field that proposes what is known, and takes anything else as well."""

    def __init__(self, options: Choices, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.options = options

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, {**(attrs or {}), "list": f"known-{name}"}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self.options)
        return format_html('{}<datalist id="known-{}">{}</datalist>', field, name, options)


class AnswersForm(forms.Form):
    """Only the questions this file asks stand in the form; their names are those of sources.reading.Answers.

    `preview`: what was understood so far; it narrows the choices.
    """

    def __init__(
        self, questions: list[str], data: Any = None, initial: dict[str, Any] | None = None,
        preview: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, initial=initial)
        self.preview = preview or {}
        for name in questions:
            self.fields[name] = FIELDS[name](preview or {})

    def answers(self) -> dict[str, str]:
        return {name: _text(value) for name, value in self.cleaned_data.items() if value}

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("No such zone. Write it like Asia/Shanghai."))
        return zone

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        start, end = told.get("start"), told.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last day is before the first."))
        elif (start or end) and self.preview.get("table") in COVERING:
            self._check_period(start, end)
        return told

    def _check_period(self, start: Any, end: Any) -> None:
        """Before the file is read with it: one that cannot be refuses the file."""
        first, last, as_of = (parse_datetime(self.preview.get(key) or "") for key in ("first", "last", "as_of"))
        known = About(self.preview["table"], "", first, last, as_of or timezone.now())
        try:
            checked(known, start, end)
        except BadPeriod as wrong:
            self.add_error("end", say(wrong.message))


def _platform(preview: Mapping[str, Any]) -> str:
    source = BY_KEY.get(preview.get("source", ""))
    return source.platform if source else ""


def _account_field(preview: Mapping[str, Any]) -> forms.Field:
    label, platform = gettext_lazy("Which room is it about?"), _platform(preview)
    known = Account.objects.filter(platform=platform) if platform else Account.objects.all()
    rooms: Choices = [(account.handle, f"{account.name} ({account.handle})") for account in known]
    # a list of sessions may be the first that is heard of a room; any other file is about one that is known
    if rooms and preview.get("table") != SESSION_REPORT:
        return forms.ChoiceField(label=label, choices=rooms)
    if platform in ("", Platform.DOUYIN):
        hint = gettext_lazy("The room's Douyin number. No room is known yet; 直播明细 makes them all at once.")
    elif preview.get("table") == SESSION_REPORT:
        hint = gettext_lazy("The room's id on its platform: type it always the same way. A new one makes a new room.")
    else:
        hint = gettext_lazy(
            "No room of this platform is known yet. Import its sessions first: they make it. Or add it by hand under "
            "Rooms, and type its id here."
        )
    return forms.CharField(label=label, max_length=80, help_text=hint, widget=Suggesting(rooms))


def _ad_account_field(preview: Mapping[str, Any]) -> forms.Field:
    names = AdAccountPart.objects.order_by("ad_account").values_list("ad_account", flat=True).distinct()
    known: Choices = [(name, name) for name in names]
    return forms.CharField(
        label=gettext_lazy("Which ad account spent it?"), max_length=120, widget=Suggesting(known),
        help_text=gettext_lazy("Its id or name, always written the same way."),
    )  # fmt: skip


def _zone_field(preview: Mapping[str, Any]) -> forms.Field:
    abroad = _platform(preview) == Platform.TIKTOK
    likely = ["Asia/Shanghai", "Asia/Jakarta", "Asia/Kuala_Lumpur", "Asia/Bangkok", "Asia/Manila", "UTC"]
    return forms.CharField(
        label=gettext_lazy("Which zone are the file's times in?"), max_length=40,
        # a shop abroad has its own zone: ours would be a guess
        initial="" if abroad else settings.TIME_ZONE, widget=Suggesting([(zone, zone) for zone in likely]),
        help_text=gettext_lazy("Like Asia/Jakarta (WIB) or Asia/Kuala_Lumpur.") if abroad else "",
    )  # fmt: skip


def _currency_field(preview: Mapping[str, Any]) -> forms.Field:
    abroad = _platform(preview) == Platform.TIKTOK
    codes: Choices = [(code, code) for code in CURRENCIES]
    return forms.ChoiceField(
        label=gettext_lazy("Which currency are its amounts in?"),
        choices=[("", "—"), *codes] if abroad else codes, initial="" if abroad else settings.KAIBO_CURRENCY,
    )  # fmt: skip


def _platform_field(preview: Mapping[str, Any]) -> forms.Field:
    choices: Choices = [("", "—"), *Platform.choices]
    return forms.ChoiceField(label=gettext_lazy("Which platform is it from?"), choices=choices)


def _as_of_field(preview: Mapping[str, Any]) -> forms.Field:
    return forms.DateTimeField(
        label=gettext_lazy("When was it exported?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.localtime,
    )


def _month_field(preview: Mapping[str, Any]) -> forms.Field:
    return forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", label=gettext_lazy("Which month is it?"),
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"}),
    )  # fmt: skip


def _session_field(preview: Mapping[str, Any]) -> forms.Field:
    """The sessions near the file's instants; where none is known, its start as someone knows it."""
    label = gettext_lazy("Which session is it of?")
    near = _sessions_near(preview)
    if near:
        return forms.ChoiceField(label=label, choices=[("", "—"), *((s.start.isoformat(), _named(s)) for s in near)])
    return forms.DateTimeField(
        label=label, help_text=gettext_lazy("When it started. No session is known around the file's times yet."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


def _sessions_near(preview: Mapping[str, Any]) -> Sequence[Session]:
    first, last = (parse_datetime(preview.get(key) or "") for key in ("first", "last"))
    if first is None or last is None:
        return []
    found = Session.objects.filter(start__lt=last + DAY, end__gt=first - DAY).select_related("account")
    if platform := _platform(preview):
        found = found.filter(account__platform=platform)
    return list(found.order_by("start")[:MOST_SESSIONS])


def _named(session: Session) -> str:
    start, end = timezone.localtime(session.start), timezone.localtime(session.end)
    return f"{start:%Y-%m-%d %H:%M} – {end:%H:%M} · {session.account.name}"


def _day_field(label: Any) -> Callable[[Mapping[str, Any]], forms.Field]:
    def field(preview: Mapping[str, Any]) -> forms.Field:
        return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    return field


def _order_kind_field(preview: Mapping[str, Any]) -> forms.Field:
    return forms.ChoiceField(
        label=gettext_lazy("What are these orders?"),
        choices=[
            ("unknown", gettext_lazy("I do not know. They wait, and nobody is credited.")),
            ("self_live", gettext_lazy("All of them are sales of this room's own broadcasts.")),
        ],
        widget=forms.RadioSelect, initial="unknown",
    )  # fmt: skip


def _day_order_field(preview: Mapping[str, Any]) -> forms.Field:
    """Both readings of a date that stands in the file."""
    sample = next((found for row in preview.get("sample", []) for cell in row if (found := SLASHED.search(cell))), None)
    one, two, year = sample.groups() if sample else ("5", "6", "2026")
    year = f"20{year}" if len(year) == 2 else year
    readings = {"DM": (two, one), "MD": (one, two)}
    choices: Choices = [(key, f"{year}-{int(month):02}-{int(day):02}") for key, (month, day) in readings.items()]
    return forms.ChoiceField(
        label=_("Which day is %(date)s?") % {"date": sample[0] if sample else "5/6/2026"}, choices=choices,
        widget=forms.RadioSelect, help_text=gettext_lazy("Nothing in the file says whether the day comes first."),
    )  # fmt: skip


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _list_name_field(preview: Mapping[str, Any]) -> forms.Field:
    return forms.CharField(
        label=gettext_lazy("What is this list called?"), max_length=LONGEST["list_name"],
        initial=Path(preview.get("file_name", "")).stem[: LONGEST["list_name"]],
        help_text=gettext_lazy("Under this name it stands beside every order that it leaves out."),
    )  # fmt: skip


def _tag_field(preview: Mapping[str, Any]) -> forms.Field:
    known: Choices = [(tag, tag) for tag in USUAL_TAGS]
    return forms.CharField(
        label=gettext_lazy("Which tag do its orders get?"), max_length=LONGEST["tag"], widget=Suggesting(known)
    )  # fmt: skip


def _reason_field(preview: Mapping[str, Any]) -> forms.Field:
    return forms.CharField(
        label=gettext_lazy("Why are they no sales?"), max_length=LONGEST["reason"],
        help_text=gettext_lazy("Shown to those whose orders are left out by it."),
    )  # fmt: skip


FIELDS: dict[str, Callable[[Mapping[str, Any]], forms.Field]] = {
    "account": _account_field,
    "platform": _platform_field,
    "zone": _zone_field,
    "currency": _currency_field,
    "as_of": _as_of_field,
    "month": _month_field,
    "ad_account": _ad_account_field,
    "session": _session_field,
    "start": _day_field(gettext_lazy("Which is the first day it covers?")),
    "end": _day_field(gettext_lazy("Which is the last day it covers?")),
    "order_kind": _order_kind_field,
    "day_order": _day_order_field,
    "list_name": _list_name_field,
    "tag": _tag_field,
    "reason": _reason_field,
}
