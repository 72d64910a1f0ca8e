"""Which rooms a shift puts on air is asked of the calendar, for what is planned as for what people are credited with."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaibo.live.due import DueShift
from kaibo.live.instants import to_ms
from kaibo.live.simulcasts import Group, also_on
from kaibo.measurement.broadcast_plan import plan_of


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
