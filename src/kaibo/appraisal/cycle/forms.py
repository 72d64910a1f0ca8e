"""What the pages of reviews are filled in with."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.cycle import stages
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleState, CycleTemplate
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.cycle.rater_models import UNTIL
from kaibo.appraisal.cycle.rating import range_of
from kaibo.appraisal.cycle.review_models import NoteKind, Rating, ReviewLine
from kaibo.appraisal.month_data import cards_of
from kaibo.look.dates import sensible
from kaibo.look.ids import Rows
from kaibo.org.models import Department, Person, Position

Day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
Moment = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
Text = forms.Textarea(attrs={"rows": 3})


def _moments() -> list[str]:
    return ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class DeadlinesForm(forms.Form):
    """When each stage ends, and pay day; with the cycle's stages that are over left out."""

    pay_on = forms.DateField(label=gettext_lazy("Pay day"), widget=Day, validators=[sensible])

    def __init__(self, *args: Any, state: CycleState | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        open_from = STATES.index(state) if state else 0
        self.stages = STATES[open_from:]
        for stage in self.stages:
            self.fields[stage] = forms.DateTimeField(label=stage.label, widget=Moment, input_formats=_moments())

    def deadlines(self) -> dict[CycleState, datetime]:
        return {stage: self.cleaned_data[stage] for stage in self.stages}

    @property
    def stage_fields(self) -> list[forms.BoundField]:
        return [self[stage] for stage in self.stages]


def deadlines_of(cycle: Cycle) -> dict[str, Any]:
    """What a form of the cycle's deadlines begins with."""
    return {"pay_on": cycle.pay_on} | {
        one.state: timezone.localtime(one.due_at).replace(tzinfo=None) for one in cycle.deadlines.all()
    }


class AskedForm(forms.Form):
    """Whom to take into a cycle; nothing chosen: everyone."""

    departments = Rows(
        Department.objects.none(), required=False, label=gettext_lazy("Departments"),
        help_text=gettext_lazy("With those below them. None: everyone."),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        required=False, label=pgettext_lazy("of a cycle", "Positions"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those with a scorecard in this month. None: all of them."),
    )  # fmt: skip

    def __init__(self, *args: Any, month: date, **options: Any) -> None:
        super().__init__(*args, **options)
        there = Department.objects.filter(closed_on=None) | Department.objects.filter(closed_on__gt=month)
        self.fields["departments"].queryset = there.order_by("pk")  # type: ignore[attr-defined]
        names = {one.key: one.title for one in Position.objects.all()}
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (role, names.get(role, card.title)) for role, card in cards_of(month).items()
        ]

    def asked(self) -> Asked:
        return Asked(
            departments=frozenset(one.pk for one in self.cleaned_data["departments"]),
            roles=frozenset(self.cleaned_data["roles"]),
        )


class TemplateForm(forms.Form):
    """When stages end, in days before pay day."""

    pay_day = forms.IntegerField(label=gettext_lazy("Pay day of each month"), min_value=1, max_value=31,
                                 help_text=gettext_lazy("The last day in shorter months."))  # fmt: skip
    hour = forms.IntegerField(label=gettext_lazy("Stages end at this full hour"), min_value=0, max_value=23)

    def __init__(self, *args: Any, template: CycleTemplate, **options: Any) -> None:
        days = stages.days_before(template)
        begins = {"pay_day": template.pay_day, "hour": template.hour} | {str(s): n for s, n in days.items()}
        super().__init__(*args, **options | {"initial": begins})
        for stage in STATES:
            self.fields[stage] = forms.IntegerField(label=stage.label, min_value=0, max_value=60)

    @property
    def stage_fields(self) -> list[forms.BoundField]:
        return [self[stage] for stage in STATES]

    def days(self) -> dict[CycleState, int]:
        return {stage: self.cleaned_data[stage] for stage in STATES}


class ReviewerForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        Person.objects.none(), label=gettext_lazy("Who rates instead"), empty_label=gettext_lazy("Choose")
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # who cannot sign in cannot rate
        people = Person.objects.filter(active=True).exclude(user=None)
        self.fields["reviewer"].queryset = people  # type: ignore[attr-defined]


class RatingForm(forms.Form):
    """Points, a word and evidence for each rated line; and two texts about the month."""

    strengths = forms.CharField(required=False, max_length=4000, widget=Text)
    next_steps = forms.CharField(required=False, max_length=4000, widget=Text)

    def __init__(
        self, *args: Any, lines: Sequence[ReviewLine], given: Sequence[Rating] = (), own: bool, **options: Any
    ) -> None:
        self.lines = lines
        begins = dict(options.pop("initial", None) or {})
        for rating in given:
            begins[f"points-{rating.line_id}"] = rating.points.normalize()
            begins[f"comment-{rating.line_id}"] = rating.comment
            begins[f"evidence-{rating.line_id}"] = rating.evidence
        super().__init__(*args, **options | {"initial": begins})
        self.fields["strengths"].label = _("What went well") if own else _("What went well, with examples")
        self.fields["next_steps"].label = (
            _("What was hard, and what help I need") if own else _("What to do next month")
        )
        for line in lines:
            least, most = range_of(line)
            said = _("Points, %(least)s to %(most)s") % {
                "least": f"{least.normalize():f}",
                "most": f"{most.normalize():f}",
            }
            self.fields[f"points-{line.pk}"] = forms.DecimalField(
                required=False, label=said, decimal_places=3, max_digits=9,
                widget=forms.NumberInput(attrs={"step": "0.5", "min": str(least), "max": str(most)}),
            )  # fmt: skip
            self.fields[f"comment-{line.pk}"] = forms.CharField(
                required=False, max_length=500, label=_("Why these points")
            )
            self.fields[f"evidence-{line.pk}"] = forms.CharField(
                required=False, max_length=500, label=_("Evidence: what happened, and when"),
                help_text=_("Needed for the highest and the lowest points."),
            )  # fmt: skip

    def given(self) -> dict[str, Given]:
        """By the line's key."""
        told = self.cleaned_data
        return {
            line.key: Given(
                None if told[f"points-{line.pk}"] is None else Decimal(told[f"points-{line.pk}"]),
                told[f"comment-{line.pk}"], told[f"evidence-{line.pk}"],
            )
            for line in self.lines
        }  # fmt: skip

    def of_line(self, line: ReviewLine) -> list[forms.BoundField]:
        return [self[f"{name}-{line.pk}"] for name in ("points", "comment", "evidence")]

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put what the verb says of a line's key at its points."""
        fields = {line.key: f"points-{line.pk}" for line in self.lines}
        for key, texts in errors.items():
            for text in texts:
                self.add_error(fields.get(key), text)


class NoteForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=[(one, one.label) for one in (NoteKind.NOTE, NoteKind.EVIDENCE)]
    )
    day = forms.DateField(label=gettext_lazy("When it happened"), widget=Day)
    text = forms.CharField(label=gettext_lazy("What happened"), max_length=2000, widget=Text)
    told = forms.BooleanField(required=False, label=gettext_lazy("The person may read it"))


class ProposeForm(forms.Form):
    """Whom, by name: a datalist proposes those whom one sees."""

    rater = forms.CharField(label=gettext_lazy("Whom"), max_length=120)
    note = forms.CharField(required=False, label=gettext_lazy("About what"), max_length=300)


class InviteForm(ProposeForm):
    until = forms.ChoiceField(
        label=gettext_lazy("Until the end of"), choices=[(str(one), one.label) for one in UNTIL], required=False
    )

    def clean_until(self) -> str:
        return self.cleaned_data["until"] or str(CycleState.MANAGER)


class TimesForm(forms.Form):
    """How often something outside the hundred, or what a gate counts, happened."""

    key = forms.CharField(max_length=60)
    times = forms.DecimalField(
        required=False, label=gettext_lazy("How often"), min_value=0, max_digits=6, decimal_places=2
    )
    reason = forms.CharField(label=gettext_lazy("What it rests on"), max_length=300)


class TalkForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("When you talked"), widget=Day)
    text = forms.CharField(label=gettext_lazy("What was said and agreed"), max_length=2000, widget=Text)
