"""Removes computations that nobody reads: replaced ones, and ones whose process died."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
# how the folder begins in which a backup collects what it copies
STAGE = ".backup-"


def derived_root() -> Path:
    """Where each computation has its folder."""
    return Path(settings.FACTS_ROOT) / "derived"


@contextmanager
def unswept() -> Iterator[None]:
    """Nothing is swept meanwhile by any process of this machine: for whoever copies many files, however long it takes.

    Waits for a sweep that has begun. Ends with its process, however that ends.
    """
    with _locked(fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(how: int) -> Iterator[None]:
    """The folder itself is the lock: no file is left behind. Raises BlockingIOError where `how` would not wait."""
    derived_root().mkdir(parents=True, exist_ok=True)
    descriptor = os.open(derived_root(), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def sweep(*, replaced_for: timedelta = REPLACED_FOR, silent_for: timedelta = SILENT_FOR) -> int:
    """Delete replaced and dead computations and folders without a row; gives how many computations went.

    None where something is `unswept`, or swept by another process: the next sweep takes them.
    """
    with suppress(BlockingIOError), _locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
        return _sweep(replaced_for, silent_for)
    return 0


def _sweep(replaced_for: timedelta, silent_for: timedelta) -> int:
    now = timezone.now()
    replaced = Q(state=ComputationState.OLD, alive_at__lte=now - replaced_for)
    dead = Q(state=ComputationState.BUILDING, alive_at__lte=now - silent_for)
    gone = list(Computation.objects.filter(replaced | dead))
    for computation in gone:
        discard(computation)
    _sweep_folders((now - silent_for).timestamp())
    # of backups that were killed: none is being made now
    for stage in Path(settings.FACTS_ROOT).glob(f"{STAGE}*"):
        shutil.rmtree(stage, ignore_errors=True)
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
