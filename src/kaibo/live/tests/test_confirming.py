"""What is proposed for each shift, and what has to be looked at."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.live.confirming import Hole, Problem, gaps
from kaibo.live.models import AirKind, CrewRole, Shift
from kaibo.live.nights import Days, asked_days, business_day, last_night, propose_one, read_night
from kaibo.live.tests.night import NOW, Evening, at, session, shift


@pytest.fixture
def evening(cast):
    return Evening(cast)


def night(cast, who=None, first="11-18", last="11-18"):
    return read_night(who or cast.owner, Days(at(f"{first} 12:00").date(), at(f"{last} 12:00").date()), NOW)


def of(night, shift):
    return next(p for p in night.proposals if p.shift.pk == shift.pk)


def test_first_and_last_of_a_role_snap_to_the_session(cast, evening):
    found = night(cast)
    assert (of(found, evening.first).start, of(found, evening.first).end) == (at("11-18 18:56"), at("11-18 21:30"))
    assert (of(found, evening.second).start, of(found, evening.second).end) == (at("11-18 21:30"), at("11-19 00:04"))
    assert (len(found.easy), found.hard, found.holes) == (3, [], [])


def test_only_the_first_snaps_even_when_the_second_begins_soon_after(cast, evening):
    evening.first.planned_end = at("11-18 19:05")
    evening.first.save()
    evening.second.planned_start = at("11-18 19:05")
    evening.second.save()
    assert of(night(cast), evening.second).start == at("11-18 19:05")


def test_a_late_start_and_an_early_end_are_looked_at(cast, evening):
    evening.session.start, evening.session.end = at("11-18 19:40"), at("11-18 23:20")
    evening.session.save()
    found = night(cast)
    assert of(found, evening.first).problems == (Problem.BEGAN_LATE,)
    assert of(found, evening.second).problems == (Problem.ENDED_EARLY,)
    # nobody is on air while nothing is broadcast
    assert (of(found, evening.first).start, of(found, evening.second).end) == (at("11-18 19:40"), at("11-18 23:20"))


def test_no_session_is_told_from_no_data_yet(cast, evening):
    lost = shift(evening.room, cast.host, "11-18 08:00", "11-18 10:00")
    evening.session.delete()
    assert of(night(cast), lost).problems == (Problem.NOT_YET,)
    session(evening.room, "11-18 18:56", "11-19 00:04")
    assert of(night(cast), lost).problems == (Problem.NO_SESSION,)


def test_twice_at_once_who_leads_recorded_and_flagged(cast, evening):
    double = shift(evening.room, cast.host, "11-18 21:00", "11-18 22:00")
    assert Problem.OVERLAP in of(night(cast), double).problems
    assert of(night(cast), double).clash == evening.first
    double.delete()
    evening.room.split_rule = "7:3"
    evening.room.save()
    beside = shift(evening.room, cast.outsider, "11-18 20:00", "11-18 21:00")
    assert of(night(cast), beside).problems == (Problem.WHO_LEADS,)
    Shift.objects.filter(pk=evening.first.pk).update(lead=True, flag="不对")
    assert of(night(cast), beside).problems == ()
    assert of(night(cast), evening.first).problems == (Problem.FLAGGED,)
    evening.session.air_kind = AirKind.RECORDED
    evening.session.save()
    assert of(night(cast), evening.second).problems == (Problem.NOT_LIVE,)


def test_holes_are_stretches_without_host_longer_than_a_handover(cast, evening):
    evening.second.planned_start = at("11-18 22:00")
    evening.second.save()
    assert night(cast).holes == [Hole(evening.session, CrewRole.HOST, at("11-18 21:30"), at("11-18 22:00"))]
    evening.second.planned_start = at("11-18 21:35")
    evening.second.save()
    assert night(cast).holes == []
    Shift.objects.filter(pk=evening.floor.pk).update(planned_end=at("11-18 22:00"))
    assert [hole.role for hole in night(cast).holes] == [CrewRole.FLOOR_MANAGER]


def test_only_what_is_over_and_began_in_the_range(cast, evening):
    shift(evening.room, cast.host, "11-19 08:00", "11-19 10:00")
    shift(evening.room, cast.host, "11-17 19:00", "11-17 20:00")
    assert len(night(cast, last="11-19").proposals) == 3


def test_a_lead_gets_the_own_department_and_the_holes_of_all(cast, evening):
    shift(evening.room, cast.outsider, "11-18 19:00", "11-18 22:00", CrewRole.ADS)
    assert len(night(cast).proposals) == 4
    assert len(night(cast, cast.lead.user).proposals) == 3


def test_who_changed_departments_is_confirmed_where_they_were_that_day(cast, evening):
    cast.host.appointments.update(end=at("11-19 00:00").date())
    assert len(night(cast, cast.lead.user).proposals) == 3
    cast.host.appointments.update(end=at("11-18 00:00").date())
    cast.host.appointments.create(
        position=cast.host.appointments.get().position, start=at("11-18 00:00").date(),
        department=cast.outsider.appointments.get().department,
    )  # fmt: skip
    assert len(night(cast, cast.lead.user).proposals) == 2


def test_the_digest_names_what_one_button_would_confirm(cast, evening):
    before = night(cast).digest
    assert before == night(cast).digest
    Shift.objects.filter(pk=evening.first.pk).update(planned_end=at("11-18 21:20"))
    assert night(cast).digest != before


def test_last_night_is_yesterdays_business_day():
    assert last_night(NOW) == Days(at("11-18 00:00").date(), at("11-18 00:00").date())
    assert last_night(at("11-19 03:00")).first == business_day(at("11-19 03:00"))
    assert asked_days({"from": "nonsense"}, NOW) == last_night(NOW)
    assert asked_days({"from": "2026-11-05", "to": "2026-11-02"}, NOW).first.day == 2


def test_one_shift_is_proposed_as_in_the_list(cast, evening):
    alone = propose_one(evening.first)
    assert (alone.start, alone.end, alone.problems) == (at("11-18 18:56"), at("11-18 21:30"), ())


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=8))
def test_gaps_and_cover_make_the_whole_and_never_overlap(pairs):
    start, end = at("11-18 00:00"), at("11-18 01:40")
    minute = timedelta(minutes=1)
    covered = [(start + min(p) * minute, start + max(p) * minute) for p in pairs]
    on = {m for m in range(100) if any(a <= start + m * minute < b for a, b in covered)}
    off = {m for m in range(100) if any(a <= start + m * minute < b for a, b in gaps(start, end, covered))}
    assert on | off == set(range(100))
    assert not on & off


def test_a_try_of_a_few_minutes_needs_no_host(cast, evening):
    session(evening.room, "11-18 15:00", "11-18 15:06")
    assert night(cast).holes == []


def test_a_session_and_a_shift_are_named_by_the_teams_clock(evening):
    """Exports name them so; the database answers in UTC."""
    evening.session.refresh_from_db()
    evening.first.refresh_from_db()
    assert str(evening.session).endswith("2026-11-18 18:56")
    assert str(evening.first).endswith("11-18 19:00")
