"""Reviews from one person's side: what is due of them, what they may read; also for the front page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from kaibo.appraisal.cycle import pages
from kaibo.appraisal.cycle.access import visible_reviews
from kaibo.appraisal.cycle.asked import Asked, asked
from kaibo.appraisal.cycle.graded import grade_title, with_terms
from kaibo.appraisal.cycle.models import CycleState, StageDeadline
from kaibo.appraisal.cycle.review_models import Acknowledgement, Assessment, RaterKind, Review, ReviewLine
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.org.models import Person


@dataclass(frozen=True)
class Row:
    """`state`: assess, assessed, rate, rated, unseen, seen or wait. `due_at`: of what is to do.

    `again`: it is unseen since it changed; an earlier version was seen.
    """

    review: Review
    position: str
    state: str
    due_at: datetime | None
    score: str
    flags: Sequence[str]
    grade: str = ""
    again: bool = False

    @property
    def to_do(self) -> bool:
        return self.state in ("assess", "rate", "unseen")


def _told(reviews: QuerySet[Review]) -> QuerySet[Any]:
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    seen = Acknowledgement.objects.filter(review=OuterRef("pk"), version=OuterRef("version"))
    before = Acknowledgement.objects.filter(review=OuterRef("pk"))
    waits = ReviewLine.objects.filter(
        review=OuterRef("pk"), gone=False, left_out="", raters__has_key=RaterKind.SELF
    ).exclude(without__has_key=RaterKind.SELF)
    due = StageDeadline.objects.filter(cycle=OuterRef("cycle"), state=OuterRef("cycle__state"))
    return reviews.filter(dropped_at=None).select_related("cycle", "person", "position", "department").annotate(
        own_done=Exists(handed.filter(kind=RaterKind.SELF)), rated_done=Exists(handed.filter(kind=RaterKind.MANAGER)),
        seen_done=Exists(seen), seen_before=Exists(before), self_counts=Exists(waits),
        due_at=Subquery(due.values("due_at")[:1]),
    )  # fmt: skip


def own(user: User) -> list[Row]:
    """One's own reviews, the newest month first; of an open one only that it is there and what is due."""
    rows = _told(Review.objects.filter(person__user=user)).order_by("-cycle__month", "-main", "pk")[:60]
    return [_own(one) for one in with_terms(list(rows))]


def published_of(person: Person, month: date, role: str) -> Row | None:
    """The person's review of the month in this position, once they may read it."""
    there = Review.objects.filter(person=person, cycle__month=month, role=role, published_at__isnull=False)
    found = with_terms(list(_told(there)[:1]))
    return _own(found[0]) if found else None


def _own(one: Review) -> Row:
    due = getattr(one, "due_at", None)
    if one.published_at is not None:
        state = "seen" if getattr(one, "seen_done", False) else "unseen"
        again = state == "unseen" and getattr(one, "seen_before", False)
        score = numbers.points(one.per_hundred)
        return Row(one, pages.position_of(one), state, due, score, (), grade_title(one), again)
    done = getattr(one, "own_done", False)
    # an item that waits for it waits for it after the manager has rated, too
    over = getattr(one, "rated_done", False) and (done or not getattr(one, "self_counts", False))
    may = one.cycle.state in (CycleState.SELF, CycleState.MANAGER) and not over
    state = "assessed" if done else "assess" if may else "wait"
    return Row(one, pages.position_of(one), state, due, "", ())


def to_rate(user: User) -> list[Row]:
    """Reviews that this user rates and has not handed in, while that can be done."""
    rates = visible_reviews(user).filter(reviewer__user=user, published_at=None).exclude(person__user=user)
    open_now = Q(cycle__state__in=[CycleState.SELF, CycleState.MANAGER])
    found = _told(rates.filter(open_now)).filter(rated_done=False).order_by("-cycle__month", "person__name", "pk")
    return [
        Row(one, pages.position_of(one), "rate", getattr(one, "due_at", None), "", pages.flags(one, one.cycle.month))
        for one in found[:200]
    ]


def rated(user: User) -> list[Row]:
    """Those that this user has rated, the newest first."""
    rates = visible_reviews(user).filter(reviewer__user=user).exclude(person__user=user)
    found = _told(rates).filter(rated_done=True).order_by("-cycle__month", "person__name", "pk")[:100]
    return [
        Row(one, pages.position_of(one), "seen" if one.published_at and getattr(one, "seen_done", False) else "rated",
            None, numbers.points(one.per_hundred) if one.computed_at else numbers.MISSING, (),
            grade_title(one))
        for one in with_terms(list(found))
    ]  # fmt: skip


@dataclass(frozen=True)
class Due:
    """What is due of this user at the present stages: self-assessments, ratings, published ones unseen, and what others
    ask them to rate.
    """

    assess: list[Review]
    rate: list[Review]
    unseen: list[Review]
    say: list[Asked]


def due(user: User) -> Due:
    """Five queries at most; for the front page."""
    mine = [row for row in own(user) if row.to_do]
    rates = [row for row in to_rate(user) if row.review.cycle.state == CycleState.MANAGER]
    return Due(
        [row.review for row in mine if row.state == "assess"], [row.review for row in rates],
        [row.review for row in mine if row.state == "unseen"], [one for one in asked(user) if not one.done],
    )  # fmt: skip
