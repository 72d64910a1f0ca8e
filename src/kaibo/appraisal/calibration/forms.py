"""What a line is calibrated, a preview given and a group locked with."""

from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy


class CalibrateForm(forms.Form):
    points = forms.DecimalField(label=gettext_lazy("New points"), max_digits=9, decimal_places=3)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    @property
    def exact(self) -> Fraction:
        return Fraction(self.cleaned_data["points"])


class PreviewForm(forms.Form):
    points = forms.DecimalField(label=gettext_lazy("Points per 100"), max_digits=5, decimal_places=1)
    note = forms.CharField(label=gettext_lazy("Note (if you like)"), max_length=300, required=False)
