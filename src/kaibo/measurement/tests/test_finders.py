"""What other rooms are told: a person's month, its sessions and segments, KPI values; sums that add up."""

from datetime import date

from kaibo.measurement import finders
from kaibo.measurement.models import ComputationState, Credit
from kaibo.measurement.person_values import kpi_values
from kaibo.org.models import Person

from .conftest import OCTOBER


def credited(person: Person, month: date, *by: str) -> list[finders.Part]:
    """A person's month: a Part for each crew role, and for each of what else they are told by."""
    return finders.parts(finders.credits_of_month(month).filter(person=person), "person", "role", *by)


def test_a_persons_month_is_the_sum_of_their_credit(evening) -> None:  # type: ignore[no-untyped-def]
    (part,) = credited(evening.cast.host, OCTOBER)
    assert (part.role, part.total("paid_minor"), part.total("orders"), part.total("views")) == ("host", 30_000, 3, None)
    assert not part.provisional


def test_sessions_and_segments_add_up_to_the_month(evening) -> None:  # type: ignore[no-untyped-def]
    (session,) = credited(evening.cast.host, OCTOBER, "session")
    assert session.session == evening.session.pk
    segments = credited(evening.cast.host, OCTOBER, "session", "segment", "weight", "weights")
    assert [(p.segment, p.weight, p.weights) for p in segments] == [(2, 1, 1)]
    assert sum(p.total("paid_minor") or 0 for p in segments) == session.total("paid_minor") == 30_000


def test_the_month_goes_by_business_date_not_by_computation(evening) -> None:  # type: ignore[no-untyped-def]
    november = evening.make_computation(date(2026, 11, 1))
    Credit.objects.filter(person=evening.cast.host2).update(date=date(2026, 11, 1))
    Credit.objects.filter(person=evening.cast.host).update(computation=november)
    assert credited(evening.cast.host2, OCTOBER) == []
    assert credited(evening.cast.host2, date(2026, 11, 1))[0].total("paid_minor") == 20_000
    assert credited(evening.cast.host, OCTOBER)[0].total("paid_minor") == 30_000


def test_replaced_and_unfinished_computations_are_not_seen(evening) -> None:  # type: ignore[no-untyped-def]
    for state in (ComputationState.OLD, ComputationState.BUILDING):
        evening.computation.state = state
        evening.computation.save()
        assert credited(evening.cast.host, OCTOBER) == []
        assert finders.session_summary([evening.session.pk]) == {}


def test_unconfirmed_credit_makes_the_whole_provisional(evening) -> None:  # type: ignore[no-untyped-def]
    Credit.objects.filter(person=evening.cast.host, measure="orders").update(provisional=True)
    assert credited(evening.cast.host, OCTOBER)[0].provisional


def test_parts_keep_bases_apart(evening) -> None:  # type: ignore[no-untyped-def]
    Credit.objects.filter(person=evening.cast.host, measure="paid_minor").update(basis="allocated")
    (part,) = credited(evening.cast.host, OCTOBER)
    assert part.total("paid_minor", "measured") is None
    assert part.total("paid_minor", "allocated") == 30_000


def test_kpi_values_of_a_month(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("order_line")
    values = kpi_values([evening.cast.host, evening.cast.host2], OCTOBER)
    mine = values[evening.cast.host.pk, "host"]
    assert mine["paid"].number == 30_000
    assert mine["orders"].number == 3
    # no after-sales file, no session report: missing, not zero
    assert (mine["net_paid"].missing, mine["views"].missing) == ("no_after_sales", "no_report")
    assert set(values) == {(evening.cast.host.pk, "host"), (evening.cast.host2.pk, "host")}


def test_refunds_are_immature_until_the_export_reaches_them(evening) -> None:  # type: ignore[no-untyped-def]
    evening.imported("order_line")
    after_sales = evening.imported("after_sale")
    assert kpi_values([evening.cast.host], OCTOBER)[evening.cast.host.pk, "host"]["net_paid"].immature_until
    after_sales.as_of = after_sales.as_of.replace(month=12)
    after_sales.save()
    value = kpi_values([evening.cast.host], OCTOBER)[evening.cast.host.pk, "host"]["net_paid"]
    assert (value.number, value.immature_until) == (25_000, None)


def test_a_business_day_is_final_when_its_night_is(evening) -> None:  # type: ignore[no-untyped-def]
    """What was ordered at 2 o'clock of the 15th is of the 14th, and may come back until the 30th."""
    evening.imported("order_line")
    after_sales = evening.imported("after_sale")
    for day, expected in ((30, date(2026, 10, 31)), (31, None)):
        after_sales.as_of = after_sales.as_of.replace(day=day)
        after_sales.save()
        value = kpi_values([evening.cast.host], OCTOBER)[evening.cast.host.pk, "host"]["net_paid"]
        assert value.immature_until == expected


def test_files_of_another_month_cover_nothing(evening) -> None:  # type: ignore[no-untyped-def]
    batch = evening.imported("order_line")
    batch.first_instant = batch.last_instant = batch.first_instant.replace(month=8)
    batch.save()
    assert kpi_values([evening.cast.host], OCTOBER)[evening.cast.host.pk, "host"]["paid"].missing == "no_orders"


def test_a_plan_without_any_computation_is_no_achievement_of_zero(evening) -> None:  # type: ignore[no-untyped-def]
    evening.computation.delete()
    assert kpi_values([evening.cast.host], OCTOBER) == {}


def test_kpi_values_need_few_queries(evening, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(8):
        found = kpi_values([evening.cast.host, evening.cast.host2, evening.cast.outsider], OCTOBER)
    assert {person for person, _role in found} == {evening.cast.host.pk, evening.cast.host2.pk}


def test_data_until_is_the_newest_instant_of_each_table(evening) -> None:  # type: ignore[no-untyped-def]
    assert finders.data_until() == {"order_line": finders.from_ms(1_792_000_000_000)}
    assert finders.computed_months() == [OCTOBER]
    assert finders.session_summary([evening.session.pk])[evening.session.pk]["paid_minor", "measured"] == 50_100
