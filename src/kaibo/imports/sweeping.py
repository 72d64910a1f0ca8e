"""Puts away what a killed process or a forgotten tab left, and what has lived as long as the rule lets it."""

import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kaibo.facts.watching import Watch, unwatched
from kaibo.imports.actions import NotNow, discard_upload
from kaibo.imports.holding import HEAD
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.imports.retention import erase_due
from kaibo.jobs.queue import Progress
from kaibo.message import gettext_noop

# what its job is doing, as its page says it
REMOVING = gettext_noop("Removing what is left over")
# longer than any import runs
ORPHAN_AGE = timedelta(hours=6)
FORGOTTEN_AGE = timedelta(days=7)
# a refused table waits too, as long as someone may say what its columns are
WAITING = Q(state__in=(UploadState.READING, UploadState.PREVIEW, UploadState.IMPORTING)) | Q(
    state=UploadState.REFUSED, mappable=True
)


def sweep_facts(progress: Progress) -> None:
    """The job that someone asked for (actions.ask_sweep); the worker sweeps from time to time by itself too."""
    progress.step(0, 0, REMOVING)
    gone = sweep(watch=lambda done, total: progress.step(done, total, REMOVING))
    progress.step(gone, gone, REMOVING, force=True)


def sweep(
    *, orphan_age: timedelta = ORPHAN_AGE, forgotten_age: timedelta = FORGOTTEN_AGE, watch: Watch = unwatched
) -> int:
    """Remove what is left over; how many things went. Never touches a folder that a batch names.

    `watch` hears of each thing that went, and may stop it between two: the next sweep goes on.
    """
    before = time.time() - orphan_age.total_seconds()
    gone = len(erase_due())
    for path in orphans(orphan_age=orphan_age):
        watch(gone, 0)
        shutil.rmtree(path, ignore_errors=True)
        gone += 1
    for upload in Upload.objects.filter(WAITING, at__lt=timezone.now() - forgotten_age):
        watch(gone, 0)
        # imported after all, a moment ago
        with suppress(NotNow):
            discard_upload(by=None, upload=upload)
            gone += 1
    waiting = set(Upload.objects.filter(WAITING).values_list("stored_as", flat=True))
    for path in _old(Path(settings.UPLOADS_ROOT), before):
        if path.name.removesuffix(HEAD) not in waiting:
            watch(gone, 0)
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def orphans(*, orphan_age: timedelta = ORPHAN_AGE) -> list[Path]:
    """Import folders that no batch names, finished or half-written, and that nothing is being written into."""
    # asked after the folders were listed: one that became a batch in between is no orphan
    found = _old(Path(settings.FACTS_ROOT), time.time() - orphan_age.total_seconds())
    known = set(Batch.objects.values_list("folder", flat=True))
    # only import folders start so; derived files belong to another room
    return [path for path in found if path.name.lstrip(".").startswith("b-") and path.name not in known]


def _old(root: Path, before: float) -> list[Path]:
    """What lies in the folder and was not touched since; another sweep may take away what was just listed."""
    if not root.is_dir():
        return []
    found = []
    for path in root.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= before:
                found.append(path)
    return found
