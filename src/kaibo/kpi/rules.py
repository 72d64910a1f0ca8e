"""Scorecards as data: lines, their weights, and the forms of a rule, to and from JSON.

Forms: `bands`, `linear`, `step`, `per_occurrence`, `rated`. Numbers stand in the KPI's own unit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any

from kaibo.kpi.catalog import KPIS, Route


class On(StrEnum):
    """What bands and steps are laid on."""

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


class Counted(StrEnum):
    """Which steps count: only whole ones, every one that has begun, or parts of one as well."""

    WHOLE = "whole"
    BEGUN = "begun"
    PART = "part"


@dataclass(frozen=True)
class Step:
    """Forms 4 and 5: `start` points at the base, `above` for each step above it, `below` for each step below it.

    `above` and `below` are signed as the card says it: −5 for each step below takes five off. `base` None: the target
    (on attainment: 1). `step` is in the KPI's unit, or a share of the target on attainment.
    """

    step: Decimal
    start: Decimal
    cap: Decimal
    floor: Decimal = Decimal(0)
    above: Decimal = Decimal(0)
    below: Decimal = Decimal(0)
    base: Decimal | None = None
    on: On = On.VALUE
    counted: Counted = Counted.WHOLE


@dataclass(frozen=True)
class PerOccurrence:
    """Form 6: `start` points, `each` (signed) for every one that is counted, never below `floor` nor above `cap`."""

    each: Decimal
    start: Decimal
    cap: Decimal
    floor: Decimal = Decimal(0)


@dataclass(frozen=True)
class Anchor:
    """What a number of points looks like in practice, in both languages."""

    points: Decimal
    zh: str
    en: str


@dataclass(frozen=True)
class Rated:
    """Form 9: a person gives the points, by written anchors. Until somebody has, the line waits."""

    anchors: tuple[Anchor, ...]


Rule = Bands | Linear | Step | PerOccurrence | Rated


@dataclass(frozen=True)
class Newcomer:
    """Form 15, a line for who is protected: it does not count, a part of the target is enough, or this `rule` holds."""

    counts: bool = True
    part: Decimal = Decimal(1)
    rule: Rule | None = None


@dataclass(frozen=True)
class Line:
    """One line of a scorecard. `target` in the KPI's unit; None where it is set elsewhere or not needed.

    `kpi`: a key of the catalog; of a rated line, its own key. `route`: how it is credited; None: the KPI's usual way.
    `duty`: by room, what one must answer for; "": the duty that is called as the card's role, else any.
    """

    kpi: str
    weight: Decimal
    rule: Rule
    target: Fraction | None = None
    route: Route | None = None
    duty: str = ""
    newcomer: Newcomer | None = None

    @property
    def by(self) -> Route:
        """The way of credit; what a person rates names the person."""
        return self.route or (KPIS[self.kpi].route if self.kpi in KPIS else Route.DIRECT)

    @property
    def by_room(self) -> bool:
        return self.by in (Route.ACCOUNT, Route.TEAM)

    @property
    def needs_target(self) -> bool:
        rule = self.rule
        if isinstance(rule, Step):
            return rule.base is None or rule.on is On.ATTAINMENT
        return isinstance(rule, Linear) or (isinstance(rule, Bands) and rule.on is On.ATTAINMENT)

    @property
    def eased(self) -> "Line":
        """The same line by the newcomer's rule and target; what is set elsewhere is eased there, by `newcomer.part`."""
        if self.newcomer is None:
            return self
        target = None if self.target is None else self.target * Fraction(self.newcomer.part)
        return replace(self, rule=self.newcomer.rule or self.rule, target=target)

    @property
    def max_points(self) -> Decimal:
        """The most the line can give."""
        rule = self.rule
        if isinstance(rule, Linear):
            return self.weight * rule.cap
        if isinstance(rule, Step | PerOccurrence):
            return rule.cap
        given = rule.bands if isinstance(rule, Bands) else rule.anchors
        return max((one.points for one in given), default=Decimal(0))


