"""Who else rates: people invited by name, and those rated by the reviewed, without a name; and what nobody learns."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.actions import (
    advance_cycle,
    change_reviewer,
    hand_back,
    invite_rater,
    propose_rater,
    reopen_cycle,
    save_assessment,
    withdraw_invitation,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.cycle.asked import asked, chase_raters
from kaibo.appraisal.cycle.publishing import held_back, to_publish
from kaibo.appraisal.models import (
    Assessment,
    CycleState,
    Invitation,
    InvitationState,
    LineKind,
    RaterKind,
    Review,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import computed, kept, opened, rated_card, went_to
from kaibo.audit.models import AuditEvent
from kaibo.login.models import Grant, Role, User
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = pytest.mark.django_db
ITEM = 10


@contextmanager
def refused(why: str):
    with override("en"), pytest.raises(ValidationError, match=why):
        yield


def english(client, path: str) -> str:
    client.cookies["django_language"] = "en"
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def person(name: str, username: str, position: str, department: str, role: str = Role.PERSON) -> Person:
    made = Person.objects.create(name=name, user=User.objects.create_user(username, password="x", role=role))
    held = {"position": Position.objects.get(key=position), "department": Department.objects.get(name=department)}
    Appointment.objects.create(person=made, start=date(2026, 1, 1), **held)
    return made


@pytest.fixture
def team(cast):
    """吴桐 rates 林晓彤, 陈嘉禾 and two more hosts, who rate 吴桐 from below; 何川 stands elsewhere.

    The host's `craft` is the manager's and the peers'; the floor manager's `lead` is the manager's and the reports'.
    """
    cast.hosts = [cast.host, cast.host2, person("周一", "zhouyi", "host", "直播一部")]
    cast.hosts.append(person("郑二", "zhenger", "host", "直播一部"))
    cast.hr = person("人事", "renshi", "ads", "投放部", Role.HR)
    Grant.objects.update(start=date(2026, 1, 1))
    rated_card(
        cast.owner, "host", craft={"superior": 60, "peer": 40}, service={"other_department": 100}
    )  # fmt: skip
    rated_card(cast.owner, "floor_manager", lead={"superior": 50, "report": 50}, order={"superior": 100})
    for one in cast.hosts:
        kept(one, "host", [8])
    kept(cast.lead, "floor_manager", [8])
    cast.cycle = opened(cast.owner)
    computed(cast.cycle)
    cast.review = Review.objects.get(cycle=cast.cycle, person=cast.host)
    cast.above = Review.objects.get(cycle=cast.cycle, person=cast.lead)
    change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=cast.hr, reason="上级空缺")
    cast.review.refresh_from_db()
    cast.above.refresh_from_db()
    assert {one.reviewer for one in Review.objects.filter(person__in=cast.hosts)} == {cast.lead}
    return cast


def line(review: Review, key: str) -> ReviewLine:
    return ReviewLine.objects.get(review=review, key=key)


def give(by: Person, review: Review, kind: RaterKind, points: dict[str, str], *, words: str = "") -> Assessment:
    given = {key: Given(Decimal(one), evidence="10-14") for key, one in points.items()}
    return save_assessment(by=by.user, review=review, kind=kind, given=given, strengths=words, hand_in=True)


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
            return {(one.name, one.what) for one in chase_raters(user, cycle, cycle.reviews.all())}

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


SECRETS = {"林晓彤": ("10", "甲的话"), "陈嘉禾": ("1", "乙的话"), "周一": ("4", "丙的话"), "郑二": ("3", "丁的话")}


def below(cast, *names: str) -> None:
    for name in names:
        points, words = SECRETS[name]
        by = Person.objects.get(name=name)
        given = {"lead": Given(Decimal(points), comment=f"{words}一", evidence=f"{words}二")}
        save_assessment(
            by=by.user, review=cast.above, kind=RaterKind.UPWARD, given=given, strengths=words, hand_in=True
        )  # fmt: skip


def everything(cast, *, who: str) -> str:
    """What this reader finds of the review anywhere."""
    client, told = cast.client(who), ""
    for path in (
        f"/reviews/{cast.above.pk}/", f"/reviews/{cast.above.pk}/raters/", "/reviews/", "/reviews/cycles/2026-10/",
        f"/reviews/{cast.above.pk}/rate/", f"/calibration/reviews/{cast.above.pk}/",
    ):  # fmt: skip
        answer = client.get(path)
        if answer.status_code == 200:
            told += answer.content.decode()
    return told


def watched(cast) -> list[object]:
    """All that could betray that one more handed in: the scores, the changes, what each page says but its form keys."""
    rows = [list(ReviewLine.objects.filter(review=cast.above).order_by("pk").values())]
    rows.append(Review.objects.filter(pk=cast.above.pk).values().get())
    rows.append(list(cast.above.changes.values()))
    return rows


def test_from_below_nobody_learns_who_said_what_nor_sees_a_mean_move(team):
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    give(cast.hr, cast.above, RaterKind.MANAGER, {"lead": "6", "order": "6"})
    before = watched(cast)
    assert line(cast.above, "lead").points is None
    below(cast, "林晓彤", "陈嘉禾")
    assert watched(cast) == before
    below(cast, "周一")
    assert watched(cast) == before, "until rating ends nothing moves, whoever hands in"
    # one's own can be corrected, and is one
    below(cast, "周一")
    told = AuditEvent.objects.filter(verb="hand_in_from_below")
    assert {(one.target_type, one.target_id) for one in told} == {("appraisal.cycle", str(cast.cycle.pk))}
    assert all(set(one.data) == {"month"} for one in told)
    Grant.objects.create(user=cast.lead.user, role=Role.OWNER, scope="company", start=date(2026, 1, 1))
    for who in ("lead", "owner"):
        found = everything(cast, who=who)
        assert [one for _points, one in SECRETS.values() if one in found] == [], who

    went_to(cast.cycle, CycleState.CALIBRATION)
    assert line(cast.above, "lead").points == Fraction(50 * 6, 100) + Fraction(50, 100) * Fraction(10 + 1 + 4, 3)
    [change] = cast.above.changes.filter(line__key="lead", kind="rated")
    assert (change.by, change.reason, change.before) == (None, "", {"points": None})
    for who in ("lead", "owner"):
        assert "的话" not in everything(cast, who=who), "their words come with the publication"
    # back to rating, the fourth comes too late: no difference of two means is ever there
    reopen_cycle(by=cast.owner, cycle=cast.cycle, state=CycleState.MANAGER, reason="补评")
    assert cast.client("host").get(f"/reviews/{cast.above.pk}/say/").status_code == 200
    with refused("counted already"):
        below(cast, "郑二")
    with refused("counted already"):
        below(cast, "林晓彤")
    with refused("no name"):
        hand_back(by=cast.owner, assessment=Assessment.objects.filter(kind="upward").first(), reason="x")
    send = {"do": "hand_back", "kind": "upward", "rater": cast.host.pk, "reason": "x"}
    assert cast.client("owner").post(f"/reviews/{cast.above.pk}/", send).status_code == 404

    Grant.objects.filter(user=cast.lead.user, role=Role.OWNER).delete()
    Review.objects.filter(pk=cast.above.pk).update(published_at=timezone.now(), version=1)
    for who in ("lead", "owner"):
        page = english(cast.client(who), f"/reviews/{cast.above.pk}/")
        assert page == english(cast.client(who), f"/reviews/{cast.above.pk}/") or "csrf" in page
        assert "3 people rated" in page
        assert "lead 5.0" in page
        assert [name for name in SECRETS if name in page.split("From below, without names")[1]] == []
        words = [page.index(one) for _points, one in list(SECRETS.values())[:3]]
        assert len(words) == 3
        assert "丁的话" not in page
    assert Assessment.objects.filter(kind="upward").count() == 3
    pdf = cast.client("lead").get(f"/reviews/{cast.above.pk}/review.pdf")
    assert pdf.status_code == 200


def test_fewer_than_three_from_below_count_nothing_and_are_shown_to_nobody(team):
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    give(cast.hr, cast.above, RaterKind.MANAGER, {"lead": "6", "order": "6"})
    below(cast, "林晓彤", "陈嘉禾")
    went_to(cast.cycle, CycleState.CALIBRATION)
    lead = line(cast.above, "lead")
    assert (lead.points, Review.objects.get(pk=cast.above.pk).from_below_at) == (None, None)
    page = english(cast.client("owner"), f"/reviews/{cast.above.pk}/")
    assert "fewer than 3 rated from below" in page
    # whoever approves does without them: the weight is the manager's
    send = {"do": "without_raters", "line": lead.pk, "rater": "upward", "reason": "不足三人"}
    assert cast.client("owner").post(f"/reviews/{cast.above.pk}/", send).status_code == 302
    assert line(cast.above, "lead").points == 6
    Review.objects.filter(pk=cast.above.pk).update(published_at=timezone.now(), version=1)
    for who in ("lead", "owner"):
        found = everything(cast, who=who)
        assert [one for one in ("的话", "without names") if one in found] == [], who


def test_words_from_below_where_the_cycle_asks_for_them(team):
    cast = team
    other = Review.objects.get(cycle=cast.cycle, person=cast.outsider)
    change_reviewer(by=cast.owner, reviews=[cast.review], reviewer=cast.outsider, reason="换组")
    went_to(cast.cycle, CycleState.MANAGER)
    path = f"/reviews/{other.pk}/say/"
    assert cast.client("host").get(path).status_code == 404
    for asks, status in (("yes", 200), ("no", 404), ("yes", 200)):
        answer = cast.client("owner").post("/reviews/cycles/2026-10/", {"do": "from_below", "asks": asks})
        assert answer.status_code == 302
        assert cast.client("host").get(path).status_code == status
    assert cast.client("host2").get(path).status_code == 404, "who is not rated by them"
    give(cast.host, other, RaterKind.UPWARD, {}, words="开会准时")
    assert "开会准时" not in everything(cast, who="owner")


def test_counting_from_below_asks_no_more_for_more_reviews(team):
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    below(cast, *list(SECRETS)[:3])

    def asked_for() -> int:
        with CaptureQueriesContext(connection) as found:
            advance_cycle(by=None, cycle=cast.cycle)
        Review.objects.filter(cycle=cast.cycle).update(from_below_at=None)
        cast.cycle.refresh_from_db()
        cast.cycle.state = CycleState.MANAGER
        cast.cycle.save()
        return sum(one["sql"].startswith("SELECT") for one in found)

    few = asked_for()
    # three more leads whom the same three rate
    for number in range(3):
        boss = Person.objects.create(name=f"组长{number}")
        more = Review.objects.create(cycle=cast.cycle, person=boss, role="floor_manager", terms=cast.above.terms)
        item = line(cast.above, "lead")
        item.pk, item.review, item.points = None, more, None
        item.save()
        for one in cast.hosts[:3]:
            form = Assessment.objects.create(review=more, kind="upward", rater=one, submitted_at=timezone.now())
            form.ratings.create(line=item, points=number)
    assert asked_for() == few
    assert Review.objects.get(person__name="组长2").lines.get(kind=LineKind.RATED).points is None


def test_whoever_rated_does_not_publish_also_where_another_form_or_the_count_moved_the_points(team):
    cast = team
    # 人事 rates 吴桐 as the manager, and 林晓彤 as one of those invited: neither form moves a line by itself
    invite_rater(by=cast.owner, review=cast.review, rater=cast.hr)
    went_to(cast.cycle, CycleState.MANAGER)
    give(cast.hr, cast.review, RaterKind.HR, {}, words="培训记录完整")
    give(cast.hr, cast.above, RaterKind.MANAGER, {"lead": "6", "order": "6"})
    below(cast, "林晓彤", "陈嘉禾", "周一")
    went_to(cast.cycle, CycleState.CALIBRATION)
    Review.objects.filter(cycle=cast.cycle).update(waiting=0, lacking=[])
    # as where the card has no item that the manager rates alone
    cast.above.changes.filter(by=cast.hr.user).delete()
    for name, reviews in (("hr", {cast.review.pk, cast.above.pk}), ("owner", set())):
        user = User.objects.get(pk=cast.hr.user.pk if name == "hr" else cast.owner.pk)
        rows = [one for one in to_publish(user, cast.cycle) if one.pk in {cast.review.pk, cast.above.pk}]
        assert {one.review.pk for one in held_back(user, rows) if one.other} == reviews, name


def test_two_who_rate_each_other_rate_as_managers_and_not_from_below_as_well(team):
    cast = team
    change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=cast.host, reason="互评")
    went_to(cast.cycle, CycleState.MANAGER)
    path = f"/reviews/{cast.above.pk}/say/"
    assert cast.client("host").get(path).status_code == 404
    assert cast.client("host2").get(path).status_code == 200
    with refused("somebody else's"):
        give(cast.host, cast.above, RaterKind.UPWARD, {"lead": "5"})
    assert asked(cast.host.user) == []
    with override("en"):
        late = {(one.name, one.what) for one in chase_raters(cast.owner, cast.cycle, cast.cycle.reviews.all())}
    assert late == {(one.name, "rate from below") for one in cast.hosts[1:]}


def test_forms_from_below_are_counted_once_their_reviews_are_locked(team):
    """Else a third form that is handed in at that moment is kept, and counts nothing for good."""
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    below(cast, *list(SECRETS)[:3])
    with CaptureQueriesContext(connection) as found:
        advance_cycle(by=None, cycle=cast.cycle)
    reads = [one["sql"].split(" FROM ", 1)[1] for one in found if one["sql"].startswith("SELECT")]
    first = {
        table: next(n for n, sql in enumerate(reads) if sql.startswith(f'"appraisal_{table}"'))
        for table in ("review", "assessment")
    }
    assert first["review"] < first["assessment"]
    assert Review.objects.get(pk=cast.above.pk).from_below_at is not None
