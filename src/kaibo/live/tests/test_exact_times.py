"""Seconds that only an older file knows go to the session of the newer one; its numbers do not."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.imports.tests.made import SESSIONS
from kaibo.imports.tests.made import session as reported
from kaibo.live.instants import to_instant
from kaibo.live.models import Session
from kaibo.live.reported import Reported, arrange, newest
from kaibo.live.tests.test_importer import followed

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SEVEN = datetime(2026, 10, 3, 11, tzinfo=UTC)


def clock(text: str) -> datetime:
    """`19:00:12` of 3 October, in Shanghai."""
    hour, minute, second = map(int, text.split(":"))
    return datetime(2026, 10, 3, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute, seconds=second)


def row(age: int, start: str, end: str, source: str = "list") -> Reported:
    """`age`: the higher, the newer."""
    return Reported(age, SEVEN + age * timedelta(days=1), 2, "101", "", clock(start), clock(end), source=source)


# (what, older row, newer row, the session's times or None: two at once, a person decides)
SPEC: list[tuple[str, tuple[str, str], tuple[str, str], tuple[str, str] | None]] = [
    ("both edges", ("19:00:12", "23:59:40"), ("19:00:00", "23:59:00"), ("19:00:12", "23:59:40")),
    ("rounded, not cut off", ("18:59:48", "23:59:40"), ("19:00:00", "24:00:00"), ("18:59:48", "23:59:40")),
    ("the other way round", ("19:00:00", "23:59:00"), ("19:00:12", "23:59:40"), ("19:00:12", "23:59:40")),
    ("taken while it was on", ("19:00:12", "22:10:05"), ("19:00:00", "23:59:00"), ("19:00:12", "23:59:00")),
    ("ends an hour later in the older", ("19:00:12", "23:59:40"), ("19:00:00", "22:59:00"), ("19:00:12", "22:59:00")),
    ("a whole minute by chance", ("19:00:12", "23:59:00"), ("19:00:00", "23:59:00"), ("19:00:12", "23:59:00")),
    ("another start", ("19:05:12", "23:59:40"), ("19:00:00", "23:59:00"), None),
    ("less than half of it", ("19:00:12", "20:10:05"), ("19:00:00", "23:59:00"), None),
    ("seconds in both", ("19:00:12", "23:59:40"), ("19:00:40", "23:59:00"), None),
]  # fmt: skip


@pytest.mark.parametrize("case", SPEC, ids=lambda case: case[0])
def test_a_session_has_the_newer_rows_times_made_exact_by_the_older(case: tuple) -> None:
    _, older, newer, times = case
    rows = [row(1, *older), row(2, *newer)]
    for given_ in (rows, rows[::-1]):
        arranged = arrange(given_, {})
        (made,) = arranged.made
        if times is None:
            assert made == rows[1]
            assert [held.batch for held in arranged.held] == [1]
        else:
            assert ((made.start, made.end), made.batch) == ((clock(times[0]), clock(times[1])), 2)
            assert arranged.held == []
            assert {arranged.same.get(one.key, one) for one in rows} == {made}


def test_a_source_of_minutes_tells_when_a_broadcast_ended_after_the_other_file_was_taken() -> None:
    fine, coarse = row(1, "19:00:12", "22:10:05", "second"), row(2, "19:00:00", "23:59:00", "minute")
    (made,) = arrange([fine, coarse], {}).made
    assert (made.start, made.end) == (clock("19:00:12"), clock("23:59:00"))
    (made,) = arrange([fine, row(0, "19:00:00", "23:59:00", "minute")], {}).made
    assert made == fine


def test_the_next_broadcast_leaves_no_room_for_a_later_end() -> None:
    rows = [
        row(1, "19:00:12", "20:10:05", "second"), row(1, "20:20:05", "23:00:00", "second"),
        row(2, "19:00:00", "23:59:00", "minute"),
    ]  # fmt: skip
    assert arrange(rows, {}).made == rows[:2]


edges = st.tuples(
    st.integers(0, 40), st.sampled_from([0, 0, 12, 48]), st.integers(1, 20), st.sampled_from([0, 0, 40]),
    st.integers(1, 4), st.sampled_from(["a", "b"]),
)  # fmt: skip


@given(st.lists(edges, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_sessions_share_no_instant_and_no_order_of_files_matters(drawn: list[tuple], random) -> None:
    rows = [
        Reported(
            age, SEVEN + age * MINUTE, number, "101", "", SEVEN + begins * 10 * MINUTE + second * SECOND,
            SEVEN + (begins + lasts) * 10 * MINUTE + end * SECOND, source=source,
        )
        for number, (begins, second, lasts, end, age, source) in enumerate(drawn)
    ]  # fmt: skip
    arranged = arrange(rows, {})
    made = sorted(arranged.made, key=lambda one: one.start)
    assert all(one.end <= other.start for one, other in pairwise(made))
    # every row that counts is one of: a session, told by another one's session, held
    for one in newest(rows).values():
        where = [one.key in {m.key for m in made}, one.key in arranged.same]
        held = (one.batch, one.row) in {(h.batch, h.line) for h in arranged.held}
        assert held is not any(where)
    # an edge is some row's own
    assert {m.start for m in made} <= {one.start for one in rows}
    assert {m.end for m in made} <= {one.end for one in rows}
    random.shuffle(rows)
    again = arrange(rows, {})
    assert {(m.start, m.end) for m in again.made} == {(m.start, m.end) for m in made}


@pytest.mark.django_db
def test_one_session_stays_the_same_one_while_files_come_in_any_order() -> None:
    newer = reported(2, "2026-10-03 19:00:00", "2026-10-03 23:59:00")
    followed(SESSIONS, [newer], sha="a", as_of="2026-10-06 08:00")
    session = Session.objects.get()
    older = reported(2, "2026-10-03 19:00:12", "2026-10-03 23:59:40")
    old = followed(SESSIONS, [older], sha="b", as_of="2026-10-05 08:00")
    assert Session.objects.get().pk == session.pk
    session.refresh_from_db()
    assert (session.start, session.end) == (to_instant(older["start_ms"]), to_instant(older["end_ms"]))
    assert not old.rejects.exists()
