"""What runs in the background: how far it is, stopping it, and running again what failed."""

from typing import Any

from kaibo.home.records.saying import Kind, Plain, Told, Verb, at, who
from kaibo.jobs.access import find_job_to_run_again, find_job_to_stop, visible_jobs
from kaibo.jobs.actions import cancel_job, run_again
from kaibo.jobs.models import Job
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import require


def _job(one: Job) -> Plain:
    return {
        "id": one.pk, "kind": one.kind, "about": one.subject, "state": one.state, "done": one.done, "total": one.total,
        "doing": one.doing, "trouble": one.trouble, "stopping": one.cancel_asked and not one.is_over,
        "by": who(one.by), "at": at(one.created_at), "ended_at": at(one.ended_at),
    }  # fmt: skip


def _jobs(user: User) -> Any:
    require(user, Right.SEE_FILES)
    return visible_jobs(user).select_related("by").order_by("-pk")


def _stop(user: User, pk: int, _told: Told) -> Plain:
    job = find_job_to_stop(user, pk)
    cancel_job(by=user, job=job)
    job.refresh_from_db()
    return _job(job)


def _again(user: User, pk: int, _told: Told) -> Plain:
    return _job(run_again(by=user, job=find_job_to_run_again(user, pk)))


JOBS = Kind(
    "jobs", "what runs in the background, the newest first: state, done of total, what it is doing", _jobs, _job,
    (
        Verb("stop", "stop it: what waits at once, what runs at its next step", (), _stop),
        Verb("again", "run once more what failed or was stopped", (), _again),
    ), area=Area.IMPORTS,
)  # fmt: skip
