"""Which months are computed again: the ones that new audit rows name, each once."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record
from kaibo.jobs.models import Job, JobState
from kaibo.live.models import Account
from kaibo.measurement import computing, due
from kaibo.measurement.due import enqueue_stale, is_computing
from kaibo.measurement.models import AuditCursor

from .conftest import OCTOBER


@pytest.fixture
def target(db: None) -> Account:
    return Account.objects.create(handle="qinghe", name="生活旗舰店")


def happen(target: Account, *months: str, ago: timedelta = timedelta()) -> AuditEvent:
    then = timezone.now() - ago
    with transaction.atomic(), patch("kaibo.audit.record.timezone.now", return_value=then):
        return record(by=None, verb="shift_confirmed", target=target, months=list(months))


def queued() -> list[str]:
    return [job.args["month"] for job in Job.objects.filter(state=JobState.QUEUED).order_by("pk")]


def test_a_month_is_queued_once_however_often_it_is_named(target: Account) -> None:
    happen(target, "2026-10")
    happen(target, "2026-10", "2026-11")
    assert enqueue_stale() == ["2026-10", "2026-11"]
    assert queued() == ["2026-10", "2026-11"]
    assert is_computing(OCTOBER)


def test_a_row_is_looked_at_once(target: Account) -> None:
    happen(target, "2026-10")
    enqueue_stale()
    Job.objects.all().delete()
    assert enqueue_stale() == []
    assert not is_computing(OCTOBER)


def test_a_month_is_about_to_change_before_the_worker_looks(target: Account) -> None:
    assert not is_computing(OCTOBER)
    happen(target, "2026-10")
    assert is_computing(OCTOBER)
    assert not is_computing(OCTOBER.replace(month=9))


def test_a_batch_that_is_being_followed_may_change_any_month(db: None) -> None:
    job = Job.objects.create(kind="follow_batch", args={"batch": 1})
    assert is_computing(OCTOBER)
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
    assert not is_computing(OCTOBER)


def test_a_row_that_becomes_visible_late_is_still_found(target: Account) -> None:
    happen(target, "2026-10")
    enqueue_stale()
    # committed after the row above although its time is earlier
    happen(target, "2026-09", ago=timedelta(seconds=90))
    assert enqueue_stale() == ["2026-09"]


def test_rows_without_months_and_nonsense_do_nothing(target: Account) -> None:
    with transaction.atomic():
        record(by=None, verb="renamed", target=target)
    happen(target, "not a month")
    assert enqueue_stale() == []
    assert queued() == []


def test_a_running_computation_does_not_swallow_a_new_change(target: Account) -> None:
    happen(target, "2026-10")
    enqueue_stale()
    Job.objects.update(state=JobState.RUNNING)
    happen(target, "2026-10")
    assert enqueue_stale() == ["2026-10"]
    assert queued() == ["2026-10"]


def test_computing_now_marks_what_it_computed(target: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []
    monkeypatch.setattr(computing, "compute_month", lambda progress, month: computed.append(month))
    happen(target, "2026-10")
    assert computing.compute_stale_now() == ["2026-10"]
    assert computed == ["2026-10"]
    assert due.new_events() == []


def test_computing_now_that_fails_is_found_again(target: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(progress: object, month: str) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(computing, "compute_month", fails)
    happen(target, "2026-10")
    with pytest.raises(FileNotFoundError):
        computing.compute_stale_now()
    assert len(due.new_events()) == 1


def test_months_of_another_engine_are_queued(evening) -> None:  # type: ignore[no-untyped-def]
    assert due.enqueue_outdated("1") == []
    assert due.enqueue_outdated("2") == ["2026-10"]
    assert queued() == ["2026-10"]


def test_a_clock_that_was_ahead_does_not_hide_what_happens_after_it_was_set_right(target: Account) -> None:
    happen(target, "2026-10", ago=timedelta(days=-1))
    assert enqueue_stale() == ["2026-10"]
    assert enqueue_stale() == [], "once, though its time is still to come"
    happen(target, "2026-11")
    assert enqueue_stale() == ["2026-11"]


def test_a_cursor_from_a_clock_that_was_ahead_finds_its_way_back(target: Account) -> None:
    AuditCursor.objects.create(pk=1, at=timezone.now() + timedelta(days=1))
    happen(target, "2026-11")
    assert enqueue_stale() == ["2026-11"]
    assert enqueue_stale() == []
