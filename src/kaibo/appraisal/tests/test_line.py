"""The explanation is the shown number, for every line; whatever does not add up is said aloud."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.appraisal import line_page
from kaibo.appraisal.columns import Choice
from kaibo.appraisal.month import month_of
from kaibo.facts.schema import ORDER_LINE, READING, TAGGED_LINE
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.live.models import Session
from kaibo.measurement.models import Credit, SegmentFact
from kaibo.measurement.sweeping import derived_root

from .conftest import OCTOBER, at

HOSTS = ["net_paid", "view_order_rate", "airtime_attainment", "refund_rate"]


def page_of(evening, kpi: str, person=None, **choice):  # type: ignore[no-untyped-def]
    month = month_of(person or evening.cast.host, OCTOBER, only=kpi)
    return line_page.build(month, month.line(kpi), Choice(**choice))


def checks(page) -> list:  # type: ignore[type-arg]
    return [page.columns.sessions_check, page.columns.segments_check, *(link.check for link in page.columns.tabs)]


@pytest.mark.parametrize("kpi", HOSTS)
@pytest.mark.parametrize("segment", [1, 2])
@pytest.mark.parametrize("who", ["host", "host2"])
def test_every_foot_is_what_was_chosen_at_its_left(evening, kpi, segment, who):
    evening.target(100_000)
    page = page_of(evening, kpi, getattr(evening.cast, who), segment=segment)
    assert page.recomputed
    assert [check.text for check in checks(page) if not check.holds] == []


def test_a_shared_segment_shows_its_split(evening):
    page = page_of(evening, "net_paid", segment=2)
    assert [link.check.text for link in page.columns.tabs] == [
        "2 行合计 ¥200.01 × 7 ÷ 10 = ¥140.01",
        "0 行合计 ¥0.00 × 7 ÷ 10 = ¥0.00",
    ]
    assert page.columns.segments[1].pair == "¥140.01"
    assert page.columns.sessions_check.text == "合计 ¥390.01"


def test_a_total_that_was_shared_out_by_time_says_so(evening):
    page = page_of(evening, "view_order_rate", segment=1, measure="views")
    assert page.columns.tabs[1].check.text == "整场 2,000，分到本段 1,000"
    assert page.measured.startswith("没有实测部分")
    assert [bar.parts[0].basis for bar in page.basis_bars] == ["measured", "allocated"]


def test_readings_at_handovers_are_the_rows_of_what_they_measured(evening):
    evening.batches[READING] = evening.batch(READING)
    path = derived_root() / "evening" / "rows.parquet"
    schema, rows = pq.read_schema(path), pq.read_table(path).to_pylist()
    rows += [
        evening.placed(READING, 2, 1, "views", 600, label="qinghe"),
        evening.placed(READING, 3, 1, "views", 300, label="qinghe"),
        evening.placed(READING, 3, 1, "comments", 7, label="qinghe"),
        evening.placed(READING, 4, 2, "views", 1_100, label="qinghe", basis="allocated"),
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    SegmentFact.objects.filter(measure="views", segment=1).update(basis="measured", amount=900)
    Credit.objects.filter(measure="views", segment=1).update(basis="measured", amount=900)
    page = page_of(evening, "view_order_rate", segment=1, measure="views")
    assert [(r.record.row, r.record.figure) for r in page.columns.records] == [(2, 600), (3, 300)]
    assert (page.columns.tabs[1].check.holds, page.columns.tabs[1].check.text) == (True, "2 次读数合计 900")
    records = next(step for step in page.steps if step.href == "#path" and "交接抄数" in step.note)
    # three readings (one speaks of two measures), the report, and five order lines
    assert records.value == "9"
    SegmentFact.objects.filter(measure="views", segment=1).update(amount=901)
    assert not page_of(evening, "view_order_rate", segment=1, measure="views").columns.tabs[1].check.holds


def test_a_record_leads_to_the_row_of_its_file(evening):
    row = f"{evening.batches['order_line'].pk}-3"
    page = page_of(evening, "net_paid", segment=1, row=row)
    assert (page.columns.record.row, page.columns.origin.batch) == (3, evening.batches["order_line"])
    assert dict(page.columns.origin.file.raw)["订单应付金额"] == "100.00"


def test_hours_lead_to_the_confirmed_shift(evening):
    page = page_of(evening, "airtime_attainment", segment=2)
    assert page.columns.origin.shift == evening.shifts[0]
    assert page.columns.tabs[0].check.text == "在播 120\u00a0分"


def test_what_was_left_out_is_said(evening):
    assert page_of(evening, "net_paid").left_out == "你的分段里没有计入的订单行：福袋 1。"


def test_what_a_list_left_out_is_said_with_its_name_and_reason_to_whom_it_concerns(evening, settings):
    facts = [{"row": 2, "raw": "{}", "list_name": "员工自购", "tag": "自购", "reason": "内部购买"}]
    write_batch(Path(settings.FACTS_ROOT) / "own", TAGGED_LINE, facts)
    listed = Batch.objects.create(
        source="tag_lists", table=TAGGED_LINE, file_name="own.csv", sha256="own", as_of=at("09:00"), folder="own",
        accepted=1, rejected=0,
    )  # fmt: skip
    path = derived_root() / evening.computation.folder / "rows.parquet"
    before = pq.read_table(path)
    by_list = {"place": "tagged", "kind": "自购", "tag_batch": listed.pk, "tag_row": 2}
    more = [
        evening.placed(ORDER_LINE, 10, None, "paid_minor", 900, **by_list),
        evening.placed(ORDER_LINE, 11, None, "paid_minor", 900, place="unpaid", kind="self_live"),
        # long before this evening: in nobody's time
        evening.placed(ORDER_LINE, 12, None, "paid_minor", 900, **by_list, instant_ms=0),
        evening.placed(ORDER_LINE, 13, None, "paid_minor", 900, place="outside", kind="mall"),
    ]
    pq.write_table(pa.concat_tables([before, pa.Table.from_pylist(more, schema=before.schema)]), path)
    said = page_of(evening, "net_paid").left_out
    assert said == "你的分段里没有计入的订单行：未付款 1，福袋 1，自购（名单“员工自购”：内部购买） 1。"


def test_a_credit_that_is_not_its_share_is_loud(evening):
    Credit.objects.filter(measure="paid_minor", segment=2, person=evening.cast.host).update(amount=14_000)
    page = page_of(evening, "net_paid", segment=2)
    assert not page.recomputed
    paid = page.columns.tabs[0].check
    assert (paid.holds, paid.difference) == (False, "−¥60.01")


def test_rows_that_do_not_make_the_fact_are_loud(evening):
    SegmentFact.objects.filter(measure="paid_minor", segment=1).update(amount=30_001)
    page = page_of(evening, "net_paid", segment=1)
    assert (page.columns.tabs[0].check.holds, page.columns.tabs[0].check.difference) == (False, "−¥0.01")


def test_what_the_address_names_and_is_not_there_falls_back(evening):
    page = page_of(evening, "net_paid", session=999, segment=77, measure="glory", page=9, row="1-1")
    assert (page.columns.session.session, page.columns.segment.number) == (evening.session, 1)
    assert page.columns.record.row == 2


def test_a_computation_whose_rows_are_gone_says_so(evening):
    (derived_root() / "evening" / "rows.parquet").unlink()
    page = page_of(evening, "net_paid")
    assert page.columns.gone
    assert page.recomputed
    assert page.columns.sessions_check.holds


def test_an_item_without_sessions_has_an_empty_path(evening):
    Session.objects.all().delete()
    page = page_of(evening, "refund_rate")
    assert (page.path.sessions, page.columns.sessions, page.waiting is None) == ([], (), False)


def test_choices_make_addresses_that_say_only_what_is_chosen():
    choice = Choice.of({"session": "12", "segment": "x", "page": "0", "row": "3-4"})
    assert (choice.session, choice.segment, choice.page) == (12, None, 1)
    assert choice.href(row=None) == "?session=12"
    assert choice.href(segment=2, row="3-5") == "?session=12&segment=2&row=3-5"
