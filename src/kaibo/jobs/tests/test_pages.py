"""The page of a job: what happened, and doing it again."""

import pytest

from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import enqueue

pytestmark = pytest.mark.django_db


def test_what_failed_can_be_run_again_from_its_page(cast) -> None:
    job = Job.objects.create(kind="follow_batch", args={"batch": 7}, state=JobState.FAILED, error="disk full")
    client = cast.client("lead")
    assert 'value="again"' in client.get(f"/jobs/{job.pk}/").content.decode()
    again = Job.objects.exclude(pk=job.pk)
    assert client.post(f"/jobs/{job.pk}/", {"act": "again"}).url == f"/jobs/{again.get().pk}/"
    assert (again.get().kind, again.get().args, again.get().state) == ("follow_batch", {"batch": 7}, "queued")
    client.post(f"/jobs/{job.pk}/", {"act": "again"})
    assert again.count() == 1, "it waits already"


def test_a_running_job_names_the_file_it_works_on(cast) -> None:
    job = enqueue(kind="read_upload", by=cast.owner, args={"upload": 1}, about="订单 <10月>.xlsx")
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    page = cast.client("owner").get(f"/jobs/{job.pk}/").content.decode()
    assert "<title>订单 &lt;10月&gt;.xlsx" in page
    assert "订单 &lt;10月&gt;.xlsx</p>" in page
    month = enqueue(kind="compute_month", by=None, args={"month": "2026-10"})
    assert "2026-10</p>" in cast.client("lead").get(f"/jobs/{month.pk}/").content.decode()


def test_what_is_done_is_not_run_again(cast) -> None:
    job = Job.objects.create(kind="follow_batch", args={"batch": 7}, state=JobState.DONE)
    assert cast.client("lead").post(f"/jobs/{job.pk}/", {"act": "again"}).url == f"/jobs/{job.pk}/"
    assert Job.objects.count() == 1
