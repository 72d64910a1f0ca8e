"""One's own roster as a calendar: own shifts and nothing else, at a secret address that can be renewed."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from icalendar import Calendar

from kaibo.audit.models import AuditEvent
from kaibo.live.models import RosterFeed, Shift
from kaibo.live.tests.night import room, shift

NOW = "2026-11-18 12:00+08:00"


def address(client) -> str:  # type: ignore[no-untyped-def]
    page = client.post("/shifts/calendar/", {"make": "1"}).content.decode()
    found = re.search(r"http://testserver(/roster/[\w-]+\.ics)", page)
    assert found
    return found[1]


def entries(answer) -> dict[str, tuple[datetime, datetime, str, str]]:  # type: ignore[no-untyped-def]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    return {
        str(one["UID"]): (one.decoded("DTSTART"), one.decoded("DTEND"), str(one["SUMMARY"]), str(one["STATUS"]))
        for one in events
    }


@pytest.fixture
def roster(cast):  # type: ignore[no-untyped-def]
    """The host's: tomorrow evening past midnight, last night confirmed, one absent, one cancelled, one long ago."""
    place = room("生活, 旗舰店; 一号")
    own = shift(place, cast.host, "11-19 20:00", "11-20 01:00")
    done = shift(place, cast.host, "11-17 19:00", "11-17 23:00", state="confirmed",
                 confirmed_start=datetime(2026, 11, 17, 11, 5, tzinfo=UTC),
                 confirmed_end=datetime(2026, 11, 17, 15, 0, tzinfo=UTC))  # fmt: skip
    for day, state in (("11-16", "absent"), ("11-22", "cancelled")):
        shift(place, cast.host, f"{day} 19:00", f"{day} 23:00", state=state)
    shift(place, cast.host, "06-01 19:00", "06-01 23:00")
    shift(place, cast.host2, "11-19 20:00", "11-20 01:00")
    return own, done


@time_machine.travel(NOW)
def test_own_shifts_and_nothing_else(cast, roster):
    own, done = roster
    found = entries(cast.client("nobody").get(address(cast.client("host"))))
    summary = "生活, 旗舰店; 一号 · 主播"
    assert found == {
        f"shift-{own.pk}@testserver": (
            datetime(2026, 11, 19, 12, tzinfo=UTC), datetime(2026, 11, 19, 17, tzinfo=UTC), summary, "TENTATIVE",
        ),
        f"shift-{done.pk}@testserver": (
            datetime(2026, 11, 17, 11, 5, tzinfo=UTC), datetime(2026, 11, 17, 15, tzinfo=UTC), summary, "CONFIRMED",
        ),
    }  # fmt: skip


@time_machine.travel(NOW)
def test_a_moved_shift_stays_one_entry(cast, roster):
    own, _done = roster
    client, url = cast.client("nobody"), address(cast.client("host"))
    before = entries(client.get(url))
    Shift.objects.filter(pk=own.pk).update(planned_start=datetime(2026, 11, 19, 13, tzinfo=UTC))
    after = entries(client.get(url))
    assert before.keys() == after.keys()
    assert after[f"shift-{own.pk}@testserver"][0] == datetime(2026, 11, 19, 13, tzinfo=UTC)


@time_machine.travel(NOW)
def test_another_address_makes_the_first_useless_and_none_can_be_read_again(cast, roster):
    host, nobody = cast.client("host"), cast.client("nobody")
    first, second = address(host), address(host)
    assert [nobody.get(url).status_code for url in (first, second)] == [404, 200]
    feed = RosterFeed.objects.get()
    assert feed.used_at is not None
    secret = second.removeprefix("/roster/").removesuffix(".ics")
    assert secret not in str(vars(feed))
    page = host.get("/shifts/calendar/").content.decode()
    assert "/roster/" not in page
    host.post("/shifts/calendar/", {"stop": "1"})
    assert nobody.get(second).status_code == 404
    verbs = AuditEvent.objects.filter(verb__startswith="roster feed").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["roster feed made", "roster feed renewed", "roster feed stopped"]


@time_machine.travel(NOW)
def test_who_may_no_longer_sign_in_has_no_calendar(cast, roster):
    url = address(cast.client("host"))
    cast.host.user.is_active = False
    cast.host.user.save()
    assert cast.client("nobody").get(url).status_code == 404


@time_machine.travel(NOW)
def test_the_shifts_page_leads_there(cast, roster):
    assert "/shifts/calendar/" in cast.client("host").get("/shifts/").content.decode()
