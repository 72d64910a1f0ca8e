"""A cycle computed in bulk, again, and while somebody is at work: what changes is written down, nothing is lost."""

from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.appraisal.actions import (
    add_reviews,
    compute_cycle,
    drop_review,
)
from kaibo.appraisal.cycle.computing import compute
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.models import (
    CycleState,
    KeptLine,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import computed, kept, opened, review_of, went_to
from kaibo.jobs.queue import Progress
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_computing_again_writes_down_what_changed_and_why_and_nothing_else(scored):
    cast = scored
    cycle = opened(None)
    computed(cycle)
    assert computed(cycle).unchanged == 4
    assert not ReviewChange.objects.exists()
    kept(cast.host2, "host", [10, 15, 20], digest="2")
    score = kept(cast.host, "host", [16, 14, Fraction(52, 3)], digest="2")
    KeptLine.objects.filter(score=score, number=2).update(target=Fraction(3, 2))
    run = computed(cycle, reason="补传日报")
    assert (run.changed, run.unchanged) == (2, 2)
    lines = {
        (one.review.person.name, one.line.key): (one.before, one.after, one.why)
        for one in run.changes.exclude(line=None).select_related("review__person", "line")
    }
    assert lines == {
        ("林晓彤", "kpi_2"): ({"target": None, "points": "12"}, {"target": "3/2", "points": "14"}, ["target"]),
        ("陈嘉禾", "kpi_2"): (
            {"top": None, "missing": "no_report", "points": None},
            {"top": "14", "missing": "", "points": "15"},
            ["data"],
        ),
    }  # fmt: skip
    totals = {
        one.review.person.name: one.after for one in run.changes.filter(line=None).select_related("review__person")
    }
    # of 60; 30 of 40 and 45 of 60 are as much
    scored_anew = {"points": "142/3", "hundred": "710/9"}
    assert totals == {"林晓彤": scored_anew, "陈嘉禾": {"points": "45", "weights": "60"}}
    assert {one.reason for one in run.changes.all()} == {"补传日报"}
    # the same run once more, as after a crash
    before = list(ReviewLine.objects.order_by("pk").values())
    compute(Progress(), cycle.pk, run.pk)
    assert list(ReviewLine.objects.order_by("pk").values()) == before


def test_two_positions_are_two_reviews_split_by_confirmed_hours_and_newcomers_are_told(scored, evening_shifts):
    cast = scored
    kept(cast.host, "co_host", [5], main=False)
    new = Person.objects.create(name="新人")
    place = Department.objects.get(name="直播一部")
    held = {"position": Position.objects.get(key="host"), "department": place}
    Appointment.objects.create(person=new, start=date(2026, 10, 12), kind=AppointmentKind.MAIN, **held)
    cycle = opened(cast.owner, asked=Asked(departments=frozenset({place.pk})))
    assert set(Review.objects.filter(cycle=cycle).values_list("person__name", flat=True)) == {
        "林晓彤", "陈嘉禾", "吴桐", "新人",
    }  # fmt: skip
    assert review_of(cycle, new).joined_on == date(2026, 10, 12)
    computed(cycle)
    host, beside = review_of(cycle, cast.host, "host"), review_of(cycle, cast.host, "co_host")
    # 4 h as host, two shifts of 2 h as co-host of which one lies in the other
    assert (host.share, beside.share) == (Fraction(2, 3), Fraction(1, 3))
    assert (host.main, beside.main) == (True, False)
    assert add_reviews(by=cast.owner, cycle=cycle, asked=Asked(people=frozenset({cast.outsider.pk}))) == 1
    with pytest.raises(ValidationError, match="in the cycle already"):
        add_reviews(by=cast.owner, cycle=cycle, asked=Asked(people=frozenset({cast.outsider.pk})))
    # one is published, the other in progress: of that the person reads nothing
    Review.objects.filter(pk=host.pk).update(published_at=timezone.now(), version=1)
    other = f'href="/reviews/{beside.pk}/"'
    assert other in cast.client("owner").get(f"/reviews/{host.pk}/").content.decode()
    page = cast.client("host").get(f"/reviews/{host.pk}/")
    assert (page.status_code, page.context["others"], page.context["together"]) == (200, [], None)
    assert other not in page.content.decode()


@pytest.fixture
def evening_shifts(cast):
    from kaibo.appraisal.tests.conftest import at
    from kaibo.live.models import Account, Shift

    room = Account.objects.create(handle="qinghe", name="生活旗舰店")
    for role, start, end in [("host", "10:00", "14:00"), ("co_host", "15:00", "17:00"), ("co_host", "15:00", "16:00")]:
        Shift.objects.create(
            account=room, person=cast.host, role=role, planned_start=at(start), planned_end=at(end),
            confirmed_start=at(start), confirmed_end=at(end), state="confirmed",
        )  # fmt: skip


def test_computing_reads_no_more_for_thirty_people_than_for_three(scored):
    def queries() -> int:
        cycle = opened(None)
        run = compute_cycle(by=None, cycle=cycle)
        with CaptureQueriesContext(connection) as asked:
            compute(Progress(), cycle.pk, run.pk)
        cycle.delete()
        # rows are written in bulk, as many at once as the database takes
        return sum(one["sql"].startswith("SELECT") for one in asked)

    few = queries()
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    for number in range(27):
        person = Person.objects.create(name=f"主播{number}")
        Appointment.objects.create(person=person, position=host, department=place, start=date(2026, 1, 1))
        kept(person, "host", [1, 2, 3])
    # the first one wrote down what the cards say besides
    assert queries() < few


class Meanwhile(Progress):
    """What somebody does while a computing is between two of its chunks."""

    def __init__(self, do) -> None:
        super().__init__()
        self.do = do

    def step(self, done: int, total: int) -> None:
        if not done:
            self.do()


def test_computing_again_writes_over_nothing_that_was_done_meanwhile(scored, monkeypatch):
    cast = scored
    cycle = opened(cast.owner, asked=Asked(people=frozenset({cast.host.pk, cast.host2.pk, cast.lead.pk})))
    computed(cycle)
    went_to(cycle, CycleState.MANAGER)
    first, published, out = Review.objects.filter(cycle=cycle).order_by("pk")
    for one in (first, published, out):
        kept(one.person, one.role, [1, 1, 1], digest="2")

    def meanwhile() -> None:
        Review.objects.filter(pk=published.pk).update(published_at=timezone.now(), version=1)
        drop_review(by=cast.owner, review=out, reason="长假")

    monkeypatch.setattr("kaibo.appraisal.cycle.computing.CHUNK", 1)
    run = compute_cycle(by=None, cycle=cycle)
    with CaptureQueriesContext(connection) as asked:
        compute(Meanwhile(meanwhile), cycle.pk, run.pk)
    for one in (published, out):
        was = one.points, one.digest
        one.refresh_from_db()
        assert (one.points, one.digest) == was, "what is published, or out, stays as it was read"
    assert {one.review_id for one in run.changes.all()} == {first.pk}
    # of one chunk: the reviews are locked before their lines are read, and both until these are written
    said = [one["sql"] for one in asked]
    locks = [at for at, sql in enumerate(said) if 'FROM "appraisal_review"' in sql and '"published_at" IS NULL' in sql]
    lines = next(at for at, sql in enumerate(said) if sql.startswith("SELECT") and 'FROM "appraisal_reviewline"' in sql)
    begun = max(at for at, sql in enumerate(said[:lines]) if sql.startswith("SAVEPOINT"))
    ended = next(
        at for at, sql in enumerate(said) if at > begun and said[begun].replace("SAVEPOINT", "RELEASE SAVEPOINT") == sql
    )
    written = next(at for at, sql in enumerate(said) if sql.startswith('INSERT INTO "appraisal_reviewline"'))
    lock = next(at for at in locks if at > begun)
    assert begun < lock < lines < written < ended
    assert "FOR UPDATE" in said[lock] or not connection.features.has_select_for_update
