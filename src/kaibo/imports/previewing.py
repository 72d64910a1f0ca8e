"""A reading as plain JSON, to be looked at before anything is imported."""

from collections.abc import Sequence
from typing import Any

from kaibo.imports.actions import HeldRow
from kaibo.imports.landing import instant, rejected_minor
from kaibo.imports.periods import Period
from kaibo.sources.reading import Column, Reading, Refused, Rejected

MOST_ROWS = 12
MOST_REJECTS = 50


def preview(reading: Reading, held: Sequence[HeldRow] = (), period: Period | None = None) -> dict[str, Any]:
    """What the preview page and `--json` show of a reading. `held`: rows that an importer could not use; `period`: the
    days that the file covers, where they are stated.
    """
    source = reading.source
    left_out: list[Rejected | HeldRow] = [*reading.rejects, *held]
    missing = set(reading.missing_columns)
    return {
        "source": source.key,
        "title": source.title,
        "table": source.table,
        "unlocks": source.unlocks,
        "more_tables": sorted(reading.more),
        "rows_seen": reading.rows_seen,
        "accepted": len(reading.facts),
        "rejected": len({reject.line for reject in reading.rejects}),
        "rejected_minor": rejected_minor(reading.rejects),
        "dropped_totals": reading.dropped_totals,
        "columns": [_column(column) for column in source.columns if column.name not in missing],
        "unknown_columns": list(reading.unknown_columns),
        "missing_columns": list(reading.missing_columns),
        # lists, because a database may sort the keys of an object
        "heads": (heads := list(dict.fromkeys(head for row in reading.sample[:MOST_ROWS] for head in row))),
        "sample": [[row.get(head, "") for head in heads] for row in reading.sample[:MOST_ROWS]],
        "held": len(held),
        "rejects": [reject_as_json(row) for row in left_out[:MOST_REJECTS]],
        "warnings": [warning.as_json() for warning in reading.warnings],
        "questions": list(reading.questions),
        "as_of": None if reading.as_of_ms is None else instant(reading.as_of_ms).isoformat(),
        "as_of_from": reading.as_of_from,
        "first": None if reading.first_instant_ms is None else instant(reading.first_instant_ms).isoformat(),
        "last": None if reading.last_instant_ms is None else instant(reading.last_instant_ms).isoformat(),
        "accounts": list(reading.accounts),
        "covers": [period.first.isoformat(), period.last.isoformat()] if period else [],
        "covers_from": period.said_by if period else "",
    }


def refusal(refused: Refused) -> dict[str, Any]:
    return {"refused": refused.message.as_json(), "todo": refused.todo.as_json()}


def reject_as_json(reject: Rejected | HeldRow) -> dict[str, Any]:
    return {
        "line": reject.line, "column": reject.column, "value": reject.value[:200],
        "reason": reject.reason.as_json(),
    }  # fmt: skip


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name, "field": column.field, "cell": column.cell.value, "seen": column.seen.value,
        "meaning": column.meaning, "private": column.private,
    }  # fmt: skip
