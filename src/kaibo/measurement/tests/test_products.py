"""Products of a session: their lines make the session's orders to the cent, beside what the platform says."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kaibo.facts.schema import ORDER_LINE, SESSION_CHANNEL, SESSION_PRODUCT
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.kpi.inputs import PLACED_ROW
from kaibo.measurement.finders import rows_path
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.products import chosen
from kaibo.measurement.session_page import goods_of

from .conftest import at

QUILT, PILLOW = "3609999999999999991", "3609999999999999992"


def write_rows(evening, rows: list[dict[str, Any]]) -> None:  # type: ignore[no-untyped-def]
    path = Path(rows_path(evening.computation))
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(n, pa.int64() if t == "int64" else pa.string()) for n, t in PLACED_ROW.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def batch_of(settings, table: str, facts: list[dict[str, Any]], more=None) -> Batch:  # type: ignore[no-untyped-def]
    folder = f"made-{table}"
    raw = [{"row": n, "raw": "{}", **fact} for n, fact in enumerate(facts, 2)]
    others = {
        name: [{"row": n, "raw": "{}", **fact} for n, fact in enumerate(rows, 2)] for name, rows in (more or {}).items()
    }
    write_batch(settings.FACTS_ROOT / folder, table, raw, others)
    return Batch.objects.create(
        source=table, table=table, more_tables=list(others), file_name=table, sha256=table, as_of=at("09:00", 16),
        folder=folder, accepted=len(raw), rejected=0, first_instant=at("19:00"), last_instant=at("23:59"),
    )  # fmt: skip


@pytest.fixture
def sold(evening, settings):  # type: ignore[no-untyped-def]
    """The evening's six orders: a quilt ×3 (¥300, ¥50 came back), a pillow ×2 (¥200), and a line without an id (¥1)."""
    amounts = [(QUILT, "被子", 2, 10_000), (QUILT, "被子", 2, 10_000), (QUILT, "被子", 2, 10_000),
               (PILLOW, "枕头", 3, 10_000), (PILLOW, "枕头", 3, 10_000), ("", "赠品", 1, 100)]  # fmt: skip
    lines, rows = [], []
    for n, (product, name, segment, amount) in enumerate(amounts, 2):
        when = to_ms(at("20:00")) + n
        lines.append({"sub_order": f"s{n}", "product_id": product or None, "product": name, "ordered_ms": when})
        rows.append({
            "table": "order_line", "row": n, "place": "segment", "session": evening.session.pk, "segment": segment,
            "instant_ms": when, "measure": "paid_minor", "amount": amount, "count": 1, "basis": "measured",
            "sub_order": f"s{n}", "label": name,
        })  # fmt: skip
    batch = batch_of(settings, ORDER_LINE, lines)
    refund = {"table": "after_sale", "batch": 99, "row": 7, "measure": "refund_minor", "amount": 5_000}
    late = {"table": "after_sale", "batch": 99, "row": 8, "measure": "refund_late_minor", "amount": 700}
    rows = [{**row, "batch": batch.pk} for row in rows]
    rows += [{**rows[0], **refund}, {**rows[0], **late}, {**rows[3], "session": 10_000}]
    write_rows(evening, rows)
    evening.rows = rows
    return evening


def told(settings, evening) -> None:  # type: ignore[no-untyped-def]
    whose = {
        "platform": "douyin",
        "account": None,
        "account_name": "生活旗舰店",
        "session_ms": to_ms(at("19:00")) + 30_000,
    }
    products = [
        {**whose, "product_id": QUILT, "product": "被子", "gmv_minor": 31_000, "impression_users": 900,
         "click_users": 90, "buyers": 3, "items": 3},
        {**whose, "product_id": QUILT, "product": "被子", "sku": "蓝", "gmv_minor": 31_000, "items": 3},
        {**whose, "product_id": "77", "product": "枕巾", "sku": "红", "gmv_minor": 400, "items": 1, "buyers": 1},
        {**whose, "product_id": "77", "product": "枕巾", "sku": "白", "gmv_minor": 600, "items": 2, "buyers": 1},
        {**whose, "product_id": "1", "product": "别场", "session_ms": to_ms(at("14:00")), "gmv_minor": 9},
        {**whose, "product_id": "2", "product": "别家", "account_name": "别家", "gmv_minor": 9},
    ]  # fmt: skip
    channels = [{**whose, "channel": "推荐feed", "views": 70}, {**whose, "channel": "关注", "views": 80}]
    batch_of(settings, SESSION_PRODUCT, products, {SESSION_CHANNEL: channels})


