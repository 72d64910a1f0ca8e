"""Scorecards as data: lines, their weights, and rules in the forms `bands` and `linear`, to and from JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any


class On(StrEnum):
    """What bands are laid on."""

    VALUE = "value"
    ATTAINMENT = "attainment"


@dataclass(frozen=True)
class Band:
    """Half-open: at_least ≤ number < below; None is open. `points` as they stand on the card."""

    points: Decimal
    at_least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, number: Fraction) -> bool:
        return (self.at_least is None or number >= Fraction(self.at_least)) and (
            self.below is None or number < Fraction(self.below)
        )


@dataclass(frozen=True)
class Bands:
    """Form 1 (on the value) and form 2 (on attainment, actual ÷ target)."""

    bands: tuple[Band, ...]
    on: On = On.VALUE


@dataclass(frozen=True)
class Linear:
    """Form 7: points = attainment × weight, capped."""

    cap: Decimal = Decimal("1.2")


Rule = Bands | Linear


@dataclass(frozen=True)
class Line:
    """One line of a scorecard. `target` in the KPI's unit; None where it is set elsewhere or not needed."""

    kpi: str
    weight: Decimal
    rule: Rule
    target: Fraction | None = None

    @property
    def needs_target(self) -> bool:
        return isinstance(self.rule, Linear) or self.rule.on is On.ATTAINMENT


@dataclass(frozen=True)
class Card:
    lines: tuple[Line, ...]


def rule_as_data(rule: Rule) -> dict[str, Any]:
    """JSON: numbers as text, so that no decimal is lost."""
    if isinstance(rule, Linear):
        return {"form": "linear", "cap": str(rule.cap)}
    return {"form": "bands", "on": rule.on.value, "bands": [_band_as_data(band) for band in rule.bands]}


def rule_from_data(data: Mapping[str, Any]) -> Rule:
    """The rule that `rule_as_data` wrote; raises ValueError for an unknown form, KeyError for a lacking part."""
    if data["form"] == "linear":
        return Linear(Decimal(str(data.get("cap", "1.2"))))
    if data["form"] != "bands":
        raise ValueError(f"no such form: {data['form']}")
    bands = tuple(
        Band(Decimal(str(b["points"])), _limit(b.get("at_least")), _limit(b.get("below"))) for b in data["bands"]
    )
    return Bands(bands, On(data.get("on", "value")))


def _band_as_data(band: Band) -> dict[str, str | None]:
    text = {name: getattr(band, name) for name in ("at_least", "below", "points")}
    return {name: None if limit is None else str(limit) for name, limit in text.items()}


def _limit(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))
