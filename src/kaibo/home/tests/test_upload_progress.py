"""A large file says row by row how far it is, and stops within the second when someone asks for it."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.home import upload_jobs
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.jobs import queue
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress
from kaibo.jobs.worker import claim, run
from kaibo.sources.tests.making import ORDER_COLUMNS, order

pytestmark = pytest.mark.django_db
ROWS = 1700
HANDLERS = {"read_upload": upload_jobs.read_upload, "import_upload": upload_jobs.import_upload}


@pytest.fixture(autouse=True)
def _every_word_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "EVERY_SECONDS", 0)


@pytest.fixture
def dropped(cast) -> Upload:
    text = io.StringIO()
    csv.writer(text).writerows([ORDER_COLUMNS, *(order(n) for n in range(ROWS))])
    file = SimpleUploadedFile("orders.csv", text.getvalue().encode())
    assert cast.client("lead").post("/upload/", {"files": [file]}).status_code == 302
    return Upload.objects.get()


class Watching(Progress):
    """As the worker's, and `at` is called with what the job's row says then."""

    def __init__(self, job: Job, at) -> None:
        super().__init__(job)
        self._at = at

    def step(self, done: int, total: int, note: str = "", *, force: bool = False) -> None:
        super().step(done, total, note, force=force)
        self._at(Job.objects.get(pk=self.job.pk))


def working(at) -> Job:
    """The next job as the worker runs it, looked at in each of its steps."""
    job = claim()
    assert job is not None
    watching = {
        kind: lambda _progress, handler=handler, **args: handler(Watching(job, at), **args)
        for kind, handler in HANDLERS.items()
    }
    run(job, watching)
    job.refresh_from_db()
    return job


def test_the_page_and_the_api_say_how_many_rows_are_read(cast, dropped: Upload) -> None:
    client, seen, said = cast.client("lead"), set(), []

    def look(job: Job) -> None:
        seen.add((job.note, job.done, job.total))
        if job.done == 1000:
            said.append(client.get(f"/upload/{dropped.pk}/", HTTP_ACCEPT_LANGUAGE="en").content.decode())

    assert working(look).state == JobState.DONE
    assert {(upload_jobs.READING, n, ROWS + 1) for n in (500, 1000, 1500)} <= seen
    assert "1,000 / 1,701" in said[0]
    assert f'<progress value="1000" max="{ROWS + 1}">' in said[0]


@pytest.mark.parametrize("state", ["reading", "importing"])
def test_a_stop_in_the_middle_of_a_file(cast, dropped: Upload, state: str, settings) -> None:
    client = cast.client("lead")
    url = f"/upload/{dropped.pk}/"
    if state == "importing":
        working(lambda _job: None)
        client.post(url, {"act": "confirm"})
    reached = []

    def stop(job: Job) -> None:
        reached.append(job.done)
        if job.done == 1000:
            client.post(url, {"act": "discard"})

    assert working(stop).state == JobState.CANCELLED
    dropped.refresh_from_db()
    assert (max(reached), dropped.state, Batch.objects.count()) == (1000, UploadState.DISCARDED, 0)
    root = Path(settings.FACTS_ROOT)
    assert not root.exists() or not list(root.iterdir())
