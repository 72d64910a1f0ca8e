"""Ad spend from the file to pages, a closed month and its verification: whose it is, and what is nobody's and why."""

from datetime import date

from django.urls import reverse

from kaibo.closing.findings import findings
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.facts.schema import AD_SPEND
from kaibo.live.actions import map_ad_account
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.person_values import kpi_values

from .conftest import NOW, OCTOBER, Autumn, at, fact, ms

HOUR = 3_600_000


def spent(row: int, day: int, clock: str, minor: int, **said: object) -> dict[str, object]:
    start = ms(at(day, clock))
    known = {"ad_account": "青禾投放", "start_ms": start, "end_ms": start + HOUR, "spend_minor": minor}
    return fact(AD_SPEND, row, platform="douyin", **known, **said)


def with_ads(autumn: Autumn) -> None:
    """The evening of the 14th: 19:00, 21:00 (both hosts), and 12:00, when nobody was on air."""
    rows = [
        spent(2, 14, "19:00", 100_00, gmv_minor=350_00, orders=3), spent(3, 14, "21:00", 90_01),
        spent(4, 14, "12:00", 7_00),
    ]  # fmt: skip
    autumn.batch(AD_SPEND, rows, as_of=at(10, "09:00", 12), name="千川.csv")


def values(autumn: Autumn) -> dict[str, object]:
    found = kpi_values([autumn.cast.host, autumn.cast.host2], OCTOBER)
    return {person.name: found[person.pk, "host"] for person in (autumn.cast.host, autumn.cast.host2)}


def test_an_ad_account_without_a_room_is_asked_for_and_then_counts(autumn: Autumn) -> None:
    with_ads(autumn)
    autumn.compute()
    client = autumn.cast.client("lead")
    page = client.get(reverse("measurement:left_out") + "?month=2026-10&place=unmatched&kind=ad_no_room")
    (group,) = [one for one in page.context["groups"] if one.is_ads]
    assert (group.paid_minor, group.orders, group.needs_room) == (197_01, None, True)
    assert [(line.minor, line.label, line.row) for line in page.context["lines"]] == [
        (7_00, "青禾投放", 4), (100_00, "青禾投放", 2), (90_01, "青禾投放", 3),
    ]  # fmt: skip
    assert "ad-accounts" in page.content.decode()
    assert client.get(reverse("measurement:matches")).context["ad_days"] == 1
    assert "ad_accounts" in [one.code for one in findings(OCTOBER, NOW)]

    map_ad_account(by=None, ad_account="青禾投放", start=date(2026, 10, 1), parts=[(autumn.room, 1)])
    assert "2026-10" in compute_stale_now()
    page = client.get(reverse("measurement:left_out") + "?month=2026-10&place=outside&kind=ad_off_air")
    (group,) = [one for one in page.context["groups"] if one.is_ads]
    assert (group.kind, group.paid_minor) == ("ad_off_air", 7_00)
    assert "ad_accounts" not in [one.code for one in findings(OCTOBER, NOW)]
    # the hour from 21:00: half of it each; a host's card may ask for it
    found = values(autumn)
    spends = {name: of["spend"].top for name, of in found.items()}  # type: ignore[index]
    assert sorted(spends.values()) == [45_00, 145_01]
    assert sum(spends.values()) + 7_00 == 197_01
    # only the platform's own sales of the hour at 19:00 are known
    (first,) = [of for of in found.values() if of["spend"].top == 145_01]  # type: ignore[index]
    assert (first["ad_roi"].top, first["ad_roi"].bottom) == (350_00, 145_01)  # type: ignore[index]


def test_without_ad_reports_nothing_is_said_of_spend(autumn: Autumn) -> None:
    assert {of["spend"].missing for of in values(autumn).values()} == {"no_ad_spend"}  # type: ignore[index]


def test_a_closed_month_keeps_its_spend_and_verifies(autumn: Autumn) -> None:
    with_ads(autumn)
    map_ad_account(by=None, ad_account="青禾投放", start=date(2026, 10, 1), parts=[(autumn.room, 1)])
    compute_stale_now()
    closing = autumn.close()
    assert (verify_closing(closing).code, verify_closing(closing).differences) == (EQUAL, [])
    before = {name: of["spend"].top for name, of in values(autumn).items()}  # type: ignore[index]
    map_ad_account(by=None, ad_account="青禾投放", start=date(2026, 10, 1), parts=[])
    autumn.batch(AD_SPEND, [spent(2, 14, "20:00", 999_00)], as_of=at(15, "09:00", 12), name="新.csv")
    autumn.compute()
    assert {name: of["spend"].top for name, of in values(autumn).items()} == before  # type: ignore[index]
    assert verify_closing(closing).code == EQUAL
