"""Dropping files: the page, the preview, the answers, the import."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaibo.home import start, upload_jobs
from kaibo.imports.holding import held_path
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.imports.tests.made import ORDERS, SESSIONS, order, reading, session
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress
from kaibo.jobs.worker import claim, run
from kaibo.live.importer import follow_batch
from kaibo.live.models import Account, Session
from kaibo.live.roster import Offers
from kaibo.message import Message
from kaibo.sources.reading import Answers, Reading, Refused

pytestmark = pytest.mark.django_db
HANDLERS = {
    "read_upload": upload_jobs.read_upload, "import_upload": upload_jobs.import_upload, "follow_batch": follow_batch,
}  # fmt: skip
ONE = [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")]


@pytest.fixture
def understood(monkeypatch):
    """What the reader will answer: a Reading, or Refused."""
    answers: dict[str, object] = {"reading": reading(SESSIONS, ONE, rejects=1)}

    def read(_path: object, _name: str, told: Answers, **_more: object) -> Reading:
        found = answers["reading"]
        if isinstance(found, Refused):
            raise found
        if callable(found):
            return found(told)
        return found  # type: ignore[return-value]

    monkeypatch.setattr(upload_jobs, "read", read)
    return answers


def work() -> None:
    while job := claim():
        run(job, HANDLERS)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.error


def drop(client, *names: str, body: bytes = b"bytes of ") -> Upload:
    files = [SimpleUploadedFile(name, body + name.encode()) for name in names]
    assert client.post("/upload/", {"files": files}).status_code == 302
    return Upload.objects.first()


def test_from_a_drop_to_sessions(cast, understood) -> None:
    client = cast.client("lead")
    upload = drop(client, "直播明细.xlsx")
    url = f"/upload/{upload.pk}/"
    assert "every 1s" in client.get(url).content.decode()
    work()
    text = client.get(url).content.decode()
    assert "2026-10-03 19:00" in text
    assert "1.2.3" in text
    assert not Batch.objects.exists()
    assert client.post(url, {"act": "confirm"}).status_code == 302
    work()
    upload.refresh_from_db()
    assert (upload.state, upload.batch.accepted, upload.batch.by) == (UploadState.DONE, 1, cast.lead.user)
    assert Session.objects.get().account == Account.objects.get()
    assert not held_path(upload.stored_as).exists()
    assert client.get(url).status_code == 200


def test_a_file_discarded_while_it_is_imported_leaves_no_batch(cast, understood) -> None:
    client = cast.client("lead")
    upload = drop(client, "直播明细.xlsx")
    work()
    client.post(f"/upload/{upload.pk}/", {"act": "confirm"})

    def discarded_meanwhile(_told: Answers) -> Reading:
        client.post(f"/upload/{upload.pk}/", {"act": "discard"})
        return reading(SESSIONS, ONE)

    understood["reading"] = discarded_meanwhile
    upload_jobs.import_upload(Progress(), upload=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, Batch.objects.count()) == (UploadState.DISCARDED, 0)
    assert not held_path(upload.stored_as).exists()


def test_two_workers_with_one_upload_make_one_batch_of_it(cast, understood) -> None:
    client = cast.client("lead")
    upload = drop(client, "直播明细.xlsx")
    work()
    client.post(f"/upload/{upload.pk}/", {"act": "confirm"})

    def other_worker(_told: Answers) -> Reading:
        understood["reading"] = reading(SESSIONS, ONE)
        upload_jobs.import_upload(Progress(), upload=upload.pk)
        return reading(SESSIONS, ONE)

    understood["reading"] = other_worker
    upload_jobs.import_upload(Progress(), upload=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.batch) == (UploadState.DONE, Batch.objects.get())


def test_several_files_at_once(cast, understood) -> None:
    client = cast.client("lead")
    drop(client, "a.xlsx", "b.csv")
    assert Upload.objects.count() == 2
    assert "b.csv" in client.get("/upload/").content.decode()
    assert "<html" not in client.get("/upload/", headers={"HX-Request": "true"}).content.decode()


def test_several_previews_are_imported_with_one_button(cast, understood) -> None:
    client = cast.client("lead")
    drop(client, "a.xlsx", "b.csv")
    work()
    page = client.get("/upload/")
    ready = [str(upload.pk) for upload in page.context["ready"]]
    client.post("/upload/", {"act": "confirm", "upload": ready})
    work()
    assert set(Upload.objects.values_list("state", flat=True)) == {"done"}
    assert client.post("/upload/", {"act": "confirm", "upload": ready}).status_code == 302
    assert client.post("/upload/", {"act": "confirm", "upload": "x"}).status_code == 404


def test_an_older_export_says_which_batch_is_newer(cast, understood) -> None:
    """Nothing of the newer one is overwritten; whoever uploads the older one should know."""
    client = cast.client("lead")

    def dropped(day: int) -> str:
        as_of = datetime(2026, 11, day, tzinfo=UTC)
        understood["reading"] = replace(reading(SESSIONS, ONE), as_of_ms=int(as_of.timestamp() * 1000))
        upload = drop(client, f"{day}.xlsx")
        work()
        return f"/upload/{upload.pk}/"

    client.post(dropped(3), {"act": "confirm"})
    work()
    said = f"比批次 #{Batch.objects.get().pk}"
    assert said in client.get(dropped(1)).content.decode()
    assert said not in client.get(dropped(4)).content.decode()


def test_what_comes_after_importing_is_said(cast, understood, monkeypatch) -> None:
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    work()
    assert client.get("/upload/").context["next"] is None
    client.post(f"/upload/{upload.pk}/", {"act": "confirm"})
    work()
    monkeypatch.setattr(start, "roster_offers", lambda: Offers(names=[object()]))  # type: ignore[list-item]
    assert client.get("/upload/").context["next"].url == "/roster/"


def test_the_button_for_all_waits_until_all_are_read(cast, understood) -> None:
    client = cast.client("lead")
    drop(client, "a.xlsx", "b.csv", "c.csv")
    for _ in range(2):
        job = claim()
        assert job
        run(job, HANDLERS)
    assert client.get("/upload/").context["ready"] == []
    work()
    assert len(client.get("/upload/").context["ready"]) == 3


def test_no_file_is_said(cast) -> None:
    answer = cast.client("lead").post("/upload/", {})
    assert answer.status_code == 422


def test_too_large_is_said(cast, settings) -> None:
    settings.UPLOAD_LIMIT = 3
    client = cast.client("lead")
    client.post("/upload/", {"files": [SimpleUploadedFile("a.xlsx", b"12345")]})
    assert "a.xlsx" in client.get("/upload/").content.decode()
    assert not Upload.objects.exists()


def test_only_leads_and_owners(cast, understood) -> None:
    upload = drop(cast.client("lead"), "a.xlsx")
    for url in ("/upload/", f"/upload/{upload.pk}/"):
        codes = [cast.client(who).get(url).status_code for who in ("owner", "lead", "host", "outsider", "nobody")]
        assert codes == [200, 200, 404, 404, 302]


def test_a_refused_file_says_what_happened_and_what_to_do(cast, understood) -> None:
    understood["reading"] = Refused(Message("The file is cut off."), Message("Download it again."))
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    work()
    text = client.get(f"/upload/{upload.pk}/").content.decode()
    assert "The file is cut off." in text
    assert "Download it again." in text
    assert not held_path(upload.stored_as).exists()


def test_the_same_file_again_names_its_batch(cast, understood) -> None:
    client = cast.client("lead")
    first = drop(client, "a.xlsx")
    work()
    client.post(f"/upload/{first.pk}/", {"act": "confirm"})
    work()
    again = drop(client, "a.xlsx")
    assert again.state == UploadState.REFUSED
    assert f"/batches/{Batch.objects.get().pk}/" in client.get(f"/upload/{again.pk}/").content.decode()


def test_two_previews_of_one_file_make_one_batch(cast, understood) -> None:
    client = cast.client("lead")
    uploads = [drop(client, "a.xlsx"), drop(client, "a.xlsx")]
    work()
    for upload in uploads:
        client.post(f"/upload/{upload.pk}/", {"act": "confirm"})
    work()
    assert Batch.objects.count() == 1
    assert set(Upload.objects.values_list("state", flat=True)) == {"done", "refused"}


def asking(*names: str):
    def read(told: Answers) -> Reading:
        found = reading(SESSIONS, ONE)
        found.questions = [name for name in names if not getattr(told, name)]
        return found

    return read


def test_questions_are_asked_once(cast, understood) -> None:
    understood["reading"] = asking("zone", "account", "currency", "as_of", "month")
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    url = f"/upload/{upload.pk}/"
    work()
    assert client.post(url, {"act": "confirm"}).status_code == 422
    told = {"act": "answer", "zone": "Asia/Jakarta", "account": "101", "currency": "IDR", "as_of": "2026-11-01T08:00"}
    assert client.post(url, told | {"month": "2026-13"}).status_code == 422
    assert client.post(url, told | {"month": "2026-10", "zone": "Mars"}).status_code == 422
    assert client.post(url, told | {"month": "2026-10"}).status_code == 302
    work()
    upload.refresh_from_db()
    assert upload.preview["questions"] == []
    assert upload.answers["as_of"] == "2026-11-01T08:00:00+08:00"
    assert upload.answers["zone"] == "Asia/Jakarta"


def test_a_known_room_is_chosen_not_typed(cast, understood) -> None:
    Account.objects.create(handle="101", name="一号间")
    understood["reading"] = asking("account")
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    work()
    assert '<option value="101">一号间 (101)</option>' in client.get(f"/upload/{upload.pk}/").content.decode()


def test_a_file_of_which_no_row_can_be_read_is_refused(cast, understood) -> None:
    empty = reading(SESSIONS, [], rejects=3)
    understood["reading"] = empty
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    work()
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert "1.2.3" in client.get(f"/upload/{upload.pk}/").content.decode()


def test_a_job_that_broke_can_be_started_again_or_given_up(cast, understood, monkeypatch) -> None:
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    url = f"/upload/{upload.pk}/"
    Job.objects.update(state=JobState.FAILED)
    assert 'value="again"' in client.get(url).content.decode()
    client.post(url, {"act": "again"})
    work()
    upload.refresh_from_db()
    assert upload.state == UploadState.PREVIEW
    assert client.post(url, {"act": "discard"}).headers["Location"] == "/upload/"
    assert not held_path(upload.stored_as).exists()


def test_jobs_run_twice_do_nothing_twice(cast, understood) -> None:
    client = cast.client("lead")
    upload = drop(client, "a.xlsx")
    work()
    client.post(f"/upload/{upload.pk}/", {"act": "confirm"})
    work()
    Job.objects.update(state=JobState.QUEUED)
    work()
    assert Batch.objects.count() == 1


def test_a_number_that_is_none_is_nobodys_upload(cast) -> None:
    assert cast.client("lead").post("/upload/", {"act": "confirm", "upload": "²"}).status_code == 404


def test_a_body_too_large_for_its_page_is_not_even_read(cast, settings) -> None:
    settings.UPLOAD_LIMIT, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50_000, 1_000
    file = SimpleUploadedFile("a.csv", b"x" * 40_000)
    assert Client().post("/sign-in/", {"username": "x", "file": file}).status_code == 413
    file.seek(0)
    assert Client().post("/upload/", {"files": file}).status_code == 413, "nobody is signed in"
    file.seek(0)
    assert cast.client("lead").post("/upload/", {"files": file}).status_code == 302
    assert "too large" not in cast.client("lead").get("/upload/").content.decode()


def test_which_days_it_covers_is_said_before_it_is_imported(cast, understood) -> None:
    """A shop without orders in its last days: the file speaks until the 31st."""
    rows = [order(2, "1", "2026-10-03 19:00:00"), order(3, "2", "2026-10-20 21:00:00")]
    understood["reading"] = reading(ORDERS, rows)
    client = cast.client("lead")
    upload = drop(client, "orders.csv")
    work()
    url = f"/upload/{upload.pk}/"
    assert 'name="end" value="2026-10-20"' in client.get(url).content.decode()
    wrong = client.post(url, {"act": "answer", "start": "2026-10-01", "end": "2026-11-30"})
    assert (wrong.status_code, "2026-11-01" in wrong.content.decode()) == (422, True)
    assert client.post(url, {"act": "answer", "start": "2026-10-01", "end": "2026-10-31"}).status_code == 302
    work()
    assert 'name="end" value="2026-10-31"' in client.get(url).content.decode()
    client.post(url, {"act": "confirm"})
    work()
    batch = Batch.objects.get()
    assert [day.isoformat() for day in batch.covers or ()] == ["2026-10-01", "2026-10-31"]
    assert batch.period_from == "asked"


def test_days_that_cannot_be_refuse_the_file_in_words(cast, understood) -> None:
    """A program may answer before the file is read."""
    understood["reading"] = reading(ORDERS, [order(2, "1", "2026-10-03 19:00:00")])
    upload = drop(cast.client("lead"), "orders.csv")
    Upload.objects.filter(pk=upload.pk).update(answers={"start": "2026-12-01", "end": "2026-10-31"})
    work()
    upload.refresh_from_db()
    assert (upload.state, upload.preview["refused"]["text"]) == (
        UploadState.REFUSED,
        "The last day is before the first.",
    )


def test_who_sits_before_a_body_too_large_gets_a_page_and_the_way_back(cast, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    sent = {"evidence": SimpleUploadedFile("a.png", b"x" * 40_000)}
    client, html = cast.client("host"), {"HTTP_ACCEPT": "text/html,*/*;q=0.8"}
    answer = client.post("/appeals/new/1/", sent, HTTP_REFERER="http://testserver/appeals/new/1/", **html)
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "一次传得太多：最多 1 MB。" in page
    assert "也没有保存" in page
    assert 'href="http://testserver/appeals/new/1/"' in page
    sent["evidence"].seek(0)
    elsewhere = client.post("/appeals/new/1/", sent, HTTP_REFERER="https://elsewhere.example/", **html)
    page = elsewhere.content.decode()
    assert ('href="/"' in page, "elsewhere.example" in page) == (True, False)
