"""People invited by name to rate: what they may rate and read, who may be asked, who is late."""

from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.actions import (
    change_reviewer,
    invite_rater,
    propose_rater,
    withdraw_invitation,
)
from kaibo.appraisal.cycle.asked import asked
from kaibo.appraisal.cycle.chasing import chase
from kaibo.appraisal.models import (
    Assessment,
    CycleState,
    Invitation,
    InvitationState,
    RaterKind,
    Review,
)
from kaibo.appraisal.tests.cycles import went_to
from kaibo.appraisal.tests.raters import english, give, line, refused
from kaibo.audit.models import AuditEvent
from kaibo.login.models import Grant, Role, User
from kaibo.org.models import Person

pytestmark = pytest.mark.django_db


def test_whoever_is_invited_rates_the_items_of_their_kind_and_reads_nothing_else(team):
    cast = team
    for rater, kind in ((cast.host2, "peer"), (cast.outsider, "other_department"), (cast.hr, "hr")):
        assert invite_rater(by=cast.lead.user, review=cast.review, rater=rater).kind == kind
    went_to(cast.cycle, CycleState.MANAGER)
    path = f"/reviews/{cast.review.pk}/"
    assert f"{path}say/" in english(cast.client("host2"), "/reviews/")
    page = english(cast.client("host2"), f"{path}say/")
    assert f'name="points-{line(cast.review, "craft").pk}"' in page
    assert "service" not in page
    assert "kpi_1" not in page
    # 何川 gives the other item, HR none: words alone
    assert f'name="points-{line(cast.review, "service").pk}"' in english(cast.client("outsider"), f"{path}say/")
    client = cast.client("host2")
    send = {f"points-{line(cast.review, 'craft').pk}": "4", "strengths": "肯教新人", "hand_in": "1"}
    assert client.post(f"{path}say/", send).status_code == 302
    give(cast.hr, cast.review, RaterKind.HR, {}, words="培训记录完整")
    assert line(cast.review, "craft").points is None
    assert "waits for ratings: Manager<" in english(cast.client("owner"), path)
    give(cast.outsider, cast.review, RaterKind.OTHER_DEPARTMENT, {"service": "9"})
    assert line(cast.review, "service").points == 9
    # nobody reads it before they have said theirs
    assert "肯教新人" not in english(cast.client("lead"), path)
    give(cast.lead, cast.review, RaterKind.MANAGER, {"craft": "6"})
    assert line(cast.review, "craft").points == Fraction(60 * 6 + 40 * 4, 100)
    told = english(cast.client("lead"), path)
    assert "肯教新人" in told
    assert "陈嘉禾" in told
    assert "培训记录完整" in told
    # another peer: the mean of both
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.hosts[2])
    give(cast.hosts[2], cast.review, RaterKind.PEER, {"craft": "9"})
    assert line(cast.review, "craft").points == Fraction(60 * 6, 100) + Fraction(40 * 13, 200)
    # given back by who approves, it counts no longer
    form = Assessment.objects.get(review=cast.review, rater=cast.hosts[2])
    answer = cast.client("owner").post(
        path, {"do": "hand_back", "kind": "peer", "rater": cast.hosts[2].pk, "reason": "写明日期"}
    )
    form.refresh_from_db()
    assert (answer.status_code, form.submitted_at) == (302, None)
    assert line(cast.review, "craft").points == Fraction(60 * 6 + 40 * 4, 100)
    # the person reads it once it is published, and not before
    assert cast.client("host").get(path).status_code == 404
    Review.objects.filter(pk=cast.review.pk).update(published_at=timezone.now(), version=1)
    told = english(cast.client("host"), path)
    assert "肯教新人" in told
    assert "Peer 陈嘉禾 4" in told


