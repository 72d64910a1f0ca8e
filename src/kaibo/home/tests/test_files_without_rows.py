"""A file of orders with its headings alone: it says that nothing was ordered on its days, once these are stated."""

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.audit.models import AuditEvent
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.home import upload_jobs
from kaibo.imports.actions import NotNow, confirm_upload, state_period
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.imports.periods import BadPeriod
from kaibo.jobs.models import JobState
from kaibo.jobs.queue import Progress
from kaibo.jobs.worker import claim, run
from kaibo.live.importer import follow_batch
from kaibo.live.models import Account, Session
from kaibo.measurement.computing import compute_month
from kaibo.measurement.covered import coverage

pytestmark = pytest.mark.django_db
HANDLERS = {
    "read_upload": upload_jobs.read_upload, "import_upload": upload_jobs.import_upload, "follow_batch": follow_batch,
}  # fmt: skip
HEADINGS = (
    "主订单编号,子订单编号,选购商品,商品ID,商品数量,商品金额,订单应付金额,订单提交时间,支付完成时间,订单状态,达人ID,达人昵称,流量体裁\n"
).encode("gb18030")
OCTOBER = {"act": "answer", "start": "2026-10-01", "end": "2026-10-31"}


def work() -> None:
    while job := claim():
        run(job, HANDLERS)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.error


def drop(client, name: str) -> Upload:  # type: ignore[no-untyped-def]
    assert client.post("/upload/", {"files": [SimpleUploadedFile(name, HEADINGS)]}).status_code == 302
    work()
    return Upload.objects.latest("pk")


def imported(client, name: str, **answers: str) -> Batch:  # type: ignore[no-untyped-def]
    found = drop(client, name)
    if answers:
        assert client.post(f"/upload/{found.pk}/", answers).status_code == 302
        work()
    assert client.post(f"/upload/{found.pk}/", {"act": "confirm"}).status_code == 302
    work()
    found.refresh_from_db()
    assert found.batch is not None, found.preview
    return found.batch


def test_without_days_it_asks_for_them_and_is_not_imported(cast) -> None:  # type: ignore[no-untyped-def]
    client = cast.client("lead")
    found = drop(client, "订单.csv")
    page = client.get(f"/upload/{found.pk}/").content.decode()
    assert "列都对，但没有任何一行" in page
    assert 'name="start"' in page
    with pytest.raises(NotNow):
        confirm_upload(by=cast.lead.user, upload=found)
    assert not Batch.objects.exists()
    # half of it is not enough, and what is still to come nobody knows
    for wrong in ({**OCTOBER, "end": ""}, {**OCTOBER, "end": "2099-01-01"}, {**OCTOBER, "end": "2026-09-01"}):
        assert client.post(f"/upload/{found.pk}/", wrong).status_code == 422
    assert not Batch.objects.exists()


def test_with_days_nothing_was_ordered_on_them_and_the_others_stay_unknown(cast) -> None:  # type: ignore[no-untyped-def]
    room = Account.objects.create(handle="qinghe", name="生活旗舰店")
    inside, later = (
        Session.objects.create(account=room, start=at, end=at.replace(hour=14), by_hand=True)
        for at in (datetime(2026, 10, 14, 11, tzinfo=UTC), datetime(2026, 11, 4, 11, tzinfo=UTC))
    )
    client = cast.client("lead")
    batch = imported(client, "订单.csv", **OCTOBER)
    assert (batch.accepted, batch.covers, batch.period_from) == (0, (date(2026, 10, 1), date(2026, 10, 31)), "asked")
    told = coverage({})
    assert ORDER_LINE not in told.lacking(inside.start, "douyin")
    assert ORDER_LINE in told.lacking(later.start, "douyin")
    # refunds are another file's
    assert AFTER_SALE in told.lacking(inside.start, "douyin")
    # its months are looked at again, with the one from which a night may reach into it
    months = AuditEvent.objects.get(verb="batch followed").data["months"]
    assert "2026-10" in months
    page = client.get(f"/upload/{batch.upload.pk}/").content.decode()
    assert "没有任何一行，10-01–10-31" in page
    assert "记为 0" in page
    assert "10-01–" in client.get("/batches/").content.decode()
    compute_month(Progress(), "2026-10")
    # by its rows it would cover nothing: the days are changed, or it is withdrawn
    with pytest.raises(BadPeriod, match="no rows"):
        state_period(by=cast.owner, batch=batch, first=None, last=None)
    state_period(by=cast.owner, batch=batch, first=date(2026, 10, 1), last=date(2026, 10, 20))
    assert Batch.objects.get().covers == (date(2026, 10, 1), date(2026, 10, 20))


def test_its_name_may_state_them_and_every_month_may_have_the_same_headings(cast) -> None:  # type: ignore[no-untyped-def]
    client = cast.client("lead")
    found = drop(client, "订单_20261001_20261031.csv")
    page = client.get(f"/upload/{found.pk}/").content.decode()
    assert "没有人下单" in page
    assert "按“这些日子没有”导入" in page
    one = imported(client, "订单_20260901_20260930.csv")
    two = imported(client, "订单.csv", **{**OCTOBER, "start": "2026-10-02"})
    assert [one.covers, two.covers] == [
        (date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 10, 2), date(2026, 10, 31)),
    ]  # fmt: skip
    # the same days once more are the same word
    again = drop(client, "订单_20260901_20260930.csv")
    client.post(f"/upload/{again.pk}/", {"act": "confirm"})
    work()
    again.refresh_from_db()
    assert again.state == UploadState.REFUSED
    assert again.preview["duplicate_of"] == one.pk
