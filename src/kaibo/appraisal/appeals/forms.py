"""What an appeal is made, decided, handed over and put right with."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.appeals.evidence import LARGEST, MEGABYTE, MOST
from kaibo.appraisal.appeals.independent import eligible, name_of
from kaibo.appraisal.appeals.models import OUTSIDE, Appeal, AppealAbout, Verdict
from kaibo.appraisal.appeals.points import bounds_of, takes_points
from kaibo.appraisal.cycle.graded import named_parts, words_of
from kaibo.appraisal.cycle.review_models import LineKind, Review
from kaibo.appraisal.cycle.scores import said_of
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.appraisal.line_words import line_title
from kaibo.appraisal.period import bounds
from kaibo.audit.models import AuditEvent
from kaibo.live.models import Shift
from kaibo.look import numbers

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.webp,.heic,.xlsx"


def _most_words() -> str:
    text = _("At most %(n)d files of %(size)d MB: PDF, picture or xlsx. Who decides reads them.")
    return text % {"n": MOST, "size": LARGEST // MEGABYTE}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files, looked at by the verb."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        found = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in found if one]


def _files() -> Files:
    field = Files(label=gettext_lazy("Evidence (if you have some)"), required=False)
    field.help_text = lazy(_most_words, str)()
    field.widget.attrs["accept"] = ACCEPTED
    return field


def _words(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class AppealForm(forms.Form):
    """`line` by its key; `shift` among the person's of the month."""

    line = forms.ChoiceField(label=gettext_lazy("Which item"))
    about = forms.ChoiceField(label=gettext_lazy("What is wrong"), choices=AppealAbout.choices)
    shift = forms.ModelChoiceField(
        Shift.objects.none(), label=gettext_lazy("Which shift"), required=False, empty_label=gettext_lazy("Choose")
    )
    named = forms.CharField(label=gettext_lazy("Which record"), max_length=120, required=False)
    text = _words(gettext_lazy("What happened, and how it was"))
    evidence = _files()

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = review.lines.filter(gone=False).exclude(kind=LineKind.LATER)
        self.lines = {line.key: line for line in lines}
        points = {key: numbers.points(line.points) for key, line in self.lines.items()}
        # of an item outside and a gate of one key the item
        self.parts = {f"{OUTSIDE}{one.key}": one for one in named_parts(terms_of(review).card)}
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            *(
                (key, f"{line.number}. {line_title(line)} · {points[key]} / {numbers.points(line.weight)}")
                for key, line in self.lines.items()
            ),
            *((key, _("Outside the 100: %(what)s") % {"what": words_of(one)}) for key, one in self.parts.items()),
        ]
        start, end = bounds(review.cycle.month)
        shift = self.fields["shift"]
        shift.queryset = (  # type: ignore[attr-defined]
            Shift.objects.filter(person=review.person, planned_start__gte=start, planned_start__lt=end)
            .select_related("account")
            .order_by("planned_start")
        )
        shift.label_from_instance = shift_words  # type: ignore[attr-defined]
        shift.empty_label = _("— about no shift —")  # type: ignore[attr-defined]
        shift.help_text = _("Only where one shift is wrong.")
        self.fields["named"].help_text = _("Only for one record: an order's number, or its day and time.")

    @property
    def against(self) -> dict[str, Any]:
        """The line, or the key of the part, as the verb takes it."""
        said = self.cleaned_data["line"]
        return {"part": self.parts[said].key} if said in self.parts else {"line": self.lines[said]}


def shift_words(shift: Shift) -> str:
    start = shift.confirmed_start or shift.planned_start
    end = shift.confirmed_end or shift.planned_end
    return f"{numbers.day(start)} {numbers.clock_range(start, end)} · {shift.account.name}"


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=Verdict.choices, widget=forms.RadioSelect(attrs={"class": "plain"})
    )
    points = forms.DecimalField(label=gettext_lazy("Points instead"), max_digits=9, decimal_places=3, required=False)
    times = forms.DecimalField(
        label=gettext_lazy("How often instead"), min_value=0, max_digits=6, decimal_places=2, required=False
    )
    reason = _words(gettext_lazy("Why"))

    def __init__(self, *args: Any, appeal: Appeal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The person reads it, with your name.")
        if not appeal.part:
            del self.fields["times"]
        else:
            self.fields["times"].help_text = _times_words(appeal)
        if appeal.line is None or not takes_points(appeal):
            del self.fields["points"]
            return
        least, most = (numbers.points(one) for one in bounds_of(appeal.line))
        self.fields["points"].help_text = _("From %(least)s to %(most)s.") % {"least": least, "most": most}
        if appeal.line.kind != LineKind.RATED:
            self.fields["points"].help_text += " " + _(
                "Empty: the fact beneath is corrected, and the points follow from it."
            )

    @property
    def said(self) -> Fraction | None:
        """The points, exact; None where none were said."""
        points = self.cleaned_data.get("points")
        return None if points is None else Fraction(points)


def _times_words(appeal: Appeal) -> str:
    """What stands there now, and what an empty field means."""
    written, now = appeal.part in appeal.review.written, said_of(appeal.review, appeal.part)
    told = {"n": numbers.MISSING if now is None else now}
    if written:
        return _("Somebody wrote down: %(n)s.") % told
    empty = _("Empty: the fact beneath is corrected, and the points follow from it.")
    return _("Counted from the data: %(n)s.") % told + " " + empty


class SecondForm(forms.Form):
    text = _words(gettext_lazy("What the decision leaves out"))
    evidence = _files()


class HandOverForm(forms.Form):
    reviewer = forms.ChoiceField(label=gettext_lazy("Who decides"))
    reason = forms.CharField(label=gettext_lazy("Why somebody else"), max_length=300)

    def __init__(self, *args: Any, appeal: Appeal, now: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.users = {str(user.pk): user for user in eligible(appeal, appeal.level) if user.pk != now}
        self.fields["reviewer"].choices = [(pk, name_of(user)) for pk, user in self.users.items()]  # type: ignore[attr-defined]


class SettleForm(forms.Form):
    corrections = forms.MultipleChoiceField(
        label=gettext_lazy("The correction"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(label=gettext_lazy("Or why nothing is to change"), max_length=300, required=False)

    def __init__(self, *args: Any, events: Sequence[AuditEvent], words: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["corrections"].choices = [(str(one.pk), words(one)) for one in events]  # type: ignore[attr-defined]
