"""The default scorecards: read once from cards.toml, checked before anyone is scored by them."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaibo.appraisal.card_faults import Fault, faults
from kaibo.kpi.canonical import restored
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.rooms import ANY_DUTY, TEAM
from kaibo.kpi.rules import Anchor, Card, Line, Rated, newcomer_from_data, rule_from_data
from kaibo.live.models import CrewRole, RoomDuty
from kaibo.look.numbers import in_chinese
from kaibo.measurement.definitions import Definitions

PERSONS_TARGET, ROOMS_TARGET = "person", "account"

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

    named: str = ""

    @property
    def title(self) -> str:
        return self.named or str(LATER[self.key])


@dataclass(frozen=True)
class RatedLine:
    """A line that a person rates by its anchors; `line.kpi` is its own key. Titles stand on the card."""

    line: Line
    zh: str
    en: str

    @property
    def title(self) -> str:
        return self.zh if in_chinese() else self.en

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
    # what a closed month's card was called; else as the crew role
    named: str = ""

    @property
    def title(self) -> str:
        return self.named or str(CrewRole(self.role).label)

    @property
    def weight(self) -> Decimal:
        weights = [line.weight for line in (*self.card.lines, *(one.line for one in self.rated))]
        return sum((*weights, *(line.weight for line in self.later)), Decimal(0))

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
    def faults(self) -> list[Fault]:
        return faults(self, LATER, self.kpis)


class WrongCard(Exception):
    """A card that ships with the product contradicts itself: our fault, loud at start."""


def read(text: str, file: str = "cards.toml") -> tuple[DefaultCard, ...]:
    """Every card, older versions of a role first.

    Raises WrongCard naming the file, the card, the line, the fault and what to do.
    """
    try:
        every = tomllib.loads(text).get("card", [])
    except tomllib.TOMLDecodeError as error:
        raise WrongCard(f"{file}: {error}. Mend the line that it names.") from error
    cards = [_card(data, f"{file}, card {number}") for number, data in enumerate(every, 1)]
    for card in cards:
        if card.faults:
            found = " ".join(str(fault) for fault in card.faults)
            raise WrongCard(f"{file}, {card.role} v{card.version}: {found}")
    return tuple(sorted(cards, key=lambda card: (card.role, card.version)))


def newest(cards: Sequence[DefaultCard], month: date) -> dict[str, DefaultCard]:
    """Role → the newest of its cards that is in use in the month."""
    return {card.role: card for card in cards if card.since is None or card.since <= month}


@cache
def cards_in(month: date) -> Mapping[str, DefaultCard]:
    """Role → its card in this month, given by its first day."""
    return MappingProxyType(newest(CARDS, month))


def words_of(cards: Mapping[str, DefaultCard]) -> dict[str, str]:
    """What the cards and their waiting lines are called now, in the reader's language; for a closed month's bundle."""
    found = {f"card {role}": card.title for role, card in cards.items()}
    return found | {f"later {line.key}": line.title for card in cards.values() for line in card.later}


def frozen_cards(definitions: Definitions) -> dict[str, DefaultCard]:
    """A closed month's cards with the names they had. Raises NotCanonical or ValueError for what no card can be."""
    words = definitions.words
    found: dict[str, DefaultCard] = {}
    for role, data in definitions.cards.items():
        card = restored(DefaultCard, data)
        later = tuple(replace(line, named=words.get(f"later {line.key}", "")) for line in card.later)
        lines = tuple(_as_routed(line, definitions.kpis) for line in card.card.lines)
        own = {one.name: getattr(card, one.name) for one in fields(DefaultCard)}
        changed = {"later": later, "named": words.get(f"card {role}", ""), "card": replace(card.card, lines=lines)}
        found[role] = FrozenCard(**{**own, **changed}, kpis=definitions.kpis)
    return found


def _as_routed(line: Line, kpis: Mapping[str, Kpi]) -> Line:
    """The line with the way of credit that was the KPI's usual one."""
    known = kpis.get(line.kpi)
    return line if line.route is not None or known is None else replace(line, route=known.route)


def _card(data: Mapping[str, Any], where: str) -> DefaultCard:
    where = f"{where} ({data.get('role', '?')} v{data.get('version', '?')})"
    lines = data.get("line", [])
    with _said(where):
        return DefaultCard(
            role=data["role"],
            version=int(data["version"]),
            card=Card(tuple(_line(line, f"{where}, item {number}") for number, line in enumerate(lines, 1))),
            later=tuple(LaterLine(line["key"], _number(line["weight"])) for line in data.get("later", ())),
            by_person=frozenset(line["kpi"] for line in lines if line.get("target") == PERSONS_TARGET),
            by_days=frozenset(line["kpi"] for line in lines if line.get("target") == ROOMS_TARGET),
            since=date.fromisoformat(f"{data['since']}-01") if "since" in data else None,
            rated=tuple(_rated(line) for line in data.get("rated", ())),
        )


def _line(data: Mapping[str, Any], where: str) -> Line:
    target = data.get("target", PERSONS_TARGET)
    with _said(f"{where} ({data.get('kpi', '?')})"):
        return Line(
            kpi=data["kpi"],
            weight=_number(data["weight"]),
            rule=rule_from_data(data["rule"]),
            target=None if target in (PERSONS_TARGET, ROOMS_TARGET) else Fraction(_number(target)),
            route=Route(data["route"]) if "route" in data else None,
            duty=data.get("duty", ""),
            newcomer=newcomer_from_data(data["newcomer"]) if "newcomer" in data else None,
        )


def _rated(data: Mapping[str, Any]) -> RatedLine:
    rule = rule_from_data({"form": "rated", "anchors": data["anchors"]})
    return RatedLine(Line(data["key"], _number(data["weight"]), rule), data["zh"], data["en"])


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None


@contextmanager
def _said(where: str) -> Iterator[None]:
    """What cannot be read is said with its place and what to do."""
    try:
        yield
    except KeyError as error:
        raise WrongCard(f"{where}: it lacks {error}. Add it.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise WrongCard(f"{where}: {error}. Correct it.") from error


CARDS: tuple[DefaultCard, ...] = read((Path(__file__).parent / "cards.toml").read_text(encoding="utf-8"))
