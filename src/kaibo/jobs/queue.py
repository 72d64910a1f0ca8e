"""Putting a job in the queue, and reporting from inside one."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaibo.jobs.models import Job, JobState
from kaibo.login.models import User

# between two words about how far a job is; a wish to stop it is seen no later
EVERY_SECONDS = 0.5


class Cancelled(Exception):
    """Someone asked the running job to stop; everything it began is undone by its own transaction or left invisible."""


def enqueue(
    *, kind: str, by: User | None, args: Mapping[str, Any] | None = None, once: bool = False, about: str = ""
) -> Job:
    """Write the job's row in the caller's transaction. `once`: an equal job still queued is returned instead.

    `about`: what its page calls the thing it works on, like a file's name.
    """
    plain = dict(args or {})
    with transaction.atomic():
        if once:
            # kept until the caller's commit: a worker that started it now would not see what the caller wrote
            equal = Job.objects.select_for_update().filter(kind=kind, args=plain, state=JobState.QUEUED)
            waiting = equal.filter(cancel_asked=False).first()
            if waiting:
                return waiting
        return Job.objects.create(kind=kind, args=plain, by=by, about=about[-255:])


class Progress:
    """Handed to a running job: `step` writes how far it is (at most twice a second) and notices a wish to cancel."""

    def __init__(self, job: Job | None = None) -> None:
        self.job = job
        self._last = 0.0

    def step(self, done: int, total: int, note: str = "", *, force: bool = False) -> None:
        """Say how far; raises Cancelled when someone asked to stop. Call it outside transactions."""
        now = timezone.now()
        if self.job is None or (not force and now.timestamp() - self._last < EVERY_SECONDS):
            return
        self._last = now.timestamp()
        # after a long silence the job may have been given to another worker: then this one stops
        mine = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.job.attempts)
        told = mine.update(done=done, total=total, note=note[:200], heartbeat_at=now)
        if not told or mine.filter(cancel_asked=True).exists():
            raise Cancelled
