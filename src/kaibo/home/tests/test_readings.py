"""A reading typed on a phone goes the way of every file: an upload, a batch, a fact with its row."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.facts import reader
from kaibo.facts.schema import READING
from kaibo.home.upload_jobs import import_upload
from kaibo.imports.models import Batch, BatchState, UploadState
from kaibo.jobs.queue import Progress
from kaibo.live import actions
from kaibo.live.tests.night import at, room, shift


@pytest.fixture
def studio(cast):
    return room()


def take(cast, studio, when="11-18 21:30", **figures):
    upload = actions.take_reading(
        by=cast.host.user, account=studio, at=at(when), figures=figures or {"views": 900}, name="林晓彤"
    )
    import_upload(Progress(), upload=upload.pk)
    upload.refresh_from_db()
    return upload


def facts_of(batch: Batch):
    return reader.rows(Path(settings.FACTS_ROOT) / batch.folder, READING, range(1, 5))


def test_what_was_typed_is_a_fact_with_its_row(cast, studio):
    taken = take(cast, studio, views=1200, gmv_minor=Decimal("36580.20"), orders=41)
    assert taken.state == UploadState.DONE
    [fact] = facts_of(taken.batch)
    assert (fact["account"], fact["platform"], fact["row"]) == (studio.handle, "douyin", 2)
    assert (fact["views"], fact["gmv_minor"], fact["orders"], fact["online"]) == (1200, 3_658_020, 41, None)
    assert fact["instant_ms"] == int(at("11-18 21:30").timestamp()) * 1000
    assert fact["person_name"] == "林晓彤"


def test_nothing_typed_and_a_time_to_come_are_refused(cast, studio):
    with pytest.raises(ValidationError):
        actions.take_reading(by=cast.host.user, account=studio, at=at("11-18 21:30"), figures={})
    ahead = timezone.now() + timedelta(minutes=5)
    with pytest.raises(ValidationError):
        actions.take_reading(by=cast.host.user, account=studio, at=ahead, figures={"views": 1})


def test_a_mistyped_one_is_taken_back(cast, studio):
    taken = take(cast, studio)
    actions.take_back_reading(by=cast.host.user, reading=taken)
    assert Batch.objects.get().state == BatchState.WITHDRAWN
    with pytest.raises(ValidationError):
        actions.take_back_reading(by=cast.host.user, reading=type(taken).objects.get(pk=taken.pk))


def test_a_host_reads_off_rooms_of_ones_own_shifts_and_sees_ones_own_readings(cast, studio):
    client = cast.client("host")
    form = {"account": studio.pk, "at": "2026-11-18T21:30", "views": "900", "gmv_minor": "12.50"}
    assert client.post("/readings/", form).status_code == 422
    shift(studio, cast.host, "11-18 19:00", "11-18 21:30")
    assert client.post("/readings/", form).status_code == 302
    pages = {who: cast.client(who).get("/readings/").content.decode() for who in ("host", "host2", "lead")}
    assert {who: "take-back" in page or "正在导入" in page for who, page in pages.items()} == {
        "host": True, "host2": False, "lead": True,
    }  # fmt: skip
