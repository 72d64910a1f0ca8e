from datetime import date
from fractions import Fraction

import pytest

from kaibo.appraisal.card_file import read_loosely
from kaibo.appraisal.month import month_from, month_of
from kaibo.appraisal.month_data import read
from kaibo.imports.models import Batch
from kaibo.live.models import Responsibility, Shift
from kaibo.measurement.models import Computation, Credit

from .conftest import HOUR, OCTOBER, at, ms


def lines(month) -> dict:  # type: ignore[type-arg]
    return {line.line.kpi: line for line in month.lines}


def test_values_and_points_of_a_hand_made_month(evening):
    evening.target(100_000)
    month = month_of(evening.cast.host, OCTOBER)
    found = lines(month)
    # 5 of 7 planned hours in the room are the host's: ¥714.29 of ¥1,000
    assert found["net_paid"].score.target == 71_429
    assert found["net_paid"].value.top == 30_000 - 5_000 + 14_001
    assert found["net_paid"].score.points == Fraction(39_001, 71_429) * 40
    assert found["view_order_rate"].value.number == Fraction(3 + 1, 1_700)
    assert found["airtime_attainment"].value.number == Fraction(4, 5)
    assert found["refund_rate"].value.number == Fraction(5_000, 44_001)
    assert month.total.points == sum(line.score.points for line in month.lines)
    assert (month.role, month.total.weights, month.is_over) == ("host", 100, True)


def test_without_the_rooms_target_the_line_waits(evening):
    month = month_of(evening.cast.host, OCTOBER)
    line = lines(month)["net_paid"]
    assert (line.score.points, line.score.waiting) == (None, "no_target")
    assert line.target.missing == [evening.account]
    assert (month.total.weights, month.waiting_weight) == (60, 40)


def test_missing_is_not_zero(evening):
    Batch.objects.filter(table="session_report").delete()
    Credit.objects.filter(measure="views").delete()
    month = month_of(evening.cast.host, OCTOBER)
    line = lines(month)["view_order_rate"]
    assert (line.value.number, line.score.points, line.score.waiting) == (None, None, "no_report")
    Credit.objects.filter(measure="refund_minor").delete()
    assert lines(month_of(evening.cast.host, OCTOBER))["refund_rate"].value.number == 0


