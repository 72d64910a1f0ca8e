"""Review notes (复盘) of a broadcast: write, edit with history, take back and bring back, and all of them as a file."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.live import actions
from kaibo.live.models import Session, SessionNote
from kaibo.live.spans import whole
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.measurement import exports
from kaibo.measurement.access import find_note, find_session, visible_notes, visible_sessions
from kaibo.measurement.forms import SessionFilter
from kaibo.measurement.note_forms import NoteForm
from kaibo.measurement.session_list import filtered
from kaibo.measurement.session_page import goods_of
from kaibo.org.access import require
from kaibo.org.forms import put


@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the form of a new note; POST: write it, then back to the broadcast."""
    user = user_of(request)
    session = find_session(user, pk)
    require(user, Right.ACT_OWN)
    session = whole(session).session
    form = NoteForm(request.POST or None, session=session, initial={"start": request.GET.get("at", "")})
    if request.method == "POST" and form.is_valid():
        try:
            note = actions.write_note(by=user, session=session, **form.said())
            return redirect(_at(note))
        except ValidationError as error:
            put(form, error)
    return _form(request, form, session)


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit one; below it stands what it said before."""
    user = user_of(request)
    found = find_note(user, pk)
    form = NoteForm(request.POST or None, session=found.session, note=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_note(by=user, note=found, **form.said(), seen=request.POST.get("seen", ""))
            return redirect(_at(found))
        except ValidationError as error:
            put(form, error)
    return _form(request, form, found.session, found)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one back, or bring it back."""
    user = user_of(request)
    found = find_note(user, pk)
    if found.removed:
        actions.restore_note(by=user, note=found)
    else:
        actions.remove_note(by=user, note=found)
    return redirect(f"{reverse('measurement:session', args=[found.session_id])}#notes")


@require_safe
def notes_file(request: HttpRequest) -> HttpResponse:
    """The notes of the sessions that the list's filter leaves, as xlsx."""
    user = user_of(request)
    chosen = SessionFilter(request.GET.dict())
    if not chosen.is_valid():
        return HttpResponse(status=422)
    sessions = filtered(visible_sessions(user), chosen).order_by()
    found = visible_notes(user).filter(session__in=sessions.values("pk"))
    ordered = found.select_related("session__account", "by__person").order_by("-session__start", "start", "pk")
    return exports.notes_file(ordered)


def _at(note: SessionNote) -> str:
    return f"{reverse('measurement:session', args=[note.session_id])}#note-{note.pk}"


def _form(request: HttpRequest, form: NoteForm, session: Session, note: SessionNote | None = None) -> HttpResponse:
    context = {
        "form": form,
        "session": session,
        "note": note,
        "former": list(note.former.select_related("by__person")) if note else [],
        "products": [one.name for one in goods_of(session).products[:50]],
    }
    return render(request, "measurement/note.html", context, status=422 if request.method == "POST" else 200)
