"""A batch as plain JSON, for the shell and the API."""

from typing import Any

from kaibo.imports.models import Batch, Reject
from kaibo.imports.periods import COVERING
from kaibo.imports.replacing import replacing
from kaibo.imports.retention import erasable_on
from kaibo.imports.rows import facts_of, file_row
from kaibo.imports.sentences import fill, say_all

MOST_REJECTS = 200


def batch_as_json(batch: Batch) -> dict[str, Any]:
    """What the list of batches shows. Instants are ISO 8601 in UTC; unknown is null."""
    when = {
        name: getattr(batch, name) for name in ("as_of", "imported_at", "first_instant", "last_instant", "erased_at")
    }
    return {
        "batch": batch.pk, "source": batch.source, "tables": batch.tables, "file": batch.file_name,
        "sha256": batch.sha256, "state": batch.state, "as_of_from": batch.as_of_from, "accepted": batch.accepted,
        "rejected": batch.rejected, "rejected_minor": batch.rejected_minor, "held": batch.held,
        "legal_hold": batch.legal_hold,
        **{name: at.isoformat() if at else None for name, at in when.items()},
        "covers": [day.isoformat() for day in batch.covers or ()] if batch.table in COVERING else None,
        "covers_from": batch.period_from or ("rows" if batch.table in COVERING and batch.covers else ""),
    }  # fmt: skip


def batch_in_full(batch: Batch) -> dict[str, Any]:
    """With its warnings, the first rejected rows, and what it replaced (null where that cannot be compared)."""
    rejects = [_reject(one) for one in batch.rejects.all()[:MOST_REJECTS]]
    erasable = erasable_on(batch)
    return batch_as_json(batch) | {
        "warnings": say_all(batch.warnings), "rejects": rejects, "replaced": _replaced(batch),
        "answers": batch.answers, "erasable_on": erasable.isoformat() if erasable else None,
    }  # fmt: skip


def row_in_full(batch: Batch, line: int) -> dict[str, Any] | None:
    """One line of the file: `text` as it stood there, `facts` as they were read (fields of `table`), why it was left
    out. None where the file has no such line, or none that was kept.
    """
    rejects = [_reject(one) for one in batch.rejects.filter(line=line)]
    found = file_row(batch, line)
    if found is None and not rejects:
        return None
    read = facts_of(batch, [line])
    facts = [{name: value for name, value in fact.items() if name not in ("row", "raw")} for fact in read]
    return {
        "batch": batch.pk, "file": batch.file_name, "row": line, "table": batch.table,
        "text": dict(found.raw) if found else {}, "facts": facts, "rejects": rejects,
    }  # fmt: skip


def _reject(one: Reject) -> dict[str, Any]:
    return {
        "line": one.line, "column": one.column, "value": one.value, "reason": fill(one.reason, one.values),
        "held": one.held,
    }  # fmt: skip


def _replaced(batch: Batch) -> dict[str, Any] | None:
    try:
        made = replacing(batch)
    except FileNotFoundError:
        return None
    if made is None:
        return None
    found = made.found
    return {
        "counting": found.counting, "beaten": found.beaten, "rows": found.rows, "same": found.same,
        "changed": found.changed, "gone": found.gone,
        "batches": {str(pk): rows for pk, rows in found.replaced.items()},
        "fields": [
            {"name": one.name, "rows": one.rows, "before": one.before, "after": one.after} for one in made.fields
        ],
    }  # fmt: skip
