"""Which reviews cannot be published yet, or not by this person, and what helps."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.cycle.graded import waits, with_terms
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Assessment, ChangeKind, Review, ReviewChange
from kaibo.database.prepared import Prepared
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.org.access import superiors_of


@dataclass(frozen=True)
class Held:
    """`other`: somebody else can publish it, once it is ready. `why`: a sentence. `hidden`: `by` cannot open it."""

    review: Review
    why: str
    other: bool = False
    hidden: bool = False


# by whom a score was changed, who therefore does not approve it
BY_HAND = (ChangeKind.RATED, ChangeKind.LEFT_OUT, ChangeKind.CALIBRATED, ChangeKind.APPEALED, ChangeKind.WRITTEN)


# of a review, what is asked before it is published
ASKED = (
    "cycle", "person__name", "person__user", "computed_at", "lacking", "waiting", "weights", "provisional",
    "immature_until", "terms",
)  # fmt: skip


def to_publish(by: User, cycle: Cycle, *, locked: bool = False) -> list[Any]:
    """Reviews of the cycle that are not published yet, as `held_back` reads them; `locked` till the commit."""
    above = superiors_of(by)
    if above.query.is_empty() and not locked:
        return _of_nobodys_inferior(cycle=cycle.pk, reader=by.pk)
    every = Review.objects.select_for_update(of=("self",)) if locked else Review.objects.all()
    asked = _asked(every.filter(cycle=cycle), by.pk)
    return list(asked.annotate(above=Exists(above.filter(pk=OuterRef("person")))))


def _asked(reviews: QuerySet[Review], reader: Any) -> QuerySet[Any]:
    mine = ReviewChange.objects.filter(review=OuterRef("pk"), by=reader, kind__in=BY_HAND)
    # of several who rate only the last one's form moves the points; what came from below moves them without a name
    gave = Assessment.objects.filter(review=OuterRef("pk"), rater__user=reader, submitted_at__isnull=False)
    there = reviews.filter(dropped_at=None, published_at=None).select_related("person").only(*ASKED)
    return there.annotate(by_hand=Exists(mine) | Exists(gave)).order_by("person__name", "pk")


# of whom nobody is a superior: owners and executives
_of_nobodys_inferior: Prepared[Any] = Prepared(
    lambda *, cycle, reader: _asked(Review.objects.filter(cycle=cycle), reader).annotate(above=Value(False))
)


def held_back(by: User, reviews: Sequence[Any]) -> list[Held]:
    """Those of the reviews, read by `to_publish`, that `by` cannot publish now; one query where something lacks.

    Of one's own and of a superior's nothing more is said: what they wait for is hidden from `by`.
    """
    with_terms([one for one in reviews if one.lacking])
    found, said = [], dict[object, str]()
    for review in reviews:
        if review.person.user_id == by.pk:
            found.append(Held(review, _("Nobody publishes their own review. Somebody else can."), True, True))
        elif review.above:
            found.append(Held(review, _("Nobody publishes the review of their own superior."), True, True))
        elif why := _why(review, said):
            found.append(Held(review, why))
        elif review.by_hand:
            text = _("You rated or changed it; somebody else approves it.")
            found.append(Held(review, text, other=True))
    return found


def with_who_is_left(by: User, held: Sequence[Held]) -> list[Held]:
    """The same; where somebody else is to publish and nobody else may, that is said, and what helps. Two queries at
    most, none where `by` can publish all.
    """
    others = [one.review.pk for one in held if one.other]
    if not others:
        return list(held)
    approve = set(User.objects.who_may(Right.APPROVE_REVIEWS).values_list("pk", flat=True)) - {by.pk}
    changed = ReviewChange.objects.filter(review__in=others, kind__in=BY_HAND, by__in=approve)
    barred = {*changed.values_list("review", "by")} if approve else set()
    return [
        replace(one, why=_nobody()) if one.other and not _left(one.review, approve, barred) else one for one in held
    ]


def _left(review: Review, approve: Set[int], barred: Set[tuple[int, int]]) -> bool:
    return any(one != review.person.user_id and (review.pk, one) not in barred for one in approve)


def _nobody() -> str:
    return _("Nobody who approves reviews is left for it: let one more person approve, or take it out of the cycle.")


def _why(review: Review, said: dict[object, str]) -> str:
    """What it lacks is put in words once for all who lack the same."""
    if review.computed_at is None or not review.lacking or review.waiting != len(review.lacking):
        return not_ready(review)
    key = review.terms_id, tuple(review.lacking)
    if key not in said:
        said[key] = not_ready(review)
    return said[key]


def not_ready(review: Review) -> str:
    """Why the review says nothing final yet; "" where it does."""
    if review.computed_at is None:
        return _("It is not computed yet.")
    if review.lacking and review.waiting == len(review.lacking):
        told = _("; ").join(waits(review, review.lacking))
        return _("Not known yet: %(what)s. Write it down on the review, or bring the data.") % {"what": told}
    if review.waiting:
        text = ngettext(
            "%(n)d item waits for data or a rating. Bring it, or say why it does not apply.",
            "%(n)d items wait for data or a rating. Bring them, or say why they do not apply.", review.waiting,
        )  # fmt: skip
        return text % {"n": review.waiting}
    if not review.weights:
        return _("No item counts: there is no score. Take the review out of the cycle, with a reason.")
    if review.provisional:
        return _("A shift it rests on is not confirmed yet. Confirm it and compute again.")
    if review.immature_until and review.immature_until > timezone.localdate():
        text = _("Refunds may still come until %(day)s. Export the after-sales then and compute again.")
        return text % {"day": numbers.day(review.immature_until)}
    return ""
