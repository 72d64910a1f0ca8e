"""Scorecards as data: lines, their weights, and the forms of a rule.

Forms of a line's rule: `bands`, `benchmark`, `together`, `linear`, `step`, `per_occurrence`, `rated`. Numbers stand in
the KPI's own unit. kpi.rule_data reads and writes them; what else a card has is in kpi.card_parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kaibo.kpi.band import Band, EdgedBand, EdgedStretch, On, Stretch, once
from kaibo.kpi.card_parts import EdgedGate, EdgedGrade, Gate, Grade, Outside, Section, TeamPart
from kaibo.kpi.catalog import KPIS, Route
from kaibo.kpi.standing import By, Standing, Table

# what rules are made of is found here, too
__all__ = ["Band", "By", "EdgedBand", "Gate", "Grade", "On", "Outside", "Section", "Standing", "Table", "TeamPart"]


@dataclass(frozen=True)
class Bands:
    """Form 1 (on the value) and form 2 (on attainment, actual ÷ target)."""

    bands: tuple[Band | EdgedBand, ...]
    on: On = On.VALUE


@dataclass(frozen=True)
class Benchmarked:
    """Form 3: bands on value ÷ benchmark (where less is better: benchmark ÷ value), by category, room or level."""

    bands: tuple[Band | EdgedBand, ...]
    benchmark: Table

    @property
    def on(self) -> On:
        return On.ATTAINMENT


@dataclass(frozen=True)
class Condition(Stretch):
    """at_least ≤ the KPI's value < below; None is open."""

    kpi: str
    at_least: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True)
class EdgedCondition(EdgedStretch, Condition):
    """A condition with an edge of the other kind."""

    above: Decimal | None = None
    at_most: Decimal | None = None


def condition(
    kpi: str, at_least: Decimal | None = None, below: Decimal | None = None, *, above: Decimal | None = None,
    at_most: Decimal | None = None,
) -> Condition:  # fmt: skip
    """The plainest condition that says this. Raises ValueError where it would begin or end twice."""
    if above is None and at_most is None:
        return Condition(kpi, at_least, below)
    once(at_least, above, below, at_most)
    return EdgedCondition(kpi, at_least, below, above, at_most)


@dataclass(frozen=True)
class Rung:
    """What somebody has for whom all of its conditions hold."""

    points: Decimal
    conditions: tuple[Condition | EdgedCondition, ...]


@dataclass(frozen=True)
class Together:
    """Form 8: several conditions at once. The best rung that holds counts; `otherwise` where none does."""

    rungs: tuple[Rung, ...]
    otherwise: Decimal = Decimal(0)

    @property
    def kpis(self) -> frozenset[str]:
        return frozenset(one.kpi for rung in self.rungs for one in rung.conditions)


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


class Rater(StrEnum):
    """Who gives points, as seen from the person."""

    SELF = "self"
    SUPERIOR = "superior"
    PEER = "peer"
    REPORT = "report"
    OTHER_DEPARTMENT = "other_department"
    HR = "hr"


@dataclass(frozen=True)
class RaterShare:
    """Form 10: how much a kind of rater counts, of 100. Several people of a kind count by their mean."""

    rater: Rater
    weight: Decimal


Rule = Bands | Benchmarked | Together | Linear | Step | PerOccurrence | Rated


@dataclass(frozen=True)
class Newcomer:
    """Form 15, a line for who is protected: it does not count, a part of the target is enough, or this `rule` holds."""

    counts: bool = True
    part: Decimal = Decimal(1)
    rule: Rule | None = None


