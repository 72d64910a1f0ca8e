"""Whose shifts one sees is told by the organisation as it stood on each shift's own day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kaibo.live.access import find_shift, find_shift_to_edit, visible_shifts
from kaibo.live.models import Shift
from kaibo.live.tests.moved import MOVED, both, head, move
from kaibo.live.tests.night import shift
from kaibo.login.models import Role, Scope, User
from kaibo.org.actions import give_role, save_department
from kaibo.org.models import Department

pytestmark = pytest.mark.usefixtures("late_november")


def seen(user: User, *shifts: Shift) -> tuple[bool, ...]:
    return tuple(visible_shifts(user).filter(pk=one.pk).exists() for one in shifts)


def waiting(user: User) -> int:
    """The number beside the menu's shifts."""
    client = Client()
    client.force_login(user)
    nav = client.get("/shifts/").context["nav"]
    return int(next(item for item in nav if item.url == "/shifts/").badge)


def test_who_moved_is_seen_by_the_lead_of_then(cast, place):
    other = head("新", Department.objects.get(name="投放部"))
    shifts = both(place, cast.host)
    move(cast.host, Department.objects.get(name="投放部"))
    assert seen(cast.lead.user, *shifts) == (True, False)
    assert seen(other, *shifts) == (False, True)
    assert find_shift_to_edit(cast.lead.user, shifts[0].pk)
    with pytest.raises(Http404):
        find_shift(other, shifts[0].pk)


def test_a_department_that_was_put_under_another_is_reached_from_where_it_was(cast, place):
    live = Department.objects.get(name="直播一部")
    first, second = Department.objects.create(name="一事业部"), Department.objects.create(name="二事业部")
    save_department(by=None, department=live, name=live.name, parent=first)
    shifts = both(place, cast.host)
    save_department(by=None, department=live, name=live.name, parent=second, since=MOVED)
    assert seen(head("一", first), *shifts) == (True, False)
    assert seen(head("二", second), *shifts) == (False, True)
    assert seen(cast.lead.user, *shifts) == (True, True)
    # and by the departments that grants name, two levels up
    group = Department.objects.create(name="集团")
    save_department(by=None, department=second, name=second.name, parent=group, since=date(2026, 11, 18))
    above = User.objects.create_user("above", role=None)
    give_role(by=None, user=above, role=Role.LEAD, scope=Scope.DEPARTMENT, department=group, start=MOVED)
    early = shift(place, cast.host2, "11-17 19:00", "11-17 22:00")
    assert seen(above, *shifts, early) == (False, True, False)
    give_role(by=None, user=above, role=Role.DEPARTMENT_HEAD, scope=Scope.DEPARTMENT, department=first, start=MOVED)
    assert seen(above, *shifts, early) == (True, True, False)


def test_a_lead_who_moved_keeps_the_shifts_of_then_and_whoever_follows_has_those_since(cast, place):
    shifts = both(place, cast.host)
    move(cast.lead, Department.objects.get(name="投放部"))
    follower = head("接任", Department.objects.get(name="直播一部"), MOVED)
    assert seen(cast.lead.user, *shifts) == (True, False)
    assert seen(follower, *shifts) == (False, True)
    # a grant that names the department has its history too
    give_role(
        by=None, user=follower, role=Role.DEPARTMENT_HEAD, scope=Scope.DEPARTMENT,
        department=Department.objects.get(name="直播一部"), start=MOVED,
    )  # fmt: skip
    assert seen(follower, *shifts) == (True, True)


def test_what_waits_in_the_menu_is_what_the_list_shows(cast, place):
    """Both are asked in the same words: the menu's in a prepared query."""
    both(place, cast.host)
    both(place, cast.host2)
    move(cast.host, Department.objects.get(name="投放部"))
    assert visible_shifts(cast.lead.user).count() == 3
    assert waiting(cast.lead.user) == 3
    assert waiting(head("新", Department.objects.get(name="投放部"))) == 1


def test_one_question_however_many_days_and_changes(cast, place):
    live, ads = Department.objects.get(name="直播一部"), Department.objects.get(name="投放部")
    for n in range(6):
        shift(place, cast.host, f"11-0{n + 1} 19:00", f"11-0{n + 1} 22:00")
        save_department(
            by=None, department=live, name=live.name, parent=ads if n % 2 else None,
            since=date(2026, 11, 1) + timedelta(days=n),
        )  # fmt: skip
    lead = head("投放主管", ads)
    lead.can()  # reads the grants
    with CaptureQueriesContext(connection) as asked:
        days = [one.planned_start.day for one in visible_shifts(lead).order_by("planned_start")]
    assert (days, len(asked)) == ([2, 4, 6], 1)
