"""What the duty matrix reads from its pages: a grid of letters, and one process."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaibo.look.ids import id_of
from kaibo.org.actions.duties import RowChange
from kaibo.org.matrix import Matrix, Row
from kaibo.org.models import Letters, Position, Process, ProcessPart

SPELLINGS = {"RA": "AR", "A/R": "AR", "R/A": "AR"}


@dataclass(frozen=True)
class Cell:
    """One input of the grid. `wrong`: it holds what is no part."""

    position: Position
    name: str
    letters: str
    wrong: bool = False


@dataclass(frozen=True)
class TypedRow:
    row: Row
    cells: list[Cell]
    seen: str
    before: str


class Grid:
    """The matrix as a form: what is shown, or what was typed into it."""

    def __init__(self, matrix: Matrix, data: Mapping[str, str] | None = None) -> None:
        self.rows = [self._row(row, data) for row in matrix.rows]

    @staticmethod
    def _row(row: Row, data: Mapping[str, str] | None) -> TypedRow:
        pk, cells = row.process.pk, []
        for position, letters in row.cells:
            name = f"c{pk}-{position.pk}"
            typed = letters if data is None or name not in data else _read(data[name])
            cells.append(Cell(position, name, typed, bool(typed) and typed not in Letters.values))
        seen, before = str(row.process.version), row.before
        if data is not None:
            seen, before = data.get(f"s{pk}", seen), data.get(f"b{pk}", before)
        return TypedRow(row, cells, seen, before)

    @property
    def wrong(self) -> list[str]:
        """What is no part, with its place."""
        text = gettext("%(process)s, %(position)s: “%(letters)s” is no part. Use R, A, AR, C or I.")
        return [
            text % {"process": one.row.process.title, "position": cell.position.title, "letters": cell.letters}
            for one in self.rows for cell in one.cells if cell.wrong
        ]  # fmt: skip

    def changes(self) -> list[RowChange]:
        """Only what the editor changed since it was shown: what somebody else changed beside it stays."""
        found = []
        for one in self.rows:
            before = dict(part.split(":", 1) for part in one.before.split(";") if ":" in part)
            typed = {
                cell.position: cell.letters
                for cell in one.cells
                if cell.letters != before.get(str(cell.position.pk), "")
            }
            if typed:
                found.append(RowChange(one.row.process, typed, id_of(one.seen)))
        return found


def _read(text: str) -> str:
    said = unicodedata.normalize("NFKC", text).replace(" ", "").upper()[:4]
    return SPELLINGS.get(said, said)


class ProcessForm(forms.Form):
    """A process in both languages, and each position's part in it."""

    name = forms.CharField(max_length=60, label=_("Name of the process"))
    name_en = forms.CharField(max_length=60, required=False, label=_("English name"))
    purpose = forms.CharField(max_length=300, required=False, label=_("What it is"))
    purpose_en = forms.CharField(max_length=300, required=False, label=_("What it is, in English"))
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, positions: list[Position], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.positions = positions
        choices = [("", "—"), *((one.value, f"{one.value} · {one.label}") for one in Letters)]
        for position in positions:
            self.fields[f"p{position.pk}"] = forms.ChoiceField(
                choices=choices, required=False, label=position.title
            )  # fmt: skip

    @property
    def parts(self) -> list[forms.BoundField]:
        return [self[f"p{position.pk}"] for position in self.positions]

    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "name_en", "purpose", "purpose_en")}

    def letters(self) -> dict[Position, str]:
        return {one: self.cleaned_data[f"p{one.pk}"] for one in self.positions}


def process_initial(process: Process) -> dict[str, Any]:
    """What the form begins with."""
    said: dict[str, Any] = {
        "name": process.name, "name_en": process.name_en, "purpose": process.purpose,
        "purpose_en": process.purpose_en, "seen": process.version,
    }  # fmt: skip
    parts = ProcessPart.objects.filter(process=process).values_list("position", "letters")
    return said | {f"p{position}": letters for position, letters in parts}
