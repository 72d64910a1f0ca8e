"""A batch's rows as its page shows them: the first ones, and one with its redacted raw text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from kaibo.facts import reader
from kaibo.imports.mappings import source_of
from kaibo.imports.models import Batch
from kaibo.look.numbers import count, money, seconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# title rows and a header stand above the data
HEAD_ROWS = 40
FIRST = 10


@dataclass(frozen=True)
class Cell:
    """`text`: as the file says it, None where no column of the file says this; `shown`: as it was understood."""

    name: str
    text: str | None
    shown: str | None


@dataclass(frozen=True)
class FileRow:
    """`raw`: the file's own text of the kept columns; `facts`: what was read from it, a list per fact of the line."""

    line: int
    raw: Sequence[tuple[str, str]]
    facts: Sequence[Sequence[Cell]]


def first_rows(batch: Batch) -> list[FileRow]:
    """The first rows of the file that gave facts."""
    return _by_line(batch, range(1, HEAD_ROWS))[:FIRST]


def file_row(batch: Batch, line: int) -> FileRow | None:
    """One line of the file; None where it gave no fact."""
    found = _by_line(batch, [line])
    return found[0] if found else None


def facts_of(batch: Batch, wanted: Sequence[int]) -> list[dict[str, Any]]:
    """What was read from these lines of the file, as it is kept; none where the file is gone."""
    try:
        return reader.rows(Path(settings.FACTS_ROOT) / batch.folder, batch.table, wanted)
    except FileNotFoundError:
        return []


def _by_line(batch: Batch, wanted: Sequence[int]) -> list[FileRow]:
    facts = facts_of(batch, wanted)
    columns = titles_of(batch)
    lines: dict[int, list[dict[str, Any]]] = {}
    for fact in facts:
        lines.setdefault(fact["row"], []).append(fact)
    return [
        FileRow(line, _merged(same), [_cells(fact, columns) for fact in same]) for line, same in sorted(lines.items())
    ]


def titles_of(batch: Batch) -> dict[str, str]:
    """Field → what the file's column is called."""
    source = source_of(batch)
    if source is None:
        return {}
    titles = {column.field: column.name for column in source.columns if column.field}
    # what stands in two columns, a day and a time, goes by the first of them
    parts = {field.partition(":")[0]: name for field, name in reversed(titles.items()) if ":" in field}
    return parts | titles


def _raw(fact: dict[str, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in json.loads(fact.get("raw") or "{}").items()}


def _merged(facts: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """A line of a roster gives many facts, each with its own part of the text."""
    merged: dict[str, str] = {}
    for fact in facts:
        merged |= _raw(fact)
    return list(merged.items())


def _cells(fact: dict[str, Any], columns: dict[str, str]) -> list[Cell]:
    """The file's columns in their order, each with what was read from it; then what came from elsewhere."""
    read = {columns.get(name, name): shown(name, value, fact.get("currency") or "CNY") for name, value in _typed(fact)}
    raw = _raw(fact)
    return [Cell(name, text, read.get(name)) for name, text in raw.items()] + [
        Cell(name, None, shown) for name, shown in read.items() if name not in raw
    ]


def _typed(fact: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in fact.items() if name not in ("row", "raw") and value not in (None, "")]


def shown(name: str, value: Any, currency: str) -> str:
    """A fact's value as people write it."""
    if name.endswith("_minor"):
        return str(money(value, currency))
    if name == "mean_stay_ms":
        return str(seconds(value))
    if name.endswith("_ms"):
        return f"{timezone.localtime(EPOCH + timedelta(milliseconds=value)):%Y-%m-%d %H:%M:%S}"
    return str(count(value)) if isinstance(value, int) else str(value)
