"""Rows about single viewers live EVENT_DAYS; then they are erased, unless a legal hold keeps them.

The batch's row stays with its counts, and the segment facts made of the rows stay; the pages say when they went.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.facts.schema import EVENT
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch


def holds_viewers(batch: Batch) -> bool:
    return EVENT in batch.tables


def erasable_on(batch: Batch) -> datetime | None:
    """When its viewers' rows go; None where it has none (any more), or a hold keeps them."""
    if not holds_viewers(batch) or batch.erased_at or batch.legal_hold:
        return None
    return batch.imported_at + timedelta(days=settings.EVENT_DAYS)


def due(now: datetime) -> list[Batch]:
    """The batches whose viewers' rows are to be erased, in use or withdrawn."""
    before = now - timedelta(days=settings.EVENT_DAYS)
    found = Batch.objects.filter(imported_at__lt=before, erased_at__isnull=True, legal_hold=False).order_by("pk")
    return [batch for batch in found if holds_viewers(batch)]


def erase_due(now: datetime | None = None) -> list[Batch]:
    """Erase what is due; gives those batches. The row first, then the file: killed between, the next run removes it."""
    erased = [batch for batch in due(now or timezone.now()) if _mark(batch, now or timezone.now())]
    for batch in Batch.objects.filter(erased_at__isnull=False):
        with suppress(FileNotFoundError):
            (folder_of(batch) / f"{EVENT}.parquet").unlink()
    return erased


def _mark(batch: Batch, now: datetime) -> bool:
    """False where a hold came first."""
    with transaction.atomic():
        waiting = Batch.objects.filter(pk=batch.pk, erased_at__isnull=True, legal_hold=False)
        if not waiting.update(erased_at=now):
            return False
        record(by=None, verb="rows erased", target=batch, file=batch.file_name, days=settings.EVENT_DAYS)
        batch.refresh_from_db()
        return True
