"""Fields and small tables of a form of cards: what a card says as people write it, and back from what was typed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards.scale import Scale

Choice = tuple[str, str | Promise]
# empty rows to write in
SPARE = 3


@dataclass(frozen=True)
class Field:
    """`kind`: text, select, many or fixed. `sign`: what stands behind the number. `shows`: choosing
    shows other fields of the form. `groups`: key of a choice → under which heading it stands.

    A select offers what the card says even where the list does not know it, so that saving keeps it.
    """

    name: str
    label: str
    value: Any = ""
    kind: str = "text"
    choices: Sequence[Choice] = ()
    hint: str = ""
    sign: str = ""
    shows: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind in ("select", "many"):
            said = self.value if self.kind == "many" else [self.value]
            known = {key for key, _text in self.choices}
            more = [(one, one) for one in said if one not in known and one != ""]
            object.__setattr__(self, "choices", [*self.choices, *more])

    @property
    def grouped(self) -> list[tuple[str, list[Choice]]]:
        """The choices under their headings, as each heading comes first; those without one at the beginning."""
        found: dict[str, list[Choice]] = {"": []}
        for choice in self.choices:
            found.setdefault(self.groups.get(choice[0], ""), []).append(choice)
        return list(found.items())


@dataclass(frozen=True)
class Column:
    """`joined`: it stands in the cell of the next one, as ≥ before its number."""

    name: str
    label: str
    scale: Scale | None = None
    choices: Sequence[Choice] = ()
    joined: bool = False

    @property
    def heading(self) -> str:
        sign = self.scale.sign if self.scale else ""
        return f"{self.label} ({sign})" if sign else self.label


@dataclass(frozen=True)
class Cell:
    """What stands together in one cell of a table; `label`: what its column is called."""

    label: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Rows:
    """A table of inputs named `name-row-column`; empty rows mean nothing. `typed`: its cells as they were typed."""

    name: str
    title: str
    columns: Sequence[Column]
    said: Sequence[Mapping[str, Any]] = field(default_factory=list)
    hint: str = ""
    typed: Sequence[Mapping[str, str]] | None = None

    def shown(self) -> list[tuple[int, list[Cell]]]:
        """What is there, and a few empty rows to write in."""
        rows = [*(self.said if self.typed is None else self.typed), *({} for _spare in range(SPARE))]
        return [(place + 1, self._cells(place, row)) for place, row in enumerate(rows)]

    def _cells(self, place: int, row: Mapping[str, Any]) -> list[Cell]:
        found, fields = [], []
        for column in self.columns:
            fields.append(self._cell(place, column, row))
            if not column.joined:
                found.append(Cell(column.heading, fields))
                fields = []
        return found

    def _cell(self, place: int, column: Column, row: Mapping[str, Any]) -> Field:
        value = row.get(column.name, "")
        if column.scale and self.typed is None:
            value = column.scale.written(value)
        return Field(
            f"{self.name}-{place}-{column.name}", f"{column.label} {place + 1}", value,
            "select" if column.choices else "text", column.choices, sign=column.scale.sign if column.scale else "",
        )  # fmt: skip

    def typed_in(self, post: QueryDict) -> list[dict[str, str]]:
        """Every row as it was sent, empty ones too."""
        found: list[dict[str, str]] = []
        for place in count():
            cells = {c.name: post.get(f"{self.name}-{place}-{c.name}") for c in self.columns}
            if all(cell is None for cell in cells.values()):
                return found
            found.append({name: (cell or "").strip() for name, cell in cells.items()})
        return found

    def read(self, post: QueryDict) -> list[dict[str, Any]]:
        """The rows that say anything. Raises ValidationError for what is no number, naming column and row."""
        return [row for _place, row in self.placed(post)]

    def placed(self, post: QueryDict) -> list[tuple[int, dict[str, Any]]]:
        """The same with the place that each has in the form, from 0."""
        rows = enumerate(self.typed_in(post))
        return [(place, self._row(place, typed)) for place, typed in rows if any(typed.values())]

    def _row(self, place: int, typed: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for c in self.columns:
            named = _("%(table)s, row %(row)s, %(column)s")
            values = {"table": self.title, "row": place + 1, "column": c.label}
            said = c.scale.read(typed[c.name], named % values) if c.scale else typed[c.name]
            if said not in (None, ""):
                found[c.name] = said
        return found


Part = Field | Rows


def as_typed(parts: Iterable[Part], post: QueryDict) -> list[Part]:
    """The same fields with what was typed in them, so that a refused form loses nothing."""
    return [_as_typed(part, post) for part in parts]


def _as_typed(part: Part, post: QueryDict) -> Part:
    if isinstance(part, Rows):
        rows = part.typed_in(post)
        # who asks for more rows of this table before writing in it keeps those that are empty
        while post.get("show") != f"rows-{part.name}" and rows and not any(rows[-1].values()):
            rows.pop()
        return replace(part, typed=rows)
    if part.kind == "many":
        return replace(part, value=post.getlist(part.name))
    return replace(part, value=post.get(part.name, part.value))


def shown(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Fields side by side, tables on their own."""
    found: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, Rows):
            found.append({"rows": part, "shown": part.shown()})
        elif found and "fields" in found[-1]:
            found[-1]["fields"].append(part)
        else:
            found.append({"fields": [part]})
    return found
