"""What those say whom the reviewed rates: without a name, counted once, and what nobody learns."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.actions import (
    advance_cycle,
    change_reviewer,
    drop_review,
    hand_back,
    invite_rater,
    reopen_cycle,
    save_assessment,
    take_review_back_in,
)
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.cycle.asked import asked
from kaibo.appraisal.cycle.chasing import chase
from kaibo.appraisal.cycle.publishing import held_back, to_publish
from kaibo.appraisal.models import (
    Assessment,
    CycleState,
    LineKind,
    RaterKind,
    Review,
    ReviewLine,
)
from kaibo.appraisal.tests.cycles import went_to
from kaibo.appraisal.tests.raters import english, give, line, refused
from kaibo.audit.models import AuditEvent
from kaibo.login.models import Grant, Role, User
from kaibo.org.models import Appointment, Person

pytestmark = pytest.mark.django_db

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


def test_nobody_is_named_to_rate_their_own_superior_who_would_not_find_the_review(team):
    cast = team
    mine = Review.objects.get(cycle=cast.cycle, person=cast.host2)
    with refused("林晓彤 does not rate 吴桐, their own superior"):
        change_reviewer(by=cast.owner, reviews=[mine, cast.above], reviewer=cast.host, reason="互评")
    assert {Review.objects.get(pk=one.pk).reviewer for one in (mine, cast.above)} == {cast.lead, cast.hr}
    went_to(cast.cycle, CycleState.MANAGER)
    assert cast.client("host").get(f"/reviews/{cast.above.pk}/rate/").status_code == 404


def test_two_who_rate_each_other_rate_as_managers_and_not_from_below_as_well(team):
    cast = team
    # as it may be from before it was refused
    Review.objects.filter(pk=cast.above.pk).update(reviewer=cast.host)
    went_to(cast.cycle, CycleState.MANAGER)
    path = f"/reviews/{cast.above.pk}/say/"
    assert cast.client("host").get(path).status_code == 404
    assert cast.client("host2").get(path).status_code == 200
    with refused("somebody else's"):
        give(cast.host, cast.above, RaterKind.UPWARD, {"lead": "5"})
    assert asked(cast.host.user) == []
    with override("en"):
        late = {(one.name, one.what) for one in chase(cast.owner, cast.cycle, cast.cycle.reviews.all())}
    assert {one for one in late if one[1] != "rate"} == {(one.name, "rate from below") for one in cast.hosts[1:]}


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


def test_who_rated_from_below_is_asked_by_name_in_vain_and_nobody_else_learns_why(team):
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    below(cast, "林晓彤")
    others = list(Review.objects.filter(person__in=[cast.host, cast.host2]))
    change_reviewer(by=cast.owner, reviews=others, reviewer=cast.outsider, reason="换组")
    # nobody who invites is told whether somebody has rated from below
    for rater in (cast.host, cast.host2):
        invite_rater(by=cast.hr.user, review=cast.above, rater=rater)
    path = f"/reviews/{cast.above.pk}/say/"
    pages = {who: english(cast.client(who), path) for who in ("host", "host2")}
    assert {who: ("rates a review twice" in page, "Hand in" in page) for who, page in pages.items()} == {
        "host": (True, False), "host2": (False, True),
    }  # fmt: skip
    with refused("rates a review twice"):
        give(cast.host, cast.above, RaterKind.PEER, {}, words="又说一遍")
    give(cast.host2, cast.above, RaterKind.PEER, {}, words="说一遍")
    sent = cast.client("host").post(path, {"do": "decline", "reason": "不方便"})
    assert sent.status_code == 302
    kinds = Assessment.objects.filter(review=cast.above).order_by("pk").values_list("kind", "rater__name")
    assert list(kinds) == [("upward", "林晓彤"), ("peer", "陈嘉禾")]


def test_naming_a_reviewer_tells_nobody_whether_they_rated_from_below(team):
    """Accepted either way; the one who did is told on their own form, and what they gave is not counted."""
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    below(cast, "林晓彤", "陈嘉禾", "周一")
    # 陈嘉禾 stands elsewhere by now
    Appointment.objects.filter(person=cast.host2).update(department=cast.outsider.appointments.get().department)
    # 陈嘉禾 did, 何川 did not: for whoever names them it is the same
    for rater in (cast.outsider, cast.host2):
        assert change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=rater, reason="换组") == 1
        page = english(cast.client("owner"), f"/reviews/{cast.above.pk}/")
        assert "from below before you became" not in page
    mine = english(cast.client("host2"), f"/reviews/{cast.above.pk}/rate/")
    assert "You rated this person from below before you became their reviewer." in mine
    went_to(cast.cycle, CycleState.CALIBRATION)
    # two are left, and fewer than three count nothing
    kinds = Assessment.objects.filter(review=cast.above, kind=RaterKind.UPWARD).values_list("rater__name", flat=True)
    assert sorted(kinds) == ["周一", "林晓彤"]
    assert Review.objects.get(pk=cast.above.pk).from_below_at is None


def test_what_was_counted_from_below_stays_when_one_of_them_becomes_the_reviewer(team):
    """Else the mean would move by what that one gave."""
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    below(cast, *list(SECRETS)[:3])
    went_to(cast.cycle, CycleState.CALIBRATION)
    line = cast.above.lines.get(key="lead")
    Appointment.objects.filter(person=cast.host2).update(department=cast.outsider.appointments.get().department)
    change_reviewer(by=cast.owner, reviews=[cast.above], reviewer=cast.host2, reason="换组")
    assert Assessment.objects.filter(review=cast.above, kind=RaterKind.UPWARD).count() == 3
    assert cast.above.lines.get(key="lead").points == line.points
    mine = english(cast.client("host2"), f"/reviews/{cast.above.pk}/rate/")
    assert "You rated this person from below" not in mine


@pytest.mark.parametrize("names", [["林晓彤", "陈嘉禾", "周一"], ["林晓彤", "陈嘉禾"]])
def test_a_review_that_is_taken_back_in_after_rating_is_counted_from_below_then(team, names):
    cast = team
    went_to(cast.cycle, CycleState.MANAGER)
    give(cast.hr, cast.above, RaterKind.MANAGER, {"lead": "6", "order": "6"})
    below(cast, *names)
    drop_review(by=cast.owner, review=cast.above, reason="借调")
    went_to(cast.cycle, CycleState.CALIBRATION)
    assert line(cast.above, "lead").points is None
    take_review_back_in(by=cast.owner, review=cast.above, reason="借调取消")
    enough = len(names) == 3
    # the manager's 6 and the mean of 10, 1 and 4, half and half
    assert line(cast.above, "lead").points == (Fraction(11, 2) if enough else None)
    counted = Review.objects.get(pk=cast.above.pk)
    assert (counted.from_below_at is not None, counted.waiting) == (enough, int(not enough))
