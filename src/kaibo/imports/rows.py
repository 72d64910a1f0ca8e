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
from kaibo.imports.models import Batch
from kaibo.look.numbers import count, money

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# title rows and a header stand above the data
HEAD_ROWS = 40
FIRST = 10


@dataclass(frozen=True)
class FileRow:
    """`raw`: the file's own text of the kept columns; `facts`: what was read from it, a list per fact of the line."""

    line: int
    raw: Sequence[tuple[str, str]]
    facts: Sequence[Sequence[tuple[str, str]]]


def first_rows(batch: Batch) -> list[FileRow]:
    """The first rows of the file that gave facts."""
    return _by_line(_facts(batch, range(1, HEAD_ROWS)))[:FIRST]


def file_row(batch: Batch, line: int) -> FileRow | None:
    """One line of the file; None where it gave no fact."""
    found = _by_line(_facts(batch, [line]))
    return found[0] if found else None


def _facts(batch: Batch, lines: Sequence[int]) -> list[dict[str, Any]]:
    try:
        return reader.rows(Path(settings.FACTS_ROOT) / batch.folder, batch.table, lines)
    except FileNotFoundError:
        return []


def _by_line(facts: Sequence[dict[str, Any]]) -> list[FileRow]:
    lines: dict[int, list[dict[str, Any]]] = {}
    for fact in facts:
        lines.setdefault(fact["row"], []).append(fact)
    return [
        FileRow(line, _raw(same[0]), [[(k, _shown(k, v, fact)) for k, v in _typed(fact)] for fact in same])
        for line, same in sorted(lines.items())
    ]


def _raw(fact: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(name), str(text)) for name, text in json.loads(fact.get("raw") or "{}").items()]


def _typed(fact: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in fact.items() if name not in ("row", "raw") and value is not None]


def _shown(name: str, value: Any, fact: dict[str, Any]) -> str:
    if name.endswith("_minor"):
        return str(money(value, fact.get("currency") or "CNY"))
    if name.endswith("_ms") and name != "mean_stay_ms":
        return f"{timezone.localtime(EPOCH + timedelta(milliseconds=value)):%Y-%m-%d %H:%M:%S}"
    return str(count(value)) if isinstance(value, int) else str(value)
