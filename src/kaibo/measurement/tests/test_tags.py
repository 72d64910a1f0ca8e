"""标签与名单: what lists leave out, by name and reason, and the way from the page to the lines and back."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts.schema import TAGGED_LINE
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch, BatchState, Upload
from kaibo.kpi.inputs import PLACED_ROW
from kaibo.live.models import TagRule
from kaibo.measurement.finders import rows_path
from kaibo.measurement.tags_page import lists
from kaibo.measurement.tests.conftest import at
from kaibo.sources.reading import Answers
from kaibo.sources.tests.making import reading

MS = int(at("20:00").timestamp()) * 1000


def tagged_list(settings: Any, folder: str, *rows: tuple[str, str, str], **more: Any) -> Batch:
    """A list of (number, list, reason), tagged 自购."""
    facts = [
        {"row": n, "raw": "{}", "platform": "douyin", "sub_order": number, "list_name": name, "tag": "自购",
         "reason": reason}
        for n, (number, name, reason) in enumerate(rows, 2)
    ]  # fmt: skip
    write_batch(Path(settings.FACTS_ROOT) / folder, TAGGED_LINE, facts)
    return Batch.objects.create(
        source="tag_lists", table=TAGGED_LINE, file_name=f"{folder}.csv", sha256=folder, as_of=at("09:00"),
        folder=folder, accepted=len(rows), rejected=0, **more,
    )  # fmt: skip


def placed(row: int, place: str, amount: int, **more: Any) -> dict[str, Any]:
    return {
        "table": "order_line", "batch": 1, "row": row, "place": place, "kind": "自购", "instant_ms": MS + row,
        "measure": "paid_minor", "amount": amount, "count": 1, "label": f"商品{row}", "tag": "自购", **more,
    }  # fmt: skip


@pytest.fixture
def month(evening, settings):  # type: ignore[no-untyped-def]
    """A list that tags two lines (one of them unpaid) of its three rows, and a rule that tags one."""
    listed = tagged_list(
        settings, "own", ("1", "员工自购", "内部购买"), ("2", "员工自购", "内部购买"), ("3", "员工自购", "x")
    )
    rule = TagRule.objects.create(tag="自购", by="amount_at_most", value="1", reason="一分钱")
    for measure, amount in (("orders", 2), ("paid_minor", 801)):
        evening.fact(measure, amount, place="tagged", kind="自购")
    rows = [
        placed(2, "tagged", 800, tag_batch=listed.pk, tag_row=2),
        placed(3, "unpaid", 900, tag_batch=listed.pk, tag_row=3),
        placed(4, "tagged", 1, tag_rule=rule.pk),
    ]
    path = Path(rows_path(evening.computation))
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    evening.listed, evening.rule = listed, rule
    return evening


def test_a_list_says_what_it_left_out_and_what_had_no_effect(month) -> None:  # type: ignore[no-untyped-def]
    [one] = lists()
    assert (one.name, one.tag, one.reason) == ("员工自购", "自购", "内部购买、x")
    assert (one.lines, one.minor, one.used, one.unused) == (1, 800, 2, 1)
    page = month.cast.client("lead").get("/tags/").content.decode()
    assert "员工自购" in page
    assert "¥8.00" in page
    assert f"/left-out/?month=2026-10&amp;list={month.listed.pk}" in page


def test_each_line_left_out_names_its_list_or_rule_and_links_back(month) -> None:  # type: ignore[no-untyped-def]
    client = month.cast.client("lead")
    page = client.get("/left-out/?month=2026-10&place=tagged&kind=自购").content.decode()
    assert f"/tags/#list-{month.listed.pk}" in page
    assert "内部购买" in page
    assert f"/tags/#rule-{month.rule.pk}" in page
    assert "一分钱" in page
    only = client.get(f"/left-out/?month=2026-10&list={month.listed.pk}").content.decode()
    assert "商品2" in only
    assert "商品4" not in only
    assert client.get("/left-out/?list=999").status_code == 404
    assert client.get("/left-out/?list=x").status_code == 404


def test_a_list_is_withdrawn_with_a_reason_and_used_again(month) -> None:  # type: ignore[no-untyped-def]
    lead, url = month.cast.client("lead"), f"/tags/lists/{month.listed.pk}/withdraw/"
    assert lead.post(url, {"act": "withdraw", "reason": " "}).status_code == 422
    assert lead.post(url, {"act": "withdraw", "reason": "长" * 301}).status_code == 422
    assert lead.post(url, {"act": "withdraw", "reason": "发错名单"}).status_code == 302
    month.listed.refresh_from_db()
    assert month.listed.state == BatchState.WITHDRAWN
    assert "已撤回" in lead.get("/tags/").content.decode()
    assert lead.post(url, {"act": "withdraw", "reason": "again"}).status_code == 422
    assert lead.post(url, {"act": "restore"}).status_code == 302
    month.listed.refresh_from_db()
    assert month.listed.state == BatchState.VISIBLE
    # no other batch goes by this door
    assert lead.post("/tags/lists/999/withdraw/", {"reason": "x"}).status_code == 404


def test_rules_are_made_changed_retired_and_used_again(cast) -> None:  # type: ignore[no-untyped-def]
    owner, lead = cast.client("owner"), cast.client("lead")
    data = {"tag": "福袋", "how": "amount_at_most", "value": "0.01", "reason": "一分钱福袋"}
    assert lead.post("/tags/", data).status_code == 404
    assert owner.post("/tags/", data | {"value": "1.2.3"}).status_code == 422
    assert owner.post("/tags/", data).status_code == 302
    rule = TagRule.objects.get()
    assert (rule.value, rule.saved_by) == ("1", cast.owner)
    assert "¥0.01" in lead.get("/tags/").content.decode()
    assert 'value="0.01"' in owner.get(f"/tags/?edit={rule.pk}").content.decode()
    assert owner.post("/tags/", data | {"rule": rule.pk, "value": "0.02"}).status_code == 302
    assert TagRule.objects.get().value == "2"
    url = f"/tags/rules/{rule.pk}/retire/"
    assert lead.post(url, {"reason": "x"}).status_code == 404
    assert owner.post(url, {"reason": ""}).status_code == 422
    too_long = owner.post(url, {"reason": "长" * 301})
    assert too_long.status_code == 422
    assert "原因最多 300 个字，现在有 301 个" in too_long.content.decode()
    assert owner.post(url, {"reason": "改用名单"}).status_code == 302
    assert "改用名单" in owner.get("/tags/").content.decode()
    assert owner.post("/tags/", data | {"rule": rule.pk}).status_code == 422
    assert owner.post(url, {"act": "restore"}).status_code == 302
    assert TagRule.objects.get().retired_at is None


def test_pasted_numbers_go_to_the_preview(cast) -> None:  # type: ignore[no-untyped-def]
    lead = cast.client("lead")
    data = {
        "act": "paste",
        "numbers": "6921\n6922",
        "name": "自购",
        "tag": "自购",
        "reason": "员工",
        "platform": "douyin",
    }
    sent = lead.post("/tags/", data)
    assert (sent.status_code, sent["Location"]) == (302, f"/upload/{Upload.objects.get().pk}/")
    refused = lead.post("/tags/", data | {"numbers": " "})
    assert refused.status_code == 422
    assert 'id="paste_numbers"' in refused.content.decode()
    assert cast.client("host").post("/tags/", data).status_code == 404


def test_the_template_keeps_long_numbers_and_is_read_back(cast, tmp_path) -> None:  # type: ignore[no-untyped-def]
    body = cast.client("lead").get("/tags/template.xlsx").content
    path = tmp_path / "标签名单.xlsx"
    path.write_bytes(body)
    # empty, it has the right columns and no rows; it is taken for no other file, and its second sheet for none
    found = reading(path, Answers())
    assert (found.source.key, list(found.facts), found.missing_columns) == ("tag_lists", [], [])
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet, styles = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/styles.xml").decode()
    # the whole columns are text (format 49, @), so that a pasted number stays what it is
    [style] = re.findall(r'<col min="1" max="6"[^>]* style="(\d+)"', sheet)
    formats = re.findall(r"<xf [^>]*>", styles.split("<cellXfs")[1])
    assert 'numFmtId="49"' in formats[int(style)]
