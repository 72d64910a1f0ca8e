"""What was left out: every reason with its sum, and under each the order lines that make it."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.kpi.inputs import PLACED_ROW
from kaibo.measurement.finders import rows_path
from kaibo.measurement.left_out import count_of, groups, lines_of
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.tests.conftest import OCTOBER, at

MS = int(at("20:00").timestamp()) * 1000


def placed(row: int, place: str, kind: str, amount: int, **more: Any) -> dict[str, Any]:
    return {
        "table": "order_line", "batch": 1, "row": row, "place": place, "kind": kind, "instant_ms": MS + row,
        "measure": "paid_minor", "amount": amount, "count": 1, "label": f"商品{row}", **more,
    }  # fmt: skip


@pytest.fixture
def month(evening):  # type: ignore[no-untyped-def]
    """Two 福袋 lines, one product card, one bought after the evening; and a refund, which is no line."""
    for measure, amount in (("orders", 2), ("paid_minor", 2)):
        evening.fact(measure, amount, place="tagged", kind="福袋")
        evening.fact(measure, 1 if measure == "orders" else 9900, place="outside", kind="product_card", session=None)
        evening.fact(measure, 1 if measure == "orders" else 500, place="after", kind="self_live")
    evening.fact("views", 12, place="after", kind="minute_break")
    evening.fact("comments", 3, place="after", kind="minute_break")
    rows = [
        placed(
            7,
            "after",
            "minute_break",
            12,
            table="minute",
            measure="entries",
            session=evening.session.pk,
            account=evening.account.pk,
        ),
        placed(2, "tagged", "福袋", 1, session=evening.session.pk, segment=2),
        placed(3, "tagged", "福袋", 1),
        placed(4, "outside", "product_card", 9900, account=evening.account.pk),
        placed(5, "after", "self_live", 500, session=evening.session.pk),
        placed(6, "outside", "product_card", 9900, table="after_sale", measure="refund_minor"),
    ]
    path = Path(rows_path(evening.computation))
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return evening


def test_each_reason_has_the_sum_of_its_lines(month) -> None:  # type: ignore[no-untyped-def]
    found = groups(OCTOBER)
    assert [(one.place, one.orders, one.paid_minor, one.views) for one in found] == [
        ("outside", 1, 9900, None), ("tagged", 2, 2, None), ("after", 1, 500, None), ("after", None, None, 12),
    ]  # fmt: skip
    for one in found[:3]:
        lines = lines_of(OCTOBER, one, limit=50)
        assert (len(lines), sum(line.minor for line in lines)) == (one.orders, one.paid_minor)
        assert count_of(OCTOBER, one) == one.orders
    (minute,) = lines_of(OCTOBER, found[3], limit=50)
    assert (minute.row, minute.views, minute.minor, minute.room) == (7, 12, None, month.account.name)
    assert count_of(OCTOBER, found[3]) == 1


def test_minutes_off_air_stand_on_their_pages_apart_from_orders(month) -> None:  # type: ignore[no-untyped-def]
    client = month.cast.client("lead")
    page = client.get(f"/sessions/{month.session.pk}/").content.decode()
    card = page[page.index("未开播的分钟") :]
    assert re.findall(r'<td>(.+?)</td><td class="num">(.+?)</td><td class="num">(.+?)</td>', card)[0] == (
        "断播时的分钟", "12", "3",
    )  # fmt: skip
    chosen = client.get("/left-out/?month=2026-10&place=after&kind=minute_break").content.decode()
    assert "/batches/1/rows/7/" in chosen


def test_a_month_that_was_never_computed_is_not_called_complete(month) -> None:  # type: ignore[no-untyped-def]
    client = month.cast.client("owner")
    never = client.get("/left-out/?month=2026-03").content.decode()
    assert "这个月还没有算过" in never
    assert "没有没计入的数据" not in never
    SegmentFact.objects.exclude(place="segment").delete()
    assert "没有没计入的数据" in client.get("/left-out/?month=2026-10").content.decode()


def test_the_page_leads_from_a_reason_to_the_file_rows(month) -> None:  # type: ignore[no-untyped-def]
    client = month.cast.client("lead")
    whole = client.get("/left-out/?month=2026-10").content.decode()
    assert "福袋" in whole
    assert "商品3" not in whole
    chosen = client.get("/left-out/?month=2026-10&place=tagged&kind=福袋").content.decode()
    assert "/batches/1/rows/3/" in chosen
    assert f"/sessions/{month.session.pk}/" in chosen
    assert "商品4" not in chosen


def test_money_that_waits_for_a_rate_is_shown_as_the_file_says_it(month) -> None:  # type: ignore[no-untyped-def]
    month.fact("orders", 1, place="outside", kind="short_video", session=None)
    month.fact("paid_minor@IDR 2026-10-14", 946_731_600, place="outside", kind="short_video", session=None)
    path = Path(rows_path(month.computation))
    row = placed(9, "outside", "short_video", 946_731_600, measure="paid_minor@IDR 2026-10-14", currency="IDR",
                 original=946_731_600)  # fmt: skip
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist([row], schema=schema), path)
    [group] = [one for one in groups(OCTOBER) if one.kind == "short_video"]
    assert (group.orders, group.paid_minor, group.todo) == (1, None, "填上那天的汇率。")
    [line] = lines_of(OCTOBER, group, limit=5)
    assert (line.minor, line.currency) == (946_731_600, "IDR")


def test_sales_of_minutes_in_other_money_than_the_rooms_stand_with_their_amount(month) -> None:  # type: ignore[no-untyped-def]
    where = {"place": "unmatched", "kind": "minute_currency", "session": None, "account": month.account}
    month.fact("gmv_minor@USD 2026-10-14", 12_300, **where)
    path = Path(rows_path(month.computation))
    row = placed(9, "unmatched", "minute_currency", 12_300, table="minute", measure="gmv_minor@USD 2026-10-14",
                 currency="USD", original=12_300, account=month.account.pk)  # fmt: skip
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist([row], schema=schema), path)
    [group] = [one for one in groups(OCTOBER) if one.kind == "minute_currency"]
    assert (group.paid_minor, list(group.waiting), group.views) == (None, [(12_300, "USD")], None)
    assert "币种" in group.todo
    [line] = lines_of(OCTOBER, group, limit=5)
    assert (line.row, line.minor, line.currency, line.views) == (9, 12_300, "USD", None)
    page = month.cast.client("lead").get("/left-out/?month=2026-10&place=unmatched&kind=minute_currency")
    assert "123.00" in page.content.decode()


def test_a_currency_of_no_room_needs_a_room_and_no_rate(month) -> None:  # type: ignore[no-untyped-def]
    month.fact("paid_minor@MYR", 500, place="unmatched", kind="currency", session=None)
    month.fact("paid_minor@MYR 2026-10-14", 500, place="unpaid", kind="self_live", session=None)
    todo = {one.place: one.todo for one in groups(OCTOBER) if one.place in ("unmatched", "unpaid")}
    assert "直播间" in todo["unmatched"]
    assert "汇率" not in todo["unmatched"]
    assert todo["unpaid"] == ""


def test_pages_follow_each_other(month, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("kaibo.measurement.left_out_views.PAGE", 1)
    client = month.cast.client("owner")
    pages = [
        client.get(f"/left-out/?month=2026-10&place=tagged&kind=福袋&page={number}").content.decode()
        for number in (1, 2)
    ]
    assert ["商品2" in page for page in pages] == [True, False]
    assert ["商品3" in page for page in pages] == [False, True]


def test_nothing_computed_and_unknown_reasons_are_plain_pages(cast) -> None:  # type: ignore[no-untyped-def]
    for query in ("", "?month=x", "?place=moon&kind=x", "?month=2026-10&page=99"):
        assert cast.client("owner").get(f"/left-out/{query}").status_code == 200
