"""Pages of months: the list, and one month with what stands against closing it, its check, its changes and history."""

import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaibo.appraisal.completeness import for_reader
from kaibo.closing import actions, changes, overview
from kaibo.closing.access import find_closed, find_month, find_month_to_close
from kaibo.closing.bundle import BLOCK, closed_root
from kaibo.closing.duties import in_the_way
from kaibo.closing.findings import findings
from kaibo.closing.wording import problem_text, verification_words
from kaibo.imports.actions import NotNow
from kaibo.imports.sentences import say
from kaibo.jobs.models import Job, JobState
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.measurement.models import ClosingState
from kaibo.org.access import require

REASON = "reason-"


@require_safe
def months(request: HttpRequest) -> HttpResponse:
    """Every month that has figures, newest first."""
    require(user_of(request), Right.SEE_MONTHS)
    return render(request, "closing/months.html", {"rows": overview.month_rows()})


@require_safe
def month(request: HttpRequest, month: date) -> HttpResponse:
    """One month."""
    return _page(request, find_month(user_of(request), month))


def _page(request: HttpRequest, month: date, problem: str = "", status: int = 200) -> HttpResponse:
    user, row = user_of(request), overview.month_row(month)
    past = overview.history(month)
    open_one = row.state in (overview.OPEN, overview.RUNNING)
    found = for_reader(user, findings(month, timezone.now())) if open_one else []
    asked = {one.code: request.POST.get(REASON + one.code, "") for one in found}
    closing = row.closing
    failed = past[0] if past and past[0].state == ClosingState.FAILED and open_one else None
    context = {
        "row": row,
        "closing": closing,
        "blocking": [one for one in found if one.blocking],
        "findings": [(one, REASON + one.code, asked[one.code]) for one in found if not one.blocking],
        "note": request.POST.get("note", ""),
        "problem": problem,
        "failed": problem_text(failed) if failed else "",
        "owner": user.can(Right.CLOSE_MONTHS),
        "barred": say(why) if open_one and user.can(Right.CLOSE_MONTHS) and (why := in_the_way(user, month)) else "",
        "job": _job(closing.pk) if closing else None,
        "since": changes.changes(closing, user) if closing and row.changed else changes.Changes(),
        "may_see_differences": overview.may_see_differences(user),
        "check": verification_words(closing.verification) if closing and closing.verification else None,
        "history": past,
    }
    return render(request, "closing/month.html", context, status=status)


def _job(closing: int) -> Job | None:
    """The closing's job that is on its way."""
    begun = Job.objects.filter(args={"closing": closing}, state__in=[JobState.QUEUED, JobState.RUNNING])
    return begun.order_by("-pk").first()


@require_POST
def close(request: HttpRequest, month: date) -> HttpResponse:
    """Ask for the closing; the form says of each finding why it may stay."""
    user, month = user_of(request), find_month_to_close(user_of(request), month)
    told = {name.removeprefix(REASON): str(text) for name, text in request.POST.items() if name.startswith(REASON)}
    try:
        actions.close_month(by=user, month=month, accepted=told, note=request.POST.get("note", ""))
    except NotNow as error:
        return _page(request, month, say(error.message), 422)
    messages.success(request, _("The month is being closed: its numbers are computed once more and frozen."))
    return redirect("closing:month", month)


@require_POST
def reopen(request: HttpRequest, month: date) -> HttpResponse:
    user, month = user_of(request), find_month_to_close(user_of(request), month)
    try:
        actions.reopen_month(by=user, month=month, reason=request.POST.get("reason", ""))
    except NotNow as error:
        return _page(request, month, say(error.message), 422)
    messages.success(request, _("The month is open again; its numbers follow its files."))
    return redirect("closing:month", month)


@require_POST
def verify(request: HttpRequest, month: date) -> HttpResponse:
    """Have it computed again from its bundle alone."""
    user = user_of(request)
    actions.ask_verification(by=user, closing=find_closed(user, month))
    messages.success(request, _("The month is being computed again from its bundle. The answer appears here."))
    return redirect("closing:month", month)


@require_safe
def bundle(request: HttpRequest, month: date) -> HttpResponse | StreamingHttpResponse:
    """The bundle as one tar file."""
    closing = find_closed(user_of(request), month, to_read=True)
    name = f"kaibo-{closing.month:%Y-%m}-{closing.snapshot[:12]}"
    answer = StreamingHttpResponse(_tar(closed_root() / closing.folder, name), content_type="application/x-tar")
    answer["Content-Disposition"] = f'attachment; filename="{name}.tar"'
    return answer


def _tar(folder: Path, name: str) -> Iterator[bytes]:
    """A tar file block by block, so that no large file is held in memory."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        info = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
        info.size, info.mtime = path.stat().st_size, int(path.stat().st_mtime)
        yield info.tobuf()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
        yield bytes(-info.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)
