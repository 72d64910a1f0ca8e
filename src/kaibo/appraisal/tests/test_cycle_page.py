"""The page of a cycle: what it tells whom, what its data lacks and since when, and what it costs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.appraisal.cycle import access, looking
from kaibo.appraisal.cycle.pages import scores_of, waiting_of
from kaibo.appraisal.keeping import keep_month
from kaibo.appraisal.models import Cycle, CycleCheck, CycleState, KeptMonth, RaterKind, Review, ReviewNote
from kaibo.appraisal.tests.cycles import OCTOBER, computed, kept, opened, went_to
from kaibo.imports.models import Upload
from kaibo.jobs.queue import Progress
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
PAGE = "/reviews/cycles/2026-10/"


def asked(user: User, path: str = PAGE):
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
    every, others = (waiting_of(who, [cast.cycle])[cast.cycle.pk] for who in (cast.owner, cast.chief))
    assert every == others + 1


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


def codes(page) -> set[str]:
    return {one.code for one in page.context["findings"]}


def test_what_the_data_lacks_is_kept_as_of_when_it_was_looked_for(evening, cast):
    KeptMonth.objects.create(month=OCTOBER, ground="g", is_over=True, kept_at=timezone.now())
    cycle = opened(cast.owner)
    page = asked(cast.owner)
    first = CycleCheck.objects.get(cycle=cycle).at
    assert "uploads" not in codes(page)
    Upload.objects.create(state="preview", file_name="x.xlsx", sha256="0" * 64, size=1)
    page = asked(cast.owner)
    assert "uploads" not in codes(page), "a page does not look by itself"
    assert "What the data lacks, as of" in page.content.decode()
    assert "figures have come since" not in page.content.decode()
    client = cast.client("owner")
    assert client.post(PAGE, {"do": "look"}).status_code == 302
    assert "uploads" in codes(asked(cast.owner))
    assert CycleCheck.objects.get(cycle=cycle).at > first
    # in the reader's language, whoever looked
    assert "1 份文件等你" in client.get(PAGE).content.decode()
    assert cast.client("lead").post(PAGE, {"do": "look"}).status_code == 404


def test_it_is_looked_for_again_once_figures_are_others_and_each_hour(evening, cast):
    KeptMonth.objects.create(month=OCTOBER, ground="g", is_over=True, kept_at=timezone.now())
    cycle = opened(cast.owner)
    check = CycleCheck.objects.filter(cycle=cycle)
    before = check.get().at
    looking.look_at_old()
    assert check.get().at == before
    KeptMonth.objects.update(kept_at=timezone.now())
    assert "figures have come since" in asked(cast.owner).content.decode()
    keep_month(Progress(), "2026-10")
    assert check.get().at > before
    assert "figures have come since" not in asked(cast.owner).content.decode()
    check.update(at=timezone.now() - timedelta(hours=2))
    looking.look_at_old()
    assert check.get().at > timezone.now() - timedelta(minutes=1)
    # what is released is done
    check.update(at=before)
    went_to(cycle, CycleState.COLLECTING)
    cycle.state = CycleState.PUBLISHED
    cycle.save()
    looking.look_at_old()
    assert check.get().at == before


def test_a_cycle_that_nobody_looked_at_says_so(cast):
    CycleCheck.objects.filter(cycle=opened(cast.owner)).delete()
    page = asked(cast.owner)
    assert "Nobody has looked yet" in page.content.decode()
    # how far the figures are is asked each time
    assert "not_computed" in codes(page)


def test_who_cannot_rate_is_counted_at_once(reviewed):
    cast = reviewed
    dumb = Person.objects.create(name="离线")
    Review.objects.filter(person=cast.host).update(reviewer=None)
    Review.objects.filter(person=cast.host2).update(reviewer=dumb)
    titles = {one.code: one.title for one in asked(cast.owner).context["findings"]}
    # nobody stands above 吴桐 and 何川
    assert titles["no_reviewer"] == "3 reviews have no reviewer"
    assert titles["no_sign_in"] == "1 review has a reviewer who cannot sign in"
    assert {row.review.person.name for row in asked(cast.owner, f"{PAGE}?state=no_sign_in").context["rows"]} == {
        "陈嘉禾"
    }


def test_people_are_added_on_a_page_that_says_who_is_outside(cast):
    place = Department.objects.get(name="直播一部")
    late = Person.objects.create(name="后来")
    plain = Person.objects.create(name="无表")
    cycle = opened(cast.owner)
    for person, key in [(late, "host"), (plain, "clerk")]:
        position = Position.objects.get_or_create(key=key, defaults={"name": key})[0]
        Appointment.objects.create(person=person, position=position, department=place, start=date(2026, 1, 1))
    page = asked(cast.owner, f"{PAGE}add/")
    assert [(person.name, at) for person, at in page.context["outside"].can_join] == [("后来", "Host")]
    assert page.context["outside"].without_card == [plain]
    client = cast.client("owner")
    assert client.post(f"{PAGE}add/", {"roles": ["host"]}).status_code == 302
    assert Review.objects.filter(cycle=cycle, person=late).exists()
    again = client.post(f"{PAGE}add/", {"roles": ["host"]})
    assert (again.status_code, "这些人都已在周期里" in again.content.decode()) == (422, True)
    assert client.post(f"{PAGE}add/", {"roles": ["nobody"]}).status_code == 422


def test_another_reviewer_is_named_on_a_page_for_those_who_were_chosen(reviewed):
    cast, client = reviewed, reviewed.client("owner")
    host, own = (Review.objects.get(cycle=cast.cycle, person=one) for one in (cast.host, cast.own))
    answer = client.post(PAGE, {"do": "reviewer", "review": [host.pk]})
    assert answer.url == f"{PAGE}reviewer/?review={host.pk}"
    page = client.get(answer.url)
    assert [one.pk for one in page.context["chosen"]] == [host.pk]
    send = {"review": [host.pk], "reviewer": cast.outsider.pk}
    refused = client.post(f"{PAGE}reviewer/", send)
    assert (refused.status_code, refused.context["form"].errors.keys()) == (422, {"reason"})
    assert client.post(f"{PAGE}reviewer/", {**send, "reason": "换组"}).status_code == 302
    host.refresh_from_db()
    assert host.reviewer == cast.outsider
    for none in ([], ["x"], ["9" * 30], [10**9]):
        assert client.get(f"{PAGE}reviewer/", {"review": none}).url == PAGE
    assert client.post(PAGE, {"do": "reviewer"}).status_code == 422
    client.force_login(cast.chief)
    assert client.get(f"{PAGE}reviewer/?review={own.pk}").status_code == 404


STAGES = [CycleState.COMPUTED, CycleState.SELF, CycleState.MANAGER, CycleState.CALIBRATION]


def test_the_page_asks_as_much_for_many_as_for_few(reviewed):
    """Whoever reads, at whatever stage, and whatever is chosen."""
    cast, hr = reviewed, User.objects.create_user("hr", password="x", role=Role.HR)
    kept(cast.host2, "host", [11, None, 20], digest="2")
    run = computed(cast.cycle)

    def statements() -> list[int]:
        counts = []
        filtered = f"{PAGE}?state=waiting&run={run.pk}"
        for user, path in [(who, path) for who in (cast.owner, hr, cast.lead.user) for path in (PAGE, filtered)]:
            client = Client()
            client.force_login(user)
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).context["rows"], path
            counts.append(len(queries))
        return counts

    few = []
    for state in STAGES:
        went_to(cast.cycle, state)
        few.append(statements())
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    told = Review.objects.get(cycle=cast.cycle, person=cast.host)
    for number in range(120):
        user = User.objects.create_user(f"u{number}", password="x") if number % 2 else None
        person = Person.objects.create(name=f"主播{number}", user=user)
        review = Review.objects.create(
            cycle=cast.cycle, person=person, role="host", department=place, position=host, reviewer=cast.lead,
            computed_at=timezone.now(), weights=60, points=number, waiting=number % 2, terms=told.terms,
        )  # fmt: skip
        review.assessments.create(kind=RaterKind.SELF, rater=person, submitted_at=timezone.now())
    many = [statements()]
    assert many == few[-1:]
    # narrowed, and with what a computing changed, it asks for these too
    assert max(max(one[::2]) for one in few) <= 15
    assert max(max(one[1::2]) for one in few) <= 17


def test_who_sees_everybody_is_shown_what_anybody_with_their_rights_would_be(reviewed):
    """The short way of owners and executives, and that of everybody else, find the same reviews."""
    cast = reviewed
    published, out = (Review.objects.get(cycle=cast.cycle, person=one) for one in (cast.host, cast.host2))
    Review.objects.filter(pk=published.pk).update(published_at=timezone.now(), version=1)
    Review.objects.filter(pk=out.pk).update(dropped_at=timezone.now())
    every = list(Review.objects.select_related("person"))
    boss = User.objects.create_user("boss", password="x", role=Role.EXECUTIVE)
    hr = User.objects.create_user("hr", password="x", role=Role.HR)
    others = [cast.lead.user, cast.host.user, cast.outsider.user, hr]
    for user, whole in [(cast.owner, True), (cast.chief, True), (boss, True), *((one, False) for one in others)]:
        assert access.sees_everybody(user) == whole, user
        assert access.open_to(user, every) == set(access.visible_reviews(user).values_list("pk", flat=True)), user
        shown = access.visible_reviews(user).filter(cycle=cast.cycle).exclude(person__user=user)
        assert len(scores_of(user, cast.cycle)) == shown.count(), user
    own = Review.objects.get(person=cast.own)
    assert own.pk not in access.open_to(cast.chief, every)
    Review.objects.filter(pk=own.pk).update(published_at=timezone.now(), version=1)
    assert own.pk in access.open_to(cast.chief, list(Review.objects.select_related("person")))


def test_a_review_asks_as_much_with_many_lines_changes_and_notes_as_with_few(reviewed):
    cast, place = reviewed, Department.objects.get(name="直播一部")
    review = Review.objects.get(cycle=cast.cycle, person=cast.host)
    Review.objects.create(
        cycle=cast.cycle, person=cast.host, role="co_host", department=place, main=False, share_ms=1, shares_ms=2
    )
    before = Cycle.objects.create(month=date(2026, 9, 1), pay_on=date(2026, 10, 28), state=CycleState.CLOSED)
    published = {"published_at": timezone.now(), "version": 1}
    former = Review.objects.create(
        cycle=before, person=cast.host, role="host", points=40, weights=60, computed_at=timezone.now(), **published
    )
    line = review.lines.get(number=1)
    former.lines.create(number=1, key=line.key, kpi=line.kpi, weight=line.weight, points=line.points - 1)
    Review.objects.filter(pk=review.pk).update(**published)

    def statements() -> list[int]:
        counts = []
        for user in (cast.owner, cast.lead.user, cast.host.user):
            client = Client()
            client.force_login(user)
            client.cookies["django_language"] = "en"
            client.get(f"/reviews/{review.pk}/")
            with CaptureQueriesContext(connection) as queries:
                page = client.get(f"/reviews/{review.pk}/")
            counts.append(len(queries))
            assert [row.moved for row in page.context["rows"]][:1] == ["+1.0"]
            assert len(page.context["past"]) == 1
        return counts

    few = statements()
    for number in range(4, 24):
        added = review.lines.create(number=number, key=f"more_{number}", kpi=line.kpi, weight=1, points=1)
        review.changes.create(
            line=added, kind="calibrated", by=cast.owner, before={"points": "0"}, after={"points": "1"}
        )
        ReviewNote.objects.create(person=cast.host, month=OCTOBER, day=OCTOBER, by=cast.lead.user, text="x", told=True)
    assert statements() == few
    assert max(few) <= 15
