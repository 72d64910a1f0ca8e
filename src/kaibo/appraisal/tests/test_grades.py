"""What a published review says besides its points: what is outside the hundred, the grade and why, what it pays."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from pypdf import PdfReader

from kaibo.appraisal import beside
from kaibo.appraisal.actions import import_cards, leave_line_out, publish_card, publish_reviews, write_times
from kaibo.appraisal.actions.points import change_points, count_after_all
from kaibo.appraisal.beside import beside_of
from kaibo.appraisal.calibration.board import board
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.cycle import computing
from kaibo.appraisal.cycle.graded import Graded, graded, places_of
from kaibo.appraisal.cycle.review_print import document
from kaibo.appraisal.models import (
    CardTerms,
    ChangeKind,
    Cycle,
    CycleState,
    KeptLine,
    KeptScore,
    Review,
    ReviewLine,
)
from kaibo.appraisal.month import month_from
from kaibo.appraisal.month_data import read
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.audit.seen import Changed
from kaibo.kpi.band import Edge
from kaibo.kpi.rules import Band, Gate, Grade, Outside, TeamPart
from kaibo.kpi.values import Value
from kaibo.look.printing.pdf import pdf
from kaibo.org.models import Person

from .conftest import OCTOBER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
TEXT = (Path(__file__).parent / "published.toml").read_text(encoding="utf-8")
# the host's card of test_published: 80 of figures, late 10, responsibility 10
POINTS = {"views": 10, "paid": 30, "audience": 12, "interaction_rate": 10, "follow_rate": 8, "mean_stay": 10,
          "late_times": 10}  # fmt: skip
WHY = {"reason": "群里记录"}


def keep(person: Person, digest: str = "1", **points: int) -> KeptScore:
    told = POINTS | points
    score = kept(person, "host", list(told.values()), digest=digest)
    for number, key in enumerate(told, 1):
        weight = Decimal(POINTS[key])
        KeptLine.objects.filter(score=score, number=number).update(kpi=key, weight=weight)
    score.beside = {"counts": {}, "team": "1000000"}
    score.save()
    return score


@pytest.fixture
def graded_cycle(cast) -> Cycle:
    """October by the published card; 林晓彤 and 陈嘉禾 wait for the item that people rate and for what is outside."""
    draft = import_cards(by=cast.owner, text=TEXT)[0]
    publish_card(by=cast.owner, draft=draft, since=OCTOBER)
    keep(cast.host)
    keep(cast.host2, views=5, paid=20)
    cycle = opened(cast.owner)
    computed(cycle)
    return cycle


def of(cycle: Cycle, person: Person) -> Review:
    return Review.objects.get(cycle=cycle, person=person, role="host")


def said(review: Review) -> Graded:
    # a page that was asked for before may have left its own language behind
    with override("en"):
        told = graded(review, review.lines.all())
    assert told is not None
    return told


def rate(by, review: Review, points: int) -> None:
    line = ReviewLine.objects.select_related("review").get(review=review, kpi="responsibility")
    change_points(by=by, line=line, points=Fraction(points), kind=ChangeKind.RATED)


def all_said(cycle: Cycle, cast) -> Review:  # type: ignore[no-untyped-def]
    """The host's review once its manager has rated 10 and said: one commendation, two complaints, no violation."""
    host = of(cycle, cast.host)
    for key, times in [("commended", 1), ("complained", 2), ("serious", 0)]:
        write_times(by=cast.lead.user, review=host, key=key, times=Decimal(times), **WHY)
    rate(cast.lead.user, host, 10)
    return of(cycle, cast.host)


def test_a_grade_waits_for_what_nobody_has_said(graded_cycle, cast):
    host = of(graded_cycle, cast.host)
    assert (host.lacking, host.waiting) == (["commended", "complained", "serious"], 4)
    assert (host.grade, host.coefficient, host.per_hundred) == ("", None, 100)
    with pytest.raises(ValidationError, match="own review"):
        write_times(by=cast.host.user, review=host, key="commended", times=Decimal(1), **WHY)
    for key, times, why in [
        ("glory", 1, "no such item"),
        ("commended", -1, "from 0 to"),
        ("commended", 1000, "from 0"),
    ]:
        with pytest.raises(ValidationError, match=why):
            write_times(by=cast.lead.user, review=host, key=key, times=Decimal(times), **WHY)


