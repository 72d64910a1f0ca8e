"""A scorecard as it is handed on: on paper (PDF) and as a workbook. What can be read in again is the TOML file."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.own_cards.pages import CardPage, ItemRow, card_page
from kaibo.look import numbers
from kaibo.look.printing.document import Cell, Column, Document, Entries, Entry, Table
from kaibo.measurement.exports import xlsx


def document(card: DefaultCard, *, in_use: bool, replaced_by: DefaultCard | None = None) -> Document:
    """Every item with its rule in words and its anchors, and what stands beside the items."""
    page = card_page(card)
    columns = [
        Column("#", 1, number=True), Column(_("Item"), 6), Column(_("Weight"), 2, number=True), Column(_("Target"), 4),
        Column(_("Points"), 8),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [
            str(one.number), Cell(one.title, one.notes), one.weight, "" if anchors else one.target or numbers.MISSING,
            Cell(one.rule, [*anchors, *one.details]),
        ]
        for one, anchors in _items(card, page)
    ]  # fmt: skip
    beside = [Entry(name, "\n".join(said)) for name, said in page.parts]
    facts = [_since(card, replaced_by)] + ([] if in_use else [_("not in use this month")])
    return Document(
        _("Scorecard: %(name)s v%(version)s") % {"name": card.title, "version": card.version},
        facts,
        [
            Table(_("Items"), columns, rows, ("", _("Together"), page.weight, "", "")),
            *([Entries(_("Beside the items"), beside)] if beside else []),
        ],
        _("Printed %(day)s.") % {"day": f"{timezone.localdate():%Y-%m-%d}"},
        warning=_("The card contradicts itself: nobody is scored by it.") if card.faults else "",
    )


def workbook(card: DefaultCard, name: str) -> HttpResponse:
    """One sheet: the items, and below them every other part of the card, each row saying which it is."""
    head = [_("Part"), "#", _("Item"), _("Weight"), _("Target"), _("Points"), _("Notes")]
    title = f"{card.title} v{card.version}"
    return xlsx(name, "".join(" " if one in "[]:*?/\\'" else one for one in title), head, _rows(card))


def _rows(card: DefaultCard) -> Iterator[Sequence[Any]]:
    page = card_page(card)
    stop = "；" if numbers.in_chinese() else "; "
    for one, anchors in _items(card, page):
        target, rule = "" if anchors else one.target, "\n".join((one.rule, *anchors, *one.details))
        yield [_("Items"), one.number, one.title, Decimal(one.weight), target, rule, stop.join(one.notes)]
    yield [_("Together"), None, None, Decimal(page.weight)]
    for name, said in page.parts:
        for text in said:
            yield [name, None, text]


def _items(card: DefaultCard, page: CardPage) -> list[tuple[ItemRow, list[str]]]:
    """Each item with its anchors in words: “10: …”, the highest first; none of what a rule scores."""
    anchors = {
        f"rated-{number}": [
            f"{wording.plain(one.points)}: {wording.anchor_text(one)}"
            for one in sorted(rated.anchors, key=lambda anchor: -anchor.points)
        ]
        for number, rated in enumerate(card.rated, 1)
    }
    return [(one, anchors.get(one.place, [])) for one in page.items]


def _since(card: DefaultCard, replaced_by: DefaultCard | None) -> str:
    if replaced_by is not None:
        return _("Counts in no month: v%(version)s took its place") % {"version": replaced_by.version}
    if card.since is None:
        return _("Counts from the beginning")
    return _("Counts from %(month)s on") % {"month": numbers.month(card.since)}