def test_products_add_up_to_the_session(sold) -> None:  # type: ignore[no-untyped-def]
    found = goods_of(sold.session)
    assert [(p.key, p.name, p.orders, p.paid, p.refund) for p in found.products] == [
        (QUILT, "被子", 3, 30_000, 5_000), (PILLOW, "枕头", 2, 20_000, 0), ("赠品", "赠品", 1, 100, 0),
    ]  # fmt: skip
    assert (found.check.holds, found.check.orders, found.check.paid, found.check.products) == (True, 6, 50_100, 3)


def test_a_lost_line_is_told(sold) -> None:  # type: ignore[no-untyped-def]
    write_rows(sold, sold.rows[1:])
    check = goods_of(sold.session).check
    assert (check.holds, check.difference, check.order_difference) == (False, 10_000, 1)
    text = sold.cast.client("lead").get(f"/sessions/{sold.session.pk}/").content.decode()
    assert "商品合计与本场相差 ¥100.00、1 单" in text


def test_lines_in_doubt_stand_beside_and_are_in_no_product(sold) -> None:  # type: ignore[no-untyped-def]
    doubtful = {**sold.rows[0], "row": 2, "basis": "allocated", "sub_order": "s2"}
    sold.fact("paid_minor", 4_000, segment=2, basis="allocated")
    sold.fact("orders", 1, segment=2, basis="allocated")
    # it stands once for each place that may claim it
    write_rows(sold, [*sold.rows, doubtful, {**doubtful, "segment": 3}])
    found = goods_of(sold.session)
    assert (found.products[0].paid, found.products[0].ours.allocated) == (30_000, 1)
    assert (found.check.holds, found.check.allocated_paid, found.check.allocated_orders) == (True, 4_000, 1)


def test_what_the_platform_says_stands_beside(sold, settings) -> None:  # type: ignore[no-untyped-def]
    told(settings, sold)
    found = goods_of(sold.session)
    quilt, pillow, gift, towel = found.products
    assert (quilt.theirs["gmv_minor"], quilt.theirs["impression_users"]) == (31_000, 900)
    assert (pillow.theirs, gift.theirs) == ({}, {})
    # known by its SKUs alone: what adds up is added, people are not
    assert (towel.name, towel.paid, towel.theirs["gmv_minor"], towel.theirs["buyers"]) == ("枕巾", None, 1_000, None)
    assert [(row["channel"], row["views"]) for row in found.channels] == [("关注", 80), ("推荐feed", 70)]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "枕"}, ["枕头", "枕巾"]),
        ({"q": QUILT[-4:]}, ["被子"]),
        ({"q": "没有"}, []),
        ({"sort": "orders"}, ["被子", "枕头", "赠品", "枕巾"]),
        ({"sort": "gmv"}, ["被子", "枕巾", "枕头", "赠品"]),
        ({"sort": "nonsense"}, ["被子", "枕头", "赠品", "枕巾"]),
    ],
)
def test_products_are_searched_and_sorted_unknown_last(sold, settings, asked, names) -> None:  # type: ignore[no-untyped-def]
    told(settings, sold)
    assert [one.name for one in chosen(goods_of(sold.session), **asked)] == names


def test_pages_and_file(sold, settings) -> None:  # type: ignore[no-untyped-def]
    told(settings, sold)
    client = sold.cast.client("host")
    page = client.get(f"/sessions/{sold.session.pk}/").content.decode()
    assert "订单 6 单 = 3 个商品，差 ¥0.00" in page
    assert "关注" in page
    assert "枕巾" in client.get(f"/sessions/{sold.session.pk}/products/?q=枕&sort=gmv").content.decode()
    assert client.get(f"/sessions/{sold.session.pk}/products.xlsx").status_code == 200


def test_a_session_without_any_file_says_what_is_missing(evening) -> None:  # type: ignore[no-untyped-def]
    evening.computation.delete()
    found = goods_of(evening.session)
    assert (found.products, found.check, found.lost) == ([], None, False)
    assert evening.cast.client("owner").get(f"/sessions/{evening.session.pk}/products/").status_code == 200