def test_a_grade_is_frozen_with_its_reasons(graded_cycle, cast):
    host = all_said(graded_cycle, cast)
    # 100 of 100; one commendation +5, two complaints −10; the team's 10,000.00 attains its target: 1.2 × 1.1
    assert (host.waiting, host.outside_points, host.per_hundred, host.points_order) == (0, -5, 95, 95)
    assert (host.grade, host.gate, host.team_coefficient, host.coefficient) == (
        "gold", "", Fraction("1.1"), Fraction("1.32"),
    )  # fmt: skip
    page = cast.client("owner").get(f"/reviews/{host.pk}/").content.decode()
    assert "金牌" in page
    assert "95.0 分：金牌从 90 分起" in page
    assert "等级系数 1.2 × 团队系数 1.1" in page


def test_a_serious_violation_holds_the_grade_down_on_the_page_and_on_paper(graded_cycle, cast):
    host = all_said(graded_cycle, cast)
    write_times(by=cast.lead.user, review=host, key="serious", times=Decimal(1), **WHY)
    host = of(graded_cycle, cast.host)
    # whatever the score
    assert (host.grade, host.gate, host.coefficient) == ("bronze", "serious", Fraction("0.88"))
    assert any("Held down by “Serious violation”: 1 times" in one for one in said(host).why)
    with override("en"):
        printed = PdfReader(BytesIO(pdf(document(cast.owner, host, "/")))).pages
    paper = " ".join(" ".join(page.extract_text() for page in printed).split())
    for text in (
        "Grade Bronze · coefficient × 0.88",
        "−5.0 outside the 100",
        "Held down by “Serious violation”: 1 times",
    ):
        assert text in paper
    assert "群里记录" in paper, "why it was written down"
    change = host.changes.filter(kind=ChangeKind.WRITTEN).latest("pk")
    assert (change.before, change.after) == (
        {"serious": "0", "grade": "gold", "gate": "", "coefficient": "33/25"},
        {"serious": "1", "grade": "bronze", "gate": "serious", "coefficient": "22/25"},
    )  # fmt: skip


def test_a_grade_follows_other_figures_and_keeps_what_people_wrote_down(graded_cycle, cast):
    host = all_said(graded_cycle, cast)
    # computed again over the same figures nothing moves
    before = Review.objects.filter(pk=host.pk).values().get()
    computed(graded_cycle)
    assert Review.objects.filter(pk=host.pk).values().get() == before
    keep(cast.host, "2", paid=10)
    run = computed(graded_cycle)
    host = of(graded_cycle, cast.host)
    assert (host.per_hundred, host.grade, host.written["complained"]) == (75, "bronze", "2")
    assert run.changes.get(line=None).after["grade"] == "bronze"
    assert "5.0 points are missing to grade Silver." in said(host).why
    assert CardTerms.objects.filter(pk=host.terms_id).count() == 1


def test_what_does_not_apply_moves_its_weight_and_publication_changes_no_grade(graded_cycle, cast):
    host, other = of(graded_cycle, cast.host), of(graded_cycle, cast.host2)
    for review in (host, other):
        rate(cast.lead.user, review, 5)
        for key in ("commended", "complained", "serious"):
            write_times(by=cast.lead.user, review=review, key=key, times=Decimal(0), **WHY)
    # 5 + 20 + 12 + 10 + 8 + 10 + 10 + 5 of 100; without the audience: 68 of 88, no grade at 80 either
    other = of(graded_cycle, cast.host2)
    assert (other.per_hundred, other.grade) == (80, "silver")
    leave_line_out(by=cast.lead.user, line=other.lines.get(kpi="audience"), reason="新号")
    other = of(graded_cycle, cast.host2)
    assert (other.per_hundred, other.weights, other.grade) == (Fraction(6800, 88), 88, "bronze")
    assert other.changes.filter(kind=ChangeKind.LEFT_OUT).get().after["grade"] == "bronze"
    Review.objects.filter(pk=host.pk).update(beside={"counts": {}, "team": None})
    rate(cast.lead.user, host, 10)
    host = of(graded_cycle, cast.host)
    assert (host.grade, host.coefficient, host.lacking, host.waiting) == ("gold", None, ["team"], 1)

    went_to(graded_cycle, CycleState.CALIBRATION)
    shown = board(cast.owner, graded_cycle, role="host")
    assert [(one.label, one.count) for one in shown.grades] == [("Gold", 1), ("Silver", 0), ("Bronze", 1), ("Below", 0)]
    done = publish_reviews(by=cast.owner, cycle=graded_cycle)
    why = {one.review.person.name: one.why for one in done.held}
    assert "the team's figure" in why[cast.host.name]
    assert done.count == 1
    assert of(graded_cycle, cast.host2).per_hundred == other.per_hundred
    for who, path in [("host2", "/reviews/"), ("owner", "/reviews/cycles/2026-10/")]:
        assert "铜牌" in cast.client(who).get(path).content.decode(), path


