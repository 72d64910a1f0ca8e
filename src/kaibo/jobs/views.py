"""How far a job is, and stopping it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kaibo.jobs.access import find_job
from kaibo.jobs.actions import cancel_job, run_again
from kaibo.login.access import needed, user_of
from kaibo.login.rights import Right


@require_http_methods(["GET", "POST"])
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: progress (htmx asks again each second while it runs); POST: stop it, or with act=again run it again."""
    found = find_job(user_of(request), pk, needed(request, see=Right.SEE_FILES, change=Right.IMPORT_FILES))
    if request.method == "POST" and request.POST.get("act") == "again":
        return redirect("jobs:job", run_again(by=user_of(request), job=found).pk)
    if request.method == "POST":
        cancel_job(by=user_of(request), job=found)
        return redirect("jobs:job", pk)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "jobs/progress.html" if part else "jobs/job.html", {"job": found})
