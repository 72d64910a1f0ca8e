"""The one page where any file is dropped, and the page of one dropped file."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kaibo.facts.schema import SESSION_REPORT
from kaibo.home.preview_rows import preview_rows
from kaibo.home.start import next_step
from kaibo.home.unlocks import unlocked_by
from kaibo.home.upload_forms import AnswersForm
from kaibo.imports.access import find_upload, recent_uploads, require_files
from kaibo.imports.actions import NotNow, answer_upload, confirm_upload, discard_upload, receive_upload
from kaibo.imports.holding import TooLarge
from kaibo.imports.mappings import kind_of, version_of
from kaibo.imports.models import Batch, BatchState, Upload, UploadState
from kaibo.imports.periods import COVERING
from kaibo.imports.sentences import say
from kaibo.jobs.full_disk import FULL, is_full
from kaibo.jobs.models import Job, JobState
from kaibo.live.models import Account
from kaibo.login.access import needed, user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.sources.registry import SOURCES

SHOWN = 30
# what a team begins with; the rest is on the page of sources
FIRST = ("douyin_sessions", "doudian_orders", "doudian_after_sales", "roster_wide", "roster_list")
MOST_FILES = 20
SEEN = {"seen": "ok", "from parser code": "", "unconfirmed": "warn"}


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """GET: where to drop, and what was dropped; POST: receive files."""
    user = user_of(request)
    require_files(user, Right.IMPORT_FILES)
    if request.method == "POST" and request.POST.get("act") == "confirm":
        return _confirm(request, user)
    if request.method == "POST":
        return _receive(request, user)
    context = _listed(user)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "home/includes/uploads.html" if part else "home/upload.html", context)


def _listed(user: User) -> dict[str, Any]:
    """What the list shows. `ready`: the files that could be imported without another question, once all are read."""
    uploads = list(recent_uploads(user)[:SHOWN])
    shown = [(one, say(one.preview["refused"]) if "refused" in one.preview else "") for one in uploads]
    ready = [one for one in uploads if one.state == UploadState.PREVIEW and not one.preview.get("questions")]
    if any(one.state == UploadState.READING and is_busy(one) for one in uploads):
        ready = []  # else one press would import some of the files just dropped and leave the rest behind
    busy = any(is_busy(one) for one in uploads)
    done = any(one.state == UploadState.DONE for one in uploads)
    return {
        "uploads": shown,
        "ready": ready,
        "busy": busy,
        "next": next_step(user, timezone.now()) if done and not busy and not ready else None,
        "sources": [source for source in SOURCES if source.key in FIRST],
        "further": [source.own_name for source in SOURCES if source.key not in FIRST],
    }


def _confirm(request: HttpRequest, user: User) -> HttpResponse:
    """Import several previewed files at once; one that has moved on meanwhile is left alone, with a word."""
    for pk in request.POST.getlist("upload"):
        found = find_upload(user, id_of(pk) or 0, Right.IMPORT_FILES)
        try:
            confirm_upload(by=user, upload=found)
        except NotNow as error:
            messages.warning(request, f"{found.file_name}: {say(error.message)}")
    return redirect("home:upload")


def _receive(request: HttpRequest, user: User) -> HttpResponse:
    files = cast(list[UploadedFile], request.FILES.getlist("files"))
    if not files or len(files) > MOST_FILES:
        problem = _("Choose at least one file.") if not files else _("At most 20 files at once.")
        return render(request, "home/upload.html", _listed(user) | {"problem": problem}, status=422)
    made = []
    for file in files:
        try:
            made.append(receive_upload(by=user, file_name=file.name or "", chunks=file.chunks()))
        except TooLarge:
            text = _("%(name)s is too large: at most 300 MB. Export a shorter period.")
            messages.error(request, text % {"name": file.name})
        except (OSError, DatabaseError) as error:
            if not is_full(error):
                raise
            messages.error(request, f"{file.name}: {say(FULL)}")
    return redirect("home:upload_one", made[0].pk) if len(made) == 1 == len(files) else redirect("home:upload")


@require_http_methods(["GET", "POST"])
def upload_one(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: where the file is and what it would bring; POST: answer, confirm or discard."""
    user = user_of(request)
    found = find_upload(user, pk, needed(request, see=Right.SEE_FILES, change=Right.IMPORT_FILES))
    asked = list(found.preview.get("questions", []))
    if "as_of" in request.POST and "as_of" not in asked:
        asked.append("as_of")  # said without being asked: the preview invites to
    asked += [name for name in ("start", "end") if name in request.POST and name not in asked]
    known = found.preview | {"file_name": found.file_name}
    form = AnswersForm(asked, initial=found.answers, preview=known)
    problem = ""
    if request.method == "POST":
        form = AnswersForm(asked, request.POST, initial=found.answers, preview=known)
        try:
            if _act(user, found, request.POST.get("act", ""), form):
                return redirect("home:upload" if found.state == UploadState.DISCARDED else request.path)
        except NotNow as error:
            problem = say(error.message)
    part = request.headers.get("HX-Request") == "true"
    wrong = {"period_form": form} if "start" in form.errors or "end" in form.errors else {}
    return render(
        request,
        "home/includes/upload_body.html" if part else "home/upload_one.html",
        _context(found) | {"form": form, "problem": problem} | wrong,
        status=422 if request.method == "POST" else 200,
    )