def test_two_who_write_down_how_often_lose_nothing(graded_cycle, cast):
    host = of(graded_cycle, cast.host)
    lead, owner, at = cast.client("lead"), cast.client("owner"), f"/reviews/{host.pk}/"
    first = {one.key: one.seen for one in said(host).items}["complained"]
    form = {"do": "times", "key": "complained", "seen": first}
    # refused for another reason: what was seen first stays in the form
    refused = lead.post(at, {**form, "times": "2", "reason": ""})
    assert refused.status_code == 422
    assert f'value="{first}"' in refused.content.decode()
    assert owner.post(at, {**form, "times": "1", "reason": "客服记录"}).status_code == 302
    # another item is no change of this one
    assert owner.post(at, {"do": "times", "key": "commended", "times": "1", "reason": "表扬信"}).status_code == 302
    refused = lead.post(at, {**form, "times": "2", "reason": "群里记录"})
    page = refused.content.decode()
    assert (refused.status_code, of(graded_cycle, cast.host).written["complained"]) == (422, "1")
    assert 'value="群里记录"' in page
    now = {one.key: one.seen for one in said(of(graded_cycle, cast.host)).items}["complained"]
    assert now != first
    assert f'value="{now}"' in page
    assert lead.post(at, {**form, "seen": now, "times": "2", "reason": "群里记录"}).status_code == 302
    assert of(graded_cycle, cast.host).written["complained"] == "2"
    with pytest.raises(Changed):
        write_times(by=cast.lead.user, review=host, key="complained", times=Decimal(3), seen=now, **WHY)


def test_a_team_s_figure_that_never_comes_is_left_out_with_a_reason_by_who_approves(graded_cycle, cast):
    host = of(graded_cycle, cast.host)
    beside = {**host.beside, "team": None, "open": {"-team": {"provisional": True}}}
    Review.objects.filter(pk=host.pk).update(beside=beside)
    for key in ("commended", "complained", "serious"):
        write_times(by=cast.lead.user, review=host, key=key, times=Decimal(0), **WHY)
    rate(cast.lead.user, host, 10)
    host = of(graded_cycle, cast.host)
    assert (host.grade, host.coefficient, host.lacking, host.provisional) == ("gold", None, ["team"], True)
    lead, owner, at = cast.client("lead"), cast.client("owner"), f"/reviews/{host.pk}/"
    without = {"do": "without_team", "reason": "九月的团队目标没有定"}
    assert 'value="without_team"' not in lead.get(at).content.decode()
    assert lead.post(at, without).status_code == 404
    assert 'value="without_team"' in owner.get(at).content.decode()
    assert owner.post(at, {**without, "reason": " "}).status_code == 422
    assert owner.post(at, without).status_code == 302
    host = of(graded_cycle, cast.host)
    # the grade's own 1.2
    assert (host.coefficient, host.team_coefficient, host.lacking) == (Fraction("1.2"), None, [])
    assert (host.waiting, host.provisional) == (0, False)
    assert any("left out" in one for one in said(host).why)
    change = host.changes.latest("pk")
    assert (change.kind, change.after["coefficient"], change.reason) == ("written", "6/5", without["reason"])
    page = owner.get(at).content.decode()
    assert "团队部分" in page
    assert without["reason"] in page
    # computed again it stays left out
    keep(cast.host, "2", paid=10)
    computed(graded_cycle)
    assert of(graded_cycle, cast.host).lacking == []
    assert owner.post(at, without).status_code == 422
    assert owner.post(at, {"do": "with_team", "reason": "目标定了"}).status_code == 302
    assert "-team" not in of(graded_cycle, cast.host).written


def test_whose_rooms_the_teams_coefficient_is_of_is_said(graded_cycle, cast):
    host = of(graded_cycle, cast.host)
    for key in ("commended", "complained", "serious"):
        write_times(by=cast.lead.user, review=host, key=key, times=Decimal(0), **WHY)
    rate(cast.lead.user, host, 10)
    host = of(graded_cycle, cast.host)
    assert any(" of the team (" in one for one in said(host).why)
    host.beside = {**host.beside, "team_of": [["直播一部", "Live 1"], ["直播二部", ""]]}
    assert any("× 1.1 of Live 1, 直播二部 (" in one for one in said(host).why)
    with override("zh-hans"):
        told = graded(host, host.lines.all())
        assert told is not None
        assert any("× 直播一部、直播二部的系数 1.1（" in one for one in told.why)


