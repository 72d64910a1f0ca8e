"""The published cards and the team's KPIs, as every page and worker reads them: one query, the rest is remembered."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache

from django.db.models import CharField, Value

from kaibo.appraisal.card import DefaultCard, FrozenCard
from kaibo.appraisal.card_file import card_from_data
from kaibo.appraisal.own_cards.models import CardState, CardVersion, OwnKpi
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.definition import Direction
from kaibo.kpi.formula import declared
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import Card, Line
from kaibo.look.numbers import in_chinese

CARD, KPI = "card", "kpi"
# (kind, key of the row, digest of what it says): a row of the same digest never says anything else
Rows = tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Published:
    """`cards`: every published version, older ones of a role first; `kpis`: the catalog's and the team's own."""

    cards: tuple[DefaultCard, ...]
    kpis: Mapping[str, Kpi]
    rows: Rows = ()


# what was asked inside `read_once`, by language
_asked: ContextVar[dict[bool, Published] | None] = ContextVar("published", default=None)


def published() -> Published:
    """One query, none where it was asked inside `read_once`; what was read before is not read again."""
    asked, chinese = _asked.get(), in_chinese()
    if asked is None:
        return _made(_rows(), chinese)
    if chinese not in asked:
        asked[chinese] = _made(_rows(), chinese)
    return asked[chinese]


@contextmanager
def read_once() -> Iterator[None]:
    """For a page that names many KPIs and publishes nothing: as it was when first asked inside."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def _rows() -> Rows:
    cards = CardVersion.objects.filter(state=CardState.PUBLISHED).order_by()
    kpis = OwnKpi.objects.filter(in_use=True).order_by()
    told = [rows.values_list(Value(kind, CharField()), "pk", "digest") for kind, rows in ((CARD, cards), (KPI, kpis))]
    return tuple(sorted(told[0].union(told[1], all=True)))


@lru_cache(maxsize=16)
def _made(rows: Rows, chinese: bool) -> Published:
    """`chinese`: the language that the team's KPIs are called in."""
    if not rows:
        return Published((), KPIS)
    by_kind = {kind: [pk for of, pk, _digest in rows if of == kind] for kind in (CARD, KPI)}
    own = {
        one.key: kpi_of(one, chinese=chinese) for one in OwnKpi.objects.filter(pk__in=by_kind[KPI]).order_by("version")
    }
    kpis = {**KPIS, **own}
    versions = CardVersion.objects.filter(pk__in=by_kind[CARD]).order_by("role", "version")
    return Published(tuple(card_of(one, kpis) for one in versions), kpis, rows)


def known_kpis() -> Mapping[str, Kpi]:
    return published().kpis


def known_kpi(key: str) -> Kpi | None:
    """Of the catalog, or one of the team's own; a query for the latter only. None: a rated item's key, or gone."""
    return KPIS.get(key) or known_kpis().get(key)


def once_amounts(keys: Iterable[str]) -> set[str]:
    """Those of the team's own KPIs that added up amounts in any of their versions: figures of then may be amounts,
    whatever the formula is by now. One query; none for the catalog's.
    """
    own = {key for key in keys if key not in KPIS}
    versions = OwnKpi.objects.filter(key__in=own) if own else ()
    return {one.key for one in versions if adds_amounts(kpi_of(one, chinese=False))}


def adds_amounts(kpi: Kpi) -> bool:
    return any("minor" in term.measure for term in (*kpi.numerator, *kpi.denominator))


def kpi_of(one: OwnKpi, *, chinese: bool) -> Kpi:
    return declared(
        key=one.key,
        title=one.zh if chinese else one.en,
        formula=one.formula,
        unit=Unit(one.unit),
        direction=Direction(one.direction),
        version=one.version,
    )


def card_of(one: CardVersion, kpis: Mapping[str, Kpi]) -> DefaultCard:
    """The card of a version or a draft. Raises WrongCard for what no card can be."""
    return with_kpis(as_said(one), kpis)


def as_said(one: CardVersion) -> DefaultCard:
    """The same word for word, as its file has it. Raises WrongCard."""
    read = card_from_data({**one.data, "role": one.role, "version": one.version or 0}, str(one))
    return replace(read, since=one.since)


def as_written(cards: Iterable[DefaultCard]) -> list[DefaultCard]:
    """Cards as their files have them: those that bring KPIs along without the ways of credit which these lend them.

    One query where there are any such.
    """
    found = list(cards)
    roles = {card.role for card in found if isinstance(card, FrozenCard)}
    if not roles:
        return found
    rows = CardVersion.objects.filter(state=CardState.PUBLISHED, role__in=roles).order_by()
    own = {(one.role, one.version): one for one in rows}
    return [as_said(own[card.role, card.version]) if (card.role, card.version) in own else card for card in found]


def with_kpis(card: DefaultCard, kpis: Mapping[str, Kpi]) -> DefaultCard:
    """The card with the team's KPIs that it uses, each line credited in that KPI's usual way."""
    own = {key: kpis[key] for key in sorted(used(card.whole)) if key in kpis and key not in KPIS}
    if not own:
        return card
    lines = tuple(_routed(line, own) for line in card.card.lines)
    said = {field.name: getattr(card, field.name) for field in fields(DefaultCard)}
    return FrozenCard(**{**said, "card": replace(card.card, lines=lines)}, kpis={**KPIS, **own})


def as_default(card: DefaultCard) -> DefaultCard:
    """What a closed month's bundle keeps of it; the KPIs stand there by themselves."""
    return DefaultCard(**{field.name: getattr(card, field.name) for field in fields(DefaultCard)})


def own_kpis(cards: Iterable[DefaultCard]) -> Mapping[str, Kpi] | None:
    """The catalog with the KPIs that these cards bring along; None where they bring none."""
    own: dict[str, Kpi] = {}
    for card in cards:
        own |= card.kpis if isinstance(card, FrozenCard) else {}
    return {**KPIS, **own} if own else None


def used(card: Card) -> set[str]:
    """Every KPI that a card names."""
    found = {kpi for line in card.lines for kpi in line.reads}
    found |= {item.key for item in card.outside} | {gate.key for gate in card.gates}
    return found | ({card.team.kpi} if card.team else set())


def _routed(line: Line, own: Mapping[str, Kpi]) -> Line:
    return replace(line, route=own[line.kpi].route) if line.kpi in own and line.route is None else line


def latest(cards: Iterable[DefaultCard], role: str) -> DefaultCard | None:
    """The role's last one, of cards in the order of `cards.every_card`."""
    return next(reversed([card for card in cards if card.role == role]), None)


def from_month(card: DefaultCard) -> date:
    """The first month a card is used in; the beginning where it names none."""
    return card.since or date.min


def replaced_by(cards: Iterable[DefaultCard], card: DefaultCard) -> DefaultCard | None:
    """The later version that begins no later, so that the card counts in no month; of cards in their usual order."""
    versions = [one for one in cards if one.role == card.role]
    later = versions[versions.index(card) + 1 :] if card in versions else ()
    return next((one for one in reversed(later) if from_month(one) <= from_month(card)), None)
