"""A business day begins when the clock on the wall says so, in the nights in which it is put forward or back too."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from kaibo.kpi.inputs import Settings
from kaibo.kpi.segments import business_date as in_facts
from kaibo.live.access import visible_leaves
from kaibo.live.business_days import business_day, business_start
from kaibo.live.instants import to_ms
from kaibo.live.models import Leave, LeaveState
from kaibo.live.tests.moved import head
from kaibo.org.models import Appointment, Department, Position

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


@pytest.mark.parametrize("after", [datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)])
def test_whose_leave_one_sees_goes_by_the_clock_on_the_wall_too(cast, after: datetime) -> None:  # type: ignore[no-untyped-def]
    """Somebody comes to another department on the day on which the clock is changed: every hour of leave around it is
    seen by who leads the department of that business day, as it is told everywhere else.
    """
    changed = after.date()
    old, new = Department.objects.get(name="直播一部"), Department.objects.get(name="投放部")
    Appointment.objects.filter(person=cast.host).update(end=changed)
    Appointment.objects.create(
        person=cast.host, position=Position.objects.get(key="host"), department=new, start=changed
    )
    before, since = head("先", old), head("后", new)
    for half in range(-12, 60):
        start = after + timedelta(minutes=30 * half)
        one = Leave.objects.create(
            person=cast.host, kind="annual", start=start, end=start + timedelta(minutes=30), state=LeaveState.ASKED
        )
        seen = tuple(visible_leaves(user).filter(pk=one.pk).exists() for user in (before, since))
        is_before = business_day(start) < changed
        assert seen == (is_before, not is_before), timezone.localtime(start)
