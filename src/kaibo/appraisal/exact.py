"""A column that loses no digit."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    Text = models.TextField[Any, Any]
else:
    Text = models.TextField


class ExactField(Text):
    """A Fraction as its text (“714/20”), so that no digit is lost; for sorting stand floats beside."""

    # what the type checker reads of a field
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: object) -> str | None:
        return None if value is None else str(value)

    def from_db_value(self, value: str | None, *_: object) -> Fraction | None:
        if value is None:
            return None
        # as any number that a Fraction may be made of, "714/20" takes three times as long to read
        top, slash, bottom = value.partition("/")
        return Fraction(int(top), int(bottom)) if slash else Fraction(value)
