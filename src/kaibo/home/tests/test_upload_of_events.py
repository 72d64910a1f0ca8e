"""A recording, an event file and a clock-in report through the page: dropped, asked about, imported."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.facts import reader
from kaibo.facts.schema import EVENT
from kaibo.home import upload_jobs
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.jobs.models import JobState
from kaibo.jobs.worker import claim, run
from kaibo.live.importer import follow_batch
from kaibo.live.models import Account

pytestmark = pytest.mark.django_db
HANDLERS = {
    "read_upload": upload_jobs.read_upload, "import_upload": upload_jobs.import_upload, "follow_batch": follow_batch,
}  # fmt: skip
CHAT = {"uid": 3194761, "uname": "u1", "msg": "secret words", "timestamp": 1588497283616, "danmaku.msg_type": 0}
RECORDING = (
    '<?xml version="1.0" encoding="utf-8"?><i><BililiveRecorder version="1.3.11" />'
    '<BililiveRecorderRecordInfo roomid="22637261" start_time="2022-03-20T19:51:23.6348295+08:00" />'
    '<d p="0.5,1,25,1,1647777083220,0,767513325,0" user="u1">secret words</d></i>'
)


def work() -> None:
    while job := claim():
        run(job, HANDLERS)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.error


def drop(client, name: str, content: str) -> Upload:
    assert client.post("/upload/", {"files": [SimpleUploadedFile(name, content.encode())]}).status_code == 302
    work()
    return Upload.objects.get(file_name=name)


def test_a_recording_becomes_a_batch_without_words_or_names(cast) -> None:
    client = cast.client("lead")
    upload = drop(client, "r.xml", RECORDING)
    assert upload.state == UploadState.PREVIEW
    page = client.get(f"/upload/{upload.pk}/").content.decode()
    assert "系统里没有这些直播间：22637261" in page
    assert client.post(f"/upload/{upload.pk}/", {"act": "confirm"}).status_code == 302
    work()
    batch = Batch.objects.get()
    assert (batch.source, batch.table, batch.accepted) == ("bililive_recorder", EVENT, 1)
    [fact] = reader.rows(folder_of(batch), EVENT, range(10))
    assert (fact["instant_ms"], fact["kind"], fact["account"]) == (1647777083220, "comment", "22637261")
    assert "secret words" not in page + str(fact)


def test_chat_asks_for_its_room_and_takes_the_answer(cast) -> None:
    Account.objects.create(platform="bilibili", handle="22637261", name="某间")
    client = cast.client("lead")
    upload = drop(client, "1588497268.txt", json.dumps(CHAT) + "\n")
    url = f"/upload/{upload.pk}/"
    assert upload.preview["questions"] == ["account"]
    assert 'name="account"' in client.get(url).content.decode()
    assert client.post(url, {"act": "answer", "account": "22637261"}).status_code == 302
    work()
    upload.refresh_from_db()
    assert (upload.preview["questions"], upload.preview["accepted"], upload.preview["warnings"]) == ([], 1, [])
    assert client.post(url, {"act": "confirm"}).status_code == 302
    work()
    [fact] = reader.rows(folder_of(Batch.objects.get()), EVENT, [1])
    assert (fact["account"], fact["platform"]) == ("22637261", "bilibili")


def test_an_event_file_says_which_lines_it_rejects(cast) -> None:
    client = cast.client("lead")
    lines = ["instant,account,platform,kind", "1588497283616,a,douyin,like", "1588497283616,a,douyin,dance"]
    upload = drop(client, "events.csv", "\n".join(lines) + "\n")
    page = client.get(f"/upload/{upload.pk}/").content.decode()
    assert (upload.preview["accepted"], upload.preview["rejected"]) == (1, 1)
    assert "dance" in page
