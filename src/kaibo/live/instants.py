"""Instants as facts hold them: whole milliseconds since the epoch, without a float on the way."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from kaibo.facts.visible import BatchFile
from kaibo.imports.models import Batch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_instant(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def files_of(batches: Iterable[Batch], table: str) -> list[BatchFile]:
    """The batches' files of a table, as facts.reader takes them, with what was said of each as a whole."""
    return [
        BatchFile(
            batch.pk, to_ms(batch.as_of), Path(settings.FACTS_ROOT) / batch.folder / f"{table}.parquet",
            str(batch.answers.get("platform", "")),
        )
        for batch in batches
    ]  # fmt: skip
