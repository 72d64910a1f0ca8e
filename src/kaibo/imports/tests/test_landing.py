"""A reading becomes a batch, wholly or not at all."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kaibo.facts import reader
from kaibo.imports import landing
from kaibo.imports.landing import AlreadyImported, land, rejected_minor
from kaibo.imports.models import Batch, BatchState, Reject, Upload, UploadState
from kaibo.imports.sweeping import sweep
from kaibo.imports.tests.made import SESSIONS, landed, ms, reading, session
from kaibo.jobs.models import Job
from kaibo.message import Message
from kaibo.sources.reading import Answers, Rejected

pytestmark = pytest.mark.django_db
ONE = [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")]


def test_a_batch_says_what_the_file_was(settings) -> None:
    batch = landed(SESSIONS, ONE, sha="a", rejects=2)
    assert (batch.accepted, batch.rejected, batch.table, batch.state) == (1, 2, "session_report", "visible")
    assert (batch.as_of_from, f"{batch.as_of:%m-%d %H:%M}") == ("file", "11-01 00:00")
    assert batch.incomplete
    assert reader.file_row(Path(settings.FACTS_ROOT) / batch.folder, batch.table, 2)["views"] == 100


def test_the_follow_up_is_queued_with_the_batch() -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    assert Job.objects.get(kind="follow_batch").args == {"batch": batch.pk}


def test_rejects_keep_line_column_value_and_reason() -> None:
    batch = landed(SESSIONS, ONE, sha="a", rejects=1)
    reject = batch.rejects.get()
    assert (reject.line, reject.column, reject.value) == (90, "直播间成交金额", "1.2.3")
    assert reject.reason % reject.values == "“1.2.3” is no amount."


def test_the_same_file_is_never_in_use_twice(settings) -> None:
    first = landed(SESSIONS, ONE, sha="a")
    with pytest.raises(AlreadyImported) as known:
        landed(SESSIONS, ONE, sha="a")
    assert known.value.batch == first
    assert len(list(Path(settings.FACTS_ROOT).iterdir())) == 1


def test_two_processes_with_one_file_make_one_batch(monkeypatch) -> None:
    first = landed(SESSIONS, ONE, sha="a")
    answers = iter([None, first])
    monkeypatch.setattr(landing, "in_use", lambda _sha: next(answers))
    with pytest.raises(AlreadyImported):
        landed(SESSIONS, ONE, sha="a")
    assert Batch.objects.count() == 1


def test_a_failure_before_the_commit_leaves_no_row_and_the_sweep_takes_the_folder(settings, monkeypatch) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(landing, "record", fails)
    with pytest.raises(OSError, match="disk full"):
        landed(SESSIONS, ONE, sha="a", rejects=3)
    assert not Batch.objects.exists()
    assert not Reject.objects.exists()
    assert sweep(orphan_age=timedelta(0)) == 1
    assert not list(Path(settings.FACTS_ROOT).iterdir())


def test_the_sweep_spares_batches_young_folders_and_other_rooms_files(settings) -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    root = Path(settings.FACTS_ROOT)
    (root / "derived").mkdir()
    (root / "b-young").mkdir()
    (root / ".b-old.part").mkdir()
    os.utime(root / ".b-old.part", (0, 0))
    assert sweep() == 1
    assert {path.name for path in root.iterdir()} == {batch.folder, "derived", "b-young"}


def test_the_sweep_puts_forgotten_uploads_away(settings) -> None:
    root = Path(settings.UPLOADS_ROOT)
    root.mkdir(parents=True)
    (root / "x.xlsx").write_bytes(b"x")
    upload = Upload.objects.create(file_name="x.xlsx", sha256="x", size=1, stored_as="x.xlsx", state="preview")
    Upload.objects.update(at=timezone.now() - timedelta(days=8))
    sweep()
    upload.refresh_from_db()
    assert upload.state == UploadState.DISCARDED
    assert not list(root.iterdir())


def test_an_unknown_as_of_is_the_time_of_the_import() -> None:
    made = reading(SESSIONS, ONE)
    made.as_of_ms, made.as_of_from = None, ""
    batch = land(made, by=None, file_name="x", sha256="x", answers=Answers(), now_ms=ms("2026-11-02 08:00"))
    assert (batch.as_of_from, batch.state) == ("import", BatchState.VISIBLE)
    assert batch.as_of == landing.instant(ms("2026-11-02 08:00"))


def test_rejected_money_is_unknown_rather_than_nought() -> None:
    def reject(line: int, minor: int | None) -> Rejected:
        return Rejected(line, "c", "v", Message("why"), minor)

    assert rejected_minor([reject(1, None)]) is None
    assert rejected_minor([reject(1, 500), reject(1, 500), reject(2, None), reject(3, 7)]) == 507


def test_two_sweeps_at_once_do_not_trip_over_each_other(settings, monkeypatch) -> None:
    for root in (Path(settings.FACTS_ROOT), Path(settings.UPLOADS_ROOT)):
        root.mkdir(parents=True)
    (Path(settings.FACTS_ROOT) / "b-old").mkdir()
    (Path(settings.UPLOADS_ROOT) / "old.xlsx").write_bytes(b"x")
    listed = list(Path(settings.FACTS_ROOT).iterdir()), list(Path(settings.UPLOADS_ROOT).iterdir())
    assert sweep(orphan_age=timedelta(0)) == 2
    answers = iter(listed)
    monkeypatch.setattr(Path, "iterdir", lambda _path: iter(next(answers)))
    assert sweep(orphan_age=timedelta(0)) == 0


def test_the_sweep_leaves_alone_what_was_imported_while_it_looked(settings, monkeypatch) -> None:
    upload = Upload.objects.create(file_name="x.xlsx", sha256="x", size=1, stored_as="x.xlsx", state="importing")
    Upload.objects.update(at=timezone.now() - timedelta(days=8))
    done = Upload(pk=upload.pk, state="done")
    monkeypatch.setattr(Upload, "lock", lambda self: setattr(self, "state", done.state))
    assert sweep() == 0
