"""A scorecard: its lines with what the pages need to know of them, and what contradicts itself on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.appraisal.card_faults import Fault, faults
from kaibo.appraisal.roles import title_of
from kaibo.kpi.card_result import own_weights
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.rooms import ANY_DUTY, TEAM
from kaibo.kpi.rules import Anchor, Card, Line, Rated
from kaibo.kpi.scoring import as_decimal
from kaibo.live.models import RoomDuty
from kaibo.look.numbers import either

PERSONS_TARGET, ROOMS_TARGET = "person", "account"

# lines of the cards that no file gives facts for yet: what they will be about
LATER: Mapping[str, str | Promise] = {
    "spend": _("Ad spend against budget"),
    "paid_traffic": _("Sales from paid traffic"),
    "run_of_show": _("Run of show"),
    "outages": _("Outages and time to restore"),
    "work": _("Works delivered and their effect"),
    "corrections": _("Corrections after publication"),
    "plans_in_time": _("Live plans delivered in time"),
    "partner_satisfaction": _("Partners' satisfaction"),
    "feedback_in_time": _("Feedback given in time"),
    "unanswered": _("Questions left unanswered"),
    "milestones": _("Milestones reached in time"),
    "budget": _("Deviation from budget"),
    "preparation": _("Prepared before the broadcast, in time"),
    "follow_up": _("Follow-up calls made"),
}
# what has to be there first, so that whoever reads “no data yet” knows what would change it
COMES_WITH: Mapping[str, str | Promise] = {
    "spend": _("ad budgets"),
    "paid_traffic": _("ad reports"),
    "run_of_show": _("records of the run of show"),
    "outages": _("records of outages"),
    "work": _("publications and their figures"),
    "corrections": _("a log of published reports"),
    "plans_in_time": _("live plans with their deadlines"),
    "partner_satisfaction": _("partners' own ratings"),
    "feedback_in_time": _("records of feedback talks with their deadlines"),
    "unanswered": _("chat records with their replies"),
    "milestones": _("projects with their milestones"),
    "budget": _("budgets"),
    "preparation": _("checklists before going live"),
    "follow_up": _("records of follow-up calls"),
}


def comes_with(key: str) -> str:
    """“no data yet: comes with budgets”, in the reader's language."""
    what = COMES_WITH.get(key)
    return gettext("no data yet: comes with %(what)s") % {"what": what} if what else gettext("no file tells it yet")


@dataclass(frozen=True)
class LaterLine:
    """A line that waits because no imported file tells anything about it yet."""

    key: str
    weight: Decimal

    named: str = ""

    @property
    def title(self) -> str:
        return self.named or str(LATER.get(self.key, self.key))

    @property
    def comes_with(self) -> str:
        return comes_with(self.key)


@dataclass(frozen=True)
class RatedLine:
    """A line that a person rates by its anchors; `line.kpi` is its own key. Titles stand on the card."""

    line: Line
    zh: str
    en: str

    @property
    def title(self) -> str:
        return either(self.zh, self.en) or self.line.kpi

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        assert isinstance(self.line.rule, Rated)  # noqa: S101 -- `_rated` reads no other
        return self.line.rule.anchors


@dataclass(frozen=True)
class DefaultCard:
    """`since`: the first month it is used in; None: from the beginning. Weights of all lines add up to 100.

    `by_person`: KPIs whose target is the person's part of the rooms' targets by hours due; `by_days`: what the rooms
    aim at on the days for which the person answers.
    """

    role: str
    version: int
    card: Card
    later: tuple[LaterLine, ...] = ()
    by_person: frozenset[str] = frozenset()
    since: date | None = None
    rated: tuple[RatedLine, ...] = ()
    by_days: frozenset[str] = frozenset()
    # what a closed month's card was called; else as the position
    named: str = ""

    @property
    def title(self) -> str:
        return self.named or title_of(self.role)

    @property
    def whole(self) -> Card:
        """All lines that can have points, those that a person rates too."""
        return replace(self.card, lines=(*self.card.lines, *(one.line for one in self.rated)))

    @property
    def weight(self) -> Decimal:
        """Of all lines, waiting ones too; where a section's make 100 among themselves, as parts of its weight."""
        whole = self.whole
        named_once = len({line.kpi for line in whole.lines}) == len(whole.lines)
        weights = own_weights(whole).values() if named_once else [Fraction(line.weight) for line in whole.lines]
        waiting = sum((line.weight for line in self.later), Decimal(0))
        return as_decimal(sum(weights, Fraction(waiting)))

    @property
    def known_kpis(self) -> Mapping[str, Kpi]:
        """The catalog that it was made for."""
        return KPIS

    @property
    def faults(self) -> list[Fault]:
        """What contradicts itself; by a card with any nobody is scored."""
        return faults(self, LATER)

    def line(self, kpi: str) -> Line | None:
        return next((line for line in self.card.lines if line.kpi == kpi), None)

    def duty(self, line: Line) -> str:
        """What one must answer for in a room to be credited with the line: TEAM for every room, "" for any duty."""
        if line.by is Route.TEAM:
            return TEAM
        return line.duty or (self.role if self.role in RoomDuty.values else ANY_DUTY)

    @property
    def duties(self) -> frozenset[str]:
        """The duties whose rooms alone make it someone's card, on shift or not."""
        return frozenset(self.duty(line) for line in self.card.lines if line.by is Route.ACCOUNT) - {ANY_DUTY}

    def number(self, kpi: str) -> int:
        """Which line of the card it is, counted from 1."""
        return [line.kpi for line in self.card.lines].index(kpi) + 1


@dataclass(frozen=True)
class FrozenCard(DefaultCard):
    """A closed month's card with the catalog that it was made for: what today's has lost is no fault of it."""

    kpis: Mapping[str, Kpi] = field(default_factory=dict)

    @property
    def known_kpis(self) -> Mapping[str, Kpi]:
        return self.kpis

    @property
    def faults(self) -> list[Fault]:
        return faults(self, LATER, self.kpis)
