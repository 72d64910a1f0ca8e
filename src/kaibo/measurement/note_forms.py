"""What the form of a review note asks for. Rules are in live.actions."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.live.models import NoteKind, Session, SessionNote


def local(instant: datetime | None) -> str:
    return f"{timezone.localtime(instant):%H:%M}" if instant else ""


class NoteForm(forms.Form):
    """Times are times of day of the broadcast: no date has to be typed. Both empty: about all of it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=NoteKind.choices, initial=NoteKind.WENT_WELL)
    text = forms.CharField(
        label=_("What was it"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("What happened, why, what follows")}),
    )  # fmt: skip
    start = forms.TimeField(
        label=_("From (optional)"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(
        label=_("Until (optional)"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    product = forms.CharField(
        label=_("Product (optional)"), required=False, max_length=200, widget=forms.TextInput(attrs={"list": "sold"})
    )

    def __init__(self, data: Any = None, *, session: Session, note: SessionNote | None = None, **kwargs: Any) -> None:
        if note is not None:
            kwargs["initial"] = {
                "kind": note.kind, "text": note.text, "start": local(note.start), "end": local(note.end),
                "product": note.product,
            }  # fmt: skip
        super().__init__(data, **kwargs)
        self.session = session

    def said(self) -> dict[str, Any]:
        """What the verbs take. A time before the broadcast's first minute is of the next day."""
        read = self.cleaned_data
        start, end = self._instant("start", self.session.start), None
        if read.get("end") is not None:
            end = self._instant("end", start or self.session.start)
        return {
            "kind": NoteKind(read["kind"]), "text": read["text"], "start": start, "end": end,
            "product": read["product"],
        }  # fmt: skip

    def _instant(self, name: str, after: datetime) -> datetime | None:
        clock = self.cleaned_data.get(name)
        if clock is None:
            return None
        zone = timezone.get_default_timezone()
        whole = after.replace(second=0, microsecond=0)
        found = datetime.combine(timezone.localdate(after), clock, tzinfo=zone)
        if found < whole:
            found += timedelta(days=1)
        # the minute in which it began is of the broadcast
        return max(found, self.session.start) if found == whole else found
