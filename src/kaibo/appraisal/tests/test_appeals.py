"""An appeal from a published review to its corrected score: who may decide, what changes, what stays to be seen."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.actions import (
    advance_cycle,
    decide_appeal,
    hand_over_appeal,
    make_appeal,
    publish_reviews,
    save_assessment,
    save_kpi,
    settle_appeal,
    take_appeal_further,
    withdraw_appeal,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.appeals import page, windows
from kaibo.appraisal.appeals.access import under_appeal, visible_appeals
from kaibo.appraisal.appeals.independent import eligible, name_of
from kaibo.appraisal.appeals.page import changes_of
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.cycle.scores import save_sums
from kaibo.appraisal.models import (
    Appeal,
    AppealAbout,
    CycleRun,
    CycleState,
    LineKind,
    RaterKind,
    Review,
    ReviewChange,
    ReviewLine,
    StageDeadline,
    Verdict,
)
from kaibo.appraisal.tests.conftest import at
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.audit.record import record
from kaibo.audit.seen import Changed, mark
from kaibo.live.models import Account, Shift
from kaibo.login.models import Role, User
from kaibo.look import numbers
from kaibo.measurement.due import mark_seen, new_events
from kaibo.measurement.models import Closing, ClosingState
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
PDF = b"%PDF-1.7 a doctor's note"


@pytest.fixture
def published(cast):
    """The host's and the floor manager's October, published by the owner; HR and a finance chief hold no part in it."""
    kept(cast.host, "host", [16, 12, 17])
    kept(cast.lead, "floor_manager", [18, 9])
    cast.hr = User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR)
    cast.chief = User.objects.create_user("chief", password="kaibo-demo-1", role=Role.EXECUTIVE)
    cycle = opened(cast.owner, asked=Asked(people=frozenset({cast.host.pk, cast.lead.pk})))
    cast.cycle = cycle
    cast.rated = Review.objects.get(cycle=cycle, person=cast.lead)
    Review.objects.filter(pk=cast.rated.pk).update(reviewer=cast.outsider)
    computed(cycle)
    went_to(cycle, CycleState.MANAGER)
    save_assessment(
        by=cast.outsider.user, review=cast.rated, kind=RaterKind.MANAGER, hand_in=True,
        given={"handling": Given(Decimal(4))},
    )  # fmt: skip
    went_to(cycle, CycleState.CALIBRATION)
    publish_reviews(by=cast.owner, cycle=cycle)
    cast.review = Review.objects.get(cycle=cycle, person=cast.host)
    assert cast.review.published_by == cast.owner
    return cast


def appeal(cast, **changed):
    room = Account.objects.get_or_create(handle="q", defaults={"name": "q"})[0]
    times = {"planned_start": at("19:00"), "planned_end": at("23:00")}
    shift = Shift.objects.get_or_create(account=room, person=cast.host, role="host", defaults=times)[0]
    told = {"about": AppealAbout.SHIFT, "text": "我 19:00 已到场", "shift": shift, **changed}
    return make_appeal(by=cast.host.user, review=cast.review, line=cast.review.lines.get(number=2), **told)


def can_settle(user, made):
    """Whether the button on the appeal's page can be pressed; the page is in the user's language."""
    client = Client()
    client.force_login(user)
    with override("en"):
        return " disabled>" not in client.get(f"/appeals/{made.pk}/").content.decode()


@pytest.mark.parametrize(("text", "said"), [(" \n", "Say what is wrong"), ("长" * 2001, "these are 2001")])
def test_an_appeal_says_something_and_no_more_than_is_kept(published, text, said):
    with pytest.raises(ValidationError, match=said):
        appeal(published, text=text)
    assert len(appeal(published, text=f" {'长' * 2000} ").rounds.get().text) == 2000


@pytest.mark.parametrize(("reason", "said"), [(" \n", "Say why"), ("长" * 2001, "these are 2001")])
def test_a_decision_says_why_and_no_more_than_is_kept(published, reason, said):
    made = appeal(published)
    with pytest.raises(ValidationError, match=said):
        decide_appeal(by=published.chief, appeal=made, verdict=Verdict.REFUSED, reason=reason)
    assert made.rounds.get().decided_at is None


def test_a_granted_appeal_corrects_the_fact_and_the_review_is_computed_again_with_a_diff(published):
    cast, review = published, published.review
    file = SimpleUploadedFile("病假.pdf", PDF)
    made = appeal(cast, files=[file])
    told = made.rounds.get()
    # not the lead who rates, nor the owner who published, but who approves reviews and had no part in it
    assert (told.reviewer, told.files.get().kind) == (cast.chief, "pdf")
    assert under_appeal(Review.objects.all()) == {review.pk}
    with pytest.raises(ValidationError, match="already"):
        appeal(cast)
    advance_cycle(by=None, cycle=cast.cycle)
    with pytest.raises(ValidationError, match="1 appeal is not settled"):
        advance_cycle(by=None, cycle=cast.cycle)

    saw = mark(told)
    with pytest.raises(ValidationError, match="points follow from it"):
        decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="x", points=Fraction(15))
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="打卡记录属实", seen=saw)
    with pytest.raises(Changed, match=r"chief decided it .*Granted"):
        decide_appeal(by=cast.hr, appeal=made, verdict=Verdict.REFUSED, reason="不属实", seen=saw)
    with pytest.raises(ValidationError, match="Choose the correction"):
        settle_appeal(by=cast.chief, appeal=made)
    with pytest.raises(ValidationError, match="Whoever rated"):
        settle_appeal(by=cast.lead.user, appeal=made, note="nothing is to change")

    event = record(by=cast.owner, verb="edit_shift", target=made.shift, months=["2026-10"])
    assert not can_settle(cast.chief, made)
    with pytest.raises(ValidationError, match="being computed"):
        settle_appeal(by=cast.chief, appeal=made, corrections=[event.pk])
    mark_seen(new_events())
    assert can_settle(cast.chief, made)
    with pytest.raises(ValidationError, match="figures are as they were"):
        settle_appeal(by=cast.chief, appeal=made, corrections=[event.pk])
    other = record(by=cast.owner, verb="edit_shift", target=cast.host, months=["2026-10"])
    with pytest.raises(ValidationError, match="no correction"):
        settle_appeal(by=cast.chief, appeal=made, corrections=[other.pk])
    # the worker computed the month since
    mark_seen(new_events())
    kept(cast.host, "host", [16, 20, 17], digest="2")
    assert settle_appeal(by=cast.chief, appeal=made, corrections=[event.pk])

    made.refresh_from_db()
    review.refresh_from_db()
    assert (made.state, made.points, made.corrections) == ("decided", Fraction(12), [event.pk])
    assert (review.points, review.version, under_appeal(Review.objects.all())) == (Fraction(53), 2, set())
    line, sums = changes_of(made)
    assert (line.before, line.after, line.kind) == ({"points": "12"}, {"points": "20"}, "appealed")
    # of 60
    scores = ({"points": "45", "hundred": "75"}, {"points": "53", "hundred": "265/3"})
    assert (sums.line, sums.before, sums.after) == (None, *scores)
    # nothing was overwritten: the row of before stands
    assert ReviewChange.objects.filter(review=review, before={"points": "12"}).exists()


def test_a_rating_is_corrected_by_somebody_who_had_no_part_in_it_and_again_by_somebody_else(published):
    cast, review = published, published.rated
    line = review.lines.get(key="handling")
    text = {"line": line, "about": AppealAbout.RATING, "text": "两次断播都在三分钟内恢复"}
    with pytest.raises(ValidationError, match="own review"):
        make_appeal(by=cast.host.user, review=review, **text)
    made = make_appeal(by=cast.lead.user, review=review, **text)
    for who, why in [
        (cast.lead.user, "own appeal"),
        (cast.outsider.user, "Whoever rated"),
        (cast.host.user, "superior"),
    ]:
        with pytest.raises(ValidationError, match=why):
            decide_appeal(by=who, appeal=made, verdict=Verdict.GRANTED, reason="x", points=Fraction(8))
    with pytest.raises(ValidationError, match="Whoever rated"):
        hand_over_appeal(by=cast.hr, appeal=made, reviewer=cast.outsider.user, reason="他更熟悉")
    hand_over_appeal(by=cast.owner, appeal=made, reviewer=cast.hr, reason="总经理出差")
    told = made.rounds.get()
    assert (told.reviewer, told.assigned_reason) == (cast.hr, "总经理出差")
    for points, why in [(None, "which points"), (Fraction(11), "From 0.0 to 10.0"), (Fraction(4), "points it has")]:
        with pytest.raises(ValidationError, match=why):
            decide_appeal(by=cast.hr, appeal=made, verdict=Verdict.PARTLY, reason="x", points=points)
    with pytest.raises(Changed):
        decide_appeal(by=cast.hr, appeal=made, verdict=Verdict.PARTLY, reason="x", points=Fraction(6), seen="older")
    decide_appeal(by=cast.hr, appeal=made, verdict=Verdict.PARTLY, reason="一次属实", points=Fraction(6))
    review.refresh_from_db()
    assert (review.points, review.version) == (Fraction(33), 2)
    # of 50
    scores = ({"points": "4", "hundred": "62"}, {"points": "6", "hundred": "66"})
    assert [(one.before, one.after) for one in changes_of(made)] == [scores]

    # the second level: within its days, and by somebody else
    second = take_appeal_further(by=cast.lead.user, appeal=made, text="第二次也有录像")
    assert second.reviewer == cast.chief
    with pytest.raises(ValidationError, match="somebody else than the first"):
        decide_appeal(by=cast.hr, appeal=made, verdict=Verdict.REFUSED, reason="x")
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.REFUSED, reason="录像不清")
    with pytest.raises(ValidationError, match="no second level"):
        take_appeal_further(by=cast.lead.user, appeal=made, text="再来")
    assert list(made.rounds.values_list("level", "verdict")) == [(1, "partly"), (2, "refused")]


def test_appeals_are_refused_too_late_and_with_evidence_that_is_none(published):
    cast = published
    for name, content, why in [
        ("假.pdf", b"<script>", "is no PDF"),
        ("大.png", b"\x89PNG\r\n\x1a\n" + b"0" * 5 * 1024 * 1024, "larger than 5 MB"),
    ]:
        with pytest.raises(ValidationError, match=why):
            appeal(cast, files=[SimpleUploadedFile(name, content)])
    with pytest.raises(ValidationError, match="one of your shifts"):
        appeal(cast, shift=None)
    made = appeal(cast)
    assert [visible_appeals(who).count() for who in (cast.host.user, cast.lead.user, cast.chief)] == [1, 1, 1]
    assert not visible_appeals(cast.host2.user).exists()
    withdraw_appeal(by=cast.host.user, appeal=made)
    with pytest.raises(Changed, match="taken back"):
        decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="x")
    due = StageDeadline.objects.filter(cycle=cast.cycle, state=CycleState.APPEAL_WINDOW)
    due.update(due_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(ValidationError, match="it was possible until"):
        appeal(cast)
    assert cast.review.appeals.count() == 1


def test_an_item_that_had_been_left_out_counts_again_where_its_appeal_is_granted(published):
    cast, review = published, published.review
    line = review.lines.get(number=2)
    line.left_out = "新号没有目标"
    line.save()
    save_sums(review)
    assert (review.points, review.weights) == (Fraction(33), Decimal(40))
    made = appeal(cast, about=AppealAbout.LINE, shift=None)
    # the points that it has: it is the leaving out that was wrong
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="有目标", points=Fraction(12))
    review.refresh_from_db()
    line.refresh_from_db()
    assert (line.left_out, review.points, review.weights, review.version) == ("", Fraction(45), Decimal(60), 2)
    [change] = changes_of(made)
    assert (change.before["left_out"], change.after["left_out"]) == ("新号没有目标", None)


def test_the_second_level_is_open_five_days_or_until_the_window_ends(published):
    cast = published
    made = appeal(cast)
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.REFUSED, reason="不属实")
    due = StageDeadline.objects.filter(cycle=cast.cycle, state=CycleState.APPEAL_WINDOW)
    now = timezone.now()
    for window, until in [(now + timedelta(days=9), timedelta(days=9)), (now - timedelta(days=1), timedelta(days=5))]:
        due.update(due_at=window)
        made = Appeal.objects.get(pk=made.pk)
        assert abs(windows.second_until(made, made.rounds.get()) - now - until) < timedelta(minutes=1)
    Appeal.objects.filter(pk=made.pk).update(ended_at=now - timedelta(days=5, minutes=1))
    with pytest.raises(ValidationError, match="second level is over"):
        take_appeal_further(by=cast.host.user, appeal=made, text="还有录像")
    Appeal.objects.filter(pk=made.pk).update(ended_at=now - timedelta(days=4))
    assert take_appeal_further(by=cast.host.user, appeal=made, text="还有录像").level == 2


def test_who_may_decide_is_asked_as_often_for_twelve_as_for_two(published):
    made = appeal(published)

    def named() -> tuple[list[str], int]:
        with CaptureQueriesContext(connection) as asked:
            return [name_of(user) for user in eligible(Appeal.objects.get(pk=made.pk), 1)], len(asked)

    few, queries = named()
    assert few == ["chief", "hr", "owner"]
    top = Department.objects.create(name="公司")
    for number in range(10):
        user = User.objects.create_user(
            f"x{number}", password="kaibo-demo-1", role=Role.HR if number else Role.EXECUTIVE
        )
        person = Person.objects.create(name=f"经理{number}", user=user)
        Appointment.objects.create(
            person=person, position=Position.objects.get(key="ads"), department=top, start=date(2026, 1, 1)
        )
    many, again = named()
    assert many == ["chief", "经理0", "hr", *(f"经理{number}" for number in range(1, 10)), "owner"]
    assert again == queries


def test_an_appeals_diff_shows_no_amounts_without_the_right_to_them(published):
    cast = published
    made = appeal(cast)
    line = cast.review.lines.get(number=2)
    ReviewLine.objects.filter(pk=line.pk).update(kpi="net_paid")
    run = CycleRun.objects.create(cycle=cast.cycle)
    amounts = {"before": {"top": "1234500", "points": "12"}, "after": {"top": "1334500", "points": "13"}}
    ReviewChange.objects.create(review=cast.review, line=line, run=run, kind="appealed", **amounts)
    Appeal.objects.filter(pk=made.pk).update(run=run)
    for who, sees in [(cast.owner, True), (cast.hr, False)]:
        client = cast.client("nobody")
        client.force_login(who)
        told = client.get(f"/appeals/{made.pk}/").content.decode()
        assert ("1.23" in told, "1.33" in told, "<b>13.0</b>" in told) == (sees, sees, True)


def test_amounts_of_a_team_s_own_kpi_are_withheld_in_what_an_appeal_changed(cast, monkeypatch):
    save_kpi(
        by=cast.owner, key="own_money", zh="自算金额", en="Own money", formula="paid_minor",
        unit="money", direction="up",
    )  # fmt: skip

    def told(kpi: str) -> list[tuple[str, str]]:
        line = ReviewLine(key=kpi, kpi=kpi, kind=LineKind.KPI)
        change = ReviewChange(
            line=line, before={"target": "9000000", "top": "4400100"}, after={"target": "9000000", "top": "4400200"}
        )
        monkeypatch.setattr(page, "changes_of", lambda _appeal: [change])
        return [(one.before, one.after) for one in page.differences_of(Appeal())]

    with numbers.amounts_withheld(True):
        # the second is known no more: nobody can tell whether it was an amount
        assert {text for key in ("own_money", "gone") for pair in told(key) for text in pair} == {"no right to amounts"}
    assert told("own_money")[0] == ("¥90.0K", "¥90.0K")
    said = {"key": "own_part", "zh": "占比", "en": "Part", "unit": "ratio", "direction": "down"}
    made = save_kpi(by=cast.owner, formula="refund_minor / paid_minor", **said)
    save_kpi(by=cast.owner, former=made, formula="orders / views", **said)
    with numbers.amounts_withheld(True):
        # it adds up no amounts any more; then it did
        assert {text for pair in told("own_part") for text in pair} == {"no right to amounts"}


def test_a_granted_appeal_of_a_closed_month_says_that_it_is_opened_first(published):
    """HR decided; the chief may see months, and finds the one that is closed."""
    made = appeal(published)
    decide_appeal(by=published.chief, appeal=made, verdict=Verdict.GRANTED, reason="属实")
    client = Client()
    client.force_login(published.chief)
    told = ["不会改变任何数字" in client.get(f"/appeals/{made.pk}/").content.decode()]
    Closing.objects.create(
        month=published.review.cycle.month, state=ClosingState.CLOSED, frozen={"coverage": {}, "refund_days": 15}
    )
    page = client.get(f"/appeals/{made.pk}/").content.decode()
    told.append("不会改变任何数字" in page)
    assert told == [False, True]
    assert 'href="/months/2026-10/"' in page
