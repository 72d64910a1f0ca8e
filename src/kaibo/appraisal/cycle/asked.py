"""Whom others ask to rate them: what is due of one reader, and who is late in a cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle import pages
from kaibo.appraisal.cycle.access import asked_from_below, invitations_of, lines_from_below
from kaibo.appraisal.cycle.models import Cycle, CycleState, StageDeadline
from kaibo.appraisal.cycle.rater_models import UNTIL, Invitation, InvitationState
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Review
from kaibo.login.models import User
from kaibo.login.rights import Right


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


def chase_raters(user: User, cycle: Cycle, reviews: QuerySet[Review]) -> Sequence[pages.Late]:
    """Who is asked by others and has not handed in, of these reviews. Two queries; none once rating is over.

    Nobody reads it of those who rate themselves. Who rates from below is told to those alone who run the cycle.
    """
    if cycle.state not in UNTIL:
        return []
    there = reviews.filter(dropped_at=None, published_at=None).exclude(person__user=user).order_by()
    waits = with_forms(Invitation.objects.filter(state=InvitationState.INVITED, review__in=there.values("pk")))
    if cycle.state == CycleState.SELF:
        waits = waits.filter(until=CycleState.SELF)
    found = _late(waits.filter(done=False), "rater", Count("pk"), _("rate as invited"))
    if user.can(Right.RUN_CYCLES, Right.APPROVE_REVIEWS) and cycle.state == CycleState.MANAGER:
        found += _late(_silent_below(user, cycle), "person", Count("reviewer", distinct=True), _("rate from below"))
    return found


def _silent_below(user: User, cycle: Cycle) -> QuerySet[Review]:
    """Reviews of people who have not handed in what they say of who rates them."""
    handed_in = Assessment.objects.filter(
        review=OuterRef("pk"), kind=RaterKind.UPWARD, rater=OuterRef(OuterRef("person")), submitted_at__isnull=False
    )
    asking = Review.objects.filter(
        Exists(lines_from_below()) | Q(cycle__words_from_below=True, main=True), ~Exists(handed_in), cycle=cycle,
        person=OuterRef("reviewer"), dropped_at=None, published_at=None, from_below_at=None,
    ).exclude(person__user=user).exclude(reviewer__isnull=False, reviewer=OuterRef("person"))  # fmt: skip
    return Review.objects.filter(Exists(asking), cycle=cycle, dropped_at=None, person__user__isnull=False)


def _late(rows: QuerySet[Any], by: str, count: Count, what: str) -> list[pages.Late]:
    named = rows.order_by().values(pk_=F(by), name=F(f"{by}__name")).annotate(n=count).order_by("-n", "name")
    return [
        pages.Late(row["name"], what, row["n"], reverse("org:person", args=[row["pk_"]]))
        for row in named[: pages.LATE_NAMED]
    ]
