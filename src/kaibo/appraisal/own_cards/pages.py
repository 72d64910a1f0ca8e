"""What the pages of cards show, written out in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.card_file import WrongCard
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.limits import between, limit, per_cent, stretch_text
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards.fields import Part
from kaibo.appraisal.own_cards.item_words import details, rule_said
from kaibo.appraisal.own_cards.models import CardState, CardVersion
from kaibo.appraisal.own_cards.parts_form import as_sent, parts_of_card
from kaibo.appraisal.own_cards.rule_form import kpi_choices
from kaibo.appraisal.own_cards.scale import PLAIN
from kaibo.appraisal.own_cards.store import as_said, card_of, known_kpis, replaced_by
from kaibo.appraisal.roles import NO_CARD, in_order
from kaibo.kpi.card_parts import TeamPart
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import Card, Grade, Line, On
from kaibo.look import numbers
from kaibo.measurement.closed import closed_months
from kaibo.org.models import Position


@dataclass(frozen=True)
class CardRow:
    role: str
    title: str
    version: int
    since: date | None
    lines: int
    own: bool
    draft: int | None


@dataclass(frozen=True)
class BareRow:
    """A position that has no card this month, and why where none comes with Kaibo."""

    role: str
    title: str
    why: str
    draft: int | None


@dataclass(frozen=True)
class ItemRow:
    """A line of a card as a row. `place`: line-N or rated-N; `faults`: what contradicts itself on it.

    `details`: what it says besides its rule. `waits`: for files that do not tell it yet; it has no form of its own.
    """

    number: int
    place: str
    title: str
    weight: str
    rule: str
    target: str
    notes: Sequence[str] = ()
    faults: Sequence[str] = ()
    key: str = ""
    details: Sequence[str] = ()
    waits: bool = False


@dataclass(frozen=True)
class CardPage:
    """`wrong`: why it cannot even be read; `faults`: of the card as a whole."""

    card: DefaultCard
    items: Sequence[ItemRow]
    faults: Sequence[str] = ()
    parts: Sequence[tuple[str, Sequence[str]]] = ()
    wrong: str = ""
    warnings: Sequence[str] = ()

    @property
    def sound(self) -> bool:
        return not self.wrong and not self.card.faults

    @property
    def weight(self) -> str:
        return wording.plain(self.card.weight)


def card_rows(*, drafts: bool) -> list[CardRow]:
    """Every role's card of this month; the drafts only for who may edit them."""
    now = cards_in(timezone.localdate().replace(day=1))
    begun = dict(CardVersion.objects.filter(state=CardState.DRAFT).values_list("role", "pk")) if drafts else {}
    own = set(CardVersion.objects.filter(state=CardState.PUBLISHED).values_list("role", "version"))
    return [
        CardRow(
            role,
            card.title,
            card.version,
            card.since,
            len(card.whole.lines) + len(card.later),
            (role, card.version) in own,
            begun.get(role),
        )
        for role in in_order(now)
        if (card := now.get(role)) is not None
    ]


def bare_rows() -> list[BareRow]:
    """The organisation's positions without a card this month; three queries."""
    now = cards_in(timezone.localdate().replace(day=1))
    begun = dict(CardVersion.objects.filter(state=CardState.DRAFT).values_list("role", "pk"))
    there = {one.key: one.title for one in Position.objects.all() if one.key not in now}
    return [BareRow(key, there[key], str(NO_CARD.get(key, "")), begun.get(key)) for key in in_order(there)]


def version_rows(
    versions: Sequence[DefaultCard], shown: DefaultCard, now: DefaultCard | None
) -> list[tuple[DefaultCard, bool, bool, DefaultCard | None]]:
    """Newest first: which is shown, which counts this month, and of one that counts in no month what took its place."""
    return [(one, one == shown, one == now, replaced_by(versions, one)) for one in reversed(versions)]


def may_be_replaced(role: str) -> CardVersion | None:
    """The newest published version, where its first month is still open: a next one may take its place. Two queries."""
    found = CardVersion.objects.filter(role=role, state=CardState.PUBLISHED).order_by("-version").first()
    closed = max(closed_months(), default=None)
    return found if found is not None and (closed is None or (found.since or closed) > closed) else None


