"""What each file unlocks: said before it is imported, on the page of sources, and where the data reaches."""

from datetime import UTC, datetime

import pytest

from kaibo.facts.schema import AFTER_SALE, MINUTE, ORDER_LINE, SESSION_REPORT
from kaibo.home.reach import FURTHER, KINDS, reaches
from kaibo.home.unlocks import possible_with, unlocked
from kaibo.imports.models import Batch, BatchState, Upload, UploadState
from kaibo.kpi.catalog import KPIS
from kaibo.sources.registry import SOURCES

AT = datetime(2026, 11, 1, tzinfo=UTC)


def batch(table: str, *more: str, state: str = BatchState.VISIBLE) -> Batch:
    return Batch.objects.create(
        source="x", table=table, more_tables=list(more), file_name="x", sha256=table + state, as_of=AT,
        folder=table + state, accepted=1, rejected=2, last_instant=AT, state=state,
    )  # fmt: skip


def test_after_sales_unlock_what_needs_orders_and_refunds() -> None:
    needing = {
        kpi.title for kpi in KPIS.values() if AFTER_SALE in kpi.needs and {*kpi.needs} <= {ORDER_LINE, AFTER_SALE}
    }
    assert needing
    assert set(unlocked([AFTER_SALE], {ORDER_LINE})) == needing
    # without orders they make nothing of it possible yet; a second file of the kind adds nothing
    assert unlocked([AFTER_SALE], set()) == []
    assert unlocked([AFTER_SALE], {ORDER_LINE, AFTER_SALE}) == []
    assert needing <= set(possible_with([AFTER_SALE]))


@pytest.mark.django_db
def test_the_preview_says_it(cast) -> None:
    batch(ORDER_LINE)
    preview = {"source": "doudian_after_sales", "table": AFTER_SALE, "title": "t", "unlocks": "u"} | dict.fromkeys(
        ["accepted", "rejected"], 1
    )
    upload = Upload.objects.create(
        by=cast.owner, file_name="x.csv", sha256="1", size=1, stored_as="no", state=UploadState.PREVIEW, preview=preview
    )
    assert "退款率" in cast.client("owner").get(f"/upload/{upload.pk}/").content.decode()
    batch(AFTER_SALE)
    assert "退款率" not in cast.client("owner").get(f"/upload/{upload.pk}/").content.decode()


@pytest.mark.django_db
def test_a_file_that_does_not_say_when_it_was_exported_may_be_told(cast) -> None:
    preview = {"source": "doudian_orders", "table": ORDER_LINE, "title": "t", "unlocks": "u", "as_of_from": ""}
    upload = Upload.objects.create(
        by=cast.owner, file_name="x.csv", sha256="1", size=1, stored_as="no", state=UploadState.PREVIEW,
        preview=preview | dict.fromkeys(["accepted", "rejected"], 1),
    )  # fmt: skip
    client, url = cast.client("owner"), f"/upload/{upload.pk}/"
    assert 'name="as_of"' in client.get(url).content.decode()
    assert client.post(url, {"act": "answer", "as_of": "yesterday"}).status_code == 422
    assert client.post(url, {"act": "answer", "as_of": "2026-10-05T08:00"}).status_code == 302
    upload.refresh_from_db()
    assert (upload.state, upload.answers["as_of"][:16]) == (UploadState.READING, "2026-10-05T08:00")
    # while it is read it can be stopped
    assert 'value="discard"' in client.get(url).content.decode()
    Upload.objects.update(state=UploadState.PREVIEW, preview={**upload.preview, "as_of_from": "name"})
    assert 'name="as_of"' not in client.get(url).content.decode()


@pytest.mark.django_db
def test_the_page_names_every_source_and_how_sure_each_column_is(cast) -> None:
    page = cast.client("lead").get("/sources/").content.decode()
    for source in SOURCES:
        assert source.own_name in page or source.name in page
    assert page.count('class="chip') >= sum(bool(source.columns) for source in SOURCES)
    assert cast.client("host").get("/sources/").status_code == 404


@pytest.mark.django_db
def test_what_is_in_use_is_said_and_what_a_team_does_not_have_is_not() -> None:
    batch(SESSION_REPORT, MINUTE)
    batch("ad_spend", state=BatchState.WITHDRAWN)
    found = {one.table: one for one in reaches()}
    assert set(found) == {table for table, *_ in KINDS} | {MINUTE}
    assert (found[SESSION_REPORT].rejected, found[MINUTE].rejected, found[MINUTE].last) == (2, 0, AT)
    assert found[ORDER_LINE].batches == 0


def test_every_table_has_a_name() -> None:
    from kaibo.facts.schema import TABLES

    assert {table for table, *_ in (*KINDS, *FURTHER)} == set(TABLES)