def test_a_month_keeps_what_its_card_counts_outside_and_the_team_s_value(evening, cast):
    card = cards_in(OCTOBER)["host"]
    parts = replace(
        card.card, outside=(Outside("orders", Decimal(1), Decimal(0), Decimal(10)),),
        gates=(Gate("orders", Decimal(1), "x", "成交", "Sold"), Gate("noted", Decimal(1), "x", "记过", "Noted")),
        grades=(Grade("y", Decimal(1), Decimal(50)), Grade("x", Decimal(0))),
        team=TeamPart("paid", (Band(Decimal(1)),)),
    )  # fmt: skip
    data = read([cast.host], OCTOBER, cards={"host": replace(card, card=parts)})
    assert not data.cards["host"].faults
    told = beside_of(data, month_from(data, cast.host))
    own = data.values[cast.host.pk]["host"]["orders"].number
    assert told["counts"] == {"orders": None if own is None else str(own)}
    assert "noted" not in told["counts"], "nobody writes it down but a person"
    assert told["team"] == str(data.rooms.value("paid", cast.host.pk, "team").number)


def test_what_is_written_down_while_a_cycle_is_computed_is_summed_up(graded_cycle, cast, monkeypatch):
    copy = computing._copy

    def meanwhile(*args):
        host = of(graded_cycle, cast.host)
        for key in ("commended", "complained", "serious"):
            if key not in host.written:
                write_times(by=cast.lead.user, review=host, key=key, times=Decimal(1), **WHY)
        copy(*args)

    keep(cast.host, "2", paid=10)
    monkeypatch.setattr(computing, "_copy", meanwhile)
    computed(graded_cycle)
    host = of(graded_cycle, cast.host)
    assert (host.lacking, host.waiting, host.gate, host.points_order) == ([], 1, "", None)
    rate(cast.lead.user, host, 10)
    assert of(graded_cycle, cast.host).gate == "serious"


def test_figures_outside_that_are_not_final_hold_a_review_back_and_say_of_how_many(graded_cycle, cast):
    host = of(graded_cycle, cast.host)
    told = {"complained": {"immature_until": "2027-01-05", "sessions": 1, "of_sessions": 4}}
    host.beside = {**host.beside, "open": told | {"-team": {"provisional": True}}}
    host.save()
    rate(cast.lead.user, host, 10)
    host = of(graded_cycle, cast.host)
    assert (host.provisional, host.immature_until) == (True, date(2027, 1, 5))
    assert any("1 of 4" in one.rule for one in said(host).items)
    # what a person writes down is final
    write_times(by=cast.lead.user, review=host, key="complained", times=Decimal(0), **WHY)
    host = of(graded_cycle, cast.host)
    assert (host.provisional, host.immature_until) == (True, None)
    assert not any("of 4" in one.rule for one in said(host).items)
    value = Value("orders", {"measured": 3}, provisional=True, sessions=1, of_sessions=4)
    assert beside._open(value) == {"provisional": True, "sessions": 1, "of_sessions": 4}
    assert beside._open(Value("orders", {"measured": 3}, sessions=4, of_sessions=4)) == {}


def test_a_month_kept_by_another_version_of_the_card_is_not_mixed_with_this_one(graded_cycle, cast):
    keep(cast.host, "2", paid=10)
    KeptScore.objects.filter(person=cast.host).update(version=99)
    before = Review.objects.filter(pk=of(graded_cycle, cast.host).pk).values().get()
    run = computed(graded_cycle)
    assert Review.objects.filter(pk=before["id"]).values().get() == before
    assert run.without == 1


def test_whoever_leaves_an_item_out_a_moment_later_is_told(graded_cycle, cast):
    first, second = (of(graded_cycle, cast.host).lines.get(kpi="audience") for _ in range(2))
    leave_line_out(by=cast.lead.user, line=first, reason="新号")
    with pytest.raises(ValidationError, match="so already"):
        leave_line_out(by=cast.lead.user, line=second, reason="别的原因")
    before = of(graded_cycle, cast.host)
    change = count_after_all(by=cast.owner, line=before.lines.get(kpi="audience"), reason="申诉成立")
    after = of(graded_cycle, cast.host)
    assert change is not None
    assert {name: change.after.get(name, getattr(before, name)) for name in ("grade", "gate")} == {
        "grade": after.grade, "gate": after.gate,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("score", "limit", "places"),
    [
        (Fraction(265, 3), Fraction(90), 1),
        # 89.96 would be written 90.0, which is not reached
        (Fraction(8996, 100), Fraction(90), 2),
        (Fraction(89_996, 1_000), Fraction(90), 3),
        (Fraction(899_999, 10_000), Fraction(90), 4),
        (Fraction(90), Fraction(95), 1),
        (Fraction(9999, 100), None, 1),
    ],
)
def test_a_score_is_written_with_one_place_unless_that_would_reach_the_next_grade(score, limit, places):
    assert places_of(score, None if limit is None else Edge(Decimal(int(limit)))) == places
