"""How far a job is, and stopping it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kaibo.jobs.access import find_job, find_job_to_run_again, find_job_to_stop, may_change, may_stop
from kaibo.jobs.actions import cancel_job, run_again
from kaibo.login.access import user_of


@require_http_methods(["GET", "POST"])
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: progress (htmx asks again each second while it runs); POST: stop it, or with act=again run it again."""
    user = user_of(request)
    if request.method == "POST" and request.POST.get("act") == "again":
        return redirect("jobs:job", run_again(by=user, job=find_job_to_run_again(user, pk)).pk)
    if request.method == "POST":
        cancel_job(by=user, job=find_job_to_stop(user, pk))
        return redirect("jobs:job", pk)
    found = find_job(user, pk)
    part = request.headers.get("HX-Request") == "true"
    context = {"job": found, "may_stop": may_stop(user, found), "may_run_again": may_change(user, found)}
    return render(request, "jobs/progress.html" if part else "jobs/job.html", context)
