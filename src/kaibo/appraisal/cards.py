"""The default scorecards: read once from cards.toml, checked before anyone is scored by them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaibo.kpi.checks import problems
from kaibo.kpi.rules import Card, Line, rule_from_data
from kaibo.live.models import CrewRole

PERSONS_TARGET = "person"

# lines of the cards that no file gives facts for yet: what they will be about
LATER: Mapping[str, str | Promise] = {
    "spend": _("Ad spend against budget"),
    "paid_traffic": _("Sales from paid traffic"),
    "run_of_show": _("Run of show"),
    "outages": _("Outages and time to restore"),
    "work": _("Works delivered and their effect"),
}


@dataclass(frozen=True)
class LaterLine:
    """A line that waits because no imported file tells anything about it yet."""

    key: str
    weight: Decimal

    @property
    def title(self) -> str:
        return str(LATER[self.key])


@dataclass(frozen=True)
class DefaultCard:
    """`by_person`: KPIs whose target is the person's part of the rooms' targets. Weights of all lines add up to 100."""

    role: str
    version: int
    card: Card
    later: tuple[LaterLine, ...] = ()
    by_person: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return str(CrewRole(self.role).label)

    @property
    def weight(self) -> Decimal:
        weights = [line.weight for line in self.card.lines] + [line.weight for line in self.later]
        return sum(weights, Decimal(0))

    def line(self, kpi: str) -> Line | None:
        return next((line for line in self.card.lines if line.kpi == kpi), None)

    def number(self, kpi: str) -> int:
        """Which line of the card it is, counted from 1."""
        return [line.kpi for line in self.card.lines].index(kpi) + 1


class WrongCard(Exception):
    """A card that ships with the product contradicts itself: our fault, loud at start."""


def read(text: str) -> dict[str, DefaultCard]:
    """Role → card; raises WrongCard naming the card, the line and the fault."""
    cards = [_card(data) for data in tomllib.loads(text)["card"]]
    for card in cards:
        _check(card)
    return {card.role: card for card in cards}


def _card(data: Mapping[str, Any]) -> DefaultCard:
    lines = data["line"]
    return DefaultCard(
        role=data["role"],
        version=data["version"],
        card=Card(tuple(_line(line) for line in lines)),
        later=tuple(LaterLine(line["key"], Decimal(line["weight"])) for line in data.get("later", ())),
        by_person=frozenset(line["kpi"] for line in lines if line.get("target") == PERSONS_TARGET),
    )


def _line(data: Mapping[str, Any]) -> Line:
    target = data.get("target", PERSONS_TARGET)
    return Line(
        kpi=data["kpi"],
        weight=Decimal(data["weight"]),
        rule=rule_from_data(data["rule"]),
        target=None if target == PERSONS_TARGET else Fraction(target),
    )


def _check(card: DefaultCard) -> None:
    """`problems` knows the lines that are scored; the weights are those of all lines, waiting ones too."""
    found = [str(problem.message) for problem in problems(card.card) if problem.code != "weights"]
    if card.weight != 100:
        found.append(f"the weights add up to {card.weight}, not to 100")
    if card.role not in CrewRole.values:
        found.append("no such crew role")
    found += [f"no words for {line.key}" for line in card.later if line.key not in LATER]
    found += [
        f"{line.kpi} has no target"
        for line in card.card.lines
        if line.needs_target and line.target is None and line.kpi not in card.by_person
    ]
    if found:
        raise WrongCard(f"{card.role}: {'; '.join(found)}")


CARDS: Mapping[str, DefaultCard] = read((Path(__file__).parent / "cards.toml").read_text(encoding="utf-8"))
