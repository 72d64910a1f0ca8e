"""The unit of a table's column: it stands in the head, and every figure below it has the same decimals."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from django.conf import settings
from django.utils.translation import pgettext

from kaibo.appraisal import wording
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.look import numbers

# as look.numbers.rate: what rounds up to ten is written as 10.0
TEN_PERCENT = Fraction("0.09995")
SYMBOLS = frozenset(numbers.SYMBOLS.values())


@dataclass(frozen=True)
class Scale:
    """`divisor`: how many of the KPI's own units one of the column's is; None: each figure brings its unit along.

    `symbol`: of the currency, where the unit is a multiple (¥ 万).
    """

    kpi: Kpi
    unit: str
    divisor: Fraction | None
    places: int
    symbol: str = ""

    @property
    def head(self) -> str:
        """The unit as a column's head says it: ¥ 万, %."""
        return f"{self.symbol} {self.unit}".strip()

    def figure(self, number: Fraction) -> str:
        return self.quotient(number.numerator, number.denominator)

    def quotient(self, top: int, bottom: int) -> str:
        """top ÷ bottom in the column's unit."""
        if self.divisor is None:
            return wording.figure(self.kpi.unit, Fraction(top, bottom))
        return numbers.quotient(top * self.divisor.denominator, bottom * self.divisor.numerator, self.places)

    def with_unit(self, figure: str) -> str:
        """For where no head says the unit."""
        if not self.unit or figure == numbers.MISSING or " / " in figure:
            return figure
        if self.symbol:
            return f"{self.symbol}{figure}{numbers.GAP if numbers.in_chinese() else ''}{self.unit}"
        return f"{self.unit}{figure}" if self.unit in SYMBOLS else f"{figure}{numbers.GAP}{self.unit}"

    def write(self, top: int, bottom: int | None) -> str:
        """A value from its parts; a share of few is written as two counts."""
        top *= self.kpi.scale
        if bottom is None:
            return self.quotient(top, 1)
        if bottom < numbers.SMALL_N and self.counts:
            return numbers.share(top, bottom)
        return self.quotient(top, bottom) if bottom else numbers.MISSING

    @cached_property
    def counts(self) -> bool:
        """Whether it is a share of things that are counted, not of money."""
        return self.kpi.unit is Unit.RATIO and self.kpi.scale == 1 and "minor" not in self.kpi.numerator[0].measure


def scale_of(kpi: Kpi, typical: Fraction | None) -> Scale:
    """The unit that fits a `typical` value: 万 for large amounts, seconds for short times."""
    about = abs(typical or Fraction(0))
    if kpi.unit is Unit.MONEY and numbers.withholds_amounts():
        return Scale(kpi, "", None, 0)
    if kpi.unit is Unit.RATIO:
        return Scale(kpi, "%", Fraction(1, 100), 2 if about < TEN_PERCENT else 1)
    if kpi.unit is Unit.MULTIPLE:
        return Scale(kpi, "", Fraction(1), 2)
    if kpi.unit is Unit.MONEY:
        major = 10 ** numbers.exponent(settings.KAIBO_CURRENCY)
        large, unit = (10**4, "万") if numbers.in_chinese() else (10**3, "K")
        symbol = numbers.SYMBOLS.get(settings.KAIBO_CURRENCY, settings.KAIBO_CURRENCY)
        if about >= large * major:
            return Scale(kpi, unit, Fraction(large * major), 1, symbol)
        return Scale(kpi, symbol, Fraction(major), numbers.exponent(settings.KAIBO_CURRENCY))
    if kpi.unit is Unit.DURATION:
        if about < 10 * numbers.MINUTE_MS and kpi.denominator:
            return Scale(kpi, pgettext("unit of a column", "s"), Fraction(1000), 0)
        return Scale(kpi, pgettext("unit of a column", "h"), Fraction(numbers.HOUR_MS), 1)
    if kpi.unit is Unit.COUNT:
        return Scale(kpi, "", Fraction(1), 1 if kpi.denominator else 0)
    return Scale(kpi, "", None, 0)