def test_a_running_month_is_measured_against_what_began(evening):
    evening.target(100_000)
    until = {"session_report": {"rows": 1, "as_of_ms": ms(at("09:00", 15))}}
    Computation.objects.update(coverage=until)
    month = month_of(evening.cast.host, OCTOBER)
    line = lines(month)["net_paid"]
    assert not month.is_over
    # the shift of the 16th is still to come
    assert lines(month)["airtime_attainment"].value.bottom == 4 * HOUR
    assert (line.target.amount_minor, line.score.target) == (71_429, 71_429 * 4 // 5)


def test_targets_of_all_people_are_the_rooms(evening):
    evening.target(100_001)
    both = [month_of(person, OCTOBER) for person in (evening.cast.host, evening.cast.host2)]
    assert sum(lines(month)["net_paid"].target.amount_minor for month in both) == 100_001


def test_refunds_that_may_still_come_are_said(evening):
    Batch.objects.update(as_of=at("09:00", 20))
    month = month_of(evening.cast.host, OCTOBER)
    # what is ordered past midnight is of the 15th: it may come back until the 30th
    assert month.immature_until == date(2026, 10, 31)
    assert lines(month)["view_order_rate"].value.immature_until is None


def test_an_unconfirmed_shift_makes_the_month_provisional(evening):
    assert not month_of(evening.cast.host, OCTOBER).provisional
    Credit.objects.filter(segment=2).update(provisional=True)
    assert month_of(evening.cast.host, OCTOBER).provisional


def test_the_main_role_comes_first(evening):
    evening.shift(evening.cast.host, "10:00", "11:00", role="editor")
    month = month_of(evening.cast.host, OCTOBER)
    assert month.roles == ["host", "editor"]
    editor = month_of(evening.cast.host, OCTOBER, role="editor")
    assert (editor.role, [line.key for line in editor.later], editor.waiting_weight) == ("editor", ["work"], 70)
    assert month_of(evening.cast.host, OCTOBER, role="king").role == "host"


def test_a_month_without_anything_has_no_card(evening):
    month = month_of(evening.cast.host, date(2026, 12, 1))
    assert (month.card, month.roles, month.lines) == (None, [], [])


def test_a_planned_month_that_was_not_computed_waits(evening):
    start, end = at("19:00", 10, 11), at("20:00", 10, 11)
    evening.shift(
        evening.cast.host,
        "19:00",
        "20:00",
        planned_start=start,
        planned_end=end,
        state="planned",
        confirmed_start=None,
        confirmed_end=None,
    )
    month = month_of(evening.cast.host, date(2026, 11, 1))
    assert {line.score.waiting for line in month.lines} == {"not_computed"}


@pytest.mark.parametrize(
    ("start", "month"), [(at("05:59", 1), date(2026, 9, 1)), (at("06:00", 1), OCTOBER), (at("29:59", 31), OCTOBER)]
)
def test_a_shift_belongs_to_the_month_of_its_business_date(evening, start, month):
    Shift.objects.all().delete()
    shift = evening.shift(evening.cast.host2, "00:00", "01:00", day=20)
    Shift.objects.filter(pk=shift.pk).update(planned_start=start, planned_end=start.replace(minute=59, second=59))
    found = [m for m in (date(2026, 9, 1), OCTOBER) if month_of(evening.cast.host2, m).roster.shifts]
    assert found == [month]


def test_the_roster_counts_what_is_confirmed_and_what_is_not(evening):
    evening.shift(evening.cast.host, "19:00", "20:00", day=18, state="planned", flag="换班了")
    roster = month_of(evening.cast.host, OCTOBER).roster
    assert (roster.confirmed, len(roster.unconfirmed), roster.absent, roster.flagged) == (1, 1, 1, 1)
    assert roster.planned_ms("host") == 6 * HOUR
    week = roster.weeks(OCTOBER, date(2026, 10, 14))[2]
    assert [day.start.day for day in week if day and day.shifts] == [14, 16, 18]
    assert [day.state for day in week if day and day.shifts] == ["confirmed", "absent", "planned"]


def test_a_trend_ends_at_the_months_value(evening):
    evening.target(100_000)
    for line in month_of(evening.cast.host, OCTOBER).lines:
        assert line.trend[-1].value == line.value.number


def test_leave_takes_hours_and_its_part_of_the_target_off_and_gives_it_to_nobody(evening):
    """Of 5 planned hours one is leave: 4 are due, and the target's part of it is nobody's."""
    from kaibo.appraisal.due_page import due_sum
    from kaibo.appraisal.month import month_of
    from kaibo.live.models import Leave, LeaveState

    evening.target(700_000)
    before = month_of(evening.cast.host, OCTOBER)
    other = month_of(evening.cast.host2, OCTOBER).line("net_paid").target.amount_minor
    Leave.objects.create(
        person=evening.cast.host, kind="annual", start=at("06:00", 16), end=at("30:00", 16), state=LeaveState.APPROVED
    )
    after = month_of(evening.cast.host, OCTOBER)
    assert before.line("net_paid").target.amount_minor == 500_000
    assert after.line("net_paid").target.amount_minor == 400_000
    assert month_of(evening.cast.host2, OCTOBER).line("net_paid").target.amount_minor == other == 200_000
    assert (before.line("airtime_attainment").value.bottom, after.line("airtime_attainment").value.bottom) == (
        5 * HOUR, 4 * HOUR,
    )  # fmt: skip
    found = due_sum(after)
    assert (found.planned_ms, found.away_ms, found.due_ms) == (5 * HOUR, HOUR, 4 * HOUR)


def test_conditions_are_held_against_the_plan_to_date_like_lines_of_their_own(evening):
    """Together, by shift and by room: the shift of the 16th is still to come, and broadcasts are counted at all."""
    asked = '{ kpi = "broadcast_attainment", at_least = "1" }'
    text = """
        [[card]]
        role = "host"
        version = 1
        [[card.line]]
        kpi = "orders"
        weight = "60"
        rule = { form = "together", rungs = [{ points = "60", conditions = [
            { kpi = "airtime_attainment", at_least = "1" }, %s] }] }
        [[card.line]]
        kpi = "paid"
        weight = "40"
        route = "account"
        rule = { form = "together", rungs = [{ points = "40", conditions = [%s] }] }
    """
    (card,) = read_loosely(text % (asked, asked), "test")
    assert card.faults == []
    Responsibility.objects.create(account=evening.account, person=evening.cast.host, duty="host", start=OCTOBER)
    Computation.objects.update(coverage={"session_report": {"rows": 1, "as_of_ms": ms(at("09:00", 15))}})
    evening.credit(1, broadcasts=1)
    evening.fact(1, "broadcasts", 1, account=evening.account)
    data = read([evening.cast.host], OCTOBER, cards={"host": card})
    by_shift, by_room = month_from(data, evening.cast.host).lines
    assert (by_shift.score.points, by_shift.score.waiting) == (60, "")
    assert (by_room.score.points, by_room.score.waiting) == (40, "")
    # the shift of the 16th has begun too, and nobody was there
    Computation.objects.update(coverage={"session_report": {"rows": 1, "as_of_ms": ms(at("09:00", 17))}})
    data = read([evening.cast.host], OCTOBER, cards={"host": card})
    assert [line.score.points for line in month_from(data, evening.cast.host).lines] == [0, 0]
