"""What the pages of roles ask for."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.login.models import Role, Scope, User
from kaibo.org.forms import Dated
from kaibo.org.holders import name_of
from kaibo.org.models import Department


class UserField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class GiveRoleForm(forms.Form):
    role = forms.ChoiceField(choices=[(one.value, one.label) for one in Role if one != Role.PERSON], label=_("Role"))
    scope = forms.ChoiceField(
        choices=[(one.value, one.label) for one in Scope if one != Scope.OWN], label=_("Over whom")
    )
    department = forms.ModelChoiceField(
        Department.objects.filter(closed_on=None).order_by("name"), required=False, label=_("Department"),
        empty_label=_("none"),
    )  # fmt: skip
    start = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)
    end = forms.DateField(label=_("To before (empty: until ended)"), widget=Dated, required=False)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def clean_scope(self) -> Scope:
        return Scope(self.cleaned_data["scope"])


class LendRoleForm(forms.Form):
    to = UserField(User.objects.none(), label=_("To whom"))
    start = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)
    end = forms.DateField(label=_("To before"), widget=Dated)
    reason = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(pk=by.pk).select_related("person").order_by("person__name")
        self.fields["to"].queryset = others  # type: ignore[attr-defined]


class EndRoleForm(forms.Form):
    end = forms.DateField(label=_("First day without it"), widget=Dated, initial=timezone.localdate)
