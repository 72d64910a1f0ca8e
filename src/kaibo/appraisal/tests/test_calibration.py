"""The calibration board: changes with a reason by somebody who does not publish, leniency with n, as few queries."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from kaibo.appraisal.actions import calibrate_line, lock_group, preview_rating, publish_reviews, unlock_group
from kaibo.appraisal.calibration.board import bars, spread
from kaibo.appraisal.calibration.leniency import leniency
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.models import CycleState, Review, ReviewChange
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.audit.seen import Changed, mark
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(cast):
    """Two hosts' October at calibration, and an executive beside the owner."""
    kept(cast.host, "host", [16, 12, 17])
    kept(cast.host2, "host", [10, 14, 20])
    cast.chief = User.objects.create_user("chief", password="kaibo-demo-1", role=Role.EXECUTIVE)
    cast.cycle = opened(cast.owner, asked=Asked(people=frozenset({cast.host.pk, cast.host2.pk})))
    computed(cast.cycle)
    went_to(cast.cycle, CycleState.CALIBRATION)
    cast.review = Review.objects.get(cycle=cast.cycle, person=cast.host)
    with override("en"):
        yield cast


def test_a_change_has_a_reason_and_whoever_made_it_does_not_publish_it(group):
    cast, review = group, group.review
    line = review.lines.get(number=2)
    saw = mark(line)
    change = {"line": line, "points": Fraction(15)}
    for more, why in [
        ({"reason": " "}, "Say why"),
        ({"reason": "x", "points": Fraction(21)}, "From 0.0 to 20.0"),
        ({"reason": "x", "points": Fraction(12)}, "points it has"),
    ]:
        with pytest.raises(ValidationError, match=why):
            calibrate_line(by=cast.owner, **{**change, **more})
    with pytest.raises(ValidationError, match="own review"):
        calibrate_line(by=cast.host.user, reason="x", **change)
    calibrate_line(by=cast.owner, reason="与同组口径一致", seen=saw, **change)
    with pytest.raises(Changed):
        calibrate_line(by=cast.chief, line=line, points=Fraction(13), reason="x", seen=saw)
    review.refresh_from_db()
    kept_change = ReviewChange.objects.get(review=review, kind="calibrated")
    assert (review.points, kept_change.before, kept_change.after) == (Fraction(48), {"points": "12"}, {"points": "15"})
    preview_rating(by=cast.chief, review=review, points=80)
    lock_group(by=cast.chief, cycle=cast.cycle, role="host")
    with pytest.raises(ValidationError, match="locked"):
        calibrate_line(by=cast.chief, line=line, points=Fraction(14), reason="x")
    with pytest.raises(ValidationError, match="Say why"):
        unlock_group(by=cast.chief, cycle=cast.cycle, role="host", reason="")
    # who changed it publishes the others only
    first = publish_reviews(by=cast.owner, cycle=cast.cycle)
    assert (first.count, [one.review.pk for one in first.held]) == (1, [review.pk])
    assert publish_reviews(by=cast.chief, cycle=cast.cycle).count == 1


def test_the_board_asks_as_much_for_many_as_for_few_and_hides_previews_until_ones_own(group, client):
    cast = group
    client.force_login(cast.chief)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/calibration/2026-10/?role=host")
        assert page.status_code == 200
        assert "<td><a" in page.content.decode()
        return len(queries)

    asked()
    few = asked()
    place, host = Department.objects.get(name="直播一部"), Position.objects.get(key="host")
    for number in range(20):
        person = Person.objects.create(name=f"主播{number}")
        held = {"position": host, "department": place, "kind": AppointmentKind.MAIN, "start": date(2026, 1, 1)}
        Appointment.objects.create(person=person, **held)
        Review.objects.create(cycle=cast.cycle, person=person, role="host", department=place, position=host)
    assert asked() == few <= 15
    preview_rating(by=cast.owner, review=cast.review, points=71)
    there = f"/calibration/reviews/{cast.review.pk}/"
    assert "71.0" not in client.get(there).content.decode()
    client.post(f"{there}preview/", {"points": "80"})
    assert "71.0" in client.get(there).content.decode()
    line = cast.review.lines.get(number=1)
    assert client.post(f"/calibration/lines/{line.pk}/", {"points": "11"}).status_code == 422


def test_who_changes_points_sees_what_they_stand_on(group, client):
    group.review.lines.filter(number=1).update(kpi="orders", numerator={"measured": 1234}, missing="")
    client.force_login(group.chief)
    page = client.get(f"/calibration/reviews/{group.review.pk}/").content.decode()
    review, line = f"/reviews/{group.review.pk}/", f"/people/{group.host.pk}/2026-10/orders/?role=host"
    assert f'href="{review}"' in page
    assert f'href="{line}"' in page
    assert "1,234" in page
    assert client.get(review).status_code == 200


def test_leniency_compares_on_the_same_items_and_is_unknown_where_there_is_little():
    ten = Fraction(10)
    given = [(1, ("host", "a"), Fraction(9), ten)] * 5 + [(2, ("host", "a"), Fraction(6), ten)] * 5
    found = leniency([*given, (3, ("host", "b"), Fraction(10), ten)])
    assert (found[1].own, found[1].everybody, found[1].gap) == (Fraction(9, 10), Fraction(3, 4), Fraction(3, 20))
    assert (found[2].gap, found[2].n, found[2].others) == (Fraction(-3, 20), 5, 5)
    # one rating, and nobody else rates that item
    assert (found[3].own, found[3].gap, found[3].n) == (None, None, 1)
    told = bars([Fraction(0), Fraction(99, 10), Fraction(10), Fraction(100), Fraction(130), None])
    assert [one.count for one in told] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2]


def test_the_spread_counts_whom_nothing_waits_for():
    """Of who waits or has nothing that counts there is no score, and their points are in no mean."""
    nobody = [("10", Decimal(20), 1, None), ("0", Decimal(0), 0, None)]
    found = spread([("45", Decimal(50), 0, None), *nobody])
    assert (found.scored, found.total, found.mean) == (1, 3, 90)
    assert [bar.label for bar in found.bars if bar.count] == ["90–99"]
    # what is outside the hundred is in the score
