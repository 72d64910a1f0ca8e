"""Who may see a job: who asked for it, and leads."""

from django.http import Http404

from kaibo.jobs.models import Job
from kaibo.login.models import User
from kaibo.login.rights import Right


def find_job(user: User, pk: int, right: Right = Right.SEE_FILES) -> Job:
    """The job, if this user asked for it or may see files (or import them, to stop it); else Http404."""
    job = Job.objects.filter(pk=pk).first()
    if job is None or not (user.can(right) or job.by_id == user.pk):
        raise Http404
    return job
