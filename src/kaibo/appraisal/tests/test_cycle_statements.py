"""What the page of a cycle asks the database: at every stage, by every filter, for a few people as for many."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.appraisal.cycle.pages import STATES_OF_REVIEWS
from kaibo.appraisal.models import (
    Cycle,
    CycleCheck,
    CycleRun,
    CycleState,
    Invitation,
    InvitationState,
    KeptMonth,
    RaterKind,
    Review,
)
from kaibo.appraisal.tests.cycles import OCTOBER, computed, kept
from kaibo.login.models import User
from kaibo.measurement import due
from kaibo.measurement.models import Computation
from kaibo.org.models import Department, Person, Position

pytestmark = pytest.mark.django_db
PAGE = "/reviews/cycles/2026-10/"
# before scores are computed the page asks as when they are
STAGES = [one for one in CycleState if one not in (CycleState.OPENED, CycleState.COLLECTING)]


def stage(cycle: Cycle, state: CycleState) -> None:
    """There at once: what the stage's verbs check is another test's."""
    Cycle.objects.filter(pk=cycle.pk).update(state=state)
    released = Cycle(state=state).released
    at = timezone.now() if released else None
    Review.objects.filter(cycle=cycle, waiting=0).update(published_at=at, version=int(released))


def asked(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in queries]


def browser(user: User) -> Client:
    """That has read the page: what is remembered between requests is remembered."""
    client = Client()
    client.force_login(user)
    assert client.get(PAGE).status_code == 200
    return client


@pytest.fixture
def watched(team):
    """The month's figures are there, so that whether they are about to change is asked for, too."""
    at = timezone.now()
    done = {"engine_version": "1", "folder": "f", "inputs_sha256": "x", "state": "current"}
    Computation.objects.create(month=OCTOBER, finished_at=at, coverage={}, **done)
    KeptMonth.objects.filter(month=OCTOBER).update(kept_at=timezone.now())
    kept(team.host2, "host", [9], digest="2")
    team.run = computed(team.cycle)
    # older than those that the page lists
    for _number in range(8):
        CycleRun.objects.create(cycle=team.cycle, ended_at=timezone.now())
    team.old = CycleRun.objects.create(cycle=team.cycle, ended_at=timezone.now())
    Invitation.objects.create(
        review=team.review, rater=team.outsider, kind=RaterKind.OTHER_DEPARTMENT, state=InvitationState.INVITED
    )
    CycleCheck.objects.update_or_create(cycle=team.cycle)
    Review.objects.filter(person=team.hosts[3]).update(dropped_at=timezone.now())
    Review.objects.filter(person=team.hosts[2]).update(reviewer=None)
    Review.objects.filter(person=team.host).update(waiting=0)
    team.readers = {"owner": team.owner, "hr": User.objects.get(pk=team.hr.user.pk), "lead": team.lead.user}
    due.mark_seen(due.new_events())
    return team


def many(cast) -> None:
    """A hundred more people, each with forms, an invitation and a change."""
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    told = Review.objects.get(cycle=cast.cycle, person=cast.host)
    for number in range(100):
        user = User.objects.create(username=f"u{number}") if number % 2 else None
        person = Person.objects.create(name=f"主播{number}", user=user)
        review = Review.objects.create(
            cycle=cast.cycle, person=person, role="host", department=place, position=host, terms=told.terms,
            reviewer=(cast.lead, None, cast.host2)[number % 3], computed_at=timezone.now(), weights=60,
            points=number % 60, waiting=number % 2, dropped_at=timezone.now() if number % 7 == 0 else None,
        )  # fmt: skip
        line = review.lines.create(number=1, key="lead", kind="rated", weight=20, raters={"report": "100"})
        review.assessments.create(kind=RaterKind.SELF, rater=person, submitted_at=timezone.now())
        review.invitations.create(rater=cast.outsider, kind=RaterKind.OTHER_DEPARTMENT, state=InvitationState.INVITED)
        review.changes.create(kind="computed", line=line, run=cast.run, before={"points": "1"}, after={"points": "2"})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # nobody's worker has counted these rows: without it a question takes seconds, and there are a hundred
            cursor.execute("analyze")


def paths(cast) -> list[str]:
    """Every filter with words and a computing's changes; nobody found; a computing that is not listed."""
    found = [f"{PAGE}?state={state}&q=部&run={cast.run.pk}" for state in ("", *STATES_OF_REVIEWS)]
    return [PAGE, *found, f"{PAGE}?state=waiting", f"{PAGE}?q=nobody&run={cast.run.pk}", f"{PAGE}?run={cast.old.pk}"]


@pytest.mark.parametrize("state", STAGES)
def test_the_page_asks_fifteen_times_at_most_at_every_stage_and_by_every_filter(watched, state):
    stage(watched.cycle, state)
    clients = {name: browser(user) for name, user in watched.readers.items()}
    few = {(name, path): asked(client, path) for name, client in clients.items() for path in paths(watched)}
    assert len(most := max(few.values(), key=len)) <= 15, (state, *most)
    many(watched)
    stage(watched.cycle, state)
    more = {(name, path): asked(client, path) for name, client in clients.items() for path in paths(watched)[:-2]}
    assert len(most := max(more.values(), key=len)) <= 15, (state, *most)
    grown = {key: len(found) - len(few[key]) for key, found in more.items()}
    # where there was nobody at all there are rows to be told of now
    assert max(grown.values()) <= 1, grown


def test_a_page_that_is_not_there_is_the_last_and_a_computing_of_another_cycle_is_not_found(watched):
    many(watched)
    client = browser(watched.readers["owner"])
    there = Review.objects.filter(cycle=watched.cycle, dropped_at=None, assessments__kind="manager").count()
    every = Review.objects.filter(cycle=watched.cycle, dropped_at=None).count() - there

    def page(number: str) -> tuple[int, int, int]:
        told = client.get(f"{PAGE}?state=rate&page={number}").context
        return told["page"].number, told["page"].paginator.count, len(told["rows"])

    first, last = (1, every, 50), (2, every, every - 50)
    assert [page(number) for number in ("", "1", "x")] == [first] * 3
    assert [page(number) for number in ("2", "3", "99999999999", "0", "-1")] == [last] * 5
    names = [row.name for n in ("1", "2") for row in client.get(f"{PAGE}?state=rate&page={n}").context["rows"]]
    assert len(set(names)) == every
    other = Cycle.objects.create(month=date(2026, 9, 1), pay_on=date(2026, 10, 28))
    run = CycleRun.objects.create(cycle=other, ended_at=timezone.now())
    assert [client.get(f"{PAGE}?run={n}").status_code for n in (run.pk, run.pk + 1, watched.old.pk)] == [404, 404, 200]


def test_who_is_late_is_named_of_each_kind_however_many_of_another_there_are(watched):
    many(watched)
    stage(watched.cycle, CycleState.MANAGER)
    for number in range(60):
        by = Person.objects.create(name=f"评{number:02}", user=User.objects.create(username=f"r{number}"))
        Review.objects.filter(person__name=f"主播{number + 1}").update(reviewer=by)
    late = browser(watched.readers["owner"]).get(PAGE, HTTP_ACCEPT_LANGUAGE="en").context["late"]
    kinds = [one.what for one in late]
    assert [kinds.count(what) for what in dict.fromkeys(kinds)][:2] == [40, 1]
    assert [one.count for one in late[:40]] == sorted((one.count for one in late[:40]), reverse=True)
