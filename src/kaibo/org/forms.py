"""What people pages ask for. Rules are in actions; a form only reads."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaibo.login.models import Role, User
from kaibo.look.widgets import Choice
from kaibo.org.directory import Places, Wanted
from kaibo.org.models import AppointmentKind, Department, EngagementKind, Position, ProtectionReason, Stage
from kaibo.org.stages import next_stages

Dated = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PositionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    widget = Choice

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


class FilterForm(forms.Form):
    q = forms.CharField(required=False, label=_("Name"))
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"),
        required=False,
        label=_("Department"),
        empty_label=_("All departments"),
        widget=Choice,
    )
    position = PositionField(
        Position.objects.order_by("id"), required=False, to_field_name="key", label=_("Position"),
        empty_label=_("All positions"),
    )  # fmt: skip
    left = forms.BooleanField(required=False, label=_("Who left"))

    def wanted(self) -> Wanted:
        """The filter; what cannot be read narrows nothing."""
        self.is_valid()
        read = self.cleaned_data
        department, position = read.get("department"), read.get("position")
        return Wanted(
            text=(read.get("q") or "").strip(),
            department=department.pk if department else None,
            position=position.key if position else "",
            left=bool(read.get("left")),
        )


def offer(form: forms.Form, places: Places) -> None:
    """What its lists show, read already: departments, of which a filter names closed ones too, and positions."""
    closed_too = isinstance(form, FilterForm)
    positions = [(one.key if closed_too else one.pk, title) for one, title in places.position_choices]
    departments = [(one.pk, title) for one, title in places.department_choices if closed_too or one.closed_on is None]
    for name, found in (("position", positions), ("department", departments)):
        chosen = cast("forms.ModelChoiceField[Any]", form.fields[name])
        chosen.widget.choices = [("", chosen.empty_label), *found]


class NameForm(forms.Form):
    name = forms.CharField(max_length=60, label=_("Name"))


class AliasForm(forms.Form):
    name = forms.CharField(max_length=60, label=_("Another spelling"))


class DepartmentForm(forms.Form):
    name = forms.CharField(max_length=60, label=_("Name of the department"))


class AppointForm(forms.Form):
    position = PositionField(Position.objects.order_by("id"), label=_("Position"), empty_label=_("Choose"))
    department = forms.ModelChoiceField(
        Department.objects.filter(closed_on=None).order_by("name"),
        label=_("Department"),
        empty_label=_("Choose"),
        widget=Choice,
    )
    start = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)


class FurtherForm(AppointForm):
    """Any kind of appointment: the main position anew, a second one, acting."""

    kind = forms.ChoiceField(
        choices=AppointmentKind.choices, initial=AppointmentKind.MAIN, required=False, label=_("Kind of appointment")
    )
    end = forms.DateField(required=False, label=_("First day without it"), widget=Dated)
    field_order = ["kind", "position", "department", "start", "end"]

    def clean_kind(self) -> AppointmentKind:
        return AppointmentKind(self.cleaned_data.get("kind") or AppointmentKind.MAIN)


class NewPersonForm(AppointForm):
    name = forms.CharField(max_length=60, label=_("Name"))
    field_order = ["name", "position", "department", "start"]


class DayForm(forms.Form):
    end = forms.DateField(label=_("First day without it"), widget=Dated, initial=timezone.localdate)


class EngageForm(forms.Form):
    kind = forms.ChoiceField(choices=[("", _("Choose")), *EngagementKind.choices], label=_("Terms"))
    start = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)
    end = forms.DateField(required=False, label=_("First day without it"), widget=Dated)

    def clean_kind(self) -> EngagementKind:
        return EngagementKind(self.cleaned_data["kind"])


class StageForm(forms.Form):
    """Offers what is possible from where the host is; whatever else is posted, the verb says what is."""

    stage = forms.ChoiceField(label=_("Stage"))
    day = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)
    reason = forms.CharField(max_length=200, required=False, label=_("Reason"))

    def __init__(self, *args: Any, now: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = next_stages(now)
        stage = cast("forms.ChoiceField", self.fields["stage"])
        stage.choices = Stage.choices if self.is_bound else [(one.value, one.label) for one in shown]

    def clean_stage(self) -> Stage:
        return Stage(self.cleaned_data["stage"])


class ExitForm(forms.Form):
    end = forms.DateField(label=_("First day without them"), widget=Dated, initial=timezone.localdate)
    reason = forms.CharField(max_length=200, required=False, label=_("Reason"))


class ReturnForm(forms.Form):
    start = forms.DateField(required=False, label=_("First day back"), widget=Dated, initial=timezone.localdate)


class ProtectionForm(forms.Form):
    start = forms.DateField(label=_("From"), widget=Dated, initial=timezone.localdate)
    end = forms.DateField(label=_("First day without protection"), widget=Dated)
    reason = forms.ChoiceField(
        choices=ProtectionReason.choices, initial=ProtectionReason.NEW, required=False, label=_("Why")
    )

    def clean_reason(self) -> ProtectionReason:
        return ProtectionReason(self.cleaned_data.get("reason") or ProtectionReason.NEW)


class EndProtectionForm(forms.Form):
    end = forms.DateField(label=_("First day without protection"), widget=Dated, initial=timezone.localdate)


class InviteForm(forms.Form):
    username = forms.CharField(
        max_length=150, required=False, label=_("User name"), validators=[UnicodeUsernameValidator()],
        help_text=_("Left empty, they choose one."),
    )  # fmt: skip
    email = forms.EmailField(
        required=False, label=_("E-mail"), help_text=_("Only needed where the company has a sign-on of its own.")
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.PERSON, label=_("Role"))


class SignInField(forms.ModelChoiceField):  # type: ignore[type-arg]
    widget = Choice

    def label_from_instance(self, obj: User) -> str:
        return f"{obj} ({obj.username})" if str(obj) != obj.username else obj.username


class ConnectForm(forms.Form):
    """Which of the sign-ins that belong to nobody yet is this person's."""

    def __init__(self, *args: Any, free: QuerySet[User], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["sign_in"] = SignInField(queryset=free, label=_("A sign-in that is there"), empty_label=_("Choose"))

    def has_some(self) -> bool:
        """Whether there is one to choose; they are read once, and shown as they were read."""
        field: Any = self.fields["sign_in"]
        # by its iterator: a list of it would have the database count them first
        field.choices = list(iter(field.choices))
        return len(field.choices) > 1


class EmailForm(forms.Form):
    email = forms.EmailField(
        required=False, label=_("E-mail"), help_text=_("A company sign-on knows them by it. Nothing is sent.")
    )


class ChartForm(forms.Form):
    """The chart's address: the day, what is searched, the department whose people are shown."""

    q = forms.CharField(required=False, label=_("Search"))
    on = forms.DateField(required=False, label=_("As of the day"))
    open = forms.IntegerField(required=False)

    def wanted(self) -> tuple[date, str, set[int]]:
        """What cannot be read is today, nothing, and none."""
        self.is_valid()
        read = self.cleaned_data
        opened = {read["open"]} if read.get("open") else set()
        return read.get("on") or timezone.localdate(), (read.get("q") or "").strip()[:60], opened


class DepartmentWordsForm(forms.Form):
    name = forms.CharField(max_length=60, label=_("Name of the department"))
    name_en = forms.CharField(max_length=60, required=False, label=_("English name"))
    parent = forms.ModelChoiceField(
        Department.objects.filter(closed_on=None).order_by("pk"), required=False, label=_("Under"),
        empty_label=_("No other department"),
    )  # fmt: skip
    since = forms.DateField(
        required=False, label=_("From the day"), widget=Dated,
        help_text=_("Name and place of before stay for the days before. Empty: it always was so."),
    )  # fmt: skip
    opened_on = forms.DateField(
        required=False, label=_("First day with it"), widget=Dated, help_text=_("Empty: not known, ever since.")
    )
    purpose = forms.CharField(max_length=300, required=False, label=_("What the department is there for"))
    purpose_en = forms.CharField(
        max_length=300, required=False, label=_("What the department is there for, in English")
    )


class CloseForm(forms.Form):
    day = forms.DateField(label=_("First day without the department"), widget=Dated, initial=timezone.localdate)


class OpenForm(forms.Form):
    day = forms.DateField(
        label=_("First day with it again"), widget=Dated, initial=timezone.localdate,
        help_text=_(
            "That it was closed until then stays in the chart of those days. Closed by mistake? The day it closed."
        ),
    )  # fmt: skip


def put(form: forms.Form, error: ValidationError) -> None:
    """Show what a verb refused beside the field it names, or above the form when it names none of its fields."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, ValidationError(errors))
