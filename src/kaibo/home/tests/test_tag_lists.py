"""A list of orders that are not sales, from the file to the months that it changes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.audit.models import AuditEvent
from kaibo.home import upload_jobs
from kaibo.imports.actions import withdraw_batch
from kaibo.imports.models import Batch, Upload
from kaibo.imports.tests.made import ORDERS, landed, order
from kaibo.jobs.worker import claim, run
from kaibo.live.importer import follow_batch
from kaibo.live.models import Account

pytestmark = pytest.mark.django_db
HANDLERS = {
    "read_upload": upload_jobs.read_upload, "import_upload": upload_jobs.import_upload, "follow_batch": follow_batch,
}  # fmt: skip


def work() -> None:
    while job := claim():
        run(job, HANDLERS)
        job.refresh_from_db()
        assert job.error == ""


def orders() -> None:
    """Three lines of two orders, of two months."""
    rows = [
        order(2, "6001", "2026-08-03 20:00") | {"main_order": "5001"},
        order(3, "6002", "2026-08-03 20:00") | {"main_order": "5001"},
        order(4, "6003", "2026-10-03 20:00") | {"main_order": "5002"},
    ]
    landed(ORDERS, rows, sha="orders")
    work()


def drop(client, text: str) -> Upload:  # type: ignore[no-untyped-def]
    client.post("/upload/", {"files": [SimpleUploadedFile("自购.csv", text.encode())]})
    work()
    return Upload.objects.first()


def test_a_list_is_asked_about_previewed_imported_and_withdrawn(cast) -> None:  # type: ignore[no-untyped-def]
    orders()
    Account.objects.create(handle="101", name="一号间")
    client = cast.client("lead")
    upload = drop(client, "订单编号\n5001\n6003\n7777\n")
    url = f"/upload/{upload.pk}/"
    # one platform alone is no question; the file's name is what the list may be called
    assert upload.preview["questions"] == ["list_name", "tag", "reason"]
    assert 'value="自购"' in client.get(url).content.decode()
    told = {"act": "answer", "list_name": "十一月自购", "tag": "自购", "reason": "员工自己买的"}
    assert client.post(url, told).status_code == 302
    work()
    page = client.get(url).content.decode()
    assert "3 个订单号里有 1 个不在已导入的订单中" in page
    client.post(url, {"act": "confirm"})
    work()
    batch = Batch.objects.get(source="tag_lists")
    assert (batch.accepted, batch.rejected) == (3, 0)
    # the months of the orders that it names, and no other
    assert AuditEvent.objects.filter(verb="batch followed").last().data["months"] == ["2026-08", "2026-10"]
    withdraw_batch(by=None, batch=batch, reason="twice")
    work()
    assert AuditEvent.objects.filter(verb="batch followed").last().data["months"] == ["2026-08", "2026-10"]


def test_a_list_of_orders_still_to_come_touches_no_month(cast) -> None:  # type: ignore[no-untyped-def]
    orders()
    upload = drop(cast.client("owner"), "子订单编号,标签,原因,名单,平台\n9001,样品,寄样,达人,抖音\n")
    assert upload.preview["questions"] == []
    assert upload.preview["warnings"][0]["values"] == {"lacking": "1", "count": "1"}
    cast.client("owner").post(f"/upload/{upload.pk}/", {"act": "confirm"})
    work()
    assert AuditEvent.objects.filter(verb="batch followed").last().data["months"] == []


def test_a_number_of_another_platform_is_not_known(cast) -> None:  # type: ignore[no-untyped-def]
    orders()
    upload = drop(cast.client("owner"), "子订单编号,标签,原因,名单,平台\n6001,样品,寄样,达人,TikTok\n")
    assert upload.preview["warnings"][0]["values"] == {"lacking": "1", "count": "1"}
