"""The page of a job: what happened, and doing it again."""

import pytest

from kaibo.jobs.models import Job, JobState

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


def test_what_is_done_is_not_run_again(cast) -> None:
    job = Job.objects.create(kind="follow_batch", args={"batch": 7}, state=JobState.DONE)
    assert cast.client("lead").post(f"/jobs/{job.pk}/", {"act": "again"}).url == f"/jobs/{job.pk}/"
    assert Job.objects.count() == 1