@dataclass(frozen=True)
class Card:
    lines: tuple[Line, ...]


def rule_as_data(rule: Rule) -> dict[str, Any]:
    """JSON: numbers as text, so that no decimal is lost."""
    if isinstance(rule, Linear):
        return {"form": "linear", "cap": str(rule.cap)}
    if isinstance(rule, Bands):
        return {"form": "bands", "on": rule.on.value, "bands": [_texts(band, BAND) for band in rule.bands]}
    if isinstance(rule, Step):
        return {"form": "step", "on": rule.on.value, "counted": rule.counted.value, **_texts(rule, STEP)}
    if isinstance(rule, PerOccurrence):
        return {"form": "per_occurrence", **_texts(rule, OCCURRENCE)}
    return {"form": "rated", "anchors": [{**_texts(a, ("points",)), "zh": a.zh, "en": a.en} for a in rule.anchors]}


BAND = ("at_least", "below", "points")
STEP = ("step", "start", "cap", "floor", "above", "below", "base")
OCCURRENCE = ("each", "start", "cap", "floor")


def rule_from_data(data: Mapping[str, Any]) -> Rule:
    """The rule that `rule_as_data` wrote.

    Raises ValueError for an unknown form, choice or number and KeyError for a lacking part; both name it.
    """
    form = data["form"]
    if form not in _READ:
        raise ValueError(f"no such form: {form}; there are {', '.join(_READ)}")
    return _READ[form](data)


def newcomer_from_data(data: Mapping[str, Any]) -> Newcomer:
    """How a card eases a line: {counts = false}, {part = "0.8"} or {rule = {…}}. Raises as rule_from_data."""
    unknown = sorted(data.keys() - {"counts", "part", "rule"})
    if unknown:
        raise ValueError(f"newcomer: no such word: {', '.join(unknown)}; there are counts, part, rule")
    rule = rule_from_data(data["rule"]) if "rule" in data else None
    return Newcomer(bool(data.get("counts", True)), _number(data, "part", "1"), rule)


def _linear(data: Mapping[str, Any]) -> Rule:
    return Linear(_number(data, "cap", "1.2"))


def _bands(data: Mapping[str, Any]) -> Rule:
    bands = tuple(Band(_number(b, "points"), _limit(b, "at_least"), _limit(b, "below")) for b in data["bands"])
    return Bands(bands, On(data.get("on", "value")))


def _step(data: Mapping[str, Any]) -> Rule:
    return Step(
        step=_number(data, "step"), start=_number(data, "start"), cap=_number(data, "cap"),
        floor=_number(data, "floor"), above=_number(data, "above", "0"), below=_number(data, "below", "0"),
        base=_limit(data, "base"), on=On(data.get("on", "value")), counted=Counted(data.get("counted", "whole")),
    )  # fmt: skip


def _per_occurrence(data: Mapping[str, Any]) -> Rule:
    return PerOccurrence(_number(data, "each"), _number(data, "start"), _number(data, "cap"), _number(data, "floor"))


def _rated(data: Mapping[str, Any]) -> Rule:
    return Rated(tuple(Anchor(_number(a, "points"), a["zh"], a["en"]) for a in data["anchors"]))


_READ: Mapping[str, Callable[[Mapping[str, Any]], Rule]] = {
    "bands": _bands,
    "linear": _linear,
    "step": _step,
    "per_occurrence": _per_occurrence,
    "rated": _rated,
}


def _texts(of: object, names: Sequence[str]) -> dict[str, str | None]:
    limits = {name: getattr(of, name) for name in names}
    return {name: None if limit is None else str(limit) for name, limit in limits.items()}


def _number(data: Mapping[str, Any], name: str, default: str | None = None) -> Decimal:
    text = data.get(name, default) if default is not None else data[name]
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        raise ValueError(f"{name}: {text!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{name}: {text!r} is no number")
    return number


def _limit(data: Mapping[str, Any], name: str) -> Decimal | None:
    return None if data.get(name) in (None, "") else _number(data, name)
