"""Numbers of records as forms and addresses say them: what no column holds is the number of none."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

LARGEST = 2**63 - 1


def id_of(text: str) -> int | None:
    """The number that it says; None for what no record can have, as 5,000 digits."""
    if not text.isdecimal() or len(text) > len(str(LARGEST)):
        return None
    found = int(text)
    return found if found <= LARGEST else None


def held(pk: int) -> int:
    """The number of a record as an address has it; Http404 for one that no column holds, at which a database fails."""
    if pk > LARGEST:
        raise Http404
    return pk


class Rows(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """Any number of records, by their numbers; one that no column holds is no choice, on every database."""

    def clean(self, value: Any) -> QuerySet[Any]:
        for one in value if isinstance(value, list | tuple) else ():
            digits = str(one).removeprefix("-")
            if digits.isdecimal() and id_of(digits) is None:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(one)[:20]}
                )
        return super().clean(value)
