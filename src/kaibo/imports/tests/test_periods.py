"""Which days a file of orders or after-sales covers: of its rows, of its name, as somebody says; refused."""

from dataclasses import replace
from datetime import date

import pytest

from kaibo.audit.models import AuditEvent
from kaibo.imports.actions import state_period
from kaibo.imports.landing import land
from kaibo.imports.models import Batch
from kaibo.imports.periods import BadPeriod
from kaibo.imports.tests.made import ORDERS, SESSIONS, landed, ms, order, reading, session
from kaibo.sources.reading import Answers

pytestmark = pytest.mark.django_db
ROWS = [order(2, "1", "2026-10-03 19:00:00"), order(3, "2", "2026-10-20 21:00:00")]
OCTOBER = date(2026, 10, 1)


def day(number: int) -> date:
    return OCTOBER.replace(day=number)


def orders(file_name: str = "orders.csv", **answers: str) -> Batch:
    made = replace(reading(ORDERS, ROWS), as_of_ms=ms("2026-11-01 08:00"))
    return land(
        made, by=None, file_name=file_name, sha256=file_name, answers=Answers(**answers), now_ms=ms("2026-11-02 08:00")
    )


@pytest.mark.parametrize(
    ("name", "answers", "days", "said"),
    [
        ("orders.csv", {}, (day(3), day(20)), ""),
        ("orders.csv", {"start": "2026-10-01", "end": "2026-10-31"}, (day(1), day(31)), "asked"),
        # one day is enough: the other is that of its rows
        ("orders.csv", {"end": "2026-10-31"}, (day(3), day(31)), "asked"),
        ("订单_20261001_20261025.csv", {}, (day(1), day(25)), "name"),
        ("订单_20261001_20261025.csv", {"start": "2026-10-02", "end": "2026-10-31"}, (day(2), day(31)), "asked"),
        # the time of the export is no period, nor is one that has none of its rows or is still to come
        ("订单_20261101080000.csv", {}, (day(3), day(20)), ""),
        ("订单_20250101_20250131.csv", {}, (day(3), day(20)), ""),
        ("订单_20261001_20261130.csv", {}, (day(3), day(20)), ""),
    ],
)
def test_what_is_stated_at_the_import(name, answers, days, said) -> None:
    batch = orders(name, **answers)
    assert (batch.covers, batch.period_from) == (days, said)


WRONG = [
    (day(21), day(31), "Its rows are of 2026-10-03 to 2026-10-20"),
    (day(1), day(1), "Its rows are of"),
    (day(20), day(3), "The last day is before the first"),
    (day(1), date(2026, 11, 2), "The file is as of 2026-11-01"),
    (date(2025, 10, 1), day(31), "A file covers at most 366 days"),
]


@pytest.mark.parametrize(("first", "last", "why"), WRONG)
def test_what_cannot_be_is_refused_and_changes_nothing(first, last, why) -> None:
    batch = orders()
    with pytest.raises(BadPeriod, match=why):
        state_period(by=None, batch=batch, first=first, last=last)
    batch.refresh_from_db()
    assert (batch.covers, batch.period_from) == ((day(3), day(20)), "")
    assert not AuditEvent.objects.filter(verb="batch period stated").exists()
    with pytest.raises(BadPeriod, match=why):
        orders("other.csv", start=first.isoformat(), end=last.isoformat())
    assert Batch.objects.count() == 1


def test_only_of_orders_and_after_sales() -> None:
    batch = landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="a")
    with pytest.raises(BadPeriod, match="Only of orders and after-sales"):
        state_period(by=None, batch=batch, first=day(1), last=day(31))


def test_it_is_written_down_with_the_months_that_it_touches(cast) -> None:
    batch = orders()
    state_period(by=cast.owner, batch=batch, first=date(2026, 9, 30), last=day(31), reason="几天没有成交")
    event = AuditEvent.objects.get(verb="batch period stated")
    data = event.payload.data
    assert (event.by_id, data["before"], data["days"]) == (
        cast.owner.pk, ["2026-10-03", "2026-10-20"], ["2026-09-30", "2026-10-31"],
    )  # fmt: skip
    assert data["months"] == ["2026-09", "2026-10"]
    # back to its rows: only September's numbers and October's first and last days are others
    state_period(by=cast.owner, batch=batch, first=None, last=None)
    batch.refresh_from_db()
    assert (batch.covers, batch.period_from) == ((day(3), day(20)), "")
    # the same once more touches nothing
    state_period(by=cast.owner, batch=batch, first=None, last=None)
    assert AuditEvent.objects.filter(verb="batch period stated").order_by("pk").last().payload.data["months"] == []


def test_the_page_of_the_batch_asks_and_says_it(cast) -> None:
    batch, client = orders(), cast.client("lead")
    url = f"/batches/{batch.pk}/"
    assert 'name="last" value="2026-10-20"' in client.get(url).content.decode()
    wrong = client.post(url, {"act": "period", "first": "2026-10-01", "last": "2026-12-31"})
    assert (wrong.status_code, "2026-11-01" in wrong.content.decode()) == (422, True)
    assert "2026-12-31" in wrong.content.decode()
    assert client.post(url, {"act": "period", "first": "2026-10-01", "last": "2026-10-31"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.covers, batch.period_from) == ((day(1), day(31)), "asked")
    assert client.post(url, {"act": "by_rows"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.covers, batch.period_from) == ((day(3), day(20)), "")
    # who may not import sees no form, and of other files nobody is asked
    assert 'name="last"' not in cast.client("owner").get(f"/batches/{sessions().pk}/").content.decode()
    assert client.post(f"/batches/{sessions().pk}/", {"act": "period", "first": "2026-10-01"}).status_code == 422


def sessions() -> Batch:
    found = Batch.objects.filter(table="session_report").first()
    return found or landed(SESSIONS, [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")], sha="a")
