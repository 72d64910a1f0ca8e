"""Verbs on jobs."""

from django.db import transaction

from kaibo.audit.record import record
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User


def cancel_job(*, by: User | None, job: Job) -> None:
    """Ask a job to stop: a queued one is over at once, a running one stops at its next step."""
    with transaction.atomic():
        stopped = Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(state=JobState.CANCELLED)
        if not stopped:
            Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_asked=True)
        record(by=by, verb="cancel", target=job, kind=job.kind)


def run_again(*, by: User | None, job: Job) -> Job:
    """Queue what failed or was stopped once more; gives the new job, or the same one where there is nothing to do."""
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        return job
    with transaction.atomic():
        again = enqueue(kind=job.kind, by=by, args=job.args, once=True, about=job.about)
        record(by=by, verb="run again", target=job, kind=job.kind, again=again.pk)
    return again
