"""What asking for leave, and deciding on it, is filled in with."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.live.business_days import business_start
from kaibo.live.calendar_forms import AROUND, leads_on, not_yours
from kaibo.live.forms import Clock
from kaibo.live.models import LeaveKind
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.dates import in_range, sensible
from kaibo.org.access import people_between
from kaibo.org.models import Person

WHOLE, FIRST_HALF, SECOND_HALF, HOURS = "whole", "first", "second", "hours"
Day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def parts() -> list[tuple[str, str]]:
    begin, half = settings.BUSINESS_DAY_STARTS_AT, settings.HALF_DAY_AT
    return [
        (WHOLE, _("Whole days")),
        (FIRST_HALF, _("First half of the day, %(from)s–%(to)s") % {"from": f"{begin:02}:00", "to": f"{half}:00"}),
        (
            SECOND_HALF,
            _("Second half of the day, %(from)s to %(to)s of the next day")
            % {"from": f"{half}:00", "to": f"{begin:02}:00"},
        ),
        (HOURS, _("Some hours")),
    ]


class LeaveForm(forms.Form):
    """Whole days from–to, half a day, or hours of one day. Leads may ask for one of their people."""

    person = forms.ModelChoiceField(
        Person.objects.none(), label=gettext_lazy("For whom"), empty_label=gettext_lazy("Choose")
    )
    kind = forms.ChoiceField(choices=LeaveKind.choices, label=gettext_lazy("Kind of leave"))
    first = forms.DateField(label=gettext_lazy("First day off"), widget=Day, validators=[sensible])
    last = forms.DateField(label=gettext_lazy("Last day off"), widget=Day, validators=[sensible], required=False)
    part = forms.ChoiceField(choices=parts, label=gettext_lazy("How much"), initial=WHOLE)
    begin = forms.TimeField(label=gettext_lazy("Hours from"), widget=Clock, required=False)
    end = forms.TimeField(label=gettext_lazy("Hours to"), widget=Clock, required=False)
    words = forms.CharField(label=gettext_lazy("Why (if you like)"), max_length=300, required=False)

    def __init__(self, *args: Any, user: User, own: Person | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.own = user, own
        if user.can(Right.DECIDE):
            day = self._day()
            theirs = people_between(user, Right.DECIDE, day - AROUND, day + AROUND) | Person.objects.filter(user=user)
            self.fields["person"].queryset = theirs.filter(active=True)  # type: ignore[attr-defined]
            self.fields["person"].initial = own
        else:
            del self.fields["person"]

    def _day(self) -> date:
        try:
            return in_range(self.fields["first"].to_python(self["first"].value()) or timezone.localdate())
        except (ValidationError, ValueError):
            return timezone.localdate()

    def who(self) -> Person | None:
        """The person asked for; None where a sign-in belongs to nobody."""
        found: Person | None = self.cleaned_data.get("person") or self.own
        return found

    def clean(self) -> dict[str, Any]:
        read = super().clean() or self.cleaned_data
        first, last = read.get("first"), read.get("last") or read.get("first")
        person = read.get("person")
        if person and first and person.user_id != self.user.pk and not leads_on(self.user, Right.DECIDE, person, first):
            self.add_error("person", not_yours(person, first))
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        if read.get("part") == HOURS and not (read.get("begin") and read.get("end")):
            self.add_error("begin", _("Say from when to when."))
        if first and last and read.get("part") != WHOLE and last != first:
            self.add_error("last", _("Half a day or hours are of one day. Ask for each day on its own."))
        return read

    def instants(self) -> tuple[datetime, datetime]:
        """Half-open. Hours before the business day begins belong to the night after it."""
        read = self.cleaned_data
        day = read["first"]
        start, over = business_start(day), business_start((read["last"] or day) + timedelta(days=1))
        half = start + timedelta(hours=settings.HALF_DAY_AT - settings.BUSINESS_DAY_STARTS_AT)
        if read["part"] == FIRST_HALF:
            return start, half
        if read["part"] == SECOND_HALF:
            return half, over
        if read["part"] == HOURS:
            return _of_day(start, read["begin"]), _after(start, read["begin"], read["end"])
        return start, over


def _of_day(start: datetime, clock: time) -> datetime:
    local = timezone.localtime(start)
    at = local.replace(hour=clock.hour, minute=clock.minute)
    return at if at >= local else at + timedelta(days=1)


def _after(start: datetime, begin: time, end: time) -> datetime:
    first, last = _of_day(start, begin), _of_day(start, end)
    return last if last > first else last + timedelta(days=1)


class BackForm(forms.Form):
    back_on = forms.DateField(widget=Day, validators=[sensible])


class AnswerForm(forms.Form):
    answer = forms.CharField(required=False, max_length=300)
