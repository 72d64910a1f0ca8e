"""Which rooms a shift puts on air is asked of the calendar, for what is planned as for what is credited."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaibo.live.due import DueShift
from kaibo.live.instants import to_ms
from kaibo.live.models import Account, Simulcast
from kaibo.live.simulcasts import Group, also_on
from kaibo.measurement.broadcast_plan import groups_of, plan_of


@pytest.mark.parametrize(
    ("group", "rooms"),
    [
        ((date(2026, 11, 1), None, frozenset({1, 2})), {1, 2}),
        ((date(2026, 10, 1), date(2026, 11, 1), frozenset({1, 2})), {1}),
    ],
)
def test_a_night_shift_on_the_day_from_which_rooms_are_served_at_once(group: Group, rooms: set[int]) -> None:
    """From 1:00 to 3:00 of 1 November in Shanghai: October's last business day."""
    start = datetime(2026, 10, 31, 17, tzinfo=UTC)
    end = start + timedelta(hours=2)
    shift = DueShift(1, 7, 1, "host", start, end, ((to_ms(start), to_ms(end)),), published=False)
    assert set(plan_of([shift], [group]).rooms) == rooms == {1, *also_on(1, start, [group])}


@pytest.mark.django_db
def test_the_months_plan_knows_of_the_first_night_after_it() -> None:
    rooms = [Account.objects.create(handle=handle, name=handle) for handle in ("101", "202")]
    one = Simulcast.objects.create(start=date(2026, 11, 1))
    one.accounts.set(rooms)
    assert [group[2] for group in groups_of(date(2026, 10, 1), None)] == [frozenset(room.pk for room in rooms)]
