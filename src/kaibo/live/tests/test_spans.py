"""Broken broadcasts count as one, a crew's rooms belong together, and decisions are read newest first."""

from datetime import date

import pytest

from kaibo.live.matches import decisions_in_force
from kaibo.live.models import CrewRole, MatchChoice, MatchDecision, Session, Simulcast
from kaibo.live.simulcasts import all_groups, also_on, groups_between
from kaibo.live.spans import heads, on_air, whole
from kaibo.live.tests.night import at, room, session, shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken() -> list[Session]:
    """19:00–20:00, 20:10–21:00 and, back to back, 21:00–23:00; the last two belong to the first."""
    account = room()
    head = session(account, "10-30 19:00", "10-30 20:00")
    second = session(account, "10-30 20:10", "10-30 21:00", joined_to=head)
    return [head, second, session(account, "10-30 21:00", "10-30 23:00", joined_to=head)]


def test_parts_are_folded_with_their_gaps_as_breaks(broken: list[Session]) -> None:
    (one,) = on_air(at("10-30 00:00"), at("10-31 00:00"))
    assert (one.session, one.start, one.end) == (broken[0], at("10-30 19:00"), at("10-30 23:00"))
    assert one.breaks == ((at("10-30 20:00"), at("10-30 20:10")),)
    assert one.air_time.total_seconds() == (4 * 60 - 10) * 60
    assert whole(broken[2]) == one


def test_a_broadcast_belongs_to_where_its_first_part_begins(broken: list[Session]) -> None:
    assert on_air(at("10-30 20:05"), at("10-31 00:00")) == []
    assert [one.session for one in on_air(at("10-30 18:00"), at("10-30 19:30"))] == [broken[0]]


def test_without_its_head_the_first_part_left_stands_for_all(broken: list[Session]) -> None:
    Session.objects.filter(pk=broken[0].pk).update(gone=True)
    (one,) = on_air(at("10-30 00:00"), at("10-31 00:00"))
    assert (one.session, one.start, one.breaks) == (broken[1], at("10-30 20:10"), ())
    assert heads([s.pk for s in broken]) == {s.pk: broken[1].pk for s in broken}


def test_a_shift_covers_the_rooms_of_its_days_simulcast(cast) -> None:
    ours, theirs, other = room("一"), room("二"), room("三")
    group = Simulcast.objects.create(name="双播", start=date(2026, 10, 30), end=date(2026, 10, 31))
    group.accounts.set([ours, theirs])
    inside = shift(ours, cast.host, "10-30 19:00", "10-31 02:00", CrewRole.HOST)
    after = shift(ours, cast.host, "10-31 19:00", "10-31 23:00", CrewRole.HOST)
    elsewhere = shift(other, cast.host, "10-30 19:00", "10-30 23:00", CrewRole.HOST)
    assert [also_on(s.account_id, s.planned_start) for s in (inside, after, elsewhere)] == [(theirs.pk,), (), ()]
    assert also_on(inside.account_id, inside.planned_start, all_groups()) == (theirs.pk,)
    assert groups_between(date(2026, 10, 31), date(2026, 11, 30)) == []


def decided(session: Session | None, **more: object) -> MatchDecision:
    made = MatchDecision.objects.create(
        start=at("10-30 19:00"), end=at("10-30 20:00"), currency="CNY", reason="看过", act="a", **more
    )
    if session is not None:
        MatchChoice.objects.create(decision=made, session=session)
    return made


def test_decisions_come_newest_first_without_the_undone_and_with_parts_as_the_whole(broken: list[Session]) -> None:
    first, second = decided(broken[1]), decided(None)
    decided(broken[2], undone=True)
    found = decisions_in_force(at("10-30 19:59"), at("10-31 00:00"))
    assert [(one.id, one.sessions, one.weights) for one in found] == [
        (second.pk, (), ()),
        (first.pk, (broken[0].pk,), (1,)),
    ]
    assert decisions_in_force(at("10-30 20:00"), at("10-31 00:00")) == []


def test_a_decision_for_a_session_that_is_gone_does_not_hold(broken: list[Session]) -> None:
    decided(broken[0])
    Session.objects.update(gone=True)
    assert decisions_in_force(at("10-30 19:00"), at("10-30 20:00")) == []
