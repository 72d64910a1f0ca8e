"""A person's month in several positions, as far as a reader may read it; for the page and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kaibo.appraisal.cycle import review_page
from kaibo.appraisal.cycle.access import visible_reviews
from kaibo.appraisal.cycle.review_models import Review
from kaibo.login.models import User


@dataclass(frozen=True)
class Positions:
    """The person's other reviews of the month, of those that this reader may read; `together`: the month's score."""

    others: Sequence[Review]
    together: Fraction | None


def positions(user: User, review: Review) -> Positions:
    """A score together only where every one of them may be read."""
    others = review_page.others_of(review, visible_reviews(user))
    beside = Review.objects.filter(cycle=review.cycle_id, person=review.person_id, dropped_at=None).count() - 1
    all_seen = 0 < beside == len(others)
    whole = review_page.together([review, *others]) if review.published_at and all_seen else None
    return Positions(others, whole)
