"""The bundle of a closed month: a folder from which its numbers can be computed again, and nothing else is needed.

    manifest.json           what is in it, with the SHA-256 of each part; its own SHA-256 is the snapshot's name
    inputs.jsonl            kpi.inputs.MonthInputs, one line a value: {"field": …, "value": …}
    segments, facts, credits, values .jsonl     what was computed
    crowds.jsonl            what the events of each session came to: counts, and no viewer
    carried.jsonl plan.jsonl                    credit that other closed months give to its days; its planned shifts
    context.json            targets, days covered by imports, N of T+N
    kpis.jsonl cards.json   the definitions by which it was made
    words.json              what they were called, in each language
    records/<table>.jsonl   the rows of the database it rests on, for reading
    facts/<batch>/…         the files of the batches; rows.parquet: where each of their rows went

Every JSON is canonical (kpi.canonical). Facts are hard links where the disk can, so a bundle costs little. Files that
hold viewers' rows are named with their hash and not kept: the rule that erases them reaches closed months too.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from django.conf import settings

from kaibo.facts.linking import link
from kaibo.facts.schema import EVENT
from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.inputs import BatchIn, MonthInputs

FORMAT = 1
MANIFEST = "manifest.json"
FACTS = "facts"
# what bundles did not have from the beginning: the month had none of it, or nobody counted it
LATER = ("direct", "crowds", "carried_facts")
# tables with a row for each viewer: erased by rule, and never copied
OF_VIEWERS = (EVENT,)
BLOCK = 1024 * 1024


class BadBundle(Exception):
    """The folder is no bundle, or a part of it cannot be read; says which part and why."""


@dataclass(frozen=True)
class Part:
    """`missing`: named in the manifest, and kept nowhere on purpose."""

    name: str
    sha256: str
    bytes: int
    missing: bool = False


def closed_root() -> Path:
    """Where each closing has its bundle."""
    return Path(settings.FACTS_ROOT) / "closed"


def sha256_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


class Writer:
    """Writes a bundle into a new folder; `finish` gives the snapshot's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: list[Part] = []
        folder.mkdir(parents=True)

    def lines(self, name: str, rows: Iterable[Any]) -> int:
        """One canonical line for each row, in the order given; how many."""
        path = self.folder / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        count = 0
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(dumps(plain(row)) + "\n")
                count += 1
        self._add(path)
        return count

    def value(self, name: str, value: Any) -> None:
        path = self.folder / f"{name}.json"
        path.write_text(dumps(plain(value)) + "\n", encoding="utf-8", newline="\n")
        self._add(path)

    def file(self, name: str, source: Path, *, keep: bool = True) -> None:
        """A file as it is, as a hard link where the disk can."""
        if not keep:
            self.parts.append(Part(name, sha256_of(source), source.stat().st_size, missing=True))
            return
        link(source, self.folder / name)
        self._add(self.folder / name)

    def inputs(self, inputs: MonthInputs) -> None:
        """The inputs with the files of their batches."""
        kept = []
        for batch in inputs.batches:
            inside = Path(FACTS) / batch.folder.name
            name = f"{inside}/{batch.table}.parquet"
            if all(part.name != name for part in self.parts):
                self.file(name, batch.folder / f"{batch.table}.parquet", keep=batch.table not in OF_VIEWERS)
            kept.append(replace(batch, folder=inside))
        self.lines("inputs", told(replace(inputs, batches=kept)))

    def finish(self, about: Mapping[str, Any]) -> str:
        """Write the manifest and make sure that all of it is on the disk."""
        parts = sorted(self.parts, key=lambda part: part.name)
        path = self.folder / MANIFEST
        path.write_text(
            dumps(plain({"format": FORMAT, **about, "parts": parts})) + "\n", encoding="utf-8", newline="\n"
        )
        for one in [path, *(self.folder / part.name for part in parts if not part.missing), self.folder]:
            handle = os.open(one, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return sha256_of(path)

    def _add(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        self.parts.append(Part(name, sha256_of(path), path.stat().st_size))


def told(inputs: MonthInputs) -> Iterator[dict[str, Any]]:
    """One line for each value of a field with many, one for each other field; whatever fields there are."""
    hints = get_type_hints(MonthInputs)
    for field in fields(inputs):
        value = getattr(inputs, field.name)
        if _is_many(hints[field.name]):
            yield from ({"field": field.name, "value": one} for one in value)
        else:
            yield {"field": field.name, "value": value}


def _is_many(hint: Any) -> bool:
    return get_origin(hint) is Sequence


class Bundle:
    """A bundle as it lies there: every part is read only when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._manifest = (folder / MANIFEST).read_bytes()
            self.about: dict[str, Any] = json.loads(self._manifest)
            self.parts = [Part(**part) for part in self.about["parts"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadBundle(f"{folder / MANIFEST}: {error}") from error
        if self.about.get("format") != FORMAT:
            wrote = (
                f"format {self.about.get('format')}, written by Kaibo {self.about.get('kaibo', '?')}, is not known here"
            )
            raise BadBundle(
                f"{folder / MANIFEST}: {wrote}; this one reads format {FORMAT}: check it with the Kaibo that wrote it"
            )

    @property
    def snapshot(self) -> str:
        return hashlib.sha256(self._manifest).hexdigest()

    @property
    def month(self) -> str:
        return str(self.about["month"])

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def has(self, name: str) -> bool:
        return self.part(f"{name}.jsonl") is not None

    def damaged(self) -> Iterator[tuple[Part, str]]:
        """Each part whose bytes are not those of the manifest, with the hash found; "" where it is not there."""
        for part in self.parts:
            path = self.folder / part.name
            if part.missing:
                continue
            found = sha256_of(path) if path.is_file() else ""
            if found != part.sha256:
                yield part, found

    def unknown(self) -> list[str]:
        """Files in the folder that the manifest does not name."""
        known = {part.name for part in self.parts} | {MANIFEST}
        files = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in files if name not in known)

    def lines(self, name: str) -> Iterator[Any]:
        """Nothing for a part that the bundle is too old to have."""
        if name in LATER and not self.has(name):
            return
        path = self.folder / f"{name}.jsonl"
        try:
            with path.open(encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise BadBundle(f"{path.name}, line {number}: {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise BadBundle(f"{path.name}: {error}") from error

    def value(self, name: str) -> Any:
        path = self.folder / f"{name}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadBundle(f"{path.name}: {error}") from error

    def inputs(self) -> MonthInputs:
        """The inputs, with the folders of their batches as they lie here."""
        hints = get_type_hints(MonthInputs)
        found: dict[str, Any] = {name: [] for name, hint in hints.items() if _is_many(hint)}
        try:
            for line in self.lines("inputs"):
                name, value = line["field"], line["value"]
                if name in found and isinstance(found[name], list):
                    found[name].append(value)
                else:
                    found[name] = value
            inputs = restored(MonthInputs, found)
        except (KeyError, TypeError, ValueError) as error:
            raise BadBundle(f"inputs.jsonl: {error}") from error
        return replace(inputs, batches=[self._here(batch) for batch in inputs.batches])

    def _here(self, batch: BatchIn) -> BatchIn:
        inside = self.part(f"{batch.folder.as_posix()}/{batch.table}.parquet")
        if inside and inside.missing:
            return replace(batch, folder=Path(settings.FACTS_ROOT) / batch.folder.name)
        return replace(batch, folder=self.folder / batch.folder)
