"""What a reader may read of what was said of a review: both sides, those invited, from below."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kaibo.appraisal.cycle.access import sees_self_assessment
from kaibo.appraisal.cycle.from_below import FromBelow, from_below
from kaibo.appraisal.cycle.rater_models import INVITED
from kaibo.appraisal.cycle.rating import enough
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Rating, Review
from kaibo.login.models import User

# line → the kinds of raters that have handed in points for it
Came = Mapping[int, Collection[str]]


def shown_assessments(found: Iterable[Assessment], *, own: bool, manager: bool) -> dict[str, Assessment]:
    """Which sides the reader may read: kind → form."""
    shown = {one.kind: one for one in found if one.submitted_at}
    return {
        kind: one
        for kind, one in shown.items()
        if (kind == RaterKind.SELF and own) or (kind == RaterKind.MANAGER and manager)
    }


@dataclass(frozen=True)
class Said:
    """What a reader may read: the two sides by kind, forms of those who were invited, all points given on these; what
    was rated from below. `came`: which kinds of raters gave which line points, whoever may read them.
    """

    shown: dict[str, Assessment]
    invited: list[Assessment]
    given: list[Rating]
    came: Came
    below: FromBelow | None


def told(user: User, review: Review) -> Said:
    """Two queries."""
    own, published = review.person.user_id == user.pk, review.published_at is not None
    found = [one for one in review.assessments.select_related("rater").order_by("pk") if one.submitted_at]
    sees = sees_self_assessment(user, review, found)
    shown = shown_assessments(found, own=sees, manager=not own or published)
    # the person reads it with the rest, the manager after handing in their own
    invited = [one for one in found if one.kind in INVITED and (published if own else sees)]
    every = Rating.objects.filter(assessment__review=review).exclude(assessment__submitted_at=None)
    given = list(every.select_related("assessment__rater").order_by("line_id", "pk"))
    read = {one.pk for one in (*shown.values(), *invited)}
    return Said(
        shown, invited, [one for one in given if one.assessment_id in read], _came(review, given),
        from_below(review, found, given),
    )  # fmt: skip


def _came(review: Review, given: Iterable[Rating]) -> Came:
    """From below only what is counted: that somebody alone has handed in is told to nobody."""
    found: dict[int, list[tuple[str, Decimal]]] = {}
    for one in given:
        if one.assessment.kind != RaterKind.UPWARD or review.from_below_at is not None:
            found.setdefault(one.line_id, []).append((one.assessment.kind, one.points))
    return {line: {kind for kind, _points in enough(told)} for line, told in found.items()}