def card_page(card: DefaultCard) -> CardPage:
    """A card as it stands, with everything that contradicts itself."""
    by_line: dict[int | None, list[str]] = {}
    for fault in card.faults:
        by_line.setdefault(fault.line, []).append(fault.text)
    items = [_item(card, line, n, by_line) for n, line in enumerate(card.card.lines, 1)]
    start = len(items)
    for n, one in enumerate(card.rated, 1):
        best = max(one.anchors, key=lambda anchor: anchor.points, default=None)
        said = wording.anchor_text(best) if best else ""
        items.append(
            ItemRow(
                start + n,
                f"rated-{n}",
                one.title,
                wording.plain(one.line.weight),
                wording.rated_rule(),
                said,
                _notes(card, one.line),
                by_line.get(start + n, []),
                one.line.kpi,
                details(card, one.line, None),
            )
        )
    items += [
        ItemRow(
            len(card.whole.lines) + n,
            f"later-{n}",
            one.title,
            wording.plain(one.weight),
            one.comes_with,
            "",
            key=one.key,
            waits=True,
        )
        for n, one in enumerate(card.later, 1)
    ]
    return CardPage(card, items, by_line.get(None, []), _beside(card))


def said_in(draft: CardVersion) -> DefaultCard:
    """A draft word for word. Raises Http404 where it cannot be read any more."""
    try:
        return as_said(draft)
    except WrongCard:
        raise Http404 from None


def typed_weights(post: QueryDict) -> dict[tuple[str, str], str]:
    """(line or rated, key of the item) → what was typed as its weight."""
    names = [name.removeprefix("item-") for name in post if name.startswith("item-")]
    return {
        (name.partition("-")[0], post.get(f"item-{name}", "")): post.get(f"weight-{name}", "")
        for name in names if f"weight-{name}" in post
    }  # fmt: skip


def draft_page(draft: CardVersion, typed: Mapping[tuple[str, str], str] | None = None) -> CardPage:
    """`typed`: weights that were refused; they still stand in their fields."""
    found = _draft_page(draft)
    items = [replace(one, weight=(typed or {}).get((one.place.partition("-")[0], one.key), one.weight))
             for one in found.items]  # fmt: skip
    return replace(found, items=items)


def _draft_page(draft: CardVersion) -> CardPage:
    try:
        card = card_of(draft, known_kpis())
    except WrongCard as error:
        return CardPage(DefaultCard(draft.role, 0, card=Card(())), (), wrong=error.text)
    page = card_page(card)
    met = effects.never_met(card, effects.months_kept(draft.role).complete) if page.sound else {}
    text = _("“%(kpi)s”: nobody met this target in the last three months (%(count)s values).")
    names = known_kpis()
    warnings = [text % {"kpi": wording.title(names[key]), "count": count} for key, count in met.items()]
    return CardPage(card, page.items, page.faults, page.parts, warnings=warnings)


def _item(card: DefaultCard, line: Line, number: int, faults: Mapping[int | None, list[str]]) -> ItemRow:
    kpi = card.known_kpis.get(line.kpi)
    found = faults.get(number, [])
    if kpi is None:
        return ItemRow(number, f"line-{number}", line.kpi, wording.plain(line.weight), "—", "", (), found, line.kpi)
    return ItemRow(
        number,
        f"line-{number}",
        wording.title(kpi),
        wording.plain(line.weight),
        rule_said(line, kpi),
        _target(card, line, kpi),
        _notes(card, line),
        found,
        line.kpi,
        details(card, line, kpi),
    )


def _target(card: DefaultCard, line: Line, kpi: Kpi) -> str:
    if line.kpi in card.by_person:
        return _("own part of the rooms' targets") if line.needs_target else ""
    if line.kpi in card.by_days:
        return _("the rooms' targets")
    if line.targets is not None:
        return _("by month or place")
    return "" if line.target is None else limit(kpi.unit, line.target)


def _notes(card: DefaultCard, line: Line) -> list[str]:
    """What else is said of an item."""
    found = []
    if line.section:
        section = next((one for one in card.card.sections if one.key == line.section), None)
        found.append(numbers.either(section.zh, section.en) or section.key if section else line.section)
    if line.newcomer is not None:
        found.append(_("eased for newcomers"))
    if line.variants:
        found.append(_("other for %(who)s") % {"who": ", ".join(one.key for one in line.variants)})
    if line.gives_to:
        found.append(_("weight moves where it is not applicable"))
    if line.raters:
        found.append(_("%(count)s kinds of raters") % {"count": len(line.raters)})
    return found