def test_a_hostile_peer_reads_no_review_rates_no_other_item_and_not_twice(team):
    cast = team
    path = f"/reviews/{cast.review.pk}/"
    client = cast.client("host2")
    for wanted in ("", "say/", "rate/", "raters/", "review.pdf"):
        assert client.get(f"{path}{wanted}").status_code == 404, wanted
    assert client.post(f"{path}say/", {"hand_in": "1"}).status_code == 404
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.host2)
    went_to(cast.cycle, CycleState.MANAGER)
    for wanted in ("", "rate/", "raters/", "review.pdf"):
        assert client.get(f"{path}{wanted}").status_code == 404, wanted
    with refused("not rated"):
        give(cast.host2, cast.review, RaterKind.PEER, {"craft": "5", "service": "9"})
    with refused("From 0 to 10"):
        _by_key(lambda: give(cast.host2, cast.review, RaterKind.PEER, {"craft": "11"}))
    for kind in set(RaterKind) - {RaterKind.PEER}:
        with refused("somebody else's"):
            give(cast.host2, cast.review, kind, {"craft": "5"})
    other = f"points-{line(cast.review, 'service').pk}"
    mine = f"points-{line(cast.review, 'craft').pk}"
    assert client.post(f"{path}say/", {mine: "5", other: "10", "hand_in": "1"}).status_code == 302
    assert client.post(f"{path}say/", {mine: "7", "hand_in": "1"}).status_code == 302
    forms = Assessment.objects.filter(review=cast.review)
    assert [(one.kind, one.rater) for one in forms] == [("peer", cast.host2)]
    assert [(one.line.key, one.points) for one in forms[0].ratings.all()] == [("craft", 7)], "the one form, corrected"
    with refused("handed in already"):
        withdraw_invitation(by=cast.lead.user, invitation=Invitation.objects.get(), reason="x")
    # without the invitation nothing is open, and who was taken off cannot hand in
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.outsider)
    withdraw_invitation(by=cast.lead.user, invitation=Invitation.objects.get(rater=cast.outsider), reason="换人")
    assert cast.client("outsider").get(f"{path}say/").status_code == 404
    with refused("somebody else's"):
        give(cast.outsider, cast.review, RaterKind.OTHER_DEPARTMENT, {"service": "1"})
    went_to(cast.cycle, CycleState.CALIBRATION)
    with refused("not open now"):
        give(cast.host2, cast.review, RaterKind.PEER, {"craft": "10"})


def _by_key(do) -> None:
    try:
        do()
    except ValidationError as error:
        raise ValidationError([text for texts in error.message_dict.values() for text in texts]) from error


def test_nobody_is_asked_who_cannot_or_must_not_rate(team):
    cast = team
    silent = Person.objects.create(name="离线")
    for rater, why in ((cast.host, "themselves"), (cast.lead, "as the manager"), (silent, "cannot sign in")):
        with refused(why):
            invite_rater(by=cast.owner, review=cast.review, rater=rater)
    with refused("from below"):
        invite_rater(by=cast.owner, review=cast.above, rater=cast.host)
    with refused("own review"):
        invite_rater(by=cast.host.user, review=cast.review, rater=cast.host2)
    with refused("own superior"):
        invite_rater(by=cast.host.user, review=cast.above, rater=cast.outsider)
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.host2)
    with refused("named already"):
        invite_rater(by=cast.owner, review=cast.review, rater=cast.host2)
    # as the reviewer they rate once, in one place
    change_reviewer(by=cast.owner, reviews=[cast.review], reviewer=cast.host2, reason="换组")
    assert Invitation.objects.get().state == InvitationState.WITHDRAWN
    went_to(cast.cycle, CycleState.MANAGER)
    assert cast.client("host2").get(f"/reviews/{cast.review.pk}/say/").status_code == 404
    went_to(cast.cycle, CycleState.CALIBRATION)
    with refused("rating is over"):
        invite_rater(by=cast.owner, review=cast.review, rater=cast.outsider)


