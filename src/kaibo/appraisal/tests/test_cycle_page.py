"""The page of a cycle: what it tells whom, what its data lacks and since when, and what it costs."""

import pytest
from django.utils.translation import override

from kaibo.appraisal.cycle.pages import waiting_of
from kaibo.appraisal.models import CycleState, Review
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = pytest.mark.django_db
PAGE = "/reviews/cycles/2026-10/"


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def asked(user: User, path: str = PAGE):
    from django.test import Client

    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.get(path)


@pytest.fixture
def reviewed(cast):
    """Two hosts and one who runs and approves cycles beside: each of the latter two waits for an item."""
    cast.chief = User.objects.create_user("chief", password="kaibo-demo-1", role=Role.OWNER)
    cast.own = Person.objects.create(name="何总", user=cast.chief)
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    Appointment.objects.create(person=cast.own, position=host, department=place, start="2026-01-01")
    kept(cast.host, "host", [16, 12, 17])
    kept(cast.host2, "host", [10, None, 20])
    kept(cast.own, "host", [10, None, None])
    cast.cycle = opened(cast.owner)
    computed(cast.cycle)
    return cast


def test_what_ones_own_open_review_waits_for_is_in_no_row_list_or_count(reviewed):
    cast = reviewed
    rows = {row.review.person.name: row for row in asked(cast.chief).context["rows"]}
    assert (rows["何总"].waits, rows["何总"].score, rows["何总"].url) == ("", "", "")
    assert rows["陈嘉禾"].waits == "1 waiting"
    assert {row.review.person.name: row.waits for row in asked(cast.owner).context["rows"]}["何总"] == "2 waiting"
    for who, more in [(cast.owner, {"何总"}), (cast.chief, set())]:
        waiting = {row.review.person.name for row in asked(who, f"{PAGE}?state=waiting").context["rows"]}
        assert waiting - {"吴桐", "何川"} == {"陈嘉禾"} | more
    assert waiting_of(cast.owner, [cast.cycle])[cast.cycle.pk] == waiting_of(cast.chief, [cast.cycle])[cast.cycle.pk] + 1


def test_why_ones_own_review_is_held_back_says_nothing_of_it(reviewed):
    cast = reviewed
    went_to(cast.cycle, CycleState.CALIBRATION)
    page = asked(cast.chief)
    why = {one.review.person.name: one.why for one in page.context["held"]}
    assert "waits for data" in why["陈嘉禾"]
    assert why["何总"] == "Nobody publishes their own review. Somebody else can."
    own = Review.objects.get(cycle=cast.cycle, person=cast.own)
    assert f'href="/reviews/{own.pk}/"' not in page.content.decode()
    assert "2 items wait" in {one.review.person.name: one.why for one in asked(cast.owner).context["held"]}["何总"]
