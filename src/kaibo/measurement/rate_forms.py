"""Rates as people type or paste them: one, or a table of day, currency and rate."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.look.dates import sensible
from kaibo.measurement.rates import Said

MOST_LINES = 2_000
# the database keeps 12 and 12
MOST, PLACES = Decimal(10) ** 12, 12
APART = re.compile(r"[\t;·,，；\s]+")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")


class RatesForm(forms.Form):
    """Lines of day, currency and rate; a cleaned form has `said`."""

    table = forms.CharField(
        label=gettext_lazy("Day, currency, rate"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy("One rate a line, as copied from a sheet: 2026-04-03 IDR 0.000445"),
        max_length=200_000,
    )
    source = forms.CharField(
        label=gettext_lazy("Where the rates come from"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "on"}),
    )

    def clean_table(self) -> str:
        text: str = self.cleaned_data["table"]
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) > MOST_LINES:
            raise ValidationError(_("At most %(most)s lines at once.") % {"most": MOST_LINES})
        said, errors = [], []
        for number, line in lines:
            try:
                said.append(_said(line))
            except ValidationError as error:
                errors.append(_("Line %(line)s: %(why)s") % {"line": number, "why": error.messages[0]})
        if errors:
            raise ValidationError(errors[:5])
        twice = {
            one for one in ((s.currency, s.day) for s in said) if sum((s.currency, s.day) == one for s in said) > 1
        }
        if twice:
            currency, day = min(twice)
            raise ValidationError(_("%(currency)s on %(day)s is there twice.") % {"currency": currency, "day": day})
        self.said = said
        return text

    def clean(self) -> dict[str, Any]:
        return super().clean() or {}


def _said(line: str) -> Said:
    parts = [part for part in APART.split(line.strip()) if part]
    if len(parts) != 3:
        raise ValidationError(_("a day, a currency and a rate, in this order."))
    day, currency, rate = _day(parts[0]), parts[1].upper(), parts[2]
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValidationError(_("“%(text)s” is no currency like IDR.") % {"text": parts[1]})
    if currency == settings.KAIBO_CURRENCY:
        raise ValidationError(_("%(currency)s is the team's own currency.") % {"currency": currency})
    return Said(currency, day, _number(rate))


def _day(text: str) -> date:
    for form in DAYS:
        try:
            day = datetime.strptime(text, form).date()
        except ValueError:
            continue
        sensible(day)
        return day
    raise ValidationError(_("“%(text)s” is no day like 2026-04-03.") % {"text": text})


def _number(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or rate <= 0:
        raise ValidationError(_("“%(text)s” is no rate above 0; write it with a point.") % {"text": text})
    exponent = rate.normalize().as_tuple().exponent
    if rate >= MOST or (isinstance(exponent, int) and -exponent > PLACES):
        raise ValidationError(_("“%(text)s” has more digits than can be kept.") % {"text": text})
    return rate
