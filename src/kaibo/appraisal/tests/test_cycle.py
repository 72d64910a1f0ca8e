"""A cycle from its opening to what people have seen, computed in bulk and again, with every change written down."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.actions import (
    acknowledge,
    add_note,
    add_reviews,
    advance_cycle,
    change_reviewer,
    compute_cycle,
    count_line_again,
    drop_review,
    hand_back,
    leave_line_out,
    publish_reviews,
    record_delivery,
    reopen_cycle,
    save_assessment,
    save_cycle_template,
    set_deadlines,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.cycle import access, stages
from kaibo.appraisal.cycle.computing import compute
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.cycle.pages import counts
from kaibo.appraisal.models import (
    Cycle,
    CycleState,
    KeptLine,
    LineKind,
    NoteKind,
    RaterKind,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import OCTOBER, computed, kept, opened, went_to
from kaibo.audit.models import AuditEvent
from kaibo.jobs.queue import Progress
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def scored(cast):
    """The hosts' and the floor manager's kept October; the floor manager's card has an item that people rate."""
    kept(cast.host, "host", [16, 12, Fraction(52, 3)])
    kept(cast.host2, "host", [10, None, 20])
    kept(cast.lead, "floor_manager", [18, 9])
    return cast


def review_of(cycle: Cycle, person: Person, role: str = "") -> Review:
    found = Review.objects.filter(cycle=cycle, person=person)
    return (found.filter(role=role) if role else found).get()


def seen(user, cycle: Cycle) -> set[str]:
    return set(access.visible_reviews(user).filter(cycle=cycle).values_list("person__name", flat=True))


def test_a_month_from_opening_to_seen(scored):
    cast, owner = scored, scored.owner
    cycle = opened(owner)
    # the ads buyer's card exists too: no kept score, but an appointment
    assert Review.objects.filter(cycle=cycle).count() == 4
    host = review_of(cycle, cast.host)
    assert (host.reviewer, host.department.name, host.main) == (cast.lead, "直播一部", True)
    assert review_of(cycle, cast.lead).reviewer is None
    with pytest.raises(ValidationError, match="Compute the cycle"):
        advance_cycle(by=owner, cycle=_at(cycle, CycleState.COLLECTING))
    run = computed(cycle, by=owner)
    assert (cycle.state, run.changed, run.without) == (CycleState.COMPUTED, 0, 1)
    host.refresh_from_db()
    assert (host.points, host.weights, host.waiting) == (Fraction(136, 3), Decimal(60), 0)
    lead = review_of(cycle, cast.lead)
    rated = lead.lines.get(kind=LineKind.RATED)
    assert (rated.key, rated.points, rated.waiting) == ("handling", None, "not_rated")
    assert lead.waiting_weights == rated.weight
    # in progress: nobody sees their own, a rater those they rate
    assert seen(cast.host.user, cycle) == set()
    assert seen(cast.lead.user, cycle) == {"林晓彤", "陈嘉禾"}
    assert seen(owner, cycle) == {"林晓彤", "陈嘉禾", "吴桐", "何川"}

    went_to(cycle, CycleState.SELF)
    save_assessment(by=cast.host.user, review=host, kind=RaterKind.SELF, given={}, strengths="新品专场", hand_in=True)
    assert not access.sees_self_assessment(cast.lead.user, Review.objects.get(pk=host.pk))
    with pytest.raises(ValidationError, match="somebody else's"):
        save_assessment(by=cast.host2.user, review=host, kind=RaterKind.SELF, given={})
    went_to(cycle, CycleState.MANAGER)
    save_assessment(by=cast.lead.user, review=host, kind=RaterKind.MANAGER, given={}, strengths="好", hand_in=True)
    assert access.sees_self_assessment(cast.lead.user, Review.objects.get(pk=host.pk))
    with pytest.raises(ValidationError, match="own review"):
        change_reviewer(by=cast.host.user, reviews=[host], reviewer=cast.lead, reason="x")
    went_to(cycle, CycleState.CALIBRATION)

    # 陈嘉禾 waits for data, 吴桐 for a rating, 何川 has nothing; 林晓彤's can be read
    published = publish_reviews(by=owner, cycle=cycle)
    assert (published.count, {one.review.person.name for one in published.held}) == (1, {"陈嘉禾", "吴桐", "何川"})
    assert seen(cast.host.user, cycle) == {"林晓彤"}
    told = counts(owner, cycle)
    assert (told.reviews, told.computed, told.own, told.rated, told.published, told.seen) == (4, 4, 1, 1, 1, 0)
    acknowledge(by=cast.host.user, review=host)
    acknowledge(by=cast.host.user, review=host)
    assert counts(owner, cycle).seen == 1
    assert host.acknowledgements.get().version == 1
    with pytest.raises(ValidationError, match="own review"):
        record_delivery(by=cast.host.user, review=host, note="x")
    waiting = ReviewLine.objects.get(review__person=cast.host2, points=None, kind=LineKind.KPI)
    leave_line_out(by=cast.lead.user, line=waiting, reason="新号没有目标")
    host2 = review_of(cycle, cast.host2)
    assert (host2.waiting, host2.weights, host2.per_hundred) == (0, Decimal(40), Fraction(75))
    with pytest.raises(ValidationError, match="somebody else approves"):
        publish_reviews(by=cast.lead.user, cycle=cycle)
    count_line_again(by=owner, line=ReviewLine.objects.get(pk=waiting.pk), reason="数据补齐了")
    assert ReviewChange.objects.filter(review=host2).count() == 2

    reopen_cycle(by=owner, cycle=cycle, state=CycleState.MANAGER, reason="评分人换人")
    assert seen(cast.host.user, cycle) == set()
    with pytest.raises(ValidationError, match="Say why"):
        reopen_cycle(by=owner, cycle=cycle, state=CycleState.SELF, reason=" ")


