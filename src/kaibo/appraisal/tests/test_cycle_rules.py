"""Rules that hold for every cycle: a score is reckoned by hand, whatever order people are made ready and published in,
and computing again changes nothing where nothing changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.appraisal.actions import leave_line_out, publish_reviews
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.models import Cycle, CycleState, Review, ReviewChange, ReviewLine
from kaibo.appraisal.tests.cycles import computed, kept, opened, went_to
from kaibo.login.models import Role, User
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = pytest.mark.django_db
RULE = settings(max_examples=10, deadline=None)
# of a line of 20; None: it waits for data
POINTS = st.one_of(st.none(), st.fractions(min_value=0, max_value=20, max_denominator=97))
# at least one line that counts
MONTHS = st.lists(
    st.lists(POINTS, min_size=1, max_size=4).filter(lambda lines: any(one is not None for one in lines)),
    min_size=2, max_size=3,
)  # fmt: skip


@contextmanager
def undone() -> Iterator[None]:
    """Each example on the same ground."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def cycle_of(cast, months: Sequence[Sequence[Fraction | None]]) -> tuple[Cycle, list[Person]]:  # type: ignore[no-untyped-def]
    third = Person.objects.create(name="白露")
    Appointment.objects.create(
        person=third, position=Position.objects.get(key="host"), department=Department.objects.get(name="直播一部"),
        start=date(2026, 1, 1),
    )  # fmt: skip
    people = [cast.host, cast.host2, third][: len(months)]
    for person, points in zip(people, months, strict=True):
        kept(person, "host", points)
    cycle = opened(cast.owner, asked=Asked(people=frozenset(one.pk for one in people)))
    computed(cycle)
    return cycle, people


def by_hand(points: Sequence[Fraction | None]) -> tuple[Fraction, int, Fraction]:
    """(points, weight that counts, score): what waits has given its weight away once it is said not to apply."""
    known = [one for one in points if one is not None]
    total = sum(known, Fraction(0))
    return total, 20 * len(known), total * 100 / (20 * len(known))


def told(cycle: Cycle) -> dict[int, tuple[object, ...]]:
    return {
        one.person_id: (one.points, one.weights, one.hundred, one.grade, one.coefficient, one.waiting)
        for one in Review.objects.filter(cycle=cycle, role="host")
    }


@RULE
@given(months=MONTHS, order=st.permutations(range(3)), again=st.lists(st.booleans(), min_size=3, max_size=3))
def test_scores_are_the_same_in_whatever_order_people_are_published(cast, months, order, again):  # type: ignore[no-untyped-def]
    with undone():
        cycle, people = cycle_of(cast, months)
        other = User.objects.create_user("chief", password="x", role=Role.OWNER)
        went_to(cycle, CycleState.CALIBRATION)
        for index in [one for one in order if one < len(people)]:
            for line in ReviewLine.objects.filter(review__cycle=cycle, review__person=people[index], points=None):
                leave_line_out(by=cast.owner, line=line, reason="没有数据")
            cycle.refresh_from_db()
            if again[index] and not cycle.released:
                computed(cycle)
            try:
                publish_reviews(by=other, cycle=cycle)
            except ValidationError:
                # whoever was ready from the beginning has been published already
                assert Review.objects.get(cycle=cycle, person=people[index], role="host").published_at
        found = told(cycle)
        for person, points in zip(people, months, strict=True):
            total, weight, score = by_hand(points)
            assert found[person.pk][:3] == (total, weight, score)
            assert found[person.pk][5] == 0


@RULE
@given(months=MONTHS)
def test_computing_again_changes_nothing_where_nothing_changed(cast, months):  # type: ignore[no-untyped-def]
    with undone():
        cycle, people = cycle_of(cast, months)

        def rows() -> list[dict[str, object]]:
            return list(ReviewLine.objects.filter(review__cycle=cycle).order_by("pk").values())

        before, lines, changes = told(cycle), rows(), ReviewChange.objects.count()
        run = computed(cycle)
        assert (run.added, run.changed) == (0, 0)
        assert (told(cycle), rows(), ReviewChange.objects.count()) == (before, lines, changes)
        # one figure anew: that person's review alone
        kept(people[0], "host", [Fraction(1), *months[0][1:]], digest="2")
        run = computed(cycle)
        same = months[0][0] == 1
        changed = {change.review.person_id for change in ReviewChange.objects.select_related("review")}
        assert changed == (set() if same else {people[0].pk})
        assert {pk: one for pk, one in told(cycle).items() if pk != people[0].pk} == {
            pk: one for pk, one in before.items() if pk != people[0].pk
        }
        assert run.changed == 1
