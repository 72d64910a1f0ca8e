"""The worker at its promised interface: the job's row."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from kaibo.jobs.actions import cancel_job
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress, enqueue
from kaibo.jobs.worker import claim, reclaim, run, work

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
