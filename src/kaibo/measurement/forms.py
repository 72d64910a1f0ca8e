"""What may be asked of the lists: which room, which days, which state."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaibo.live.models import Account
from kaibo.look.dates import sensible

# pages and files stay small enough to read; longer ranges are asked in parts
MOST_DAYS = 92


class DateField(forms.DateField):
    """An ISO date with the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [sensible]


class Range(forms.Form):
    """Two dates, both included; addresses call them `from` and `to`."""

    start = DateField(required=False, label=_("From day"))
    end = DateField(required=False, label=_("To day"))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({**dict(data.items()), "start": data.get("from", ""), "end": data.get("to", "")})

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        start, end = asked.get("start"), asked.get("end")
        if start and end and end < start:
            self.add_error("end", _("The end lies before the start."))
        elif start and end and (end - start) >= timedelta(days=MOST_DAYS):
            self.add_error("end", _("At most three months at a time."))
        return asked


class SessionFilter(Range):
    """The filter of the list of sessions; every part may be left open."""

    STATES = [
        ("", _("All states")),
        ("unconfirmed", _("With shifts to confirm")),
        ("unstaffed", _("Nobody as host")),
        ("unreviewed", _("Without a review")),
    ]

    room = forms.ModelChoiceField(Account.objects.all(), required=False, label=_("Room"), empty_label=_("All rooms"))
    state = forms.ChoiceField(choices=STATES, required=False, label=_("State"))
    q = forms.CharField(required=False, max_length=60, strip=True, label=_("Search"))


class DailyRange(Range):
    """The days of a daily report; one date alone is that one day, none at all is `otherwise`."""

    def __init__(self, data: Mapping[str, Any], *, otherwise: date) -> None:
        start = data.get("from") or data.get("to") or otherwise.isoformat()
        super().__init__({"from": start, "to": data.get("to") or start})
