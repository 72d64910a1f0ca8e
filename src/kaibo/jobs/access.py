"""Who may see a job: who asked for it, and leads."""

from django.http import Http404

from kaibo.jobs.models import Job
from kaibo.login.models import User


def find_job(user: User, pk: int) -> Job:
    """The job, if this user asked for it or leads; else Http404."""
    job = Job.objects.filter(pk=pk).first()
    if job is None or not (user.is_lead or job.by_id == user.pk):
        raise Http404
    return job