def _at(cycle: Cycle, state: CycleState) -> Cycle:
    went_to(cycle, state)
    return cycle


def test_ratings_keep_to_their_anchors_and_owe_evidence_at_both_ends(scored):
    cast = scored
    cycle = opened(cast.owner)
    lead = review_of(cycle, cast.lead)
    change_reviewer(by=cast.owner, reviews=[lead], reviewer=cast.outsider, reason="上级空缺")
    computed(cycle)
    went_to(cycle, CycleState.MANAGER)
    rater = cast.outsider.user

    def rate(points: str, evidence: str = "", *, hand_in: bool = True):
        return save_assessment(
            by=rater, review=lead, kind=RaterKind.MANAGER, hand_in=hand_in,
            given={"handling": Given(Decimal(points), evidence=evidence)},
        )  # fmt: skip

    for points, evidence, why in [("10.5", "x", "From 0 to 10"), ("-1", "x", "From 0 to 10"), ("0", "", "evidence")]:
        with pytest.raises(ValidationError) as error:
            rate(points, evidence)
        assert why in error.value.message_dict["handling"][0]
    rate("10", hand_in=False)
    lead.refresh_from_db()
    assert lead.waiting == 1, "a draft counts nothing"
    form = rate("10", "10-14 断播三分钟内恢复")
    rate("7")
    lead.refresh_from_db()
    assert (lead.waiting, lead.points, lead.weights) == (0, Fraction(34), Decimal(50))
    told = [(one.before["points"], one.after["points"]) for one in lead.changes.filter(kind="rated")]
    assert told == [(None, "10"), ("10", "7")]
    # computed again, a rating stays
    kept(cast.lead, "floor_manager", [18, 11], digest="2")
    computed(cycle)
    lead.refresh_from_db()
    assert lead.points == Fraction(36)
    hand_back(by=cast.owner, assessment=form, reason="请写明时间")
    lead.refresh_from_db()
    assert lead.waiting == 1


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


