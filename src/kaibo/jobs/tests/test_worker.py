"""The worker at its promised interface: the job's row."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.jobs import worker
from kaibo.jobs.actions import cancel_job
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress, enqueue
from kaibo.jobs.worker import claim, claim_this, reclaim, run, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_runs_once_and_is_done() -> None:
    seen = []
    enqueue(kind="greet", by=None, args={"name": "林"})
    job = claim()
    assert job is not None
    assert claim() is None
    run(job, {"greet": lambda progress, name: seen.append(name)})
    assert seen == ["林"]
    assert Job.objects.get().state == JobState.DONE


def test_once_returns_the_equal_job_that_waits() -> None:
    first = enqueue(kind="compute", by=None, args={"month": "2026-10"}, once=True)
    assert enqueue(kind="compute", by=None, args={"month": "2026-10"}, once=True) == first
    assert enqueue(kind="compute", by=None, args={"month": "2026-11"}, once=True) != first


def test_a_failing_job_says_why(caplog: pytest.LogCaptureFixture) -> None:
    def fail(progress: Progress) -> None:
        raise ValueError("no such file")

    enqueue(kind="fail", by=None)
    job = claim()
    assert job is not None
    run(job, {"fail": fail})
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error.startswith("no such file")


def test_a_dead_workers_job_is_put_back_and_fails_the_third_time() -> None:
    enqueue(kind="slow", by=None)
    for attempt in (1, 2, 3):
        job = claim()
        assert job is not None
        assert job.attempts == attempt
        assert reclaim() == 0, "its worker still lives"
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
        assert reclaim() == 1
    assert Job.objects.get().state == JobState.FAILED


def test_cancel_stops_a_running_job_at_its_next_step() -> None:
    reached = []

    def long(progress: Progress) -> None:
        progress.step(1, 3, force=True)
        cancel_job(by=None, job=Job.objects.get())
        progress.step(2, 3, force=True)
        reached.append("the end")

    enqueue(kind="long", by=None)
    job = claim()
    assert job is not None
    run(job, {"long": long})
    assert Job.objects.get().state == JobState.CANCELLED
    assert not reached


def test_the_loop_stops_when_asked_and_calls_its_ticks() -> None:
    stopping, ticks = threading.Event(), []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            stopping.set()

    work({}, [tick], stopping, idle_seconds=0.001)
    assert len(ticks) == 3


def test_a_claimed_job_has_a_heartbeat_so_that_a_kill_is_noticed() -> None:
    job = enqueue(kind="greet", by=None)
    assert claim_this(job)
    assert not claim_this(job), "once"
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert job.heartbeat_at is not None


def test_a_worker_that_lost_its_job_neither_goes_on_nor_ends_it() -> None:
    reached = []

    def slow(progress: Progress) -> None:
        Job.objects.update(state=JobState.QUEUED)
        other = claim()
        assert other is not None
        progress.step(1, 2, force=True)
        reached.append("the end")

    enqueue(kind="slow", by=None)
    job = claim()
    assert job is not None
    run(job, {"slow": slow})
    assert not reached
    assert Job.objects.get().state == JobState.RUNNING, "the other worker's"


def test_the_heart_goes_on_beating_after_a_locked_database(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = []

    def update(_query: object, **_values: object) -> int:
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError("database is locked")
        return 1

    job = enqueue(kind="slow", by=None)
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(QuerySet, "update", update)
    with worker._Heartbeat(job):
        deadline = time.monotonic() + 5
        while len(beats) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(beats) >= 3


def test_trouble_outside_a_job_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "AFTER_TROUBLE", 0)
    stopping, ticks = threading.Event(), []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            stopping.set()
        raise OperationalError("database is locked")

    work({}, [tick], stopping, idle_seconds=0.001)
    assert len(ticks) == 3


def test_an_equal_job_that_waits_is_held_until_the_verb_has_committed() -> None:
    enqueue(kind="compute", by=None, once=True)
    with CaptureQueriesContext(connection) as seen:
        enqueue(kind="compute", by=None, once=True)
    locks = any("FOR UPDATE" in query["sql"] for query in seen)
    assert locks or not connection.features.has_select_for_update, "a worker would start it before the commit"
