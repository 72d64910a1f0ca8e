"""One session: the sums hold, unknown is no zero, and the picture of the crew is in its place."""

from datetime import date

import pytest

from kaibo.measurement.access import find_broadcast
from kaibo.measurement.crew import ribbon, stints_of
from kaibo.measurement.daily import daily
from kaibo.measurement.models import Credit, Segment, SegmentFact
from kaibo.measurement.reconciling import Beside, bridge
from kaibo.measurement.session_list import lines
from kaibo.measurement.session_page import session_page

from .conftest import at


def page(evening, who: str = "owner"):  # type: ignore[no-untyped-def]
    user = getattr(evening.cast, who)
    user = user if who == "owner" else user.user
    return session_page(user, find_broadcast(user, evening.session.pk))


def test_hosts_and_unassigned_are_the_orders(evening) -> None:  # type: ignore[no-untyped-def]
    found = page(evening).conservation
    assert [(s.kind, s.orders, s.paid) for s in found.shares] == [
        ("person", 3, 30_000), ("person", 2, 20_000), ("unassigned", 1, 100),
    ]  # fmt: skip
    assert (found.orders, found.paid, found.people, found.difference, found.holds) == (6, 50_100, 2, 0, True)
    assert found.shares[2].reasons == ["no_one"]


@pytest.mark.parametrize("role", ["host", "service"])
def test_a_lost_cent_in_any_role_is_told(evening, role: str) -> None:  # type: ignore[no-untyped-def]
    if role == "host":
        Credit.objects.filter(measure="paid_minor", amount=20_000).update(amount=19_999)
    else:
        Credit.objects.create(
            computation=evening.computation, session=evening.session, segment=1, role=role, date=at("19:00").date(),
            measure="paid_minor", basis="measured", amount=50_099,
        )  # fmt: skip
    assert not page(evening).conservation.holds


def test_time_on_air_is_nobodys_sum(evening) -> None:  # type: ignore[no-untyped-def]
    evening.sell(2, evening.cast.host, air_ms=1)
    evening.sell(3, evening.cast.host2, air_ms=2)
    SegmentFact.objects.filter(measure="air_ms").update(amount=99)
    assert page(evening).conservation.holds


def test_what_everyone_had_is_nobodys_part(evening) -> None:  # type: ignore[no-untyped-def]
    """Two hosts at once each had the peak, and each met the viewers whom events name: that is no sum of parts."""
    for measure, amount in (("pcu", 900), ("viewers", 40), ("out:viewers", 40)):
        evening.fact(measure, amount, segment=2)
        for person, shift in zip((evening.cast.host, evening.cast.host2), evening.shifts, strict=True):
            Credit.objects.create(
                computation=evening.computation, session=evening.session, segment=2, role="host", person=person,
                shift=shift, date=at("19:00").date(), measure=measure, basis="measured", amount=amount,
            )  # fmt: skip
    assert page(evening).conservation.holds


def test_a_plain_person_sees_colleagues_together(evening) -> None:  # type: ignore[no-untyped-def]
    found = page(evening, "host")
    assert [(s.kind, s.name, s.paid) for s in found.conservation.shares] == [
        ("person", "林晓彤", 30_000), ("others", "", 20_000), ("unassigned", "", 100),
    ]  # fmt: skip
    assert [(row.number, row.paid) for row in found.table.rows] == [(2, 30_000), (0, 20_100)]
    assert found.table.total.paid == 50_100


def test_the_bridge_names_its_steps_and_is_never_forced(evening) -> None:  # type: ignore[no-untyped-def]
    evening.fact("report_paid_minor", 51_000, place="report")
    evening.fact("report_gmv_minor", 51_300, place="report")
    evening.fact("paid_minor", 700, place="after")
    evening.fact("orders", 1, place="after")
    found = page(evening).bridge
    assert (found.ours, found.theirs, found.difference) == (50_100, 51_000, 900)
    assert [(s.key, s.amount) for s in found.steps] == [("after", 700), ("wording", -300), ("rest", 500)]
    assert sum(s.amount for s in found.steps) == found.difference


def test_every_step_of_the_bridge_that_a_file_tells(evening) -> None:  # type: ignore[no-untyped-def]
    amounts = {("paid_minor", "measured"): 50_000, ("orders", "measured"): 6}
    report = {
        "report_paid_minor": 49_000, "report_gmv_minor": 49_100, "report_orders": 5, "main_orders": 4,
        "since_report_minor": 900,
    }  # fmt: skip
    places = {"report": {(name, "measured"): amount for name, amount in report.items()}}
    found = bridge(amounts, places, Beside(unmatched=30, rejected=20, perhaps_rejected=[(77, "CNY")]))
    assert [(s.key, s.amount) for s in found.steps] == [
        ("wording", -100), ("unmatched", 30), ("rejected", 20), ("snapshot", -900), ("rest", -50),
    ]  # fmt: skip
    assert [(s.key, s.amount) for s in found.order_steps] == [("split", -2), ("rest", 1)]
    assert (found.difference, found.perhaps_rejected) == (-1000, [(77, "CNY")])
    assert sum(s.amount for s in found.steps) == found.difference


