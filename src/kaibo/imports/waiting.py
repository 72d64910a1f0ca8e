"""An upload that waits for someone to say what its columns are: asked for, and read again. For verbs' transactions."""

from kaibo.imports.actions import NotNow
from kaibo.imports.models import Upload, UploadState
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User
from kaibo.message import Message
from kaibo.sources.mapped import PREFIX


def require_mappable(upload: Upload) -> None:
    """Locked, and refused with its file kept (or read by a mapping and not yet imported); else NotNow."""
    upload.lock()
    waiting = upload.state == UploadState.REFUSED and upload.mappable
    again = upload.state == UploadState.PREVIEW and upload.source.startswith(PREFIX)
    if not (waiting or again):
        raise NotNow(Message("The columns of this file cannot be said now. Upload the file again."))


def read_again(upload: Upload, source: str, by: User | None) -> None:
    """Have it read as this source says."""
    upload.source, upload.state = source, UploadState.READING
    upload.job = enqueue(kind="read_upload", by=by, args={"upload": upload.pk}, about=upload.file_name)
    upload.save(update_fields=["source", "state", "job"])
