"""Keys that nobody has to think of, and names instead of keys: what people type means the key it stands for."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import By
from kaibo.live.models import Account
from kaibo.look.numbers import either
from kaibo.org.models import Level
from kaibo.org.work_models import Stage

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST = 32
LANGUAGES = ("zh-hans", "en")


def key_of(typed: str, english: str, kind: str, taken: Collection[str]) -> str:
    """The key that was typed, else one made of the English name, else kind_1, kind_2 …; none that is taken.

    Raises ValidationError for a typed one that no address can hold.
    """
    if typed:
        if not KEY.fullmatch(typed):
            text = _(
                "“%(key)s”: a key holds letters a–z, digits and _ only, 40 at most. Leave it empty to have one made."
            )
            raise ValidationError(text % {"key": typed[:40]})
        return typed
    made = re.sub(r"[^a-z0-9]+", "_", english.lower()).strip("_")[:LONGEST].strip("_")
    if made and made not in taken:
        return made
    start = made or kind
    return next(one for n in range(1 if not made else 2, len(taken) + 3) if (one := f"{start}_{n}") not in taken)


def counted_choices(
    data: Mapping[str, Any], kpis: Mapping[str, Kpi], titles: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What gates and items outside the hundred may count: what a person notes, on this card or anew, or a KPI."""
    own = {
        one["key"]: either(one.get("zh", ""), one.get("en", "")) or one["key"]
        for name in ("outside", "gate") for one in data.get(name, []) if one["key"] not in kpis
    }  # fmt: skip
    counts = [key for key, kpi in kpis.items() if kpi.unit is Unit.COUNT and not kpi.denominator]
    noted = [(key, _("Noted by a person: %(what)s") % {"what": what}) for key, what in own.items()]
    return [
        ("", _("Noted by a person")), *noted,
        *sorted(((key, titles[key]) for key in counts), key=lambda one: one[1]),
    ]  # fmt: skip


def grade_of(typed: str, grades: Iterable[Mapping[str, Any]]) -> str:
    """The key of the grade that is called so."""
    found = list(grades)
    for name in ("key", "zh", "en"):
        for one in found:
            if one.get(name) == typed:
                return str(one["key"])
    return typed


def places_called(by: str) -> dict[str, str]:
    """Everything that a figure or a variant can hang on → what it is called; empty for what anybody may name anew."""
    if by == By.ROOM_AGE:
        return {"new": _("New rooms"), "mature": _("Mature rooms")}
    of: Mapping[str, Any] = {By.LEVEL: Level, By.STAGE: Stage}
    return {one.value: str(one.label) for one in of[by]} if by in of else {}


class Places:
    """Keys and names of everything a table hangs on; a query for rooms, however many rows it has."""

    def __init__(self) -> None:
        self._known: dict[str, list[dict[str, str]]] = {}

    def _of(self, by: str) -> list[dict[str, str]]:
        """In each language."""
        if by not in self._known:
            if by == By.ROOM:
                self._known[by] = [{f"{one.platform}:{one.handle}": one.name for one in Account.objects.all()}]
            else:
                self._known[by] = [_in(language, by) for language in LANGUAGES]
        return self._known[by]

    def key(self, by: str, typed: str) -> str:
        """The key of what was typed: a key, or what one thing is called in either language."""
        for known in self._of(by) if by and typed else ():
            called = [key for key, name in known.items() if name == typed]
            if typed not in known and len(called) == 1:
                return called[0]
        return typed

    def name(self, by: str, key: str) -> str:
        """中层 for middle; the key itself where the name would mean something else, and of rooms."""
        name = places_called(by).get(key, key)
        return name if self.key(by, name) == key else key


def _in(language: str, by: str) -> dict[str, str]:
    with override(language):
        return places_called(by)
