"""The table of exchange rates: what is added counts, what is taken back does not, and the months are computed anew."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from kaibo.audit.models import AuditEvent
from kaibo.live.models import Account
from kaibo.measurement.gathering import gather
from kaibo.measurement.models import ExchangeRate
from kaibo.measurement.rates import Said, add_rates, rates_in_use, undo_rates

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 3)


def rate(text: str, day: date = DAY, currency: str = "IDR") -> Said:
    return Said(currency, day, Decimal(text))


def test_the_newest_rate_of_a_day_counts_until_it_is_taken_back(cast) -> None:  # type: ignore[no-untyped-def]
    add_rates(by=cast.owner, rates=[rate("0.0004")], source="中国银行")
    (newer,) = add_rates(by=cast.owner, rates=[rate("0.0005")], source="中国银行")
    assert [one.rate for one in rates_in_use()] == [Decimal("0.0005")]
    assert undo_rates(by=cast.owner, act=newer.act) == 1
    assert [one.rate for one in rates_in_use()] == [Decimal("0.0004")]
    assert ExchangeRate.objects.count() == 2


def test_what_is_there_already_is_not_added_again(cast) -> None:  # type: ignore[no-untyped-def]
    add_rates(by=cast.owner, rates=[rate("0.0004")], source="x")
    with pytest.raises(ValidationError):
        add_rates(by=cast.owner, rates=[rate("0.00040")], source="x")
    assert len(add_rates(by=cast.owner, rates=[rate("0.0004"), rate("0.1", currency="JPY")], source="x")) == 1


def test_a_rate_names_the_months_that_it_may_touch(cast) -> None:  # type: ignore[no-untyped-def]
    add_rates(by=cast.owner, rates=[rate("0.0004", date(2026, 10, 30))], source="x")
    event = AuditEvent.objects.get(verb="rates added")
    assert event.data["months"] == ["2026-10", "2026-11", "2026-12"]
    undo_rates(by=cast.owner, act=ExchangeRate.objects.get().act)
    assert AuditEvent.objects.get(verb="rates taken back").data["months"] == ["2026-10", "2026-11", "2026-12"]


def test_a_computation_reads_the_rates_and_the_rooms_platform(cast) -> None:  # type: ignore[no-untyped-def]
    Account.objects.create(platform="tiktok", handle="toko", name="Toko", currency="IDR", zone="Asia/Jakarta")
    add_rates(by=cast.owner, rates=[rate("0.00044500")], source="x")
    inputs = gather(date(2026, 10, 1)).inputs
    assert [(r.currency, r.day, r.rate) for r in inputs.rates] == [("IDR", "2026-10-03", "0.000445")]
    assert {a.platform for a in inputs.accounts} == {"tiktok"}


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("2026-04-03\tIDR\t0.000445\n2026/4/4 idr 0.00045", 2),
        ("2026.04.03·USD·7.12\n\n", 1),
        ("2026-04-03 IDR", 0),
        ("2026-13-03 IDR 1", 0),
        ("2026-04-03 CNY 1", 0),
        ("2026-04-03 IDR -1", 0),
        ("2026-04-03 IDR 0,5", 0),
        ("2026-04-03 IDR NaN", 0),
        ("2026-04-03 IDR 0.0000000000001", 0),
        ("2026-04-03 IDR 1\n2026-04-03 IDR 2", 0),
        ("9999-04-03 IDR 1", 0),
        ("2026-04-03 RUPIAH 1", 0),
    ],
)
def test_a_pasted_table(cast, client: Client, table: str, rows: int) -> None:  # type: ignore[no-untyped-def]
    client.force_login(cast.owner)
    answer = client.post("/rates/", {"table": table, "source": "中国银行"})
    assert answer.status_code == (302 if rows else 422)
    assert ExchangeRate.objects.count() == rows
    if not rows:
        assert table.splitlines()[0].split()[0] in answer.content.decode()


def test_the_page_takes_back_what_was_added_at_once(cast, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(cast.owner)
    client.post("/rates/", {"table": "2026-04-03 IDR 0.0004\n2026-04-04 IDR 0.0005", "source": "x"})
    assert "0.0005" in client.get("/rates/").content.decode()
    assert client.post("/rates/undo/", {"act": ExchangeRate.objects.first().act}).status_code == 302
    assert not rates_in_use()
    assert client.post("/rates/undo/", {"act": "nothing"}).status_code == 404