def _beside(card: DefaultCard) -> list[tuple[str, list[str]]]:
    """Sections, grades, gates, items outside the hundred, the team's part; only what there is."""
    parts, kpis = card.card, card.known_kpis

    def plain(number: wording.Exact) -> str:
        return wording.plain(number).replace("-", numbers.MINUS)

    def called(one: Any) -> str:
        return str(numbers.either(one.zh, one.en) or (wording.title(kpis[one.key]) if one.key in kpis else one.key))

    grades = {one.key: called(one) for one in parts.grades}
    found = [
        (_("Sections"), [f"{called(one)} {plain(one.weight)}" for one in parts.sections]),
        (_("Grades"), [_grade(called(one), one) for one in parts.grades]),
        (
            _("Gates"),
            [
                f"{called(one)} {'>' if one.start.after else '≥'} {plain(one.start.number)} → "
                f"{grades.get(one.grade, one.grade)}"
                for one in parts.gates
            ],
        ),
        (
            _("Bonus and deduction items"),
            [
                f"{called(one)} {plain(one.each)} ({plain(one.floor)}{numbers.DASH}{plain(one.cap)})"
                for one in parts.outside
            ],
        ),
        (_("Limits of them together"), _limits(parts)),
        (_("Team's coefficient"), [_team(card, parts.team)] if parts.team else []),
        (_("Items that wait"), [f"{one.title} {plain(one.weight)}" for one in card.later]),
    ]
    return [(name, said) for name, said in found if said]


def _limits(parts: Card) -> list[str]:
    """How much all items outside the hundred take off and add at most."""
    told = ((_("at least %(points)s"), parts.outside_floor), (_("at most %(points)s"), parts.outside_cap))
    return [
        text % {"points": wording.plain(limit).replace("-", numbers.MINUS)} for text, limit in told if limit is not None
    ]


def _team(card: DefaultCard, part: TeamPart) -> str:
    """The KPI, what it is held against, and the coefficient of each band."""
    kpi = card.known_kpis.get(part.kpi)

    def figure(number: Decimal | Fraction, *, share: bool) -> str:
        if share:
            return per_cent(Fraction(number))
        return str(number) if kpi is None else limit(kpi.unit, number)

    share = part.on is On.ATTAINMENT
    target = f" / {figure(part.target, share=False)}" if share and part.target is not None else ""
    bands = [
        f"{stretch_text(one, lambda edge: figure(edge, share=share))} × {wording.plain(one.points)}"
        for one in part.bands
    ]
    return f"{wording.title(kpi) if kpi else part.kpi}{target}: {', '.join(bands)}"


def _grade(name: str, one: Grade) -> str:
    """“A from 90 × 1.2”; with an edge of the other kind, or a said end, what lies between both."""
    coefficient = wording.plain(one.coefficient)
    if type(one) is Grade:
        start = "" if one.at_least is None else " " + _("from %(points)s") % {"points": wording.plain(one.at_least)}
        return f"{name}{start} × {coefficient}"
    return f"{name} {between(one.start, one.end, wording.plain)} × {coefficient}"


def rearranged(data: Mapping[str, Any], post: QueryDict) -> dict[str, Any]:
    """The draft with the weights that were typed, one item moved or taken out (`act`: up:line-3, remove:rated-1), or
    empty (clear).
    """
    if post.get("act") == "clear":
        return {name: said for name, said in data.items() if name in ("role", "version", "since")}
    found = {name: [dict(one) for one in data.get(name, [])] for name in ("line", "rated", "later")}
    for name, items in found.items():
        for place, item in enumerate(items, 1):
            typed = post.get(f"weight-{name}-{place}")
            if typed is not None:
                item["weight"] = PLAIN.read(typed, _("Weight")) or "0"
    act, _colon, at = post.get("act", "").partition(":")
    name, _dash, number = at.partition("-")
    items = found.get(name, [])
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 4 else -1
    if act and 0 <= place < len(items):
        if act == "remove":
            items.pop(place)
        elif act in ("up", "down"):
            other = place + (1 if act == "down" else -1)
            if 0 <= other < len(items):
                items[place], items[other] = items[other], items[place]
    return {**data, **found}


def card_parts(draft: CardVersion, typed: QueryDict | None = None) -> list[Part]:
    """Its tables as they are, or with what was typed."""
    kpis = known_kpis()
    parts = parts_of_card(draft.data, kpis, kpi_choices(kpis))
    return parts if typed is None else as_sent(parts, typed)
