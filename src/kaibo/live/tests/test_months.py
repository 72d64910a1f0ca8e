"""Which months a change touches: also those whose sessions reach into it, or claim what was bought after them."""

from datetime import datetime, timedelta

import pytest

from kaibo.imports.tests.made import ORDERS, SESSIONS, landed, ms, order, session
from kaibo.jobs.queue import Progress
from kaibo.live.importer import follow_batch
from kaibo.live.instants import to_instant
from kaibo.live.models import Account, Session
from kaibo.live.months import months_of, months_of_sales

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return to_instant(ms(text))


@pytest.fixture
def room() -> Account:
    return Account.objects.create(handle="101", name="一号间")


def on_air(room: Account, start: str, end: str) -> Session:
    return Session.objects.create(account=room, start=at(start), end=at(end))


def test_a_stretch_touches_its_own_month_and_that_of_the_evening_before(room: Account) -> None:
    assert months_of([(at("2026-11-03 09:00"), at("2026-11-03 18:00"))]) == ["2026-11"]
    assert months_of([(at("2026-11-01 09:00"), at("2026-11-01 18:00"))]) == ["2026-10", "2026-11"]
    assert months_of([(None, None)]) == []


def test_a_shift_in_a_session_of_three_days_touches_the_month_it_began_in(room: Account) -> None:
    on_air(room, "2026-10-31 20:00", "2026-11-03 20:00")
    assert months_of([(at("2026-11-03 09:00"), at("2026-11-03 18:00"))]) == ["2026-10", "2026-11"]


def test_what_is_bought_days_after_a_broadcast_touches_its_month(room: Account) -> None:
    on_air(room, "2026-10-28 20:00", "2026-10-28 23:00")
    fifth = at("2026-11-05 12:00")
    assert months_of([(fifth, fifth)]) == ["2026-11"]
    assert months_of_sales([(fifth, fifth)]) == ["2026-10", "2026-11"]
    on_air(room, "2026-11-02 20:00", "2026-11-02 23:00")
    assert months_of_sales([(fifth, fifth)]) == ["2026-11"]


def test_after_a_month_nothing_belongs_to_a_broadcast_any_more(room: Account) -> None:
    on_air(room, "2026-10-28 20:00", "2026-10-28 23:00")
    late = at("2026-10-28 23:00") + timedelta(days=31)
    assert months_of_sales([(late, late)]) == ["2026-11"]


def followed_months(batch: object) -> list[str]:
    from kaibo.audit.models import AuditEvent

    follow_batch(Progress(), batch=batch.pk)  # type: ignore[attr-defined]
    return list(AuditEvent.objects.filter(verb="batch followed").latest("pk").data["months"])


def test_orders_of_a_quiet_week_recompute_the_month_of_the_last_broadcast() -> None:
    followed_months(landed(SESSIONS, [session(2, "2026-10-28 20:00:00", "2026-10-28 23:00:00")], sha="a"))
    batch = landed(ORDERS, [order(2, "1", "2026-11-05 12:00:00")], sha="b")
    assert followed_months(batch) == ["2026-10", "2026-11"]


def test_a_new_broadcast_takes_over_what_the_one_before_had() -> None:
    followed_months(landed(SESSIONS, [session(2, "2026-10-28 20:00:00", "2026-10-28 23:00:00")], sha="a"))
    batch = landed(SESSIONS, [session(2, "2026-11-05 20:00:00", "2026-11-05 23:00:00")], sha="b")
    assert followed_months(batch) == ["2026-10", "2026-11"]
