"""What the pages of outages, responsibilities and ad accounts ask for. Rules are in actions."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kaibo.live.forms import InstantField
from kaibo.live.models import Account, OutageCause, RoomDuty
from kaibo.look.dates import sensible
from kaibo.org.models import Department, Person


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [sensible]


class OutageForm(forms.Form):
    account = forms.ModelChoiceField(Account.objects.none(), label=_("Room"))
    cause = forms.ChoiceField(label=_("Cause"), choices=OutageCause.choices)
    start = InstantField(label=_("Start"))
    end = InstantField(label=_("End"))
    note = forms.CharField(
        label=_("What was seen"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("For example: router restarted, picture froze")}),
    )  # fmt: skip

    def __init__(self, *args: Any, rooms: QuerySet[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only = rooms.get() if rooms.count() == 1 else None
        self.fields["account"] = forms.ModelChoiceField(rooms, label=_("Room"), initial=only, empty_label=_("Choose"))


class ResponsibilityForm(forms.Form):
    duty = forms.ChoiceField(label=_("Duty"), choices=RoomDuty.choices)
    person = forms.ModelChoiceField(Person.objects.all(), label=_("Who"), empty_label=_("Choose"))
    start = DayField(label=_("From"))
    end = DayField(label=_("Until (not included)"), required=False)


class RoomDepartmentForm(forms.Form):
    """Where a room belongs; empty: to no department."""

    department = forms.ModelChoiceField(
        Department.objects.filter(closed_on=None).order_by("pk"), label=_("Department"), required=False,
        empty_label=_("No department"),
    )  # fmt: skip
    start = DayField(label=_("From"))


class RoomsFilterForm(forms.Form):
    department = forms.ModelChoiceField(
        Department.objects.order_by("pk"), label=_("Department"), required=False, empty_label=_("All departments"),
    )  # fmt: skip


class EndForm(forms.Form):
    end = DayField()


class AdAccountForm(forms.Form):
    """The ad account as its report names it; for each room a part, empty or 0 for none."""

    ad_account = forms.CharField(label=_("Ad account"), max_length=120, widget=forms.TextInput(attrs={"list": "seen"}))
    start = DayField(label=_("From"))

    def __init__(self, *args: Any, rooms: QuerySet[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooms = list(rooms)
        for room in self.rooms:
            self.fields[f"room_{room.pk}"] = forms.IntegerField(
                label=room.name, required=False, min_value=0, max_value=1000,
                widget=forms.NumberInput(attrs={"placeholder": "0"}),
            )  # fmt: skip

    @property
    def parts_fields(self) -> list[forms.BoundField]:
        return [self[f"room_{room.pk}"] for room in self.rooms]

    def parts(self) -> list[tuple[Account, int]]:
        return [(room, part) for room in self.rooms if (part := self.cleaned_data.get(f"room_{room.pk}") or 0)]

    def clean(self) -> dict[str, Any]:
        read = super().clean() or self.cleaned_data
        if not self.errors and not self.parts():
            raise forms.ValidationError(_now("Give at least one room a part, for example 1."))
        return read
