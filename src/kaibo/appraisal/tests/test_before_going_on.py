"""What a cycle's page says before one goes on, and to whom its findings give a link."""

import pytest
from django.test import Client
from django.utils import timezone

from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.models import Acknowledgement, ChangeKind, CycleState, RaterKind, Review
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.login.models import Role, User
from kaibo.org.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
PAGE = "/reviews/cycles/2026-10/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def found(user: User) -> dict[str, object]:
    client = signed_in(user)
    return {one.code: one for one in client.get(PAGE).context["findings"]}


@pytest.fixture
def hr() -> User:
    made = User.objects.create_user("hr1", password="kaibo-demo-1", role=Role.HR)
    Person.objects.create(name="何人事", user=made)
    return made


def test_a_finding_leads_nobody_to_a_page_that_is_not_theirs(cast, hr):
    opened(cast.owner)
    owners, theirs = found(cast.owner)["not_computed"], found(hr)["not_computed"]
    assert (owners.url, "right" in owners.todo) == ("/upload/", False)
    client = signed_in(hr)
    assert client.get(owners.url).status_code == 404
    assert theirs.url == ""
    assert theirs.todo.endswith("It takes the right “Import files and withdraw them”.")
    assert 'href="/upload/"' not in client.get(PAGE).content.decode()


def test_what_is_not_handed_in_is_said_before_its_stage_ends(cast):
    kept(cast.host, "host", [16, 12, 17])
    cycle = opened(cast.owner)
    computed(cycle)
    everyone = Review.objects.filter(cycle=cycle).count()
    assert not {"own_left", "ratings_left"} & found(cast.owner).keys()
    went_to(cycle, CycleState.SELF)
    mine = Review.objects.get(cycle=cycle, person=cast.host)
    mine.assessments.create(kind=RaterKind.SELF, rater=cast.host, submitted_at=timezone.now())
    left = found(cast.owner)["own_left"]
    assert (left.title, left.url) == (
        f"{everyone - 1} self-assessments are not handed in", f"{PAGE}?state=own#people",
    )  # fmt: skip
    went_to(cycle, CycleState.MANAGER)
    left = found(cast.owner)
    assert left["ratings_left"].title == f"{everyone} reviews are not rated"
    assert "own_left" not in left


def test_closing_before_the_promised_day_is_said_to_end_the_appeals(cast):
    kept(cast.host, "host", [16, 12, 17])
    cycle = opened(cast.owner)
    computed(cycle)
    Review.objects.filter(cycle=cycle, person=cast.host).update(published_at=timezone.now(), version=1)
    Cycle.objects.update(state=CycleState.APPEAL_WINDOW)
    stands = found(cast.owner)
    assert stands["appeals_open"].title.startswith("Appeals were promised until")
    assert stands["unseen"].title == "1 review is not seen yet"
    cycle.deadlines.update(due_at=timezone.now())
    assert found(cast.owner).keys() == {"unseen"}


def why_held(user: User) -> dict[str, str]:
    return {one.review.person.name: one.why for one in signed_in(user).get(PAGE).context["held"]}


def test_where_nobody_is_left_to_publish_it_that_is_said(cast):
    kept(cast.host, "host", [16, 12, 17])
    cycle = opened(cast.owner)
    computed(cycle)
    went_to(cycle, CycleState.CALIBRATION)
    review = Review.objects.get(cycle=cycle, person=cast.host)
    review.changes.create(kind=ChangeKind.CALIBRATED, by=cast.owner, before={}, after={})
    assert why_held(cast.owner)["林晓彤"].startswith("Nobody who approves reviews is left for it")
    chief = User.objects.create_user("chief", password="kaibo-demo-1", role=Role.EXECUTIVE)
    assert why_held(cast.owner)["林晓彤"] == "You rated or changed it; somebody else approves it."
    review.changes.create(kind=ChangeKind.LEFT_OUT, by=chief, before={}, after={})
    assert why_held(cast.owner)["林晓彤"].startswith("Nobody who approves reviews is left for it")


def test_a_form_that_is_closed_says_who_can_open_it_again(cast):
    kept(cast.host, "host", [16, 12, 17])
    cycle = opened(cast.owner)
    computed(cycle)
    mine = Review.objects.get(cycle=cycle, person=cast.host)
    lead = signed_in(cast.lead.user)
    Review.objects.filter(pk=mine.pk).update(reviewer=cast.lead)
    for state, told in ((CycleState.COMPUTED, False), (CycleState.CALIBRATION, True)):
        went_to(cycle, state)
        page = lead.post(f"/reviews/{mine.pk}/rate/", {"hand_in": "1"})
        assert (page.status_code, "Who runs the cycle can take it back" in page.content.decode()) == (422, told)


def test_a_review_has_changed_only_for_who_has_seen_it_before(cast):
    kept(cast.host, "host", [16, 12, 17])
    cycle = opened(cast.owner)
    computed(cycle)
    mine = Review.objects.get(cycle=cycle, person=cast.host)
    Review.objects.filter(pk=mine.pk).update(published_at=timezone.now(), version=2)
    host = signed_in(cast.host.user)
    assert "changed since" not in host.get("/reviews/").content.decode()
    Acknowledgement.objects.create(review=mine, version=1, by=cast.host.user)
    assert "changed since" in host.get("/reviews/").content.decode()


def test_going_on_with_nothing_left_to_publish_says_where_the_cycle_is(cast):
    cycle = opened(cast.owner)
    computed(cycle)
    went_to(cycle, CycleState.CALIBRATION)
    Review.objects.filter(cycle=cycle).update(dropped_at=timezone.now())
    page = signed_in(cast.owner).post(f"{PAGE}publish/", follow=True).content.decode()
    assert "The cycle is at “Published” now." in page
    assert "0 reviews are published" not in page
