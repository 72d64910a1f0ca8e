"""Who may see a job, stop it and run it again: what it does asks for the same right as asking for it did."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.http import Http404

from kaibo.jobs.models import Job
from kaibo.login.models import User
from kaibo.login.rights import OVER_PEOPLE, Right

# the kinds that not everybody who imports files may ask for
RIGHTS: Mapping[str, Right] = {
    "close_month": Right.CLOSE_MONTHS,
    "verify_month": Right.CLOSE_MONTHS,
    "compute_cycle": Right.RUN_CYCLES,
    "import_people": Right.MANAGE_PEOPLE,
    "check_people": Right.MANAGE_PEOPLE,
}
# whose names and faults may tell of people
OF_PEOPLE = ("import_people", "check_people")


def may_change(user: User, job: Job) -> bool:
    """Whether the user may have done what the job does, over the whole house: to stop it or run it again."""
    return _holds(user, RIGHTS.get(job.kind, Right.IMPORT_FILES))


def may_stop(user: User, job: Job) -> bool:
    """Who asked for it may stop it, too."""
    return job.by_id == user.pk or may_change(user, job)


def visible_jobs(user: User) -> QuerySet[Job]:
    """Those that one asked for or may ask for; whoever sees files, all but others' lists of people."""
    seen = Q(by=user) | Q(kind__in=[kind for kind, right in RIGHTS.items() if _holds(user, right)])
    if user.can(Right.SEE_FILES):
        seen |= ~Q(kind__in=OF_PEOPLE)
    return Job.objects.filter(seen)


def find_job(user: User, pk: int) -> Job:
    """The job, if this user may see it; else Http404."""
    job = visible_jobs(user).filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def find_job_to_stop(user: User, pk: int) -> Job:
    """The job, if this user may stop it; else Http404."""
    job = find_job(user, pk)
    if not may_stop(user, job):
        raise Http404
    return job


def find_job_to_run_again(user: User, pk: int) -> Job:
    """The job, if this user may ask for what it does today, whoever asked for it then; else Http404."""
    job = find_job(user, pk)
    if not may_change(user, job):
        raise Http404
    return job


def _holds(user: User, right: Right) -> bool:
    return user.reach(right).company if right in OVER_PEOPLE else user.can(right)
