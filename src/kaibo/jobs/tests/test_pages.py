"""The page of a job: what happened, and doing it again."""

import pytest
from django.test import Client
from django.utils import timezone

from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User

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


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        ("close_month", {"owner", "finance"}), ("verify_month", {"owner", "finance"}),
        ("compute_cycle", {"owner", "hr"}), ("compute_month", {"owner", "lead"}),
        ("import_people", {"owner", "hr"}), ("check_people", {"owner", "hr"}),
    ],
)  # fmt: skip
def test_a_job_is_stopped_and_run_again_by_who_may_ask_for_what_it_does(cast, kind, may) -> None:
    others = {role: User.objects.create_user(role, role=role) for role in ("finance", "hr")}
    for who, user in {"owner": cast.owner, "lead": cast.lead.user, **others}.items():
        client = Client()
        client.force_login(user)
        for state, act in (("queued", ""), ("failed", "again")):
            job = Job.objects.create(kind=kind, args={"n": Job.objects.count()}, state=state, error="林晓彤")
            Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() if state == "failed" else None)
            before = Job.objects.count()
            status = client.post(f"/jobs/{job.pk}/", {"act": act}).status_code
            job.refresh_from_db()
            done = (job.state == "cancelled") if state == "queued" else Job.objects.count() > before
            assert (status, done) == ((302, True) if who in may else (404, False)), (who, state)
            page = client.get(f"/jobs/{job.pk}/")
            sees = who in may or (who != "hr" and "people" not in kind)
            assert page.status_code == (200 if sees else 404), who
            assert ("<form" in page.content.decode().partition("<main")[2]) == (sees and who in may), who
            Job.objects.filter(state__in=["failed", "queued"]).delete()


def test_whoever_may_no_longer_ask_for_it_does_not_run_it_again(cast) -> None:
    job = Job.objects.create(kind="import_people", args={"people_list": 1}, state="failed", by=cast.host.user)
    client = cast.client("host")
    assert client.get(f"/jobs/{job.pk}/").status_code == 200
    assert client.post(f"/jobs/{job.pk}/", {"act": "again"}).status_code == 404
    assert Job.objects.count() == 1
    waits = Job.objects.create(kind="follow_batch", args={"batch": 1}, by=cast.host.user)
    assert client.post(f"/jobs/{waits.pk}/").status_code == 302, "one's own is stopped by oneself"
