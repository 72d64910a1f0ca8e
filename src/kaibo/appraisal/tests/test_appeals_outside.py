"""Appeals against what is outside the hundred: bonus and deduction items, and what gates count."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from kaibo.appraisal.actions import decide_appeal, make_appeal, publish_reviews, settle_appeal, write_times
from kaibo.appraisal.appeals import page
from kaibo.appraisal.appeals.statistics import statistics
from kaibo.appraisal.models import Appeal, AppealAbout, Cycle, CycleState, Review, Verdict
from kaibo.appraisal.tests.cycles import went_to
from kaibo.appraisal.tests.test_grades import WHY, graded_cycle, keep, of, rate
from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record
from kaibo.login.models import Role, User
from kaibo.measurement.due import mark_seen, new_events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
__all__ = ["graded_cycle"]


@pytest.fixture
def published(graded_cycle, cast) -> Cycle:
    """The host's review: 100 of the card, one commendation +5, two complaints −10, no serious violation: gold at 95."""
    cast.chief = User.objects.create_user("chief", password="kaibo-demo-1", role=Role.EXECUTIVE)
    for key, times in [("commended", 1), ("complained", 2), ("serious", 0)]:
        write_times(by=cast.lead.user, review=of(graded_cycle, cast.host), key=key, times=Decimal(times), **WHY)
    rate(cast.lead.user, of(graded_cycle, cast.host), 10)
    went_to(graded_cycle, CycleState.CALIBRATION)
    publish_reviews(by=cast.owner, cycle=graded_cycle)
    return graded_cycle


def against(cast, cycle: Cycle, part: str, about: AppealAbout = AppealAbout.LINE, **more) -> Appeal:
    review = of(cycle, cast.host)
    return make_appeal(by=cast.host.user, review=review, part=part, about=about, text="两次是同一件事", **more)


def test_a_granted_appeal_says_how_often_and_the_review_is_summed_up_again_with_a_diff(published, cast):
    review = of(published, cast.host)
    assert (review.per_hundred, review.grade, review.version) == (95, "gold", 1)
    browser, chief = cast.client("host"), Client()
    chief.force_login(cast.chief)
    assert "?line=outside-complained" in browser.get(f"/reviews/{review.pk}/").content.decode()
    form = {"line": "outside-complained", "about": "line", "text": "两次是同一件事"}
    sent = browser.post(f"/appeals/new/{review.pk}/", form)
    assert sent.status_code == 302
    made = Appeal.objects.get()
    assert (made.line, made.part, made.points, made.rounds.get().reviewer) == (None, "complained", -10, cast.chief)
    assert browser.post(f"/appeals/new/{review.pk}/", form).status_code == 422
    at = f"/appeals/{made.pk}/"
    for client in (browser, chief):
        assert client.get(at).status_code == client.get("/appeals/").status_code == 200
    assert "已登记：2" in chief.get(at).content.decode()
    decide = {"verdict": "granted", "reason": "同一件事记了两次"}
    # somebody wrote it down: no fact beneath corrects it
    for times in ("", "2", "-1", "1000"):
        assert chief.post(f"{at}decide/", {**decide, "times": times}).status_code == 422
    assert chief.post(f"{at}decide/", {**decide, "verdict": "refused", "times": "1"}).status_code == 422
    assert of(published, cast.host).written["complained"] == "2"
    assert chief.post(f"{at}decide/", {**decide, "times": "1"}).status_code == 302

    made.refresh_from_db()
    review = of(published, cast.host)
    # 100 + 5 − 5
    assert (made.state, review.written["complained"], review.per_hundred, review.version) == ("decided", "1", 100, 2)
    change = review.changes.latest("pk")
    assert (change.kind, change.before["complained"], change.after["complained"]) == ("appealed", "2", "1")
    assert made.rounds.get().change == change
    # pages leave their own language behind
    with override("en"):
        differences = [(one.name, one.before, one.after) for one in page.differences_of(made)]
        # one commendation +5; two complaints −10, then one −5
        assert differences == [
            ("Complaint", "2", "1"),
            ("Points outside the 100", "−5.0", "0.0"),
            ("Score, with what is outside the 100", "95.0", "100.0"),
        ]
        assert [(one.title, one.made, one.granted) for one in statistics().rules] == [("Complaint", 1, 1)]
    told = AuditEvent.objects.get(verb="decide_appeal").data
    assert (told["line"], told["times"]) == ("outside-complained", "1")
    shown = browser.get(f"/reviews/{review.pk}/").content.decode()
    assert "同一件事记了两次" in shown
    assert "2 → 1" in shown


def test_a_gate_is_appealed_against_and_lifts_the_grade(published, cast):
    review = of(published, cast.host)
    Review.objects.filter(pk=review.pk).update(written={**review.written, "serious": "1"}, grade="bronze")
    made = against(cast, published, "serious")
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="查无此事", times=Decimal(0))
    review = of(published, cast.host)
    assert (review.grade, review.gate, review.coefficient) == ("gold", "", Fraction("1.32"))
    assert ("Grade", "Bronze", "Gold") in [(one.name, one.before, one.after) for one in page.differences_of(made)]


def test_what_the_data_counted_is_corrected_as_a_fact_or_said(published, cast):
    review = of(published, cast.host)
    written = {key: told for key, told in review.written.items() if key != "complained"}
    Review.objects.filter(pk=review.pk).update(
        written=written, beside={"counts": {"complained": "2"}, "team": "1000000"}
    )
    made = against(cast, published, "complained", AppealAbout.RECORD, named="9 日的投诉")
    chief = Client(headers={"accept-language": "en"})
    chief.force_login(cast.chief)
    shown = chief.get(f"/appeals/{made.pk}/").content.decode()
    assert "Counted from the data: 2. Empty: the fact beneath is corrected, and the points follow from it." in shown
    decide_appeal(by=cast.chief, appeal=made, verdict=Verdict.GRANTED, reason="投诉已撤销")
    made.refresh_from_db()
    assert made.state == "to_correct"
    event = record(by=cast.owner, verb="correct", target=cast.host, months=["2026-10"])
    mark_seen(new_events())
    score = keep(cast.host, "2")
    score.beside = {"counts": {"complained": "1"}, "team": "1000000"}
    score.save()
    assert settle_appeal(by=cast.chief, appeal=made, corrections=[event.pk])
    assert of(published, cast.host).outside_points == 0


@pytest.mark.parametrize(
    ("part", "about", "why"),
    [("glory", AppealAbout.LINE, "item of this review"), ("complained", AppealAbout.RATING, "counted, not rated")],
)
def test_only_what_the_card_has_is_appealed_against(published, cast, part, about, why):
    with pytest.raises(ValidationError, match=why):
        against(cast, published, part, about)
    assert not Appeal.objects.exists()
