"""What the calendar's pages ask for."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kaibo.live.calendar import Asked
from kaibo.live.forms import InstantField
from kaibo.live.models import Account, CrewRole
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.look.dates import in_range
from kaibo.org.access import people_between, people_within
from kaibo.org.models import Person

# who was or will be among one's people so near to the day may be chosen for it: the day may still be another
AROUND = timedelta(days=31)


class CalendarFilter(forms.Form):
    """Room, person and role; the view and the day travel along."""

    room = forms.ModelChoiceField(Account.objects.all(), required=False, label=_("Room"), empty_label=_("All rooms"))
    person = forms.ModelChoiceField(
        Person.objects.none(), required=False, label=_("Person"), empty_label=_("Everybody")
    )
    role = forms.ChoiceField(required=False, label=_("Role"))

    def __init__(self, user: User, asked: Asked) -> None:
        super().__init__(initial={"room": asked.room, "person": asked.person, "role": asked.role}, auto_id="filter_%s")
        people = people_between(user, Right.PLAN_ROSTER, asked.first, asked.last)
        self.fields["person"].queryset = people.filter(active=True)  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("All roles")), *CrewRole.choices]  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    """A shift to plan. Only who is among one's people on its day may be planned; those of around then may be chosen."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Who"), empty_label=_("Choose"))
    role = forms.ChoiceField(choices=CrewRole.choices, label=_("Role"))
    account = forms.ModelChoiceField(Account.objects.all(), label=_("Room"), empty_label=_("Choose"))
    start = InstantField(label=_("From"))
    end = InstantField(label=pgettext_lazy("plan", "Until"))
    note = forms.CharField(label=_("Note or reason"), required=False, max_length=300)
    # the warnings that were read, as they stood
    accept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        day = self._day()
        people = people_between(user, Right.PLAN_ROSTER, day - AROUND, day + AROUND)
        self.fields["person"].queryset = people.filter(active=True)  # type: ignore[attr-defined]

    def _day(self) -> date:
        try:
            return in_range(timezone.localdate(self.fields["start"].to_python(self["start"].value())))
        except (ValidationError, ValueError, OverflowError):
            return timezone.localdate()

    def clean(self) -> dict[str, Any]:
        read = super().clean() or self.cleaned_data
        person, start = read.get("person"), read.get("start")
        if person and start and not leads_on(self.user, Right.PLAN_ROSTER, person, timezone.localdate(start)):
            self.add_error("person", not_yours(person, timezone.localdate(start)))
        return read


def leads_on(user: User, right: Right, person: Person, day: date) -> bool:
    """Whether the right reaches the person on the day, by the organisation of that day."""
    return user.reach(right).company or people_within(user, right, day).filter(pk=person.pk).exists()


def not_yours(person: Person, day: date) -> str:
    said = {"person": person.name, "day": numbers.day(day)}
    return gettext("On %(day)s %(person)s is not among your people: whoever leads them that day can do it.") % said
