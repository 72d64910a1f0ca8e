"""Verbs on uploads and batches. What follows from a batch (sessions, shifts) is the job `follow_batch`'s business."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction

from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record
from kaibo.facts.schema import EVENT
from kaibo.imports import holding
from kaibo.imports.following import follow
from kaibo.imports.models import Batch, BatchState, Reject, Upload, UploadState
from kaibo.imports.periods import BadPeriod, about, checked, months_between
from kaibo.imports.twins import already_imported, in_use
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.message import Message
from kaibo.sources.reading import Answers

# what pages still say of a file that was put away: nothing that stood in its cells
KEPT = ("title", "source", "accepted", "rejected")
ANSWERS = tuple(answer.name for answer in fields(Answers))


class NotNow(Exception):
    """The verb does not fit the state the row is in; `message` says why and what can be done."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class HeldRow:
    """A row that was read and cannot be used."""

    batch: int
    line: int
    column: str
    value: str
    reason: Message


def receive_upload(*, by: User | None, file_name: str, chunks: Iterable[bytes]) -> Upload:
    """Keep a dropped file and ask the worker to read it. A file in use is refused at once, naming its batch.

    Raises holding.TooLarge.
    """
    stored_as, sha256, size = holding.keep(chunks, file_name)
    upload = Upload(by=by, file_name=file_name[-255:], sha256=sha256, size=size, stored_as=stored_as)
    with transaction.atomic():
        known = in_use(sha256)
        if known:
            upload.state, upload.preview = UploadState.REFUSED, already_imported(known)
        upload.save()
        if known is None:
            _start(upload, UploadState.READING, "read_upload", by)
        record(by=by, verb="upload received", target=upload, file=upload.file_name, sha256=sha256)
    if known:
        holding.drop(stored_as)
    return upload


def answer_upload(*, by: User | None, upload: Upload, answers: Mapping[str, str]) -> None:
    """Say what the file does not (names of sources.reading.Answers) and have it read again."""
    told = {key: answers.get(key, "").strip() for key in ANSWERS if answers.get(key, "").strip()}
    with transaction.atomic():
        _require(upload, UploadState.PREVIEW, UploadState.READING)
        upload.answers = {**upload.answers, **told}
        upload.save(update_fields=["answers"])
        _start(upload, UploadState.READING, "read_upload", by)
        record(by=by, verb="upload answered", target=upload, **told)


def confirm_upload(*, by: User | None, upload: Upload) -> Job:
    """Import what the preview showed."""
    with transaction.atomic():
        _require(upload, UploadState.PREVIEW, UploadState.IMPORTING)
        if upload.preview.get("questions"):
            raise NotNow(Message("Answer the questions first: without them, rows would get a wrong time or amount."))
        job = _start(upload, UploadState.IMPORTING, "import_upload", by)
        record(by=by, verb="upload confirmed", target=upload)
    return job


def discard_upload(*, by: User | None, upload: Upload) -> None:
    """Put a file away unimported; the file itself is deleted."""
    with transaction.atomic():
        upload.lock()
        if upload.state == UploadState.DONE:
            raise NotNow(Message("This file is imported. To take it back, withdraw its batch."))
        if upload.job_id:
            Job.objects.filter(pk=upload.job_id, state=JobState.QUEUED).update(state=JobState.CANCELLED)
            Job.objects.filter(pk=upload.job_id, state=JobState.RUNNING).update(cancel_asked=True)
        upload.state = UploadState.DISCARDED
        upload.preview = {key: upload.preview[key] for key in KEPT if key in upload.preview}
        upload.save(update_fields=["state", "preview"])
        record(by=by, verb="upload discarded", target=upload, file=upload.file_name)
    holding.drop(upload.stored_as)


