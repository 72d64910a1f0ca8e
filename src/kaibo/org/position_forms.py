"""What the pages of positions ask for. Rules are in actions; a form only reads."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.kpi.catalog import KPIS
from kaibo.look.ids import Rows
from kaibo.org.actions.positions import Told
from kaibo.org.describing import Asked
from kaibo.org.forms import PositionField
from kaibo.org.models import Department, Language, Level, Position

TEXTS = ("purpose", "duties", "contents", "skills", "judged")
LABELS = {
    "purpose": _("What it is there for"),
    "duties": _("Duties"),
    "contents": _("Work contents"),
    "skills": _("Skills required"),
    "judged": _("Judged by, where no KPI tells it"),
}
# "0" in the URL: those without one
ANY_DEPARTMENT = "0"


class PositionsFilter(forms.Form):
    q = forms.CharField(required=False, label=_("Search"))
    department = forms.ChoiceField(required=False, label=_("Department"))
    level = forms.ChoiceField(
        choices=[("", _("All levels")), *Level.choices], required=False, label=_("Level")
    )  # fmt: skip
    by = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = [(str(one.pk), one.title) for one in Department.objects.order_by("pk")]
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", gettext("All departments")), *departments, (ANY_DEPARTMENT, gettext("In every department")),
        ]  # fmt: skip

    def asked(self) -> Asked:
        """The filter; what cannot be read narrows nothing."""
        self.is_valid()
        read = self.cleaned_data
        department = read.get("department")
        return Asked(
            text=(read.get("q") or "").strip()[:60],
            department=int(department) if department else None,
            level=read.get("level") or "",
            by_level=read.get("by") == "level",
        )


class Positions(Rows):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


class PositionForm(forms.Form):
    """A position in both languages; in the lists each line is an item."""

    name = forms.CharField(max_length=60, label=_("Name of the position"))
    name_en = forms.CharField(max_length=60, required=False, label=_("English name"))
    level = forms.ChoiceField(choices=Level.choices, initial=Level.FRONT, label=_("Level"))
    department = forms.ModelChoiceField(
        Department.objects.order_by("pk"), required=False, label=_("Department"), empty_label=_("In every department")
    )
    reports_to = PositionField(
        Position.objects.order_by("pk"), required=False, label=_("Reports to"), empty_label=_("Nobody")
    )
    works_with = Positions(
        Position.objects.order_by("pk"), required=False, label=_("Works with"), widget=forms.CheckboxSelectMultiple
    )
    kpis = forms.MultipleChoiceField(required=False, label=_("KPIs"), widget=forms.CheckboxSelectMultiple)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kpis"].choices = [(key, gettext(kpi.title)) for key, kpi in KPIS.items()]  # type: ignore[attr-defined]
        for language in Language:
            for name in TEXTS:
                lines = 2 if name == "purpose" else 5
                self.fields[f"{language}_{name}"] = forms.CharField(
                    max_length=300 if name == "purpose" else 4000, required=False, label=LABELS[name],
                    widget=forms.Textarea(attrs={"rows": lines}),
                    help_text="" if name == "purpose" else _("one a line"),
                )  # fmt: skip

    @property
    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(language, its fields), for the page."""
        return [(str(one.label), [self[f"{one}_{name}"] for name in TEXTS]) for one in Language]

    @property
    def chosen_kpis(self) -> int:
        return len(self["kpis"].value() or [])

    def told(self) -> Told:
        read = self.cleaned_data
        texts = {str(one): {name: read[f"{one}_{name}"] for name in TEXTS} for one in Language}
        return Told(
            name=read["name"], name_en=read["name_en"], level=read["level"], department=read["department"],
            reports_to=read["reports_to"], works_with=list(read["works_with"]), kpis=read["kpis"], texts=texts,
        )  # fmt: skip


def initial(position: Position) -> dict[str, Any]:
    """What the form begins with."""
    said: dict[str, Any] = {
        "name": position.name, "name_en": position.name_en, "level": position.level,
        "department": position.department_id, "reports_to": position.reports_to_id,
        "works_with": [one.pk for one in position.works_with.all()], "kpis": position.kpis, "seen": position.version,
    }  # fmt: skip
    for text in position.texts.all():
        said |= {f"{text.language}_{name}": getattr(text, name) for name in TEXTS}
    return said
