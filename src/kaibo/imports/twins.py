"""The same file once more: which batch is made of it already, and what to say then."""

import hashlib
from typing import Any

from kaibo.imports.models import Batch, BatchState
from kaibo.imports.periods import Period
from kaibo.message import Message


def in_use(sha256: str) -> Batch | None:
    """The visible batch made of this very file, if any."""
    return Batch.objects.filter(sha256=sha256, state=BatchState.VISIBLE).first()


def statement(sha256: str, rows: int, period: Period | None) -> str:
    """What tells a file apart: its content; of one without rows its days too, since every month's may be alike."""
    if rows or period is None:
        return sha256
    return hashlib.sha256(f"{sha256} {period.first} {period.last}".encode()).hexdigest()


def already_imported(batch: Batch) -> dict[str, Any]:
    """What a preview says of a file that is a batch already."""
    message = Message("This file is already imported, as batch #%(batch)s.", {"batch": batch.pk})
    todo = Message("Nothing was added twice. To read it afresh, withdraw that batch and upload the file again.")
    return {"refused": message.as_json(), "todo": todo.as_json(), "duplicate_of": batch.pk}
