"""Verbs on uploads and batches."""

from pathlib import Path

import pytest

from kaibo.audit.models import AuditEvent
from kaibo.imports.actions import (
    NotNow,
    answer_upload,
    confirm_upload,
    discard_upload,
    receive_upload,
    refuse_upload,
    restore_batch,
    withdraw_batch,
)
from kaibo.imports.holding import TooLarge, held_path
from kaibo.imports.models import Upload, UploadState
from kaibo.imports.tests.made import SESSIONS, landed, session
from kaibo.jobs.models import Job, JobState

pytestmark = pytest.mark.django_db
BYTES = b"a file"


def received(name: str = "直播明细.xlsx", body: bytes = BYTES) -> Upload:
    return receive_upload(by=None, file_name=name, chunks=[body[:3], body[3:]])


def in_preview() -> Upload:
    upload = received()
    Job.objects.update(state=JobState.DONE)
    Upload.objects.update(state=UploadState.PREVIEW)
    return Upload.objects.select_related("job").get(pk=upload.pk)


def test_a_received_file_lies_there_and_waits_for_its_reader() -> None:
    upload = received()
    assert held_path(upload.stored_as).read_bytes() == BYTES
    assert (upload.state, upload.job.kind, upload.job.args) == ("reading", "read_upload", {"upload": upload.pk})
    assert AuditEvent.objects.get().verb == "upload received"


def test_a_file_in_use_is_refused_and_names_its_batch() -> None:
    upload = received()
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha=upload.sha256)
    again = received("other name.xlsx")
    assert (again.state, again.preview["duplicate_of"]) == (UploadState.REFUSED, batch.pk)
    assert not held_path(again.stored_as).exists()


def test_a_withdrawn_file_may_come_again_and_then_the_old_batch_may_not() -> None:
    upload = received()
    rows = [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")]
    old = landed(SESSIONS, rows, sha=upload.sha256)
    withdraw_batch(by=None, batch=old, reason="wrong zone")
    assert received().state == UploadState.READING
    landed(SESSIONS, rows, sha=upload.sha256)
    with pytest.raises(NotNow, match="in use as batch"):
        restore_batch(by=None, batch=old, reason="oh")


def test_too_large_a_file_leaves_nothing(settings) -> None:
    settings.UPLOAD_LIMIT = 4
    with pytest.raises(TooLarge):
        received()
    assert not Upload.objects.exists()
    assert not list(Path(settings.UPLOADS_ROOT).iterdir())


def test_a_path_in_a_file_name_is_only_a_name(settings) -> None:
    upload = received("../../etc/passwd.sh")
    assert held_path(upload.stored_as).parent == Path(settings.UPLOADS_ROOT)
    assert held_path(upload.stored_as).suffix == ""


def test_answers_are_kept_and_the_file_is_read_again() -> None:
    upload = in_preview()
    answer_upload(by=None, upload=upload, answers={"zone": "Asia/Shanghai", "evil": "x"})
    upload.refresh_from_db()
    assert (upload.state, upload.answers) == (UploadState.READING, {"zone": "Asia/Shanghai"})
    assert Job.objects.filter(kind="read_upload").count() == 2


def test_confirm_waits_for_the_answers() -> None:
    upload = in_preview()
    Upload.objects.update(preview={"questions": ["zone"]})
    with pytest.raises(NotNow, match="Answer the questions"):
        confirm_upload(by=None, upload=upload)


def test_confirm_once() -> None:
    upload = in_preview()
    confirm_upload(by=None, upload=upload)
    upload.refresh_from_db()
    assert upload.job.kind == "import_upload"
    with pytest.raises(NotNow):
        confirm_upload(by=None, upload=upload)


def test_two_clicks_confirm_once() -> None:
    upload = in_preview()
    again = Upload.objects.get(pk=upload.pk)
    confirm_upload(by=None, upload=upload)
    with pytest.raises(NotNow):
        confirm_upload(by=None, upload=again)
    assert Job.objects.filter(kind="import_upload").count() == 1


def test_what_was_imported_meanwhile_is_not_discarded_or_refused() -> None:
    upload = in_preview()
    Upload.objects.update(state=UploadState.DONE)
    with pytest.raises(NotNow, match="withdraw its batch"):
        discard_upload(by=None, upload=upload)
    refuse_upload(upload=Upload(pk=upload.pk, stored_as=upload.stored_as), preview={"refused": {"text": "no"}})
    assert Upload.objects.get().state == UploadState.DONE


def test_a_failed_import_may_be_tried_again() -> None:
    upload = in_preview()
    confirm_upload(by=None, upload=upload)
    Job.objects.update(state=JobState.FAILED)
    assert confirm_upload(by=None, upload=Upload.objects.get(pk=upload.pk)).state == JobState.QUEUED


def test_discard_deletes_the_file_and_stops_the_job() -> None:
    upload = received()
    discard_upload(by=None, upload=upload)
    assert not held_path(upload.stored_as).exists()
    assert Job.objects.get().state == JobState.CANCELLED


def test_withdraw_and_restore_each_once_with_reason_and_follow_up() -> None:
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="a")
    Job.objects.all().delete()
    withdraw_batch(by=None, batch=batch, reason="wrong shop")
    with pytest.raises(NotNow, match="withdrawn already"):
        withdraw_batch(by=None, batch=batch, reason="again")
    assert AuditEvent.objects.get(verb="batch withdrawn").reason == "wrong shop"
    assert Job.objects.get().args == {"batch": batch.pk}
    restore_batch(by=None, batch=batch, reason="right after all")
    assert batch.state == "visible"
    with pytest.raises(NotNow, match="in use already"):
        restore_batch(by=None, batch=batch, reason="again")


def test_a_dropped_file_is_the_installations_alone_to_read(settings) -> None:
    path = held_path(received().stored_as)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_a_refusal_quotes_stands_neither_in_the_audit_nor_in_a_discarded_upload() -> None:
    upload = received()
    said = {"refused": {"text": "Unknown: %(header)s", "values": {"header": "张三, 13812345678"}}, "title": "Orders"}
    refuse_upload(upload=upload, preview=said)
    event = AuditEvent.objects.get(verb="upload refused")
    assert event.data == {"refused": "Unknown: %(header)s"}
    discard_upload(by=None, upload=Upload.objects.get(pk=upload.pk))
    assert Upload.objects.get().preview == {"title": "Orders"}
