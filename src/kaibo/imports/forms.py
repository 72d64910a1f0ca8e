"""Forms about batches."""

from django import forms


class ReasonForm(forms.Form):
    """Why a batch goes or comes back; it stands in the history."""

    reason = forms.CharField(max_length=300)