def test_deadlines_are_in_order_and_in_the_future_and_bad_ones_open_nothing(scored):
    cast = scored
    good = stages.deadlines(stages.template(), timezone.localdate() + timedelta(days=20))
    from kaibo.appraisal.actions import open_cycle

    late = {**good, CycleState.SELF: timezone.now() - timedelta(days=1)}
    swapped = {**good, CycleState.SELF: good[CycleState.CLOSED]}
    for told, stage, why in [(late, "self", "is over"), (swapped, "manager", "ends later")]:
        with pytest.raises(ValidationError) as error:
            open_cycle(by=cast.owner, month=OCTOBER, pay_on=timezone.localdate(), deadlines=told)
        assert why in error.value.message_dict[stage][0]
    assert not Cycle.objects.exists()
    cycle = opened(cast.owner)
    with pytest.raises(ValidationError, match="has a cycle already"):
        opened(cast.owner)
    later = {one.state: one.due_at + timedelta(days=1) for one in cycle.deadlines.all()}
    set_deadlines(by=cast.owner, cycle=cycle, deadlines=later)
    assert {one.state: one.due_at for one in cycle.deadlines.all()} == later
    with pytest.raises(ValidationError):
        save_cycle_template(by=cast.owner, pay_day=31, hour=18, days={**stages.DAYS_BEFORE, CycleState.SELF: 20})
    save_cycle_template(by=cast.owner, pay_day=31, hour=12, days=stages.DAYS_BEFORE)
    assert stages.pay_date(stages.template(), OCTOBER, date(2026, 11, 5)) == date(2026, 11, 30)


def test_notes_are_written_before_any_cycle_and_told_only_where_it_is_said(scored):
    cast = scored
    day = {"month": OCTOBER, "day": date(2026, 10, 14)}
    for text, told in [("迟到十分钟", False), ("主动顶班", True)]:
        add_note(by=cast.lead.user, person=cast.host, kind=NoteKind.EVIDENCE, text=text, told=told, **day)
    add_note(by=cast.host.user, person=cast.host, kind=NoteKind.NOTE, text="换了话术", **day)
    assert {one.text for one in access.visible_notes(cast.host.user, cast.host, OCTOBER)} == {"主动顶班", "换了话术"}
    assert access.visible_notes(cast.lead.user, cast.host, OCTOBER).count() == 3
    assert not access.visible_notes(cast.outsider.user, cast.host, OCTOBER).exists()
    with pytest.raises(ValidationError, match="day of the month"):
        add_note(by=cast.lead.user, person=cast.host, kind=NoteKind.NOTE, text="x", month=OCTOBER, day=date(2026, 9, 1))


def test_taking_a_review_out_twice_leaves_it_out(cast):
    """A second click, or somebody else's at the same time, says the same thing and changes nothing."""
    host = review_of(opened(cast.owner), cast.host)
    send = {"do": "drop", "review": host.pk, "reason": "长假"}
    for do, out in (("drop", True), ("drop", True), ("take_back_in", False), ("take_back_in", False)):
        answer = cast.client("owner").post("/reviews/cycles/2026-10/", send | {"do": do})
        assert answer.status_code == 302
        host.refresh_from_db()
        assert (host.dropped_at is not None) == out
    told = AuditEvent.objects.filter(target_type="appraisal.review", target_id=str(host.pk)).order_by("pk")
    assert list(told.values_list("verb", flat=True)) == ["drop_review", "take_review_back_in"]


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


def test_a_published_review_is_not_taken_out(scored):
    cast = scored
    cycle = opened(cast.owner)
    computed(cycle)
    host = review_of(cycle, cast.host)
    Review.objects.filter(pk=host.pk).update(published_at=timezone.now(), version=1)
    with pytest.raises(ValidationError, match="published"):
        drop_review(by=cast.owner, review=host, reason="长假")
    host.refresh_from_db()
    assert host.dropped_at is None


def test_who_rates_or_compares_computings_sees_no_amounts_without_the_right_to_them(scored):
    cast = scored
    cycle = opened(cast.owner)
    computed(cycle)
    host = review_of(cycle, cast.host)
    score = kept(cast.host, "host", [16, 14, Fraction(52, 3)], digest="2")
    KeptLine.objects.filter(score=score, number=2).update(kpi="net_paid", top=1_234_500, target=2_345_600)
    run = computed(cycle, by=cast.owner)
    change_reviewer(by=cast.owner, reviews=[host], reviewer=cast.outsider, reason="换组")
    went_to(cycle, CycleState.MANAGER)
    hr = User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR)
    pages = {
        f"/reviews/{host.pk}/rate/": (cast.outsider.user, "no right to amounts"),
        f"/reviews/cycles/2026-10/?run={run.pk}": (hr, "— → 14.0"),
    }
    for path, (who, said) in pages.items():
        client = cast.client("nobody")
        client.force_login(who)
        client.cookies["django_language"] = "en"
        told = client.get(path).content.decode()
        assert said in told, path
        assert [one for one in ("12,345", "1.23", "23,456", "2.35") if one in told] == [], path
