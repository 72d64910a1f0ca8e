"""Which made session a row with minutes only repeats, among many of its room."""

from datetime import UTC, datetime, timedelta

import pytest

from kaibo.live.reported import Reported, arrange

DAY = timedelta(days=1)
EVENING = datetime(2026, 10, 3, 11, 0, 23, tzinfo=UTC)
HOURS = timedelta(hours=4)


def row(start: datetime, end: datetime, source: str, number: int = 2, handle: str = "101") -> Reported:
    as_of = datetime(2026, 11, 1, tzinfo=UTC)
    return Reported(1 if source == "second" else 2, as_of, number, handle, "", start, end, source=source)


def evenings(handle: str = "101") -> list[Reported]:
    return [row(EVENING + n * DAY, EVENING + n * DAY + HOURS, "second", n + 2, handle) for n in range(40)]


@pytest.mark.parametrize("night", [0, 17, 39])
@pytest.mark.parametrize(
    ("begins", "lasts"),
    [
        (timedelta(seconds=-23), HOURS),
        # shorter than its own first minute
        (timedelta(seconds=-23), timedelta(seconds=20)),
        # off by minutes, in either direction: most of its time is the evening's
        (timedelta(minutes=3, seconds=-23), HOURS),
        (timedelta(minutes=-3, seconds=-23), HOURS),
    ],
)
def test_minutes_find_their_evening_among_many(night: int, begins: timedelta, lasts: timedelta) -> None:
    start = EVENING + night * DAY + begins
    coarse = row(start, start + lasts, "minute")
    arranged = arrange([coarse, *evenings(), *evenings("102")], {})
    assert arranged.same == {coarse.key: evenings()[night]}
    assert (len(arranged.made), arranged.held) == (80, [])


def test_minutes_of_an_evening_between_two_others_are_its_own() -> None:
    start = EVENING + 17 * DAY + 2 * HOURS - timedelta(seconds=23)
    coarse = row(start, start + HOURS, "minute")
    arranged = arrange([coarse, *evenings()], {})
    assert (arranged.same, coarse in arranged.made) == ({}, True)


def test_minutes_that_reach_over_two_evenings_are_of_the_one_they_share_more_with() -> None:
    start = EVENING + 3 * HOURS / 4 - timedelta(seconds=23)
    coarse = row(start, EVENING + DAY + HOURS / 2, "minute")
    arranged = arrange([coarse, *evenings()], {})
    assert arranged.same == {}
    near = row(EVENING + HOURS / 4 - timedelta(seconds=23), EVENING + DAY + HOURS, "minute")
    assert arrange([near, *evenings()], {}).same == {near.key: evenings()[1]}
