"""The cards that a month is scored by: those that come with Kaibo, read once from FILES and checked at start."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from kaibo.appraisal.card import LATER, DefaultCard, FrozenCard, LaterLine, RatedLine
from kaibo.appraisal.card_file import WrongCard, read
from kaibo.appraisal.own_cards.store import published
from kaibo.kpi.canonical import restored
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import Card, Line
from kaibo.measurement.definitions import Definitions

# what cards are made of is found here, too
__all__ = ["CARDS", "LATER", "Card", "DefaultCard", "FrozenCard", "LaterLine", "RatedLine", "WrongCard", "read"]


def newest(cards: Sequence[DefaultCard], month: date) -> dict[str, DefaultCard]:
    """Role → the newest of its cards that is in use in the month."""
    return {card.role: card for card in cards if card.since is None or card.since <= month}


def every_card() -> tuple[DefaultCard, ...]:
    """Of each role those that come with Kaibo, then those that the team published; older versions first. One query.

    From the month of a team's own card on, no card that comes with Kaibo counts for that role.
    """
    return (*CARDS, *published().cards)


def cards_in(month: date) -> Mapping[str, DefaultCard]:
    """Role → its card in this month, given by its first day. One query."""
    return MappingProxyType(newest(every_card(), month))


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


FILES = ("cards.toml", "position_cards.toml")
CARDS: tuple[DefaultCard, ...] = tuple(
    card for name in FILES for card in read(Path(__file__).with_name(name).read_text(encoding="utf-8"), name)
)
