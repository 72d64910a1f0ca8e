"""The two edges of a band or a condition as people write them: ≥ 60, < 45, > 35, ≤ 35.

In front of each number stands whether it belongs to the stretch; who types “≤ 35” or “60以下（含60）” into the number,
as published tables say it, is understood too.
"""

import re
from collections.abc import Collection, Mapping, Sequence
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
# the same in words. 以上 and 以下 alone are said both ways, so nothing is guessed of them
IN_WORDS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("不低于", "不少于", "至少"), ("at_least", "")),
    **dict.fromkeys(("超过", "高于", "大于", "多于"), ("at_least", "above")),
    **dict.fromkeys(("不超过", "不高于", "不大于", "至多"), ("below", "at_most")),
    **dict.fromkeys(("低于", "小于", "少于", "不到", "不足"), ("below", "")),
}
NUMBER = r"(?P<number>-?\d[\d.,:%]*)(?:分|次)?"
BEFORE = re.compile(f"(?P<word>{'|'.join(sorted(IN_WORDS, key=len, reverse=True))}){NUMBER}")
BEHIND = re.compile(rf"{NUMBER}(?P<mid>及|\(不?含\))?(?P<side>以上|以下)(?P<end>\(不?含[^()]*\))?")


def columns(scale: Scale, place: str = "", labels: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """Both edges, each with its sign before it. `place`: which condition of a row it is; `labels`: those there are."""
    found: list[Column] = []
    for name, label in (labels or {"at_least": _("From"), "below": _("To")}).items():
        said = _("%(edge)s: does the number belong to it?") % {"edge": label}
        found.append(Column(f"{SIGN[name]}{place}", said, choices=CHOICES[name], joined=True))
        found.append(Column(f"{name}{place}", label, EdgeScale(scale.each, scale.sign, scale.clock)))
    return tuple(found)


class EdgeScale(Scale):
    """Numbers that may have a sign before them."""

    def read(self, text: str, name: str) -> str | None:
        sign, number = split(text)
        if sign is None and (open_ := BEHIND.fullmatch(_narrow(text))):
            say = _(
                "%(name)s: “%(text)s” does not say whether %(number)s itself belongs to it. "
                "Write ≥, >, ≤ or < before the number."
            )
            raise ValidationError(say % {"name": name, "text": text.strip()[:40], "number": open_["number"]})
        return super().read(number, name)


def split(text: str) -> tuple[tuple[str, str] | None, str]:
    """The edge and the choice that a typed sign means, and the number behind it."""
    typed = text.strip()
    for sign, name, choice in TYPED:
        if typed.startswith(sign):
            return (name, choice), typed.removeprefix(sign).strip()
    words = _narrow(typed)
    if said := BEFORE.fullmatch(words):
        return IN_WORDS[said["word"]], said["number"]
    if (said := BEHIND.fullmatch(words)) and (told := said["mid"] or said["end"]):
        inside, lower = "不" not in told, said["side"] == "以上"
        return (("at_least", "" if inside else "above") if lower else ("below", "at_most" if inside else "")), said[
            "number"
        ]
    return None, typed


def _narrow(text: str) -> str:
    return re.sub(r"\s+", "", text).translate(str.maketrans("（），：％", "(),:%"))


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


def rows_from(rows: Rows, post: QueryDict) -> list[dict[str, Any]]:
    """The rows that were typed, their edges in the words of the card. Raises ValidationError."""
    typed, found = rows.typed_in(post), []
    here = [name for name in OTHER if any(column.name == name for column in rows.columns)]
    for place, row in rows.placed(post):
        where = _("%(table)s, row %(row)s") % {"table": rows.title, "row": place + 1}
        said = {name: cell for name, cell in row.items() if name not in (*OTHER, *SIGN.values())}
        found.append({**read(typed[place], row, where, sides=here), **said})
    return found


def read(
    typed: Mapping[str, str], numbers: Mapping[str, Any], where: str, place: str = "", sides: Collection[str] = OTHER
) -> dict[str, Any]:
    """The words of the card. `typed`: the cells as they were sent; `numbers`: what their numbers are; `sides`: the
    edges that there are.

    Raises ValidationError for a sign on the wrong side, and for one without a number.
    """
    found: dict[str, Any] = {}
    for name, other in OTHER.items():
        text, chosen = typed.get(f"{name}{place}", ""), typed.get(f"{SIGN[name]}{place}", "")
        sign, _number = split(text)
        if sign is not None and sign[0] != name and sign[0] not in sides:
            say = _("%(where)s: “%(text)s” counts down. It counts from a number on: write ≥ or > before it.")
            raise ValidationError(say % {"where": where, "text": text[:40]})
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
