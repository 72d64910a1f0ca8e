"""Viewers' rows live ninety days; what was counted of them, and every other row, stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.facts import reader
from kaibo.facts.schema import EVENT, MINUTE
from kaibo.imports.actions import NotNow, hold_batch, release_batch, restore_batch, withdraw_batch
from kaibo.imports.files import batches_of, files_of, folder_of
from kaibo.imports.landing import land
from kaibo.imports.models import Batch
from kaibo.imports.retention import erasable_on, erase_due
from kaibo.imports.sweeping import sweep
from kaibo.imports.tests.made import SESSIONS, landed, ms, session
from kaibo.sources.reading import Answers, Reading, Source

pytestmark = pytest.mark.django_db
EVENTS = Source("kaibo_events", "Events", EVENT, (), (), "Viewers", "Kaibo")
LIKE = {"row": 2, "raw": "{}", "account": "a", "instant_ms": ms("2026-10-03 19:00"), "kind": "like", "viewer": 7}
OF_MINUTE = {"row": 2, "raw": "{}", "account": "a", "minute_ms": ms("2026-10-03 19:00"), "likes": 1}


def events(*, days_ago: int, sha: str = "e", more: dict[str, list[dict[str, object]]] | None = None) -> Batch:
    made = Reading(EVENTS, [LIKE], as_of_ms=ms("2026-10-04 08:00"), more=more or {})
    batch = land(made, by=None, file_name=f"{sha}.csv", sha256=sha, answers=Answers(), now_ms=ms("2026-10-04 08:00"))
    Batch.objects.filter(pk=batch.pk).update(imported_at=timezone.now() - timedelta(days=days_ago))
    batch.refresh_from_db()
    return batch


def test_after_ninety_days_the_rows_go_and_the_counts_stay() -> None:
    young, old = events(days_ago=89, sha="y"), events(days_ago=91, sha="o")
    assert [batch.pk for batch in erase_due()] == [old.pk]
    old.refresh_from_db()
    assert old.erased_at is not None
    assert old.accepted == 1
    assert not (folder_of(old) / "event.parquet").exists()
    assert (folder_of(young) / "event.parquet").exists()
    assert [batch.pk for batch in batches_of(EVENT)] == [young.pk]
    assert AuditEvent.objects.filter(verb="rows erased", target_id=str(old.pk)).count() == 1
    assert erase_due() == []


def test_the_sweep_does_it() -> None:
    batch = events(days_ago=91)
    assert sweep() == 1
    batch.refresh_from_db()
    assert batch.erased_at


def test_minutes_of_the_same_file_stay() -> None:
    batch = events(days_ago=91, more={MINUTE: [OF_MINUTE]})
    erase_due()
    assert [row["likes"] for row in reader.shown(MINUTE, files_of(MINUTE), ["likes"])] == [1]
    batch.refresh_from_db()
    withdraw_batch(by=None, batch=batch, reason="x")
    restore_batch(by=None, batch=batch, reason="the minutes are wanted")


def test_reports_are_about_no_viewer_and_stay() -> None:
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="r")
    Batch.objects.filter(pk=batch.pk).update(imported_at=timezone.now() - timedelta(days=400))
    assert erase_due() == []
    assert erasable_on(batch) is None


def test_a_hold_wins_until_it_is_released() -> None:
    batch = events(days_ago=91)
    hold_batch(by=None, batch=batch, reason="a dispute")
    assert (erase_due(), erasable_on(batch)) == ([], None)
    with pytest.raises(NotNow):
        hold_batch(by=None, batch=batch, reason="again")
    release_batch(by=None, batch=batch, reason="settled")
    assert [one.pk for one in erase_due()] == [batch.pk]


def test_killed_between_the_row_and_the_file_the_next_run_removes_the_file() -> None:
    batch = events(days_ago=91)
    Batch.objects.update(erased_at=timezone.now())
    erase_due()
    assert not (folder_of(batch) / "event.parquet").exists()


def test_what_is_erased_cannot_come_back() -> None:
    batch = events(days_ago=91)
    erase_due()
    batch.refresh_from_db()
    withdraw_batch(by=None, batch=batch, reason="x")
    with pytest.raises(NotNow):
        restore_batch(by=None, batch=batch, reason="y")


def test_the_page_says_so(cast) -> None:
    batch = events(days_ago=10)
    client = cast.client("owner")
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert 'value="hold"' in page
    client.post(f"/batches/{batch.pk}/", {"act": "hold", "reason": "争议"})
    batch.refresh_from_db()
    assert batch.legal_hold
    # held by one, released by another (ADR 38)
    cast.client("lead").post(f"/batches/{batch.pk}/", {"act": "release", "reason": "了结"})
    Batch.objects.update(imported_at=timezone.now() - timedelta(days=91))
    erase_due()
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "90" in page
    assert 'value="hold"' not in page
    assert client.get(f"/batches/{batch.pk}/rows/2/").status_code == 404