def test_the_reviewed_propose_the_manager_decides_and_whoever_is_asked_may_decline(team):
    cast = team
    path = f"/reviews/{cast.review.pk}/raters/"
    host, lead = cast.client("host"), cast.client("lead")
    assert host.post(path, {"do": "invite", "rater": "何川"}).status_code == 422, "the reviewed only propose"
    assert not Invitation.objects.exists()
    assert host.post(path, {"do": "propose", "rater": "何川", "note": "一起做投放"}).status_code == 302
    assert host.post(path, {"do": "propose", "rater": "没有的人"}).status_code == 422
    assert cast.client("outsider").get(f"/reviews/{cast.review.pk}/say/").status_code == 404
    [one] = Invitation.objects.all()
    assert "一起做投放" in english(lead, path)
    assert cast.client("host2").get(path).status_code == 404
    assert lead.post(path, {"do": "take", "invitation": one.pk}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.kind, one.note, one.by) == ("invited", "other_department", "一起做投放", cast.lead.user)
    went_to(cast.cycle, CycleState.MANAGER)
    outsider = cast.client("outsider")
    say = f"/reviews/{cast.review.pk}/say/"
    assert outsider.post(say, {"do": "decline", "reason": ""}).status_code == 422
    assert outsider.post(say, {"do": "decline", "reason": "当月没有合作"}).status_code == 302
    assert outsider.get(say).status_code == 404
    assert "当月没有合作" in english(lead, path)
    propose_rater(by=cast.host.user, review=cast.review, rater=cast.host2)
    withdraw_invitation(by=cast.lead.user, invitation=Invitation.objects.get(rater=cast.host2), reason="同一班组")
    assert Invitation.objects.get(rater=cast.host2).state == InvitationState.REFUSED
    about = {"target_type": "appraisal.review", "target_id": str(cast.review.pk)}
    verbs = AuditEvent.objects.filter(**about).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "propose_rater", "invite_rater", "decline_invitation", "propose_rater", "withdraw_invitation",
    ]  # fmt: skip


def test_who_is_late_counts_those_who_are_asked_and_is_told_of_nobody_who_rates_oneself(team):
    cast = team
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.host2, until=CycleState.SELF)
    invite_rater(by=cast.lead.user, review=cast.review, rater=cast.outsider)
    cycle = cast.cycle

    def late(user) -> set[tuple[str, str]]:
        cycle.refresh_from_db()
        with override("en"):
            told = chase(user, cycle, cycle.reviews.all())
            return {(one.name, one.what) for one in told if one.what in ("rate as invited", "rate from below")}

    went_to(cycle, CycleState.SELF)
    assert late(cast.owner) == {("陈嘉禾", "rate as invited")}
    went_to(cycle, CycleState.MANAGER)
    below = {(one.name, "rate from below") for one in cast.hosts}
    assert late(cast.owner) == {("陈嘉禾", "rate as invited"), ("何川", "rate as invited"), *below}
    give(cast.host2, cast.review, RaterKind.PEER, {"craft": "5"})
    give(cast.hosts[2], cast.above, RaterKind.UPWARD, {"lead": "5"})
    assert late(cast.owner) == {("何川", "rate as invited"), *below} - {("周一", "rate from below")}
    # who is rated is told of nobody, whatever else they may
    Grant.objects.create(user=cast.lead.user, role=Role.HR, scope="company", start=date(2026, 1, 1))
    lead = User.objects.get(pk=cast.lead.user.pk)
    assert late(lead) == {("何川", "rate as invited")}
    assert late(User.objects.get(pk=cast.host.user.pk)) == set()
    assert {(one.review.person.name, one.kind, one.done) for one in asked(cast.host2.user)} == {
        ("林晓彤", "peer", True), ("吴桐", "upward", False),
    }  # fmt: skip
    page = english(cast.client("owner"), "/reviews/cycles/2026-10/")
    assert "rate from below" in page
    assert "rate as invited" in page
