"""A person's month in several positions, as far as a reader may read it; for the page and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef, Q

from kaibo.appraisal.appeals.models import PENDING
from kaibo.appraisal.cycle.access import sees_everybody, visible_reviews
from kaibo.appraisal.cycle.review_models import Review
from kaibo.login.models import User


@dataclass(frozen=True)
class Positions:
    """The person's other reviews of the month, of those that this reader may read; `together`: the month's score.

    `pending`: how many appeals against this review are not decided yet.
    """

    others: Sequence[Review]
    together: Fraction | None
    pending: int


def positions(user: User, review: Review) -> Positions:
    """A score together only where every one of them may be read. One query."""
    theirs = Review.objects.filter(cycle=review.cycle_id, person=review.person_id)
    pending = Count("appeals", Q(appeals__state__in=PENDING))
    # its own appeals stay known of a review that was taken out
    beside = theirs.filter(Q(dropped_at=None) | Q(pk=review.pk)).select_related("position").annotate(pending_=pending)
    if sees_everybody(user):
        found = [(one, one.published_at or review.person.user_id != user.pk) for one in beside.order_by("-main", "pk")]
    else:
        seen = Exists(visible_reviews(user).filter(pk=OuterRef("pk")))
        found = [(one, one.shown) for one in beside.annotate(shown=seen).order_by("-main", "pk")]
    others = [one for one, shown in found if shown and one.pk != review.pk]
    all_seen = 0 < len(found) - 1 == len(others)
    whole = together([review, *others]) if review.published_at and all_seen else None
    return Positions(others, whole, sum(one.pending_ for one, _shown in found if one.pk == review.pk))


def together(reviews: Sequence[Review]) -> Fraction | None:
    """The score of a month in several positions: each by its part of the hours; None while one of them has none."""
    parts = [(one.share, one.per_hundred) for one in reviews]
    if any(share is None or (hundred is None and share) for share, hundred in parts):
        return None
    return sum((share * (hundred or 0) for share, hundred in parts if share is not None), Fraction(0))
