"""`kaibo batches` and `kaibo facts`: the same verbs and the same words as the pages."""

import json
import shutil
from datetime import timedelta

import pytest

from kaibo.facts.schema import SESSION_REPORT
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch, BatchState
from kaibo.imports.tests.made import SESSIONS, landed, session
from kaibo.imports.tests.test_retention import events
from kaibo.jobs.models import Job, JobState
from kaibo.live.models import Session
from kaibo.site import batches_cli, facts_cli, import_cli

pytestmark = pytest.mark.django_db
ONE = [session(d, f"2026-10-0{d} 19:00:00", f"2026-10-0{d} 23:00:00") for d in (3, 4)]


@pytest.fixture(autouse=True)
def _no_computing(monkeypatch) -> None:
    monkeypatch.setattr(import_cli, "compute_stale_now", list)


def test_listed_and_shown(capsys) -> None:
    old = landed(SESSIONS, ONE, sha="a", as_of="2026-10-05 08:00")
    new = landed(SESSIONS, [ONE[0] | {"views": 120}], sha="b", as_of="2026-10-06 08:00", rejects=1)
    assert batches_cli.run(["list", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["batch"], one["accepted"], one["state"]) for one in lines] == [
        (new.pk, 1, "visible"), (old.pk, 2, "visible")
    ]  # fmt: skip
    assert batches_cli.run(["show", str(new.pk), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["replaced"]["rows"], whole["replaced"]["changed"]) == (1, 1)
    assert whole["rejects"][0]["value"] == "1.2.3"
    assert batches_cli.run(["show", str(new.pk)]) == 0
    assert "100 → 120" in capsys.readouterr().out
    assert batches_cli.run(["list", "--table", "order_line"]) == 0
    assert capsys.readouterr().out == ""


def test_withdrawn_and_back_with_what_follows() -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    import_cli.follow_up()
    assert batches_cli.run(["withdraw", str(batch.pk), "--reason", "wrong room"]) == 0
    assert Session.objects.filter(gone=False).count() == 0
    assert batches_cli.run(["withdraw", str(batch.pk), "--reason", "again"]) == 1
    assert batches_cli.run(["restore", str(batch.pk), "--reason", "right after all"]) == 0
    assert Session.objects.filter(gone=False).count() == 2
    assert not Job.objects.exclude(state=JobState.DONE).exists()


def test_stopped_between_the_batch_and_what_follows_the_next_run_goes_on(monkeypatch, capsys) -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    import_cli.follow_up()

    def stopped(_tell: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(batches_cli, "follow_up", stopped)
        assert batches_cli.run(["withdraw", str(batch.pk), "--reason", "x"]) == 130
    batch.refresh_from_db()
    assert batch.state == BatchState.WITHDRAWN
    import_cli.follow_up()
    assert Session.objects.filter(gone=False).count() == 0


def test_a_batch_that_is_not_there(capsys) -> None:
    assert batches_cli.run(["show", "77"]) == 1
    assert "#77" in capsys.readouterr().err


def test_status_counts_what_is_visible_and_what_is_replaced(capsys) -> None:
    landed(SESSIONS, ONE, sha="a", as_of="2026-10-05 08:00")
    new = landed(SESSIONS, [ONE[0]], sha="b", as_of="2026-10-06 08:00")
    imported = events(days_ago=10).imported_at
    assert facts_cli.run(["status", "--json"]) == 0
    tables = {one["table"]: one for one in json.loads(capsys.readouterr().out)["tables"]}
    report = tables[SESSION_REPORT]
    assert (report["batches"], report["rows"], report["visible"], report["replaced"]) == (2, 3, 2, 1)
    assert report["bytes"] > 0
    assert tables["event"]["erasable_on"][:10] == f"{imported + timedelta(days=90):%Y-%m-%d}"
    shutil.rmtree(folder_of(new))
    assert facts_cli.run(["status"]) == 1
    assert f"#{new.pk}" in capsys.readouterr().out


def test_sweep_says_first_and_does_then(capsys, settings) -> None:
    batch = events(days_ago=91)
    assert facts_cli.run(["sweep", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"orphans": [], "due": [batch.pk], "gone": 0, "dry_run": True}
    assert not Batch.objects.get().erased_at
    assert facts_cli.run(["sweep"]) == 0
    assert Batch.objects.get().erased_at
    assert facts_cli.run(["status"]) == 0


def test_nothing_imported_is_no_fault(capsys) -> None:
    assert [facts_cli.run(["status"]), facts_cli.run(["sweep"]), batches_cli.run(["list"])] == [0, 0, 0]
