"""The API: the same verbs and rights as the pages, opened by a token alone."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaibo.home.upload_jobs import import_upload, read_upload
from kaibo.imports.models import Batch, BatchState, Upload, UploadState
from kaibo.imports.tests.made import SESSIONS, landed, session
from kaibo.jobs.queue import Progress
from kaibo.login.models import ApiToken
from kaibo.login.tokens import make_token, revoke_token
from kaibo.site.tests.test_import_cli import ROW, sheet

pytestmark = pytest.mark.django_db


class Program:
    """A client with a token and no session."""

    def __init__(self, user) -> None:  # type: ignore[no-untyped-def]
        self.token, self.text = make_token(by=user, name="a program")
        self.client = Client(headers={"Authorization": f"Bearer {self.text}"}, enforce_csrf_checks=True)

    def get(self, path: str):  # type: ignore[no-untyped-def]
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, **told: str):  # type: ignore[no-untyped-def]
        return self.client.post(f"/api/v1/{path}", json.dumps(told), content_type="application/json")

    def send(self, name: str, body: bytes):  # type: ignore[no-untyped-def]
        return self.client.post("/api/v1/uploads/", {"file": SimpleUploadedFile(name, body)})


@pytest.fixture
def program(cast) -> Program:
    return Program(cast.lead.user)


def test_from_a_file_to_a_batch_and_back(program, tmp_path) -> None:
    path = tmp_path / "直播明细.xlsx"
    sheet(path, ROW)
    sent = program.send(path.name, path.read_bytes())
    assert (sent.status_code, sent.json()["state"], sent.json()["busy"]) == (201, "reading", True)
    one = f"uploads/{sent.json()['upload']}/"
    read_upload(Progress(), upload=sent.json()["upload"])
    shown = program.get(one).json()
    assert (shown["state"], shown["preview"]["accepted"], shown["questions"]) == ("preview", 1, [])
    assert program.post(f"{one}confirm/").status_code == 202
    import_upload(Progress(), upload=sent.json()["upload"])
    batch = program.get(one).json()["batch"]
    assert Batch.objects.get(pk=batch).by is not None
    assert program.get("batches/").json()["batches"][0]["batch"] == batch
    assert program.get(f"batches/{batch}/").json()["accepted"] == 1
    assert program.post(f"batches/{batch}/withdraw/").status_code == 400
    assert program.post(f"batches/{batch}/withdraw/", reason="wrong").json()["state"] == BatchState.WITHDRAWN
    assert program.post(f"batches/{batch}/withdraw/", reason="again").status_code == 409
    assert program.post(f"batches/{batch}/restore/", reason="right").json()["state"] == BatchState.VISIBLE
    tables = program.get("facts/").json()["tables"]
    assert [(one["table"], one["visible"]) for one in tables] == [("session_report", 1)]


def test_cancelled_before_it_is_read_nothing_is_in_use(program, tmp_path) -> None:
    path = tmp_path / "直播明细.xlsx"
    sheet(path, ROW)
    upload = program.send(path.name, path.read_bytes()).json()["upload"]
    assert program.post(f"uploads/{upload}/cancel/").json()["state"] == UploadState.DISCARDED
    read_upload(Progress(), upload=upload)
    assert program.post(f"uploads/{upload}/confirm/").status_code == 409
    assert not Batch.objects.exists()


def test_a_twin_is_refused_and_named(program) -> None:
    import hashlib

    batch = landed(
        SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha=hashlib.sha256(b"same").hexdigest()
    )
    told = program.send("x.xlsx", b"same").json()
    assert (told["state"], told["preview"]["duplicate_of"]) == ("refused", batch.pk)
    assert f"#{batch.pk}" in told["preview"]["refused"]


@pytest.mark.parametrize("body", ["[]", "no json", '{"account": 5}', '{"colour": "red"}', "{}"])
def test_answers_that_make_no_sense_are_400(program, cast, body) -> None:
    upload = Upload.objects.create(
        by=cast.owner, file_name="x", sha256="1", size=1, stored_as="no", state=UploadState.PREVIEW
    )
    told = program.client.post(f"/api/v1/uploads/{upload.pk}/answers/", body, content_type="application/json")
    assert (told.status_code, list(told.json())) == (400, ["error"])


@pytest.mark.parametrize("text", ["a\0", "half \ud800"])
def test_characters_that_no_text_has_are_400(program, cast, text) -> None:
    """PostgreSQL keeps neither: it failed at them."""
    upload = Upload.objects.create(
        by=cast.owner, file_name="x", sha256="1", size=1, stored_as="no", state=UploadState.PREVIEW
    )
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="one")
    for path, name in ((f"uploads/{upload.pk}/answers/", "zone"), (f"batches/{batch.pk}/withdraw/", "reason")):
        wrong = program.post(path, **{name: text})
        assert (wrong.status_code, list(wrong.json())) == (400, ["error"]), path
    month = program.get(f"people/{cast.host.pk}/2026-10/?role=%00")
    assert month.status_code in (200, 404)


def test_without_a_token_or_with_a_revoked_one_nothing_opens(program, cast) -> None:
    assert Client().get("/api/v1/batches/").status_code == 401
    # a session is no token: a foreign page cannot use it
    assert cast.client("owner").get("/api/v1/batches/").status_code == 401
    assert Client(headers={"Authorization": "Bearer kaibo_wrong"}).get("/api/v1/batches/").status_code == 401
    revoke_token(by=cast.lead.user, token=program.token)
    assert program.get("batches/").status_code == 401


def test_a_plain_person_and_one_who_left_get_nothing(cast) -> None:
    assert Program(cast.host.user).get("batches/").status_code == 404
    left = Program(cast.owner)
    cast.owner.is_active = False
    cast.owner.save()
    assert left.get("batches/").status_code == 401


def test_wrong_method_and_missing_things_are_said_in_json(program) -> None:
    assert program.post("batches/").status_code == 405
    assert program.get("batches/77/").json()["error"]
    assert program.get("uploads/77/").status_code == 404
    assert program.client.post("/api/v1/uploads/").status_code == 400


def test_the_token_is_shown_once_and_kept_as_a_hash(cast) -> None:
    client = cast.client("owner")
    assert client.post("/tokens/", {"name": "夜间导入"}).url == "/confirm/?next=/tokens/"
    client.post("/confirm/", {"password": "kaibo-demo-1"})
    made = client.post("/tokens/", {"name": "夜间导入", "lasts": "0", "imports": "write"}).content.decode()
    text = made.partition("kaibo_")[2].partition("<")[0]
    assert len(text) > 30
    token = ApiToken.objects.get()
    assert text not in token.sha256
    listed = client.get("/tokens/").content.decode()
    assert text not in listed
    assert "夜间导入" in listed
    client.post("/tokens/", {"revoke": token.pk})
    token.refresh_from_db()
    assert token.revoked_at
    assert client.post("/tokens/", {"name": ""}).status_code == 422
    # nobody revokes another's
    other = make_token(by=cast.lead.user, name="x")[0]
    assert client.post("/tokens/", {"revoke": other.pk}).status_code == 404
