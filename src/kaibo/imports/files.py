"""The files of the batches in use, as facts.visible wants them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from kaibo.facts.schema import EVENT, SCOPES
from kaibo.facts.visible import BatchFile
from kaibo.imports.models import Batch, BatchState
from kaibo.sources.registry import BY_KEY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def folder_of(batch: Batch) -> Path:
    """Where the batch's Parquet files lie."""
    return Path(settings.FACTS_ROOT) / batch.folder


def in_use() -> QuerySet[Batch]:
    """The visible batches, oldest first."""
    return Batch.objects.filter(state=BatchState.VISIBLE).order_by("pk")


def batches_of(table: str, among: Iterable[Batch] | None = None) -> list[Batch]:
    """Those that speak of this table, without those whose rows of it were erased. `among`: read before, in order."""
    found = in_use() if among is None else among
    # a database may not be able to look into a list: there are few batches
    return [batch for batch in found if table in batch.tables and not (table == EVENT and batch.erased_at)]


def files_of(table: str, batches: Iterable[Batch] | None = None) -> list[BatchFile]:
    """Their files: of every batch in use, or of these."""
    return [file_of(table, batch) for batch in (batches_of(table) if batches is None else batches)]


def file_of(table: str, batch: Batch) -> BatchFile:
    source = BY_KEY.get(batch.source)
    platform = str(batch.answers.get("platform") or (source.platform if source else ""))
    scope = str(batch.answers.get(SCOPES[table], "")) if table in SCOPES else ""
    as_of_ms = (batch.as_of - EPOCH) // timedelta(milliseconds=1)
    return BatchFile(batch.pk, as_of_ms, folder_of(batch) / f"{table}.parquet", platform, scope)