@dataclass(frozen=True)
class Variant:
    """Form 15, a line for whom `by` has `key` (room_age new, level middle …): as a newcomer's, with another target."""

    by: By
    key: str
    counts: bool = True
    part: Decimal = Decimal(1)
    target: Fraction | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Line:
    """One line of a scorecard. `target` in the KPI's unit; None where it is set elsewhere or not needed.

    `kpi`: a key of the catalog; of a rated line, its own key. `route`: how it is credited; None: the KPI's usual way.
    `duty`: by room, what one must answer for; "": the duty that is called as the card's role, else any.
    `targets`: where it differs by month, category, room …. `raters`: of a rated line; none: whoever leads the person.
    `not_applicable`: for want of what (a `missing` of values) it is no line of the month, so that its weight goes to
    the lines named in `gives_to`. `variants`: the first that fits holds.
    """

    kpi: str
    weight: Decimal
    rule: Rule
    target: Fraction | None = None
    route: Route | None = None
    duty: str = ""
    newcomer: Newcomer | None = None
    targets: Table | None = None
    raters: tuple[RaterShare, ...] = ()
    section: str = ""
    not_applicable: frozenset[str] = frozenset()
    gives_to: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def by(self) -> Route:
        """The way of credit; what a person rates names the person."""
        return self.route or (KPIS[self.kpi].route if self.kpi in KPIS else Route.DIRECT)

    @property
    def by_room(self) -> bool:
        return self.by in (Route.ACCOUNT, Route.TEAM)

    @property
    def reads(self) -> frozenset[str]:
        """Every KPI that any of its rules asks for, its own first of all."""
        return frozenset({self.kpi}).union(*(rule.kpis for rule in self.rules if isinstance(rule, Together)))

    @property
    def rules(self) -> list[Rule]:
        """Its own, the newcomer's, the variants'."""
        other = [self.newcomer.rule if self.newcomer else None, *(one.rule for one in self.variants)]
        return [self.rule, *(one for one in other if one is not None)]

    @property
    def needs_target(self) -> bool:
        rule = self.rule
        if isinstance(rule, Step):
            return rule.base is None or rule.on is On.ATTAINMENT
        return isinstance(rule, Linear) or (isinstance(rule, Bands) and rule.on is On.ATTAINMENT)

    @property
    def eased(self) -> "Line":
        """The same line by the newcomer's rule and a part of its targets; one that is set elsewhere is eased there."""
        if self.newcomer is None:
            return self
        return self._for_part(self.newcomer.rule, self.newcomer.part)

    @property
    def max_points(self) -> Decimal:
        """The most the line can give."""
        rule = self.rule
        if isinstance(rule, Linear):
            return self.weight * rule.cap
        if isinstance(rule, Step | PerOccurrence):
            return rule.cap
        return max(self._given(rule), default=Decimal(0))

    @staticmethod
    def _given(rule: Bands | Benchmarked | Together | Rated) -> Iterable[Decimal]:
        """Every number of points that the rule can give."""
        if isinstance(rule, Bands | Benchmarked):
            return (one.points for one in rule.bands)
        if isinstance(rule, Together):
            return (rule.otherwise, *(one.points for one in rule.rungs))
        return (one.points for one in rule.anchors)

    def variant(self, standing: Standing) -> Variant | None:
        """The first that fits where somebody mainly stands."""
        return next((one for one in self.variants if standing.main(one.by) == one.key), None)

    def varied(self, variant: Variant) -> "Line":
        """The same line by the variant's rule and target: its own instead of the line's and the table's, else theirs.

        `variant.part` is the part of it that is enough; of a target that is set elsewhere see `scoring.score`.
        """
        own = self if variant.target is None else replace(self, target=variant.target, targets=None)
        return replace(own._for_part(variant.rule, variant.part), variants=())

    def _for_part(self, rule: Rule | None, part: Decimal) -> "Line":
        return replace(
            self, rule=rule or self.rule, target=None if self.target is None else self.target * Fraction(part),
            targets=None if self.targets is None else self.targets.times(Fraction(part)),
        )  # fmt: skip


@dataclass(frozen=True)
class Card:
    """`outside_floor`, `outside_cap`: what all items outside the hundred may take and give together; None: no limit."""

    lines: tuple[Line, ...]
    sections: tuple[Section, ...] = ()
    outside: tuple[Outside, ...] = ()
    grades: tuple[Grade | EdgedGrade, ...] = ()
    gates: tuple[Gate | EdgedGate, ...] = ()
    team: TeamPart | None = None
    outside_floor: Decimal | None = None
    outside_cap: Decimal | None = None
