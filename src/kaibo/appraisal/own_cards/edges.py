"""The two edges of a band or a condition as people write them: ≥ 60, < 45, > 35, ≤ 35.

In front of each number stands whether it belongs to the stretch; who types “≤ 35” into the number is understood too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.own_cards.fields import Choice, Column, Rows
from kaibo.appraisal.own_cards.scale import PLAIN, Scale

# the word of the card → the other one, and the column that says which
OTHER = {"at_least": "above", "below": "at_most"}
SIGN = {"at_least": "from", "below": "to"}
CHOICES: Mapping[str, tuple[Choice, Choice]] = {
    "at_least": (("", gettext_lazy("≥ at least")), ("above", gettext_lazy("> more than"))),
    "below": (("", gettext_lazy("< below")), ("at_most", gettext_lazy("≤ at most"))),
}
# what may stand before a number; longer ones first
TYPED = (
    (">=", "at_least", ""), ("≥", "at_least", ""), ("＞=", "at_least", ""), (">", "at_least", "above"),
    ("＞", "at_least", "above"), ("<=", "below", "at_most"), ("≤", "below", "at_most"), ("＜=", "below", "at_most"),
    ("<", "below", ""), ("＜", "below", ""),
)  # fmt: skip


def columns(scale: Scale, place: str = "") -> tuple[Column, ...]:
    """Both edges, each with its sign before it. `place`: which condition of a row it is."""
    labels = {"at_least": _("From"), "below": _("To")}
    found: list[Column] = []
    for name, label in labels.items():
        said = _("%(edge)s: does the number belong to it?") % {"edge": label}
        found.append(Column(f"{SIGN[name]}{place}", said, choices=CHOICES[name], joined=True))
        found.append(Column(f"{name}{place}", label, EdgeScale(scale.each, scale.sign, scale.clock)))
    return tuple(found)


class EdgeScale(Scale):
    """Numbers that may have a sign before them."""

    def read(self, text: str, name: str) -> str | None:
        _sign, number = split(text)
        return super().read(number, name)


def split(text: str) -> tuple[tuple[str, str] | None, str]:
    """The edge and the choice that a typed sign means, and the number behind it."""
    typed = text.strip()
    for sign, name, choice in TYPED:
        if typed.startswith(sign):
            return (name, choice), typed.removeprefix(sign).strip()
    return None, typed


def shown(said: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The cells of what a card says."""
    found: dict[str, Any] = {}
    for name, other in OTHER.items():
        if said.get(other) not in (None, ""):
            found |= {f"{SIGN[name]}{place}": other, f"{name}{place}": said[other]}
        elif said.get(name) not in (None, ""):
            found |= {f"{name}{place}": said[name]}
    return found


def banded(name: str, title: str, scale: Scale, points: str, said: Sequence[Mapping[str, Any]], hint: str) -> Rows:
    """A table of bands: the two edges, and what each band gives."""
    parts = (*columns(scale), Column("points", points, PLAIN))
    return Rows(name, title, parts, [{**shown(one), "points": one.get("points")} for one in said], hint)


def bands_from(rows: Rows, post: QueryDict) -> list[dict[str, Any]]:
    """The bands that were typed. Raises ValidationError."""
    typed, found = rows.typed_in(post), []
    for place, row in rows.placed(post):
        where = _("%(table)s, row %(row)s") % {"table": rows.title, "row": place + 1}
        points = {"points": row["points"]} if "points" in row else {}
        found.append({**read(typed[place], row, where), **points})
    return found


def read(typed: Mapping[str, str], numbers: Mapping[str, Any], where: str, place: str = "") -> dict[str, Any]:
    """The words of the card. `typed`: the cells as they were sent; `numbers`: what their numbers are.

    Raises ValidationError for a sign on the wrong side, and for one without a number.
    """
    found: dict[str, Any] = {}
    for name, other in OTHER.items():
        text, chosen = typed.get(f"{name}{place}", ""), typed.get(f"{SIGN[name]}{place}", "")
        sign, _number = split(text)
        if sign is not None and sign[0] != name:
            say = _("%(where)s: “%(text)s” stands on the wrong side. The smaller number is left, the larger one right.")
            raise ValidationError(say % {"where": where, "text": text[:40]})
        number = numbers.get(f"{name}{place}")
        if number in (None, ""):
            if chosen:
                say = _("%(where)s: “%(sign)s” stands there without a number. Write the number, or choose “%(usual)s”.")
                signs = dict(CHOICES[name])
                raise ValidationError(say % {"where": where, "sign": signs.get(chosen, chosen), "usual": signs[""]})
            continue
        found[other if (sign[1] if sign else chosen) == other else name] = number
    return found
