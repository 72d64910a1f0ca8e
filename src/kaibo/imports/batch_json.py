"""A batch as plain JSON, for the shell and the API."""

from typing import Any

from kaibo.imports.models import Batch
from kaibo.imports.replacing import replacing
from kaibo.imports.retention import erasable_on
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
    }  # fmt: skip


def batch_in_full(batch: Batch) -> dict[str, Any]:
    """With its warnings, the first rejected rows, and what it replaced (null where that cannot be compared)."""
    rejects = [
        {"line": r.line, "column": r.column, "value": r.value, "reason": fill(r.reason, r.values), "held": r.held}
        for r in batch.rejects.all()[:MOST_REJECTS]
    ]
    erasable = erasable_on(batch)
    return batch_as_json(batch) | {
        "warnings": say_all(batch.warnings), "rejects": rejects, "replaced": _replaced(batch),
        "answers": batch.answers, "erasable_on": erasable.isoformat() if erasable else None,
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
