"""Saying what the columns of an unknown table are: the page, the memory, the next file."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.audit.models import AuditEvent
from kaibo.home import upload_jobs
from kaibo.home.tests.test_upload import work
from kaibo.imports.holding import held_path, kept_head
from kaibo.imports.mapping_actions import rename_mapping, save_mapping, switch_mapping
from kaibo.imports.mappings import readable
from kaibo.imports.models import Batch, Mapping, MappingVersion, Upload, UploadState
from kaibo.imports.sweeping import sweep
from kaibo.jobs.queue import Progress
from kaibo.live.models import Account, Session
from kaibo.sources.mapped import MappedColumn
from kaibo.sources.mapped import Mapping as Said

pytestmark = pytest.mark.django_db

HEADINGS = "开播日期,开播时刻,直播时长,直播账号,观看人次,GMV（元）,手机"
APRIL = "四月直播,,,,,,\n" + HEADINGS + "".join(
    f"\n{day:02}/04/2026,19:30,2小时30分,shop_1,{100 + day},\"¥{day},234.50\",13800138000" for day in range(1, 13)
)  # fmt: skip
MAY = "GMV（元）,手机,直播账号,开播日期,开播时刻,观看人次,直播时长\n99.00,139,shop_1,14/05/2026,20:00,7,1小时\n"
TOP = {
    "of": "0:session_report", "place": "0", "table": "session_report", "platform": "other", "zone": "Asia/Shanghai",
    "currency": "CNY", "whole": "", "name": "我们的直播记录",
}  # fmt: skip
COLUMNS = {
    "target-0": "start_ms:day", "unit-0": "dmy", "target-1": "start_ms:time", "target-2": "duration_ms",
    "unit-2": "words", "target-3": "account", "target-4": "views", "target-5": "gmv_minor", "unit-5": "major",
    "target-6": "",
}  # fmt: skip
SAVE = {**TOP, **COLUMNS, "act": "save"}


def drop(client, text: str, name: str = "记录_202604.csv") -> Upload:
    client.post("/upload/", {"files": SimpleUploadedFile(name, text.encode())})
    work()
    return Upload.objects.latest("pk")


def test_an_unknown_table_is_told_once_and_the_next_one_is_understood_by_itself(cast) -> None:
    client = cast.client("lead")
    upload = drop(client, APRIL)
    url = f"/upload/{upload.pk}/"
    assert f"{url}columns/" in client.get(url).content.decode()
    page = client.get(f"{url}columns/").content.decode()
    # proposed by name and first values; the order of day and month fits both ways and is asked
    assert '<option value="start_ms:day" selected>' in page
    assert '<option value="start_ms:time" selected>' in page
    assert page.count('aria-invalid="true"') == 1
    assert client.post(f"{url}columns/", SAVE).status_code == 302
    work()
    upload.refresh_from_db()
    assert (upload.state, upload.preview["accepted"]) == (UploadState.PREVIEW, 12)
    assert "我们的直播记录" in client.get(url).content.decode()
    client.post(url, {"act": "confirm"})
    work()
    batch = Batch.objects.get()
    mapping = Mapping.objects.get()
    assert (batch.source, batch.mapping.number, batch.answers["platform"]) == (f"mapped:{mapping.pk}", 1, "other")
    assert Session.objects.count() == 12
    assert Account.objects.filter(platform="other", handle="shop_1").exists()
    row = client.get(f"/batches/{batch.pk}/rows/3/").content.decode()
    assert "2026-04-01 19:30:00" in row
    assert "13800138000" not in row
    assert "我们的直播记录" in client.get("/batches/").content.decode()
    assert not held_path(upload.stored_as).exists()
    assert kept_head(upload.stored_as) == []

    # another order of columns, another header line, and days that only read one way
    following = drop(client, MAY, "五月.csv")
    assert (following.state, following.preview["accepted"]) == (UploadState.PREVIEW, 1)
    text = client.get(f"/upload/{following.pk}/").content.decode()
    assert f"/mappings/{mapping.pk}/" in text
    assert f"/upload/{following.pk}/columns/" in text


def test_two_columns_for_one_meaning_and_a_needed_one_missing_are_said_and_nothing_is_kept(cast) -> None:
    client = cast.client("lead")
    url = f"/upload/{drop(client, APRIL).pk}/columns/"
    for wrong, said in (
        ({"target-6": "views"}, "“观看人次”和“手机”都是“观看次数”"),
        ({"target-2": ""}, "还没有一列是“结束”"),
        ({"unit-0": ""}, "“开播日期”：请选日和月谁在前"),
        ({"target-1": ""}, "“开播日期”只有日期"),
        ({"zone": "Mars"}, "没有这个时区"),
        ({"target-4": "pcu", "target-3": "views"}, "这样前几行一行也读不出来"),
    ):
        answer = client.post(url, SAVE | wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode(), wrong
        assert '<option value="gmv_minor" selected>' in answer.content.decode()
    assert not Mapping.objects.exists()


def test_looking_shows_the_first_rows_as_they_will_be_understood(cast) -> None:
    client = cast.client("lead")
    url = f"/upload/{drop(client, APRIL).pk}/columns/"
    text = client.post(url, SAVE | {"act": "look"}).content.decode()
    assert '<td class="nowrap">2026-04-09</td>' in text
    assert "9,234.50" in text
    assert not Mapping.objects.exists()


def test_another_kind_of_row_proposes_the_columns_anew(cast) -> None:
    client = cast.client("lead")
    url = f"/upload/{drop(client, APRIL).pk}/columns/"
    text = client.post(url, SAVE | {"table": "minute"}).content.decode()
    assert '<option value="entries">' in text
    assert '<option value="fan_club">' in text
    assert not Mapping.objects.exists()


def test_a_changed_mapping_is_a_new_version_and_batches_keep_theirs(cast) -> None:
    client = cast.client("lead")
    upload = drop(client, APRIL)
    client.post(f"/upload/{upload.pk}/columns/", SAVE)
    work()
    client.post(f"/upload/{upload.pk}/", {"act": "confirm"})
    work()
    second = drop(client, MAY)
    # the columns stand in another order now
    text = client.get(f"/upload/{second.pk}/columns/").content.decode()
    assert "我们的直播记录" in text
    changed = {
        "target-0": "paid_minor", "unit-0": "major", "target-1": "", "target-2": "account", "target-3": "start_ms:day",
        "unit-3": "dmy", "target-4": "start_ms:time", "target-5": "views", "target-6": "duration_ms", "unit-6": "words",
    }  # fmt: skip
    assert client.post(f"/upload/{second.pk}/columns/", TOP | changed | {"act": "save"}).status_code == 302
    work()
    second.refresh_from_db()
    mapping = Mapping.objects.get()
    assert [version.number for version in mapping.versions.all()] == [2, 1]
    assert second.source == f"mapped:{mapping.pk}.2"
    assert Batch.objects.get().mapping.number == 1
    with pytest.raises(Exception, match="protected"):
        MappingVersion.objects.get(number=1).delete()


def test_a_mapping_is_renamed_switched_off_and_on(cast) -> None:
    client = cast.client("lead")
    upload = drop(client, APRIL)
    client.post(f"/upload/{upload.pk}/columns/", SAVE)
    mapping = Mapping.objects.get()
    url = f"/mappings/{mapping.pk}/"
    assert client.post(url, {"act": "rename", "name": ""}).status_code == 422
    client.post(url, {"act": "rename", "name": "直播台账"})
    assert "直播台账" in client.get("/mappings/").content.decode()
    client.post(url, {"act": "off"})
    assert readable() == []
    assert drop(client, MAY).state == UploadState.REFUSED
    client.post(url, {"act": "on"})
    assert drop(client, MAY.replace("99.00", "98.00")).state == UploadState.PREVIEW
    verbs = list(AuditEvent.objects.filter(target_type="imports.mapping").values_list("verb", flat=True))
    assert sorted(verbs) == ["mapping renamed", "mapping saved", "mapping switched off", "mapping switched on"]


def test_of_one_header_one_mapping_is_on(cast) -> None:
    upload = drop(cast.client("lead"), APRIL)
    old = save_mapping(by=None, upload=upload, name="场次", mapping=_mapping("session_report"))
    Upload.objects.update(state=UploadState.PREVIEW)
    new = save_mapping(by=None, upload=upload, name="分钟", mapping=_mapping("minute"))
    assert [m.pk for m in Mapping.objects.filter(on=True)] == [new.mapping_id]
    switch_mapping(by=None, mapping=old.mapping, on=True)
    assert [m.pk for m in Mapping.objects.filter(on=True)] == [old.mapping_id]
    rename_mapping(by=None, mapping=old.mapping, name="x" * 200)
    assert len(Mapping.objects.get(pk=old.mapping_id).name) == 80


def _mapping(table: str):
    by_table = {
        "session_report": [
            ("开播日期", "start_ms:day", "dmy"), ("开播时刻", "start_ms:time"), ("直播时长", "duration_ms", "words"),
        ],
        "minute": [("开播日期", "minute_ms:day", "dmy"), ("开播时刻", "minute_ms:time")],
    }  # fmt: skip
    columns = tuple(MappedColumn(*one) for one in by_table[table])
    return Said("mapped:draft", "x", table, tuple(HEADINGS.split(",")), columns, platform="other", currency="CNY")


def test_a_file_that_waits_for_its_columns_stays_and_goes_after_a_week(cast) -> None:
    upload = drop(cast.client("lead"), APRIL)
    assert (upload.state, upload.mappable) == (UploadState.REFUSED, True)
    sweep(orphan_age=timedelta(0))
    assert held_path(upload.stored_as).exists()
    assert kept_head(upload.stored_as)
    sweep(orphan_age=timedelta(0), forgotten_age=timedelta(0))
    upload.refresh_from_db()
    assert upload.state == UploadState.DISCARDED
    assert not held_path(upload.stored_as).exists()
    assert kept_head(upload.stored_as) == []


def test_what_is_no_table_offers_no_columns(cast) -> None:
    client = cast.client("lead")
    upload = drop(client, "<i><chatid>1</chatid></i>", "danmaku.xml")
    assert (upload.state, upload.mappable) == (UploadState.REFUSED, False)
    assert client.get(f"/upload/{upload.pk}/columns/").status_code == 302
    upload_jobs.read_upload(Progress(), upload=upload.pk)


def test_a_preset_is_offered_for_its_platform_and_marked_as_unconfirmed(cast) -> None:
    client = cast.client("lead")
    text = "live_start_time,live_duration_in_seconds,new_watch_uv,total_gmv,room\n1775734200,3600,120,123450,我们\n"
    url = f"/upload/{drop(client, text).pk}/columns/"
    page = client.get(url).content.decode()
    assert "视频号 接口数据" in page
    assert page.count('class="chip warn"') == 4
    saved = {
        **TOP, "platform": "wechat", "target-0": "start_ms", "unit-0": "", "target-1": "duration_ms", "unit-1": "s",
        "target-2": "viewers", "target-3": "gmv_minor", "unit-3": "minor", "target-4": "account_name", "act": "save",
    }  # fmt: skip
    assert client.post(url, saved).status_code == 302
    work()
    client.post(url.removesuffix("columns/"), {"act": "confirm"})
    work()
    assert Account.objects.get(platform="wechat").handle == "我们"
