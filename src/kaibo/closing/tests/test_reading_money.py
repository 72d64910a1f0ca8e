"""Sales read at a handover in another currency than the room's, from the batch to the pages and back to a number."""

from decimal import Decimal

from django.urls import reverse

from kaibo.closing.findings import findings
from kaibo.facts.schema import READING
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.rates import Said, add_rates

from .conftest import NOW, OCTOBER, Autumn, at, fact, ms


def test_they_are_named_wait_for_a_rate_and_are_converted(autumn: Autumn) -> None:
    row = fact(READING, 2, account=autumn.room.handle, platform="douyin", instant_ms=ms(at(14, "20:00")),
               gmv_minor=500_00, currency="USD")  # fmt: skip
    autumn.batch(READING, [row], as_of=at(15, "09:00"), name="读数.xlsx")
    autumn.compute()
    client = autumn.cast.client("lead")
    url = reverse("measurement:left_out") + "?month=2026-10&place=unmatched&kind=reading_currency"
    page = client.get(url)
    (group,) = [one for one in page.context["groups"] if one.kind == "reading_currency"]
    assert (group.paid_minor, list(group.waiting), group.todo) == (None, [(500_00, "USD")], "填上那天的汇率。")
    assert [(line.minor, line.currency, line.row) for line in page.context["lines"]] == [(500_00, "USD", 2)]
    assert "交接时读到的成交" in page.content.decode()
    codes = [one.code for one in findings(OCTOBER, NOW)]
    assert {"rates", "other_money"} <= set(codes)
    owner = autumn.cast.client("owner")
    assert ("USD", "2026-10-14", 0) in owner.get(reverse("measurement:rates")).context["lacking"]

    add_rates(by=autumn.cast.owner, rates=[Said("USD", OCTOBER, Decimal("7.1"))], source="中国银行")
    assert "2026-10" in compute_stale_now()
    (group,) = [one for one in client.get(url).context["groups"] if one.kind == "reading_currency"]
    assert (group.paid_minor, list(group.waiting)) == (3550_00, [])
    codes = [one.code for one in findings(OCTOBER, NOW)]
    assert "other_money" in codes
    assert "rates" not in codes
