"""A business day begins when the clock on the wall says so, in the nights in which it is put forward or back too."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from kaibo.kpi.inputs import Settings
from kaibo.kpi.segments import business_date as in_facts
from kaibo.live.business_days import business_day, business_start
from kaibo.live.instants import to_ms

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def in_new_york(settings) -> None:  # type: ignore[no-untyped-def]
    settings.TIME_ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        # the clock was put back at 2 o'clock of 1 November: what begins at half past five is October's last night
        (datetime(2026, 11, 1, 5, 30, tzinfo=NEW_YORK), date(2026, 10, 31)),
        (datetime(2026, 11, 1, 6, 0, tzinfo=NEW_YORK), date(2026, 11, 1)),
        # and forward at 2 o'clock of 8 March: half past six is the morning of that day
        (datetime(2026, 3, 8, 6, 30, tzinfo=NEW_YORK), date(2026, 3, 8)),
        (datetime(2026, 3, 8, 5, 59, tzinfo=NEW_YORK), date(2026, 3, 7)),
    ],
)
def test_the_clock_on_the_wall_counts(local: datetime, expected: date) -> None:
    """However the instant is written."""
    assert business_day(local) == business_day(local.astimezone(UTC)) == expected


def test_every_instant_lies_in_its_own_day_and_everybody_says_the_same() -> None:
    rng, facts = Random(20261130), Settings(zone="America/New_York")
    for begin in (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)):
        for _ in range(400):
            instant = begin + timedelta(milliseconds=rng.randrange(4 * 86_400_000))
            day = business_day(instant)
            assert business_start(day) <= instant < business_start(day + timedelta(days=1))
            assert day == date.fromisoformat(in_facts(to_ms(instant), facts))
