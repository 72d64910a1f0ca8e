"""What the pages of targets are filled in with."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.live.forms import money_field, to_minor
from kaibo.live.models import Account
from kaibo.look.ids import id_of
from kaibo.look.numbers import exponent, weekday


def major(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


class TargetsForm(forms.Form):
    """One amount a room; empty is no target."""

    def __init__(self, *args: Any, rooms: list[Account], now: Mapping[int, int | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooms = rooms
        for room in rooms:
            self.fields[f"room-{room.pk}"] = money_field(
                label=room.name, required=False, initial=major(now.get(room.pk), room.currency)
            )

    def clean(self) -> dict[str, Any]:
        read = super().clean() or self.cleaned_data
        for room in self.rooms:
            amount = read.get(f"room-{room.pk}")
            if amount is not None and to_minor(amount, room.currency) is None:
                self.add_error(
                    f"room-{room.pk}", _("Too many decimals for %(currency)s.") % {"currency": room.currency}
                )
        return read

    def amounts(self) -> dict[Account, int | None]:
        """In minor units."""
        said = {room: self.cleaned_data[f"room-{room.pk}"] for room in self.rooms}
        return {room: None if amount is None else to_minor(amount, room.currency) for room, amount in said.items()}


class DayPlanForm(forms.Form):
    """Seven weights, and special days as lines: the day, its weight, what it is."""

    special = forms.CharField(
        label=gettext_lazy("Special days"), required=False,
        help_text=gettext_lazy("One a line: the day, its weight, what it is. For example 11-11 500 双11"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def __init__(self, *args: Any, month: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.month = month
        for n in range(7):
            # a Monday and the days after it
            label = weekday(date(2024, 1, 1 + n))
            self.fields[f"weekday-{n}"] = forms.IntegerField(label=label, min_value=0, max_value=10_000)

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"weekday-{n}"] for n in range(7)]

    def weekdays(self) -> list[int]:
        return [self.cleaned_data[f"weekday-{n}"] for n in range(7)]

    def clean_special(self) -> dict[date, tuple[int, str]]:
        found: dict[date, tuple[int, str]] = {}
        for number, line in enumerate(str(self.cleaned_data["special"]).splitlines(), 1):
            words = line.split(maxsplit=2)
            if not words:
                continue
            day = self._day(words[0])
            weight = id_of(words[1]) if len(words) > 1 else None
            if day is None or weight is None:
                raise forms.ValidationError(
                    _("Line %(n)s, “%(line)s”: write the day, a weight and a name, for example 11-11 500 双11.")
                    % {"n": number, "line": line}
                )
            found[day] = (weight, words[2] if len(words) > 2 else "")
        return found

    def _day(self, text: str) -> date | None:
        """2026-11-11, 11-11, or 11 for the eleventh of the month."""
        parts = text.split("-")
        try:
            numbers = [int(part) for part in parts]
            return {
                1: lambda: self.month.replace(day=numbers[0]),
                2: lambda: date(self.month.year, numbers[0], numbers[1]),
                3: lambda: date(numbers[0], numbers[1], numbers[2]),
            }[len(numbers)]()
        except (ValueError, KeyError, OverflowError):
            return None
