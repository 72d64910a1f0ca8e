"""Removes computations that nobody reads: replaced ones, and ones whose process died."""

import os
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kaibo.measurement.models import Computation, ComputationState, Credit, DirectCredit, Segment, SegmentFact

CHUNK = 2_000
# a page may be half-way through reading the one that was just replaced
REPLACED_FOR = timedelta(minutes=5)
# a living computation gives a sign of life at least once a minute
SILENT_FOR = timedelta(minutes=30)


def derived_root() -> Path:
    """Where each computation has its folder."""
    return Path(settings.FACTS_ROOT) / "derived"


def sweep(*, replaced_for: timedelta = REPLACED_FOR, silent_for: timedelta = SILENT_FOR) -> int:
    """Delete replaced and dead computations and folders without a row; gives how many computations went."""
    now = timezone.now()
    replaced = Q(state=ComputationState.OLD, alive_at__lte=now - replaced_for)
    dead = Q(state=ComputationState.BUILDING, alive_at__lte=now - silent_for)
    gone = list(Computation.objects.filter(replaced | dead))
    for computation in gone:
        discard(computation)
    _sweep_folders((now - silent_for).timestamp())
    return len(gone)


def discard(computation: Computation) -> None:
    """Delete a computation that is not current: rows in small chunks, then its folder, then itself."""
    if Computation.objects.filter(pk=computation.pk, state=ComputationState.CURRENT).exists():
        return
    for model in (Credit, DirectCredit, SegmentFact, Segment):
        of_it = model._default_manager.filter(computation=computation.pk).order_by()
        while ids := list(of_it.values_list("pk", flat=True)[:CHUNK]):
            model._default_manager.filter(pk__in=ids).delete()
    if computation.folder:
        shutil.rmtree(derived_root() / computation.folder, ignore_errors=True)
    Computation.objects.filter(pk=computation.pk).delete()


def safe(*paths: Path) -> None:
    """What was written there survives a power cut."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep_folders(made_before: float) -> None:
    root = derived_root()
    if not root.is_dir():
        return
    known = set(Computation.objects.values_list("folder", flat=True))
    for folder in root.iterdir():
        # another sweep may take away what was just listed
        with suppress(FileNotFoundError):
            if folder.name not in known and folder.stat().st_mtime <= made_before:
                shutil.rmtree(folder, ignore_errors=True)
