"""Verbs on jobs."""

from django.db import transaction

from kaibo.audit.record import record
from kaibo.jobs.models import Job, JobState
from kaibo.login.models import User


def cancel_job(*, by: User | None, job: Job) -> None:
    """Ask a job to stop: a queued one is over at once, a running one stops at its next step."""
    with transaction.atomic():
        stopped = Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(state=JobState.CANCELLED)
        if not stopped:
            Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_asked=True)
        record(by=by, verb="cancel", target=job, kind=job.kind)
