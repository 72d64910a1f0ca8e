"""Numbers as people write them on a card: per cent, seconds, hours, yuan; on the card they stand in the KPI's unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.look.numbers import exponent

# a number with more digits, or further from 1, is a slip of the hand
LONGEST, FAR = 24, 12


@dataclass(frozen=True)
class Scale:
    """`each`: how much of the KPI's unit one of what is written makes; `sign`: what stands behind the number."""

    each: Decimal = Decimal(1)
    sign: str = ""

    def written(self, text: object) -> str:
        """A number of the card as people write it."""
        if text in (None, ""):
            return ""
        number = Decimal(str(text)) / self.each
        return f"{number.normalize():f}"

    def read(self, text: str, name: str) -> str | None:
        """What was typed, in the KPI's unit; None for nothing. Raises ValidationError naming the field."""
        typed = text.strip().removesuffix(self.sign or "\0").replace(",", "").replace("，", "").strip()
        if not typed:
            return None
        try:
            number = Decimal(typed)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or len(typed) > LONGEST or (number and not -FAR <= number.adjusted() <= FAR):
            raise ValidationError(_("%(name)s: “%(text)s” is no number.") % {"name": name, "text": text[:40]})
        return f"{(number * self.each).normalize():f}"


PLAIN = Scale()
PER_CENT = Scale(Decimal("0.01"), "%")


def scale_of(kpi: Kpi | None) -> Scale:
    if kpi is None:
        return PLAIN
    units: Mapping[Unit, Scale] = {
        Unit.RATIO: PER_CENT,
        Unit.TIME: Scale(Decimal(1000), _("s")),
        Unit.DURATION: Scale(Decimal(3_600_000), _("h")),
        Unit.MONEY: Scale(Decimal(10) ** exponent(settings.KAIBO_CURRENCY), settings.KAIBO_CURRENCY),
    }
    return units.get(kpi.unit, PLAIN)
