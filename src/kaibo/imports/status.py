"""What lies in the facts' folder, table by table, and what of it counts, is replaced, or may go."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kaibo.facts import reader
from kaibo.facts.schema import TABLES
from kaibo.imports.files import batches_of, files_of, folder_of
from kaibo.imports.models import Batch, BatchState
from kaibo.imports.retention import due, erasable_on
from kaibo.imports.sweeping import orphans


@dataclass(frozen=True)
class TableStatus:
    """`batches`: in use; `rows` of them, of which `visible` count and `replaced` do not. `oldest`, `newest`: instants.

    `erasable_on`: when the next rows about viewers go. `bytes`: on the disk, withdrawn batches' too.
    """

    table: str
    batches: int
    withdrawn: int
    erased: int
    rows: int
    visible: int
    replaced: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None
    erasable_on: datetime | None
    lost: Sequence[int]


@dataclass(frozen=True)
class Status:
    """`orphans`: folders that no batch names; `due`: batches whose rows about viewers the next sweep erases."""

    tables: Sequence[TableStatus]
    orphans: Sequence[str]
    due: Sequence[int]

    def as_json(self) -> dict[str, Any]:
        return {
            "tables": [{name: _plain(value) for name, value in asdict(one).items()} for one in self.tables],
            "orphans": list(self.orphans),
            "due": list(self.due),
        }


def status(now: datetime) -> Status:
    """Every table that a batch speaks of. Lost files (a batch without its file) are named, never hidden."""
    every = list(Batch.objects.order_by("pk"))
    named = [table for table in TABLES if any(table in batch.tables for batch in every)]
    return Status(
        [_table(table, [b for b in every if table in b.tables]) for table in named],
        sorted(path.name for path in orphans()),
        [batch.pk for batch in due(now)],
    )


def _table(table: str, batches: Sequence[Batch]) -> TableStatus:
    used = batches_of(table)
    lost = [batch.pk for batch in used if not (folder_of(batch) / f"{table}.parquet").is_file()]
    files = files_of(table, [batch for batch in used if batch.pk not in lost])
    rows, visible = reader.counts(table, files)
    firsts = [b.first_instant for b in used if b.first_instant]
    lasts = [b.last_instant for b in used if b.last_instant]
    dates = [at for batch in batches if table == "event" and (at := erasable_on(batch))]
    return TableStatus(
        table, len(used), sum(b.state == BatchState.WITHDRAWN for b in batches),
        sum(bool(b.erased_at) for b in batches) if table == "event" else 0,
        rows, visible, rows - visible, sum(_size(table, batch) for batch in batches),
        min(firsts, default=None), max(lasts, default=None), min(dates, default=None), lost,
    )  # fmt: skip


def _size(table: str, batch: Batch) -> int:
    try:
        return (folder_of(batch) / f"{table}.parquet").stat().st_size
    except FileNotFoundError:
        return 0


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
