"""What the calendar's pages ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaibo.live.calendar import Asked
from kaibo.live.forms import InstantField
from kaibo.live.models import Account, CrewRole
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import people_within
from kaibo.org.models import Person


class CalendarFilter(forms.Form):
    """Room, person and role; the view and the day travel along."""

    room = forms.ModelChoiceField(Account.objects.all(), required=False, label=_("Room"), empty_label=_("All rooms"))
    person = forms.ModelChoiceField(
        Person.objects.none(), required=False, label=_("Person"), empty_label=_("Everybody")
    )
    role = forms.ChoiceField(required=False, label=_("Role"))

    def __init__(self, user: User, asked: Asked) -> None:
        super().__init__(initial={"room": asked.room, "person": asked.person, "role": asked.role}, auto_id="filter_%s")
        self.fields["person"].queryset = people_within(user, Right.PLAN_ROSTER).filter(active=True)  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("All roles")), *CrewRole.choices]  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    """A shift to plan. Only people of one's own may be chosen."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Who"), empty_label="—")
    role = forms.ChoiceField(choices=CrewRole.choices, label=_("Role"))
    account = forms.ModelChoiceField(Account.objects.all(), label=_("Room"), empty_label="—")
    start = InstantField(label=_("From"))
    end = InstantField(label=pgettext_lazy("plan", "Until"))
    note = forms.CharField(label=_("Note or reason"), required=False, max_length=300)
    # the warnings that were read, as they stood
    accept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people_within(user, Right.PLAN_ROSTER).filter(active=True)  # type: ignore[attr-defined]