def _act(user: User, found: Upload, act: str, form: AnswersForm) -> bool:
    """Do what the button says; False where the form holds a mistake."""
    if act == "discard":
        discard_upload(by=user, upload=found)
    elif act == "confirm":
        confirm_upload(by=user, upload=found)
    elif act == "again":
        answer_upload(by=user, upload=found, answers={})
    elif form.is_valid():
        answer_upload(by=user, upload=found, answers=form.answers())
    else:
        return False
    return True


def is_busy(found: Upload) -> bool:
    """A job reads or imports it right now, or will."""
    working = found.state in (UploadState.READING, UploadState.IMPORTING)
    return working and found.job is not None and not found.job.is_over


def following(found: Upload) -> bool:
    """Its batch is there; sessions and shifts are being made of it."""
    if found.batch_id is None:
        return False
    waiting = Job.objects.filter(kind="follow_batch", state__in=[JobState.QUEUED, JobState.RUNNING])
    return any(job.args == {"batch": found.batch_id} for job in waiting)


def _newer(found: Upload) -> Batch | None:
    """The newest batch in use of the same kind of file that was exported after this one, reaching into its days."""
    as_of, first = (parse_datetime(found.preview.get(key) or "") for key in ("as_of", "first"))
    if as_of is None or first is None:
        return None
    of_kind = Batch.objects.filter(source=kind_of(found.preview.get("source", "")), state=BatchState.VISIBLE)
    return of_kind.filter(as_of__gt=as_of, last_instant__gte=first).order_by("-as_of").first()


def _as_of_form(found: Upload) -> AnswersForm | None:
    """Where neither the file nor its name says when it was exported: a form to say it, if one wants to."""
    known = found.preview.get("as_of_from") or found.preview.get("questions")
    return None if known or found.state != UploadState.PREVIEW else AnswersForm(["as_of"])


def _period_form(found: Upload) -> AnswersForm | None:
    """Of orders and after-sales: a form to say which days the file covers, if others than its rows'."""
    preview = found.preview
    if preview.get("table") not in COVERING or preview.get("questions") or found.state != UploadState.PREVIEW:
        return None
    rows = [at and timezone.localdate(at) for at in (parse_datetime(preview.get(k) or "") for k in ("first", "last"))]
    days = preview.get("covers") or rows
    return AnswersForm(["start", "end"], initial=dict(zip(("start", "end"), days, strict=True)), preview=preview)


def _context(found: Upload) -> dict[str, Any]:
    preview = found.preview
    working = found.state in (UploadState.READING, UploadState.IMPORTING)
    accounts = preview.get("accounts", [])
    known = set(Account.objects.filter(handle__in=accounts).values_list("handle", flat=True))
    heads, first_rows = preview_rows(preview)
    return {
        "upload": found,
        "preview": preview,
        "heads": heads,
        "first_rows": first_rows,
        "busy": is_busy(found),
        "stuck": working and not is_busy(found),
        "following": following(found),
        "instants": {key: parse_datetime(preview.get(key) or "") for key in ("as_of", "first", "last")},
        # only a list of sessions makes rooms
        "new_rooms": [h for h in accounts if h not in known] if preview.get("table") == SESSION_REPORT else [],
        "refused": say(preview["refused"]) if "refused" in preview else "",
        "newer": _newer(found),
        "as_of_form": _as_of_form(found),
        "period_form": _period_form(found),
        "covers": [date.fromisoformat(day) for day in preview.get("covers", [])],
        "unlocked": unlocked_by(preview) if found.state == UploadState.PREVIEW else [],
        "mapped": version_of(preview.get("source", "")),
        "todo": say(preview["todo"]) if "todo" in preview else "",
        "warnings": [say(warning) for warning in preview.get("warnings", [])],
        "rejects": [r | {"why": say(r["reason"])} for r in preview.get("rejects", [])],
        "columns": [
            c | {"tone": SEEN.get(c["seen"], "")} for c in preview.get("columns", []) if c["cell"] != "ignored"
        ],
    }
