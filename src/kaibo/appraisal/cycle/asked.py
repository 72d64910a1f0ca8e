"""Whom others ask to rate them: what is due of one reader."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from kaibo.appraisal.cycle import pages
from kaibo.appraisal.cycle.access import asked_from_below, invitations_of
from kaibo.appraisal.cycle.models import CycleState, StageDeadline
from kaibo.appraisal.cycle.rater_models import UNTIL, Invitation
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Review
from kaibo.login.models import User


@dataclass(frozen=True)
class Asked:
    """A review that somebody else asks this reader to rate."""

    review: Review
    kind: RaterKind
    position: str
    due_at: datetime | None
    done: bool
    note: str = ""


def asked(user: User) -> list[Asked]:
    """While it can be rated: as invited, and from below. Two queries."""
    invited = invitations_of(user).filter(review__cycle__state__in=UNTIL, review__published_at=None)
    told: QuerySet[Any] = with_forms(invited).select_related("review__cycle", "review__person", "review__position")
    due = StageDeadline.objects.filter(cycle=OuterRef("review__cycle"), state=OuterRef("until"))
    rows = told.annotate(due_at=Subquery(due.values("due_at")[:1])).order_by("-review__cycle__month", "pk")[:100]
    found = [
        Asked(one.review, RaterKind(one.kind), pages.position_of(one.review), one.due_at, one.done, one.note)
        for one in rows
    ]
    ends = StageDeadline.objects.filter(cycle=OuterRef("cycle"), state=CycleState.MANAGER)
    mine = Assessment.objects.filter(review=OuterRef("pk"), kind=RaterKind.UPWARD, rater__user=user)
    below: QuerySet[Any] = asked_from_below(user).filter(
        cycle__state__in=UNTIL, published_at=None, from_below_at=None
    ).select_related("cycle", "person", "position")  # fmt: skip
    below = below.annotate(
        done=Exists(mine.exclude(submitted_at=None)), due_at=Subquery(ends.values("due_at")[:1])
    ).order_by("-cycle__month", "pk")  # fmt: skip
    return found + [
        Asked(one, RaterKind.UPWARD, pages.position_of(one), one.due_at, one.done) for one in below[:100]
    ]  # fmt: skip


def with_forms(invitations: QuerySet[Invitation]) -> QuerySet[Any]:
    """`done`: whether the form is handed in."""
    forms = Assessment.objects.filter(
        review=OuterRef("review"), kind=OuterRef("kind"), rater=OuterRef("rater"), submitted_at__isnull=False
    )
    return invitations.annotate(done=Exists(forms))
