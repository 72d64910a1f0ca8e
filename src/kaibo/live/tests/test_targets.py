"""Targets of all rooms at once, and the days that a target falls on."""

from datetime import date

from kaibo.audit.models import AuditEvent
from kaibo.live.day_plans import room_days
from kaibo.live.models import DayPlan, Target
from kaibo.live.tests.night import room, shift

NOVEMBER = date(2026, 11, 1)


def test_all_targets_are_set_on_one_page_with_history(cast):
    one, other = room("一号"), room("二号")
    Target.objects.create(account=one, month=date(2026, 10, 1), amount_minor=10_000_000)
    client = cast.client("owner")
    page = client.get("/targets/?month=2026-11&percent=5").content.decode()
    assert 'value="105000.00"' in page
    assert "还没有保存" in page
    assert not Target.objects.filter(month=NOVEMBER).exists()
    client.post("/targets/", {"month": "2026-11", f"room-{one.pk}": "105000", f"room-{other.pk}": ""})
    assert Target.objects.get(month=NOVEMBER).amount_minor == 10_500_000
    assert AuditEvent.objects.filter(verb="set_target").count() == 1
    wrong = client.post("/targets/", {"month": "2026-11", f"room-{one.pk}": "1.005", f"room-{other.pk}": "-1"})
    assert wrong.status_code == 422
    zero = client.post("/targets/", {"month": "2026-11", f"room-{one.pk}": "0", f"room-{other.pk}": ""})
    assert "达成率未知" in client.get(zero["Location"]).content.decode()


def test_days_follow_weights_else_planned_hours_else_are_even(cast):
    place = room()
    assert room_days(place, NOVEMBER) is None
    Target.objects.create(account=place, month=NOVEMBER, amount_minor=3_000_001)
    assert room_days(place, NOVEMBER).how == "evenly"
    shift(place, cast.host, "11-20 19:00", "11-20 22:00")
    shift(place, cast.host2, "11-21 19:00", "11-21 22:00")
    found = room_days(place, NOVEMBER)
    assert found.how == "hours"
    assert [minor for minor in found.days.values() if minor] == [1_500_001, 1_500_000]
    said = {f"weekday-{n}": "100" for n in range(7)} | {"month": "2026-11", "special": "11-11 500 双11\n"}
    assert cast.client("owner").post(f"/rooms/{place.pk}/days/", said).status_code == 302
    found = room_days(place, NOVEMBER)
    assert (found.how, sum(found.days.values())) == ("weights", 3_000_001)
    assert found.days[date(2026, 11, 11)] in (441_176, 441_177)
    page = cast.client("lead").get(f"/rooms/{place.pk}/days/?month=2026-11").content.decode()
    assert "双11" in page
    assert "各天相加" in page


def test_weights_that_fall_nowhere_and_lines_nobody_understands_are_refused(cast):
    place = room()
    zero = {f"weekday-{n}": "0" for n in range(7)} | {"month": "2026-11"}
    client = cast.client("owner")
    assert client.post(f"/rooms/{place.pk}/days/", zero).status_code == 422
    odd = zero | {"weekday-0": "100", "special": "双11 500"}
    assert client.post(f"/rooms/{place.pk}/days/", odd).status_code == 422
    elsewhere = zero | {"weekday-0": "100", "special": "12-12 500 双12"}
    assert client.post(f"/rooms/{place.pk}/days/", elsewhere).status_code == 422
    assert not DayPlan.objects.exists()
