"""A rated item's raters count by the card's weights: exact, in any order, once every kind has handed in."""

from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kaibo.appraisal.actions import (
    ask_raters_again,
    calibrate_line,
    do_without_raters,
    hand_back,
    leave_line_out,
    lock_group,
    save_assessment,
    unlock_group,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.appeals.recomputing import compute_again
from kaibo.appraisal.cycle import copying
from kaibo.appraisal.cycle.rating import points_of, shares
from kaibo.appraisal.models import (
    Appeal,
    CycleRun,
    CycleState,
    KeptScore,
    LineKind,
    RaterKind,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import computed, kept, opened, rated_card, went_to
from kaibo.audit.models import AuditEvent

KINDS = sorted(RaterKind.values)
points = st.decimals(min_value=0, max_value=20, places=1)


@given(
    weights=st.dictionaries(st.sampled_from(KINDS), st.integers(1, 100), min_size=1),
    told=st.lists(st.tuples(st.sampled_from(KINDS), points), max_size=12),
    data=st.data(),
)
def test_points_are_the_weighed_means_in_any_order(weights, told, data):
    raters = {kind: str(weight) for kind, weight in weights.items()}
    found = points_of(shares(raters), told)
    assert found == points_of(shares(raters), data.draw(st.permutations(told)))
    asked = {kind: [Fraction(one) for of, one in told if of == kind] for kind in weights}
    if not all(asked.values()):
        assert found is None, "it waits for whom the card names"
        return
    # by hand: each kind's mean as often as its weight says
    means = [sum(asked[kind]) / len(asked[kind]) for kind, weight in weights.items() for _ in range(weight)]
    assert found == sum(means) / len(means)
    assert min(means) <= found <= max(means)


@given(
    weights=st.dictionaries(st.sampled_from(KINDS), st.integers(1, 100), min_size=2),
    given_=st.fractions(0, 20),
    data=st.data(),
)
def test_weights_are_conserved_where_a_line_does_without_a_kind(weights, given_, data):
    raters = {kind: str(weight) for kind, weight in weights.items()}
    out = data.draw(st.sets(st.sampled_from(sorted(weights)), max_size=len(weights) - 1))
    left = shares(raters, out)
    # the others' proportions stay, and together they are the whole: who gives all the same gets the same
    assert {kind: left[kind] for kind in left} == {kind: weights[kind] for kind in weights.keys() - out}
    assert points_of(left, [(kind, Decimal(7)) for kind in weights]) == 7


@contextmanager
def refused(why: str):
    """In English, whatever language a page spoke before."""
    with override("en"), pytest.raises(ValidationError, match=why):
        yield


@pytest.fixture
def served(cast):
    """陈嘉禾's quality is theirs by a fifth and the manager's by four; 吴桐 rates them."""
    rated_card(cast.owner, "host", quality={"self": 20, "superior": 80})
    kept(cast.host2, "host", [8, 9])
    cast.cycle = opened(cast.owner)
    computed(cast.cycle)
    cast.review = Review.objects.get(cycle=cast.cycle, person=cast.host2)
    assert cast.review.reviewer == cast.lead
    return cast


def rated(review: Review) -> ReviewLine:
    return ReviewLine.objects.get(review=review, key="quality")


def hand_in(cast, kind: RaterKind, points: int, *, evidence: str = "10-14 的回访"):
    review = Review.objects.get(pk=cast.review.pk)
    by = cast.host2.user if kind is RaterKind.SELF else cast.lead.user
    asked = [one.key for one in review.lines.filter(kind=LineKind.RATED)]
    given = {key: Given(Decimal(points), evidence=evidence) for key in asked}
    return save_assessment(by=by, review=review, kind=kind, given=given, hand_in=True)


@pytest.mark.django_db
def test_a_line_has_its_cards_raters_and_waits_until_each_kind_has_handed_in(served):
    cast = served
    line = rated(cast.review)
    assert line.raters == {"self": "20", "manager": "80"}
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    assert (rated(cast.review).points, rated(cast.review).waiting) == (None, "not_rated")
    cast.review.refresh_from_db()
    assert cast.review.waiting == 1
    page = cast.client("owner").get(f"/reviews/{cast.review.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "waits for ratings: Self<" in page
    assert "Manager</option>" not in page
    # the manager was first: the person's own is still to come, and comes once
    assert "/assess/" in cast.client("host2").get("/reviews/").content.decode()
    hand_in(cast, RaterKind.SELF, 20)
    assert rated(cast.review).points == Fraction(20 * 20 + 80 * 15, 100)
    assert (rated(cast.review).waiting, Review.objects.get(pk=cast.review.pk).waiting) == ("", 0)
    with refused("self-assessment is over"):
        hand_in(cast, RaterKind.SELF, 10)
    # given back, it waits again: what was given counts no longer
    form = cast.review.assessments.get(kind=RaterKind.SELF)
    hand_back(by=cast.lead.user, assessment=form, reason="请写明日期")
    assert rated(cast.review).points is None
    told = [(one.before["points"], one.after["points"]) for one in ReviewChange.objects.filter(kind="rated")]
    assert told == [(None, "16"), ("16", None)]


@pytest.mark.django_db
def test_who_does_not_rate_gives_their_weight_to_the_others_with_a_reason(served):
    cast = served
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    client = cast.client("owner")
    send = {"do": "without_raters", "line": rated(cast.review).pk, "rater": "self"}
    assert client.post(f"/reviews/{cast.review.pk}/", send).status_code == 422, "a reason is owed"
    assert rated(cast.review).points is None
    assert client.post(f"/reviews/{cast.review.pk}/", send | {"reason": "长假未自评"}).status_code == 302
    assert (rated(cast.review).points, rated(cast.review).without) == (Fraction(15), {"self": "长假未自评"})
    with refused("Nobody else rates"):
        do_without_raters(by=cast.owner, line=rated(cast.review), kind=RaterKind.MANAGER, reason="x")
    with refused("does not ask"):
        do_without_raters(by=cast.owner, line=rated(cast.review), kind=RaterKind.PEER, reason="x")
    with refused("own review"):
        ask_raters_again(by=cast.host2.user, line=rated(cast.review), kind=RaterKind.SELF, reason="x")
    # computed again, that stays
    KeptScore.objects.filter(person=cast.host2).update(digest="2")
    computed(cast.cycle)
    assert (rated(cast.review).points, rated(cast.review).without) == (Fraction(15), {"self": "长假未自评"})
    ask_raters_again(by=cast.owner, line=rated(cast.review), kind=RaterKind.SELF, reason="回来了")
    assert rated(cast.review).points is None
    told = AuditEvent.objects.filter(target_id=str(cast.review.pk), verb__contains="raters").order_by("pk")
    assert [(one.verb, one.data["rater"], one.reason) for one in told] == [
        ("do_without_raters", "self", "长假未自评"), ("ask_raters_again", "self", "回来了"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_open_reviews_that_the_manager_rated_alone_are_computed_anew_and_published_ones_are_not(served, monkeypatch):
    """As they were copied before: the manager's weight is all, whatever the card said."""
    cast = served
    ReviewLine.objects.filter(review=cast.review, kind=LineKind.RATED).update(raters={"manager": "1"})
    went_to(cast.cycle, CycleState.SELF)
    hand_in(cast, RaterKind.SELF, 5)
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    assert rated(cast.review).points == 15
    Review.objects.filter(pk=cast.review.pk).update(published_at="2026-11-20T00:00:00Z", version=1)
    monkeypatch.setattr(copying, "FORMAT", copying.FORMAT + 1)
    computed(cast.cycle)
    assert (rated(cast.review).points, rated(cast.review).raters) == (Fraction(15), {"manager": "1"})
    Review.objects.filter(pk=cast.review.pk).update(published_at=None)
    run = computed(cast.cycle)
    assert rated(cast.review).points == Fraction(20 * 5 + 80 * 15, 100)
    change = run.changes.get(line=rated(cast.review))
    assert (change.before, change.after, change.why) == ({"points": "15"}, {"points": "13"}, ["raters"])
    # what calibration decided stays, whoever rates
    ReviewLine.objects.filter(review=cast.review, kind=LineKind.RATED).update(raters={"manager": "1"}, points="14")
    Review.objects.filter(pk=cast.review.pk).update(digest="other")
    computed(cast.cycle)
    assert rated(cast.review).points == 14


@pytest.mark.django_db
def test_an_appeal_computes_a_published_review_again_by_those_who_rated_it(served):
    """Copied when the manager rated alone; the self-assessment that the card asks for cannot come any more."""
    cast = served
    ReviewLine.objects.filter(review=cast.review, kind=LineKind.RATED).update(raters={"manager": "1"})
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    Review.objects.filter(pk=cast.review.pk).update(published_at="2026-11-20T00:00:00Z", version=1)
    kept(cast.host2, "host", [8, 7], digest="2")
    review = Review.objects.select_related("cycle").get(pk=cast.review.pk)
    appeal = Appeal(review=review, line=review.lines.get(key="kpi_2"), about="line", version=1)
    assert compute_again(review, appeal, by=cast.owner, reason="迟到记错了") is not None
    assert review.lines.get(key="kpi_2").points == 7
    assert (rated(review).points, rated(review).raters) == (Fraction(15), {"manager": "1"})
    assert Review.objects.get(pk=review.pk).waiting == 0


@pytest.mark.django_db
def test_a_card_that_asks_for_none_but_whom_the_item_did_without_asks_them_after_all(served):
    cast = served
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    do_without_raters(by=cast.owner, line=rated(cast.review), kind=RaterKind.SELF, reason="长假未自评")
    rated_card(cast.owner, "host", quality={"self": 100})
    kept(cast.host2, "host", [8, 9], digest="2")
    computed(cast.cycle)
    line = rated(cast.review)
    assert (line.raters, line.without, line.points) == ({"self": "100"}, {}, None)
    hand_in(cast, RaterKind.SELF, 12)
    assert rated(cast.review).points == 12


@pytest.mark.django_db
def test_an_appeal_finds_the_figures_as_they_were_also_where_another_release_copies_more(served, monkeypatch):
    cast = served
    Review.objects.filter(pk=cast.review.pk).update(published_at="2026-11-20T00:00:00Z", version=1)
    monkeypatch.setattr(copying, "FORMAT", copying.FORMAT + 1)
    runs = CycleRun.objects.count()

    def again(digest: str, points: list[int]):
        kept(cast.host2, "host", points, digest=digest)
        review = Review.objects.select_related("cycle").get(pk=cast.review.pk)
        appeal = Appeal(review=review, line=review.lines.get(key="kpi_2"), about="line", version=1)
        return compute_again(review, appeal, by=cast.owner, reason="迟到记错了")

    assert again("1", [8, 9]) is None
    assert CycleRun.objects.count() == runs
    # the line and the sum of the review
    assert again("2", [8, 7]).changed == 2


@pytest.mark.django_db
def test_what_calibration_settled_is_changed_by_no_other_way_until_the_group_is_opened(served):
    cast = served
    went_to(cast.cycle, CycleState.MANAGER)
    hand_in(cast, RaterKind.MANAGER, 15)
    hand_in(cast, RaterKind.SELF, 20)
    went_to(cast.cycle, CycleState.CALIBRATION)
    calibrate_line(by=cast.owner, line=rated(cast.review), points=Fraction(14), reason="与同组对齐")
    lock_group(by=cast.owner, cycle=cast.cycle, role="host")
    form = cast.review.assessments.get(kind=RaterKind.SELF)
    for change in (
        lambda: do_without_raters(by=cast.lead.user, line=rated(cast.review), kind=RaterKind.SELF, reason="x"),
        lambda: leave_line_out(by=cast.lead.user, line=rated(cast.review), reason="x"),
        lambda: hand_back(by=cast.lead.user, assessment=form, reason="x"),
    ):
        with refused("This group is locked"):
            change()
    assert (rated(cast.review).points, rated(cast.review).without) == (Fraction(14), {})
    unlock_group(by=cast.owner, cycle=cast.cycle, role="host", reason="还有一项要谈")
    leave_line_out(by=cast.lead.user, line=rated(cast.review), reason="长假")
    assert rated(cast.review).left_out == "长假"
