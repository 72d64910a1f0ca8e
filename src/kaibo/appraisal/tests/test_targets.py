"""What a room aims at on the days for which somebody answers, and of these so far."""

from datetime import date, datetime

import pytest

from kaibo.appraisal.targets import Plans
from kaibo.kpi.rooms import Held
from kaibo.live.models import Account, Target

from .conftest import OCTOBER, at

pytestmark = pytest.mark.django_db
# 100 yuan a day
AIM, DAY = 310_000, 10_000


@pytest.fixture
def room() -> Account:
    made = Account.objects.create(handle="q", name="q")
    Target.objects.create(account=made, month=OCTOBER, amount_minor=AIM)
    return made


@pytest.mark.parametrize(
    ("until", "begun"),
    [
        (at("00:00", 1), 0),
        (at("00:01", 1), 1),
        # the 15th has not begun at its midnight
        (at("00:00", 15), 14),
        (at("00:01", 15), 15),
        (at("00:00", 1, 11), 31),
    ],
)
def test_to_date_are_the_days_that_have_begun(room: Account, until: datetime, begun: int) -> None:
    part = Plans(OCTOBER, until, {}).by_days(room.pk, [Held(1, "manager", room.pk, OCTOBER)])
    assert (part.amount_minor, part.to_date_minor, part.own_days, part.all_days) == (AIM, begun * DAY, 31, 31)


def test_only_the_days_for_which_one_answers_are_aimed_at(room: Account) -> None:
    """From the 10th to before the 20th, a second time over some of them, and for another room."""
    answers = [
        Held(1, "manager", room.pk, date(2026, 10, 10), date(2026, 10, 20)),
        Held(1, "operator", room.pk, date(2026, 10, 12), date(2026, 10, 14)),
        Held(1, "manager", room.pk + 1, OCTOBER),
    ]
    part = Plans(OCTOBER, at("00:00", 15), {}).by_days(room.pk, answers)
    assert (part.amount_minor, part.to_date_minor, part.own_days) == (10 * DAY, 5 * DAY, 10)


def test_a_room_without_a_target_aims_at_nothing_known() -> None:
    room = Account.objects.create(handle="q", name="q")
    part = Plans(OCTOBER, at("00:00", 15), {}).by_days(room.pk, [Held(1, "manager", room.pk, OCTOBER)])
    assert (part.amount_minor, part.to_date_minor) == (None, None)
