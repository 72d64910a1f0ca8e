"""What a computation read from the database, remembered beside its rows: what differs now must be computed again."""

import hashlib
import json
from ast import literal_eval
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from kaibo.kpi.inputs import MatchIn, MonthInputs, OutageIn, ShiftIn

FILE = "inputs.json"
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Remembered:
    """`marks`: field of the inputs → a mark of its value; `names`: person → name; the rest as lines, one for each."""

    marks: Mapping[str, str]
    names: Mapping[int, str]
    shifts: frozenset[str]
    outages: frozenset[str]
    matches: frozenset[str]
    batches: frozenset[str]

    def changed_tables(self, now: "Crew") -> set[str]:
        """Of the batches that came, went, or are said to be something else."""
        return {literal_eval(line)[1] for line in self.batches.symmetric_difference(now["batches"])}

    def changed_shifts(self, now: "Crew") -> list[ShiftIn]:
        """Each one that differs, as it was and as it is."""
        return [ShiftIn(*literal_eval(line)) for line in self.shifts.symmetric_difference(now["shifts"])]

    def changed_outages(self, now: "Crew") -> list[OutageIn]:
        return [OutageIn(*literal_eval(line)) for line in self.outages.symmetric_difference(now["outages"])]

    def changed_matches(self, now: "Crew") -> list[MatchIn]:
        return [MatchIn(*literal_eval(line)) for line in self.matches.symmetric_difference(now["matches"])]


Name = Literal["shifts", "outages", "matches", "batches"]
NAMES: tuple[Name, ...] = ("shifts", "outages", "matches", "batches")
# shifts, outages, decisions and batches, each as a line: thousands, that are written, marked and compared
Crew = Mapping[Name, list[str]]


def crew_of(inputs: MonthInputs) -> Crew:
    batches = [repr((b.id, b.table, b.as_of_ms, str(b.folder), b.platform, b.scope)) for b in inputs.batches]
    return {
        "shifts": _lines(inputs.shifts), "outages": _lines(inputs.outages), "matches": _lines(inputs.matches),
        "batches": batches,
    }  # fmt: skip


def marks(inputs: MonthInputs, crew: Crew | None = None) -> dict[str, str]:
    """A mark of every field: equal for equal values. `crew`: its lines, where they are made already."""
    made = {name: _mark(f"[{', '.join(lines)}]") for name, lines in (crew or crew_of(inputs)).items()}
    return made | {one.name: mark(getattr(inputs, one.name)) for one in fields(inputs) if one.name not in made}


def mark(value: Any) -> str:
    if isinstance(value, list | tuple) and value and is_dataclass(value[0]):
        value = _plain(value)
    return _mark(repr(value))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def remember(folder: Path, crew: Crew, names: Mapping[int, str], said: Mapping[str, str]) -> Path:
    """Beside the rows of a computation that was made from inputs with this crew. `said`: their marks."""
    path = folder / FILE
    path.write_text(json.dumps({"marks": said, "names": sorted(names.items()), **crew}), encoding="utf-8")
    return path


def remembered(folder: Path) -> Remembered | None:
    """None where nothing is, as of computations of before this was remembered."""
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        # earlier ones had lists
        lines = [frozenset(map(str.strip, said[name])) for name in NAMES]
        return Remembered(said["marks"], dict(said["names"]), *lines)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _lines(values: Iterable[Any]) -> list[str]:
    return list(map(repr, _plain(values)))


def _plain(values: Iterable[Any]) -> list[Values]:
    """Each one's fields, in order: dataclasses.astuple takes ten times as long for thousands of them."""
    every = list(values)
    if not every:
        return []
    get = attrgetter(*(one.name for one in fields(every[0])))
    return [get(one) for one in every]
