"""An outage from being recorded to a verified closed month: ratios leave it out, sums keep it, tech answers for it."""

from datetime import date

import pytest
from django.urls import reverse

from kaibo.appraisal.month import month_of
from kaibo.closing.tests.test_rooms import wrong
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.live.actions import assign_responsibility
from kaibo.live.actions.outages import confirm_outages, record_outage
from kaibo.live.models import Outage, OutageCause, RoomDuty
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.person_values import kpi_values

from .conftest import OCTOBER, Autumn, at

MINUTE = 60_000


def recorded(autumn: Autumn, cause: OutageCause = OutageCause.OWN_EQUIPMENT) -> Outage:
    """Ten minutes of the 14th, in which order s2 of 33.33 was placed."""
    made = record_outage(
        by=autumn.cast.owner, account=autumn.room, start=at(14, "20:05"), end=at(14, "20:15"), cause=cause
    )
    compute_stale_now()
    return made


def confirmed(autumn: Autumn, cause: OutageCause = OutageCause.OWN_EQUIPMENT) -> None:
    confirm_outages(by=autumn.cast.lead.user, outages=[recorded(autumn, cause)])
    compute_stale_now()


def host(autumn: Autumn) -> dict:
    return dict(kpi_values([autumn.cast.host], OCTOBER)[autumn.cast.host.pk, "host"])


def test_what_nobody_confirmed_changes_nothing(autumn: Autumn) -> None:
    before = host(autumn)
    recorded(autumn)
    assert host(autumn) == before


def test_a_violation_is_no_outage(autumn: Autumn) -> None:
    before = host(autumn)
    confirmed(autumn, OutageCause.VIOLATION)
    assert host(autumn) == before


@pytest.mark.parametrize("cause", [OutageCause.OWN_EQUIPMENT, OutageCause.PLATFORM])
def test_ratios_leave_it_out_and_sums_and_hours_do_not(autumn: Autumn, cause: OutageCause) -> None:
    before = host(autumn)
    confirmed(autumn, cause)
    after = host(autumn)
    for kpi in ("paid", "net_paid", "orders", "airtime", "airtime_attainment"):
        assert (after[kpi].top, after[kpi].bottom) == (before[kpi].top, before[kpi].bottom), kpi
    # one order of 33.33 less on both sides
    assert before["order_value"].top - after["order_value"].top == 33_33
    assert before["order_value"].bottom - after["order_value"].bottom == 1
    # the views of ten minutes of the session's five hours
    views = before["view_order_rate"].bottom - after["view_order_rate"].bottom
    assert 33 <= views <= 34
    assert after["lost_share"].top == (10 * MINUTE if cause == OutageCause.OWN_EQUIPMENT else 0)


def test_the_line_says_so_and_is_explained(autumn: Autumn) -> None:
    confirmed(autumn)
    mine = month_of(autumn.cast.host, OCTOBER)
    for line in mine.lines:
        assert wrong(mine, line) == [], line.line.kpi
    page = autumn.cast.client("lead").get(
        reverse("appraisal:line", args=[autumn.cast.host.pk, "2026-10", "view_order_rate"])
    )
    shown = page.context["page"]
    assert shown.recomputed
    assert [one.number for one in shown.path.segments if one.in_outage] == [2]
    assert any("10" in note for note in shown.notes)
    assert "故障，不计" in page.content.decode()


def test_tech_is_judged_by_the_rooms_they_answer_for_and_the_month_verifies(autumn: Autumn) -> None:
    person = autumn.cast.host2
    assign_responsibility(
        by=None, account=autumn.room, person=person, duty=RoomDuty.TECH, start=date(2026, 10, 1), end=None
    )
    confirmed(autumn)
    mine = month_of(person, OCTOBER, role="tech")
    assert mine.role == "tech"
    lines = {line.line.kpi: line for line in mine.lines}
    # 5 h, 4.5 h of October; the night of the 31st is its business day too
    assert (lines["lost_share"].value.top, lines["lost_share"].value.bottom) == (
        10 * MINUTE,
        (300 + 270 + 210) * MINUTE,
    )
    assert (lines["outages"].value.top, lines["outages"].score.points) == (1, 16)
    for line in mine.lines:
        assert wrong(mine, line) == [], line.line.kpi
    client = autumn.cast.client("owner")
    for kpi in lines:
        assert client.get(reverse("appraisal:line", args=[person.pk, "2026-10", kpi]) + "?role=tech").status_code == 200
        assert (
            client.get(reverse("appraisal:export", args=[person.pk, "2026-10", kpi]) + "?role=tech").status_code == 200
        )
    closing = autumn.close()
    assert (verify_closing(closing).code, verify_closing(closing).differences) == (EQUAL, [])
    address = reverse("appraisal:line", args=[person.pk, "2026-10", "outages"]) + "?role=tech"
    before = [row.record.label for row in client.get(address).context["page"].columns.records]
    assert len(before) == 1
    Outage.objects.update(removed=True, note="said later")
    compute_stale_now()
    # what is listed is what counted when the month was closed
    assert [row.record.label for row in client.get(address).context["page"].columns.records] == before
    assert month_of(person, OCTOBER, role="tech").line("outages").value.top == 1  # type: ignore[union-attr]
