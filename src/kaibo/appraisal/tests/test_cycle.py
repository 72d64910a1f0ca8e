"""A cycle from its opening to what people have seen: stages, ratings, deadlines, notes, who is in it and who reads."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kaibo.appraisal.actions import (
    acknowledge,
    add_note,
    advance_cycle,
    change_reviewer,
    count_line_again,
    discard_cycle,
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
from kaibo.appraisal.calibration.models import PreviewRating
from kaibo.appraisal.cycle import access, stages
from kaibo.appraisal.cycle.pages import counts
from kaibo.appraisal.cycle.review_models import ChangeKind
from kaibo.appraisal.models import (
    Cycle,
    CycleRun,
    CycleState,
    KeptLine,
    LineKind,
    NoteKind,
    RaterKind,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import OCTOBER, computed, kept, opened, review_of, went_to
from kaibo.audit.models import AuditEvent
from kaibo.login.models import Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


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


def test_a_cycle_opened_by_mistake_is_taken_back_until_somebody_wrote_in_it(scored, client):
    cast = scored
    cycle = opened(cast.owner)
    computed(cycle)
    address = f"/reviews/cycles/{cycle.month:%Y-%m}/"
    client.force_login(cast.owner)
    assert "撤销这个考核周期" in client.get(address).content.decode()
    refused = client.post(address, {"do": "discard", "reason": ""})
    assert (refused.status_code, Cycle.objects.count()) == (422, 1)
    told = client.post(address, {"do": "discard", "reason": "开错月份"}, follow=True)
    assert "已撤销" in told.content.decode()
    assert not Cycle.objects.exists()
    assert not Review.objects.exists()
    said = AuditEvent.objects.get(verb="discard_cycle").said
    assert (said.data["reviews"], said.reason) == (4, "开错月份")
    # and begun anew; once somebody keeps a draft of what they write, it stays
    again = opened(cast.owner)
    run = CycleRun.objects.create(cycle=again)
    with pytest.raises(ValidationError, match="正在计算"):
        discard_cycle(by=cast.owner, cycle=again, reason="x")
    run.delete()
    computed(again)
    went_to(again, CycleState.SELF)
    assert "撤销这个考核周期" not in client.get(address).content.decode()
    host = review_of(again, cast.host)
    for told in (
        PreviewRating(review=host, by=cast.owner, points=70),
        ReviewChange(review=host, kind=ChangeKind.LEFT_OUT, by=cast.owner),
    ):
        told.save()
        with pytest.raises(ValidationError, match="不能撤销"):
            discard_cycle(by=cast.owner, cycle=again, reason="x")
        told._meta.model.objects.filter(pk=told.pk).delete()
    save_assessment(by=cast.host.user, review=host, kind=RaterKind.SELF, given={}, strengths="新品专场")
    with pytest.raises(ValidationError, match="不能撤销"):
        discard_cycle(by=cast.owner, cycle=again, reason="x")
    assert Review.objects.filter(pk=host.pk).exists()


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
