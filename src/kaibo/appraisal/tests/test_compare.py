"""People side by side: the same figures as their pages, and how differently they worked."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.appraisal.compare import compare
from kaibo.appraisal.month import month_of
from kaibo.appraisal.slots import by_slot, slots_of, union
from kaibo.measurement.models import Credit, Segment

from .conftest import HOUR, OCTOBER, at

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 10, 14, tzinfo=ZONE)
MINUTES = st.integers(0, 4 * 24 * 60)


def url(*people, **more: str) -> str:  # type: ignore[no-untyped-def]
    asked = [*(f"people={person.pk}" for person in people), "month=2026-10", *(f"{k}={v}" for k, v in more.items())]
    return "/team/compare/?" + "&".join(asked)


def test_the_same_figures_as_on_their_own_pages(evening):
    evening.target(100_000)
    found = compare([evening.cast.host2, evening.cast.host], OCTOBER)
    assert [side.person.name for side in found.sides] == ["陈嘉禾", "林晓彤"]
    for side in found.sides:
        own = month_of(side.person, OCTOBER)
        assert [line.score for line in side.month.lines] == [line.score for line in own.lines]
        assert side.month.total.points == own.total.points
    assert found.sides[1].slots == {"late": 0, "morning": 0, "afternoon": 0, "prime": 4 * HOUR}


def test_it_says_how_differently_they_worked(evening):
    client = evening.cast.client("lead")
    people = (evening.cast.host, evening.cast.host2)
    body = client.get(url(*people)).content.decode()
    assert "直播间和时段差不多" in body
    assert "不下结论" in body
    assert "4 ÷ 1,700" in body
    # one of them alone, and in the morning
    Segment.objects.filter(number=2).update(start=at("09:00"), end=at("11:00"))
    Credit.objects.filter(person=evening.cast.host, segment=2).delete()
    assert "上播的时段不同" in client.get(url(*people)).content.decode()


def test_who_is_not_in_the_role_has_dashes(evening):
    evening.shift(evening.cast.lead, "18:00", "23:00", role="floor_manager")
    found = compare([evening.cast.host, evening.cast.lead], OCTOBER, "host")
    assert found.sides[1].month is None
    body = evening.cast.client("owner").get(url(evening.cast.host, evening.cast.lead, role="host")).content.decode()
    assert "这个月没有担任这个角色" in body


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_are_told_what_to_do(evening, number):
    body = evening.cast.client("owner").get(url(*[evening.cast.host][:number])).content.decode()
    assert "请选两到四个人" in body


def test_nobody_sees_whom_they_may_not_see(evening):
    people = (evening.cast.host, evening.cast.outsider)
    assert evening.cast.client("owner").get(url(*people)).status_code == 200
    assert evening.cast.client("lead").get(url(*people)).status_code == 404
    assert evening.cast.client("host").get(url(evening.cast.host, evening.cast.host2)).status_code == 404


def test_an_hour_in_two_rooms_at_once_counts_once(evening):
    other = Segment.objects.get(number=1)
    credit = Credit.objects.get(person=evening.cast.host, segment=1, measure="air_ms")
    other.pk, other.number = None, 9
    other.save()
    credit.pk, credit.segment = None, 9
    credit.save()
    assert sum(slots_of([evening.cast.host.pk], OCTOBER, "host")[evening.cast.host.pk].values()) == 4 * HOUR


@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=8))
def test_slots_are_each_minute_once(pairs):
    spans = [(START + timedelta(minutes=min(p)), START + timedelta(minutes=max(p))) for p in pairs]
    minutes = {m for a, b in pairs for m in range(min(a, b), max(a, b))}
    found = by_slot(union(spans))
    expected = dict.fromkeys(("late", "morning", "afternoon", "prime"), 0)
    for minute in minutes:
        expected[("late", "morning", "afternoon", "prime")[minute // 360 % 4]] += 60_000
    assert found == expected
