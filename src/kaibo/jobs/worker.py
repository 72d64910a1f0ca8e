"""The worker: claims one queued job at a time, runs it, and says how it ended.

A killed worker leaves its job `running` with an old heartbeat; `reclaim` puts it back, and the job starts afresh
(jobs are idempotent: what they began is invisible until they end).
"""

import logging
import math
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError, close_old_connections, connection
from django.db.models import F
from django.utils import timezone

from kaibo.jobs.full_disk import FULL, is_full
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Cancelled, Progress

Handler = Callable[..., Any]
T = TypeVar("T")
HEARTBEAT_SECONDS = 5.0
STALE_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 3
# seconds of rest after something outside a job went wrong
AFTER_TROUBLE = 1.0
log = logging.getLogger(__name__)


def claim() -> Job | None:
    """The oldest queued job, now running; None when there is none or another worker was faster."""
    job = Job.objects.filter(state=JobState.QUEUED).order_by("id").first()
    return job if job is not None and claim_this(job) else None


def claim_this(job: Job) -> bool:
    """Set a queued job running, for this process; False where another was faster.

    The heartbeat begins here: without one nobody would notice that this process died.
    """
    won = Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
        state=JobState.RUNNING, heartbeat_at=timezone.now(), attempts=F("attempts") + 1
    )
    job.refresh_from_db()
    return bool(won)


def reclaim(*, rest: timedelta = STALE_AFTER) -> int:
    """Put jobs of dead workers back in the queue, and after a `rest` those that found no room on the disk.

    After three attempts they fail, and a person has to start them again.
    """
    rested = Job.objects.filter(state=JobState.FAILED, error__startswith=FULL.text, attempts__lt=MOST_ATTEMPTS)
    again = rested.filter(ended_at__lte=timezone.now() - rest).update(state=JobState.QUEUED, ended_at=None)
    dead = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=timezone.now() - STALE_AFTER)
    failed = dead.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=JobState.FAILED,
        ended_at=timezone.now(),
        error="the worker stopped three times while running it",
    )
    return again + failed + dead.filter(attempts__lt=MOST_ATTEMPTS).update(state=JobState.QUEUED)


def run(job: Job, handlers: Mapping[str, Handler]) -> None:
    """Run a claimed job to its end. Never raises for a job's own fault: the job's row says what happened."""
    with _Heartbeat(job):
        try:
            if job.cancel_asked:
                raise Cancelled
            handlers[job.kind](Progress(job), **job.args)
        except Cancelled:
            _end(job, JobState.CANCELLED)
        except Exception as error:
            log.exception("job %s failed", job)
            # what failed halfway has put its own leftovers away, so that there is room to say this
            said = FULL.text if is_full(error) else str(error)
            _end(job, JobState.FAILED, f"{said}\n\n{traceback.format_exc()}")
        else:
            _end(job, JobState.DONE)


def _end(job: Job, state: JobState, error: str = "") -> None:
    """Unless the job was given to another worker meanwhile: this one had been silent for too long."""
    mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
    mine.update(state=state, ended_at=timezone.now(), error=error)


class _Heartbeat:
    """Says every few seconds that the worker is alive, from a thread of its own."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        mine = Job.objects.filter(pk=self._job.pk, attempts=self._job.attempts)
        while not self._over.wait(HEARTBEAT_SECONDS):
            try:
                mine.update(heartbeat_at=timezone.now())
            except DatabaseError:
                # a long write elsewhere: the next beat comes in time
                log.warning("no heartbeat for job %s", self._job, exc_info=True)
                connection.close()
        connection.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(HEARTBEAT_SECONDS)


def work(
    handlers: Mapping[str, Handler],
    ticks: Sequence[Callable[[], object]],
    stopping: threading.Event,
    idle_seconds: float = 0.5,
) -> None:
    """Run jobs until `stopping` is set; between them, call the ticks (what is stale, what is left over).

    What goes wrong outside a job (a locked database, a full disk) is logged and tried again: the worker lives on.
    """
    last_sweep = -math.inf
    while not stopping.is_set():
        if time.monotonic() - last_sweep > STALE_AFTER.total_seconds() / 2:
            _guarded(reclaim)
            last_sweep = time.monotonic()
        for tick in ticks:
            _guarded(tick)
        job = _guarded(claim)
        if job:
            _guarded(partial(run, job, handlers))
        else:
            close_old_connections()
            stopping.wait(idle_seconds)


def _guarded(function: Callable[[], T]) -> T | None:
    try:
        return function()
    except Exception:
        log.exception("the worker goes on")
        connection.close()
        time.sleep(AFTER_TROUBLE)
        return None
