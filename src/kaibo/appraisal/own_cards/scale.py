"""Numbers as people write them on a card: per cent, seconds, hours, yuan; on the card they stand in the KPI's unit.

Whatever number a card can say is written so that reading gives it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.kpi import rule_data
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.look.numbers import exponent

# a longer text is a slip of the hand
LONGEST = 60
# digits enough for every number of a card; what would need more is no decimal in that unit
EXACT = Context(prec=50, traps=[Inexact, InvalidOperation])
SIXTY = 60


@dataclass(frozen=True)
class Scale:
    """`each`: how much of the KPI's unit one of what is written makes; `sign`: what stands behind the number.

    `clock`: hours, of which 1:40:00.5 is written where no decimal says it.
    """

    each: Decimal = Decimal(1)
    sign: str = ""
    clock: bool = False

    def written(self, text: object) -> str:
        """A number of the card as people write it."""
        if text in (None, ""):
            return ""
        number = Decimal(str(text))
        try:
            return f"{EXACT.divide(number, self.each).normalize(EXACT):f}"
        except Inexact:
            return self._clock(number)

    def _clock(self, number: Decimal) -> str:
        """Hours, minutes and seconds."""
        seconds = EXACT.divide(abs(number) * SIXTY * SIXTY, self.each)
        hours, rest = EXACT.divmod(seconds, Decimal(SIXTY * SIXTY))
        minutes, rest = EXACT.divmod(rest, Decimal(SIXTY))
        sign = "-" if number < 0 else ""
        return f"{sign}{hours:f}:{int(minutes):02}:{rest.normalize(EXACT):f}"

    def read(self, text: str, name: str) -> str | None:
        """What was typed, in the KPI's unit; None for nothing. Raises ValidationError naming the field."""
        typed = text.strip().removesuffix(self.sign or "\0").replace(",", "").replace("，", "").strip()
        if not typed:
            return None
        try:
            if len(typed) > LONGEST:
                raise ValueError(typed)
            number = self._value(typed.replace("：", ":"))
            rule_data.number({name: number}, name)
            return f"{number.normalize(EXACT):f}"
        except (DecimalException, ValueError):
            raise ValidationError(_("%(name)s: “%(text)s” is no number.") % {"name": name, "text": text[:40]}) from None

    def _value(self, text: str) -> Decimal:
        """In the KPI's unit, exactly."""
        hours, *rest = text.split(":")
        if not rest or not self.clock:
            return EXACT.multiply(Decimal(text), self.each)
        parts = [Decimal(one) for one in rest]
        if len(parts) > 2 or any(not 0 <= one < SIXTY for one in parts):
            raise ValueError(text)
        minutes, seconds = (*parts, Decimal(0))[:2]
        whole = EXACT.add(abs(Decimal(hours)) * SIXTY * SIXTY + minutes * SIXTY, seconds)
        found = EXACT.multiply(whole, EXACT.divide(self.each, Decimal(SIXTY * SIXTY)))
        return -found if hours.startswith("-") else found


PLAIN = Scale()
PER_CENT = Scale(Decimal("0.01"), "%")


def scale_of(kpi: Kpi | None) -> Scale:
    if kpi is None:
        return PLAIN
    units: Mapping[Unit, Scale] = {
        Unit.RATIO: PER_CENT,
        Unit.TIME: Scale(Decimal(1000), _("s")),
        Unit.DURATION: Scale(Decimal(3_600_000), _("h"), clock=True),
        Unit.MONEY: Scale(Decimal(10) ** exponent(settings.KAIBO_CURRENCY), settings.KAIBO_CURRENCY),
    }
    return units.get(kpi.unit, PLAIN)


def unit_names() -> dict[str, str]:
    """What the units of formulas are called on pages."""
    return {
        Unit.RATIO: _("Share (per cent)"), Unit.MULTIPLE: _("Multiple (3.52)"), Unit.COUNT: _("Count"),
        Unit.MONEY: _("Money"), Unit.TIME: _("Time (seconds)"), Unit.DURATION: _("Duration (hours)"),
        Unit.LEVEL: _("Level over time"), Unit.WEIGHED: _("Share that is weighed"),
    }  # fmt: skip
