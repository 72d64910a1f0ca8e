"""Review notes (复盘): written by whoever may open the broadcast, edited with their history kept."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.live.actions.changing import stretch
from kaibo.live.models import FormerNote, NoteKind, Session, SessionNote
from kaibo.live.spans import whole
from kaibo.login.models import User

CONTENT = ("kind", "text", "start", "end", "product")


@transaction.atomic
def write_note(
    *,
    by: User,
    session: Session,
    kind: NoteKind,
    text: str,
    start: datetime | None = None,
    end: datetime | None = None,
    product: str = "",
) -> SessionNote:
    """Say something of a broadcast, a moment or a stretch of it. Raises ValidationError: no words, or other times."""
    said = _checked(session, kind, text, start, end, product)
    note = SessionNote.objects.create(session=session, by=by, **said)
    record(by=by, verb="write_note", target=note, session=session.pk, **said)
    return note


@transaction.atomic
def edit_note(
    *,
    by: User,
    note: SessionNote,
    kind: NoteKind,
    text: str,
    start: datetime | None = None,
    end: datetime | None = None,
    product: str = "",
    seen: str = "",
) -> SessionNote:
    """Say it otherwise; what it said before is kept. `seen`: what the editor saw of it (audit.seen).

    Raises ValidationError as write_note does.
    """
    claim(note, seen)
    said = _checked(note.session, kind, text, start, end, product)
    former = {name: getattr(note, name) for name in CONTENT}
    if said == former:
        return note
    FormerNote.objects.create(note=note, by=by, **former)
    for name, value in said.items():
        setattr(note, name, value)
    note.edited_at = timezone.now()
    note.save(update_fields=[*CONTENT, "edited_at"])
    record(by=by, verb="edit_note", target=note, session=note.session_id, former=former, **said)
    return note


@transaction.atomic
def remove_note(*, by: User, note: SessionNote) -> None:
    """Take a note back; it can be brought back."""
    _set_removed(by, note, "remove_note", removed=True)


@transaction.atomic
def restore_note(*, by: User, note: SessionNote) -> None:
    """Bring one back."""
    _set_removed(by, note, "restore_note", removed=False)


def _set_removed(by: User, note: SessionNote, verb: str, *, removed: bool) -> None:
    note.removed = removed
    note.save(update_fields=["removed"])
    record(by=by, verb=verb, target=note, session=note.session_id)


def _checked(
    session: Session, kind: NoteKind, text: str, start: datetime | None, end: datetime | None, product: str
) -> dict[str, Any]:
    """Lines are kept, spaces are tidied; times lie in the broadcast with all its parts."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    words = "\n".join(lines).strip()
    if not words:
        raise ValidationError({"text": _("Write at least a word.")})
    if end is not None and start is None:
        raise ValidationError({"start": _("From when?")})
    if start is not None:
        spans = whole(session)
        if not spans.start <= start < spans.end or (end is not None and not start < end <= spans.end):
            raise ValidationError(
                {"start": _("The broadcast was on air %(times)s.") % {"times": stretch(spans.start, spans.end)}}
            )
    return {"kind": NoteKind(kind), "text": words, "start": start, "end": end, "product": " ".join(product.split())}