def refuse_upload(*, upload: Upload, preview: Mapping[str, Any], mappable: bool = False) -> None:
    """The reader (or a twin of the file) says no; the file is deleted and the reason stays.

    `mappable`: the file stays for a while, because a person may say what its columns are. Does nothing
    where the upload was imported or put away meanwhile.
    """
    with transaction.atomic():
        upload.lock()
        if upload.state not in (UploadState.READING, UploadState.IMPORTING):
            return
        upload.state, upload.preview, upload.mappable = UploadState.REFUSED, dict(preview), mappable
        upload.save(update_fields=["state", "preview", "mappable"])
        # only the sentence: its values may quote cells, and the audit never forgets
        record(by=None, verb="upload refused", target=upload, refused=preview.get("refused", {}).get("text", ""))
    if not mappable:
        holding.drop(upload.stored_as)


def withdraw_batch(*, by: User | None, batch: Batch, reason: str) -> Job:
    """Take a batch out of use; what it replaced counts again. Its facts stay on disk, so it can come back."""
    with transaction.atomic():
        changed = Batch.objects.filter(pk=batch.pk, state=BatchState.VISIBLE).update(state=BatchState.WITHDRAWN)
        if not changed:
            raise NotNow(Message("This batch is withdrawn already."))
        record(by=by, verb="batch withdrawn", target=batch, reason=reason, file=batch.file_name)
        batch.refresh_from_db()
        return follow(batch, by)


def restore_batch(*, by: User | None, batch: Batch, reason: str) -> Job:
    """Use a withdrawn batch again. Raises NotNow where the same file has been imported anew since."""
    with transaction.atomic():
        twin = in_use(batch.sha256)
        if twin and twin.pk != batch.pk:
            raise NotNow(Message("The same file is in use as batch #%(batch)s.", {"batch": twin.pk}))
        if batch.erased_at and batch.tables == [EVENT]:
            raise NotNow(Message("Its rows were erased by rule: there is nothing left to use again."))
        changed = Batch.objects.filter(pk=batch.pk, state=BatchState.WITHDRAWN).update(state=BatchState.VISIBLE)
        if not changed:
            raise NotNow(Message("This batch is in use already."))
        record(by=by, verb="batch restored", target=batch, reason=reason, file=batch.file_name)
        batch.refresh_from_db()
        return follow(batch, by)


def hold_batch(*, by: User | None, batch: Batch, reason: str) -> None:
    """Keep the batch's rows about viewers beyond their time, for as long as the law or a dispute asks for them."""
    with transaction.atomic():
        changed = Batch.objects.filter(pk=batch.pk, legal_hold=False, erased_at__isnull=True).update(legal_hold=True)
        if not changed:
            raise NotNow(Message("This batch is held already, or its rows are erased."))
        record(by=by, verb="batch held", target=batch, reason=reason)
        batch.refresh_from_db()


def release_batch(*, by: User | None, batch: Batch, reason: str) -> None:
    """Let the rule about viewers' rows apply again: they are then erased for good.

    Raises NotNow for who held it, as long as anybody else here imports files (ADR 38).
    """
    with transaction.atomic():
        _not_who_held(by, batch)
        if not Batch.objects.filter(pk=batch.pk, legal_hold=True).update(legal_hold=False):
            raise NotNow(Message("This batch is not held."))
        record(by=by, verb="batch released", target=batch, reason=reason)
        batch.refresh_from_db()


def _not_who_held(by: User | None, batch: Batch) -> None:
    if by is None:
        return
    held = AuditEvent.objects.filter(verb="batch held", target_type=batch._meta.label_lower, target_id=str(batch.pk))
    last = held.order_by("-pk").first()
    if last is not None and last.by_id == by.pk and User.objects.who_may(Right.IMPORT_FILES).exclude(pk=by.pk).exists():
        raise NotNow(Message("You held this batch. Somebody else who imports files releases it."))


def ask_sweep(*, by: User | None) -> Job:
    """Have the worker remove now what it removes from time to time: leftovers, and what is past its time by rule."""
    with transaction.atomic():
        job = enqueue(kind="sweep_facts", by=by, once=True)
        record(by=by, verb="sweep asked", target=job)
    return job


