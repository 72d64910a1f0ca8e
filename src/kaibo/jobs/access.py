"""Who may see a job, stop it and run it again: what it does asks for the same right as asking for it did.

A token that runs jobs needs the scope of what the job works on, too.
"""

from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.http import Http404

from kaibo.jobs.models import Job
from kaibo.login.models import User
from kaibo.login.rights import OVER_PEOPLE, Right
from kaibo.login.token_scopes import Area, Lacking, covers, scope_of

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
# what a job works on, where that is not files
AREAS: Mapping[str, Area] = {
    "close_month": Area.SCORES,
    "verify_month": Area.SCORES,
    "compute_cycle": Area.REVIEWS,
    "import_people": Area.PEOPLE,
    "check_people": Area.PEOPLE,
}


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
    found = Job.objects.filter(seen)
    people = scope_of(Area.PEOPLE, writes=False)
    return found if user.scopes is None or covers(user.scopes, people) else found.exclude(kind__in=OF_PEOPLE)


def find_job(user: User, pk: int) -> Job:
    """The job, if this user may see it; else Http404."""
    job = visible_jobs(user).filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def find_job_to_stop(user: User, pk: int) -> Job:
    """The job, if this user may stop it; else Http404, or Lacking for a token that is not for what it works on."""
    job = find_job(user, pk)
    if not may_stop(user, job):
        raise Http404
    return _within_scopes(user, job)


def find_job_to_run_again(user: User, pk: int) -> Job:
    """The job, if this user may ask for what it does today, whoever asked for it then; else as find_job_to_stop."""
    job = find_job(user, pk)
    if not may_change(user, job):
        raise Http404
    return _within_scopes(user, job)


def _within_scopes(user: User, job: Job) -> Job:
    scope = scope_of(AREAS.get(job.kind, Area.IMPORTS), writes=True)
    if user.scopes is not None and not covers(user.scopes, scope):
        raise Lacking(scope)
    return job


def _holds(user: User, right: Right) -> bool:
    return user.reach(right).company if right in OVER_PEOPLE else user.can(right)
