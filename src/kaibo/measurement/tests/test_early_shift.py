"""Who comes a few minutes before the business day begins has worked in the day that the shift was planned for."""

from datetime import date
from typing import Any

from kaibo.jobs.queue import Progress
from kaibo.live.models import Account, Session, Shift
from kaibo.measurement.computing import compute_month
from kaibo.measurement.finders import credits_of_month
from kaibo.measurement.planned import due_in, due_ms

from .conftest import at

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
HOUR = 3_600_000


def on_air(cast: Any, planned: tuple[str, str] | None) -> None:
    """From 5:50 to 10:00 of 1 November in Shanghai, a host for all of it."""
    room = Account.objects.create(handle="101", name="一号间")
    start, end = at("05:50", 1, 11), at("10:00", 1, 11)
    Session.objects.create(account=room, start=start, end=end)
    times = {"planned_start": at(planned[0], 1, 11), "planned_end": at(planned[1], 1, 11)} if planned else {}
    Shift.objects.create(
        person=cast.host,
        account=room,
        role="host",
        state="confirmed",
        confirmed_start=start,
        confirmed_end=end,
        **times,
    )


def hours(cast: Any) -> dict[str, int]:
    for month in ("2026-10", "2026-11"):
        compute_month(Progress(), month)
    return {
        f"{month:%m}": sum(
            credits_of_month(month).filter(person=cast.host, measure="air_ms").values_list("amount", flat=True)
        )
        for month in (OCTOBER, NOVEMBER)
    }


def test_hours_lie_in_the_month_in_which_they_are_due(cast: Any) -> None:
    on_air(cast, ("06:00", "10:00"))
    assert hours(cast) == {"10": 0, "11": 4 * HOUR + 10 * 60_000}
    due = due_ms(due_in(NOVEMBER, date(2026, 12, 1)))
    assert due == {(cast.host.pk, "host"): 4 * HOUR}


def test_what_was_not_planned_or_for_another_time_has_the_day_of_its_own_start(cast: Any) -> None:
    on_air(cast, None)
    assert hours(cast) == {"10": 4 * HOUR + 10 * 60_000, "11": 0}
    Shift.objects.update(planned_start=at("20:00", 1, 11), planned_end=at("24:00", 1, 11))
    assert hours(cast) == {"10": 4 * HOUR + 10 * 60_000, "11": 0}
