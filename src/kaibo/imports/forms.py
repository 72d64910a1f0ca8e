"""Forms about batches."""

from django import forms


class PeriodForm(forms.Form):
    """Which days a file covers; both empty: those of its rows."""

    first = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why a batch goes or comes back; it stands in the history."""

    reason = forms.CharField(max_length=300)
