"""What changed between two versions of a card, item by item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.card_file import card_as_data
from kaibo.appraisal.own_cards.pages import ItemRow, card_page

KINDS = ("line", "rated")
# what stands in columns of its own, in words
IN_WORDS = ("weight", "target", "rule", "anchors")


@dataclass(frozen=True)
class Difference:
    """`state`: new, gone or changed. `rows`: (what, before, after), only what differs."""

    title: str
    state: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)


def differences(old: DefaultCard, new: DefaultCard) -> list[Difference]:
    """By item in the order of the new card, then what is gone, then what stands beside the items."""
    before, after = _items(old), _items(new)
    found = [_of_item(key, before.get(key), after.get(key)) for key in [*after, *(k for k in before if k not in after)]]
    told, now = dict(card_page(old).parts), dict(card_page(new).parts)
    for name in [*now, *(one for one in told if one not in now)]:
        if told.get(name) != now.get(name):
            was, is_ = (" · ".join(one.get(name, [])) for one in (told, now))
            state = "new" if name not in told else "gone" if name not in now else "changed"
            found.append(Difference(name, state, [("", was, is_)]))
    return [one for one in found if one is not None]


def _items(card: DefaultCard) -> dict[tuple[str, str], tuple[ItemRow, Mapping[str, Any]]]:
    data = card_as_data(card)
    rows = {one.place: one for one in card_page(card).items if one.place}
    found: dict[tuple[str, str], tuple[ItemRow, Mapping[str, Any]]] = {}
    for kind in KINDS:
        for place, said in enumerate(data.get(kind, []), 1):
            key = said.get("kpi") or said.get("key", "")
            # a second item on one KPI is held against the other card's second
            again = sum(1 for of, name in found if of == kind and name.partition("#")[0] == key)
            found[kind, f"{key}#{again + 1}" if again else key] = (rows[f"{kind}-{place}"], said)
    return found


def _of_item(
    key: tuple[str, str], before: tuple[ItemRow, Mapping[str, Any]] | None,
    after: tuple[ItemRow, Mapping[str, Any]] | None,
) -> Difference | None:  # fmt: skip
    if before is None or after is None:
        there = before or after
        assert there is not None  # noqa: S101 -- the key is of one of them
        state, row = ("new" if before is None else "gone"), there[0]
        sides = [(_("Weight"), row.weight), (_("Target"), row.target), (_("Points"), row.rule)]
        rows = [(name, "", text) if before is None else (name, text, "") for name, text in sides if text]
        return Difference(row.title, state, rows)
    (old, said), (new, now) = before, after
    rows = [
        (_("Weight"), old.weight, new.weight), (_("Target"), old.target, new.target), (_("Points"), old.rule, new.rule),
    ]  # fmt: skip
    rows = [row for row in rows if row[1] != row[2]]
    names = {
        "newcomer": _("Newcomers"), "variants": _("Other targets for some"), "route": _("Credited by"),
        "duty": _("Duty of the room"), "section": _("Section"), "not_applicable": _("Not applicable where"),
        "gives_to": _("Its weight then goes to"), "targets": _("Targets by month or place"), "raters": _("Raters"),
        "anchors": _("What the points mean"), "rule": _("Points"),
    }  # fmt: skip
    shown = {name for name, _was, _is in rows}
    for name in [*now, *(one for one in said if one not in now)]:
        if said.get(name) != now.get(name) and (name not in IN_WORDS or names.get(name, "") not in (shown | {""})):
            rows.append((str(names.get(name, name)), _text(said.get(name)), _text(now.get(name))))
    return Difference(new.title, "changed", rows) if rows else None


def _text(said: Any) -> str:
    """What a file says, without its signs."""
    if isinstance(said, Mapping):
        return ", ".join(f"{key} {_text(one)}" for key, one in said.items())
    if isinstance(said, list | tuple):
        return "; ".join(_text(one) for one in said)
    return "" if said is None else str(said)