def answer_batch(*, by: User | None, batch: Batch, **told: str) -> None:
    """Add what someone said later about a batch's file (the room of a roster that names none)."""
    with transaction.atomic():
        batch.answers = {**batch.answers, **told}
        batch.save(update_fields=["answers"])
        record(by=by, verb="batch answered", target=batch, **told)


def state_period(*, by: User | None, batch: Batch, first: date | None, last: date | None, reason: str = "") -> None:
    """Say which days a file of orders or after-sales covers, both inside it; neither: those of its rows.

    Broadcasts of these days without a row sold nothing then, and those outside are unknown. Raises BadPeriod.
    """
    with transaction.atomic():
        batch.refresh_from_db(from_queryset=Batch.objects.select_for_update())
        before = batch.covers
        stated = checked(about(batch), first, last) if first or last else None
        if stated is None and batch.first_instant is None:
            raise BadPeriod(
                Message("The file has no rows: without days it says nothing."),
                Message("State its days, or withdraw it."),
            )
        batch.period_first, batch.period_last = (stated.first, stated.last) if stated else (None, None)
        batch.period_from = stated.said_by if stated else ""
        batch.save(update_fields=["period_first", "period_last", "period_from"])
        record(
            by=by, verb="batch period stated", target=batch, reason=reason, before=_written(before),
            days=_written(batch.covers), months=months_between(before, batch.covers),
        )  # fmt: skip


def _written(days: tuple[date, date] | None) -> list[str]:
    return [day.isoformat() for day in days or ()]


def hold_rows(*, source_tables: Sequence[str], rows: Sequence[HeldRow]) -> None:
    """Replace the held rows of every batch of these tables: a row held today may be fine after a withdrawal."""
    with transaction.atomic():
        Reject.objects.filter(batch__table__in=source_tables, held=True).delete()
        Batch.objects.filter(table__in=source_tables, held__gt=0).update(held=0)
        Reject.objects.bulk_create(
            [
                Reject(
                    batch_id=row.batch, line=row.line, column=row.column, value=row.value[:200],
                    reason=row.reason.text, values=row.reason.as_json()["values"], held=True,
                )
                for row in rows
            ]
        )  # fmt: skip
        for batch in {row.batch for row in rows}:
            Batch.objects.filter(pk=batch).update(held=sum(row.batch == batch for row in rows))


def _start(upload: Upload, state: UploadState, kind: str, by: User | None) -> Job:
    upload.state = state
    upload.job = enqueue(kind=kind, by=by, args={"upload": upload.pk}, about=upload.file_name)
    upload.save(update_fields=["state", "job"])
    return upload.job


def _require(upload: Upload, *states: UploadState) -> None:
    """In one of these states, and not while a job is at it (a job that failed or was stopped may start again)."""
    upload.lock()
    busy = upload.job is not None and not upload.job.is_over
    if upload.state not in states or (busy and upload.state != UploadState.PREVIEW):
        raise NotNow(Message("This file is being worked on, or it is finished. Reload the page to see where it is."))


def import_at_once(
    *, by: User | None, file_name: str, chunks: Iterable[bytes], source: str, answers: Mapping[str, str]
) -> Upload:
    """Import what the product itself wrote down for someone (a typed reading): nothing is left to be previewed.

    Raises holding.TooLarge, and NotNow where the very same is in use already.
    """
    stored_as, sha256, size = holding.keep(chunks, file_name)
    upload = Upload(
        by=by, file_name=file_name[-255:], sha256=sha256, size=size, stored_as=stored_as, source=source,
        answers=dict(answers),
    )  # fmt: skip
    with transaction.atomic():
        known = in_use(sha256)
        if known is None:
            upload.save()
            _start(upload, UploadState.IMPORTING, "import_upload", by)
            record(by=by, verb="upload received", target=upload, file=upload.file_name, sha256=sha256)
    if known:
        holding.drop(stored_as)
        raise NotNow(Message("This was written down before, word for word."))
    return upload