def test_unknown_is_not_zero(evening) -> None:  # type: ignore[no-untyped-def]
    evening.sell(2, evening.cast.host, refund=0)
    SegmentFact.objects.filter(measure="refund_minor").delete()
    assert page(evening).figures.refund is None
    evening.imported("after_sale")
    assert page(evening).figures.refund == 0
    assert page(evening).figures.net == 50_100
    assert page(evening).figures.views is None


def test_views_of_a_segment_that_no_file_tells_are_unknown_unless_the_report_leaves_none(evening) -> None:  # type: ignore[no-untyped-def]
    def told() -> dict[int, int | None]:
        return {row.number: row.views for row in page(evening).table.rows}

    evening.fact("views", 900, segment=2)
    table = page(evening).table
    assert told() == {1: None, 2: 900, 3: None}
    assert (table.total.views, table.total.views_of_all, table.untold) == (900, None, 2)
    shown = evening.cast.client("owner").get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "这 2 个分段来了多少人没有数据" in shown
    evening.fact("report_views", 900, place="report", segment=None)
    assert told() == {1: 0, 2: 900, 3: 0}
    assert (page(evening).table.total.views_of_all, page(evening).table.untold) == (900, 0)


def test_sales_that_wait_for_a_rate_are_unknown_everywhere(evening) -> None:  # type: ignore[no-untyped-def]
    """The orders are there and count; what they come to is not 0, on the page, in the list and in the daily report."""
    evening.imported("order_line")
    evening.imported("after_sale")
    waiting = "paid_minor@USD 2026-10-14"
    SegmentFact.objects.filter(measure="paid_minor").update(measure=waiting, currency="USD", kind="currency")
    Credit.objects.filter(measure="paid_minor").update(measure=waiting)
    found = page(evening).figures
    assert (found.orders, found.paid, found.net, found.per_order) == (6, None, None, None)
    assert [(row.orders, row.paid) for row in page(evening).table.rows] == [(1, None), (3, None), (2, None)]
    (line,) = lines([evening.session])
    assert (line.figures.orders, line.figures.paid) == (6, None)
    report = daily(date(2026, 10, 14), date(2026, 10, 14))
    assert [row.paid for row in report.rows] == [None, None, None]
    assert report.totals is not None
    assert report.totals.paid is None


def test_kinds_of_one_segment_are_added_not_overwritten(evening) -> None:  # type: ignore[no-untyped-def]
    evening.fact("views", 40, segment=2, basis="allocated")
    evening.fact("views", 60, segment=3, basis="allocated")
    evening.fact("report_views", 100, place="report", segment=None)
    found = page(evening)
    assert [(row.views, row.orders) for row in found.table.rows] == [(0, 1), (40, 3), (60, 2)]
    assert (found.figures.views, found.figures.allocated_views) == (100, True)


def test_left_out_orders_stand_beside(evening) -> None:  # type: ignore[no-untyped-def]
    evening.fact("paid_minor", 55, place="tagged", kind="福袋")
    evening.fact("orders", 5, place="tagged", kind="福袋")
    evening.fact("paid_minor", 900, place="unpaid", kind="self_live")
    assert [(row.place, row.orders, row.paid) for row in page(evening).left_out] == [
        ("unpaid", None, 900), ("tagged", 5, 55),
    ]  # fmt: skip
    assert page(evening).figures.paid == 50_100


def test_the_ribbon_shows_who_and_where_nobody_was(evening) -> None:  # type: ignore[no-untyped-def]
    segments = list(Segment.objects.all())
    found = ribbon(evening.session, segments, [])
    (lane,) = found.lanes
    assert [(s.name, s.left, s.width) for s in lane.stints] == [
        ("林晓彤", "1.333", "48.667"), ("陈嘉禾", "50.000", "50.000"),
    ]  # fmt: skip
    assert [(gap.left, gap.width) for gap in lane.gaps] == [("0.000", "1.333")]
    assert found.handovers == ["1.333", "50.000"]


def test_stretches_of_one_person_join_and_people_at_once_stack(evening) -> None:  # type: ignore[no-untyped-def]
    both = [evening.member(0), evening.member(1)]
    Segment.objects.filter(number=1).update(crew={"host": [evening.member(0)]})
    Segment.objects.filter(number=2).update(crew={"host": both})
    segments = list(Segment.objects.all())
    assert [(s.name, s.start, s.end) for s in stints_of(segments)] == [
        ("林晓彤", at("19:00"), at("21:30")), ("陈嘉禾", at("19:04"), at("24:00")),
    ]  # fmt: skip
    (lane,) = ribbon(evening.session, segments, []).lanes
    assert ([s.top for s in lane.stints], lane.height, list(lane.gaps)) == ([0, 30], 56, [])


def test_before_the_first_computation_shifts_are_drawn(evening) -> None:  # type: ignore[no-untyped-def]
    evening.computation.delete()
    found = page(evening)
    assert [s.name for lane in found.ribbon.lanes for s in lane.stints] == ["林晓彤", "陈嘉禾"]
    assert (found.computation, found.conservation, found.table.total, found.figures.paid) == (None, None, None, None)
