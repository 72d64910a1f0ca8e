"""Who has something left to do in a cycle, by name: with their own review, with those they rate, and as others ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.access import lines_from_below
from kaibo.appraisal.cycle.asked import with_forms
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.rater_models import UNTIL, Invitation, InvitationState
from kaibo.appraisal.cycle.review_models import Acknowledgement, Assessment, RaterKind, Review
from kaibo.login.models import User
from kaibo.login.rights import Right

# of each thing that is left to do, so many are named
NAMED = 40


@dataclass(frozen=True)
class Late:
    """Somebody who has something left to do. `url`: the person's page for who may chase them."""

    name: str
    what: str
    count: int
    url: str


@dataclass(frozen=True)
class _Waits:
    """Rows that each wait for the person whom `by` names. `count`: what of them is counted."""

    rows: QuerySet[Any]
    by: str
    what: str
    count: str = "pk"


def chase(user: User, cycle: Cycle, reviews: QuerySet[Review]) -> list[Late]:
    """Of these reviews, those with most to do first; one query, none at stages where nobody is waited for."""
    waits = [*_of_the_stage(cycle, reviews), *_of_raters(user, cycle, reviews)]
    if not waits:
        return []
    first, *others = (_named(one, place) for place, one in enumerate(waits))
    rows = first.union(*others, all=True) if others else first
    # a part of a union cannot be cut by itself: the first of each come before all second ones
    found = [row for row in rows.order_by("rank", "place")[: NAMED * len(waits)] if row["rank"] <= NAMED]
    return [
        Late(row["name"], waits[row["place"]].what, row["n"], reverse("org:person", args=[row["who"]]))
        for row in sorted(found, key=lambda row: (row["place"], row["rank"]))
    ]


def _named(one: _Waits, place: int) -> QuerySet[Any, Any]:
    """Who is waited for how often, numbered."""
    count = Count(one.count, distinct=one.count != "pk")
    rows: QuerySet[Any, Any] = one.rows.order_by().values(who=F(one.by), name=F(f"{one.by}__name"))
    rank = Window(RowNumber(), order_by=[F("n").desc(), F("name"), F("who")])
    counted: QuerySet[Any, Any] = rows.annotate(n=count)
    found: QuerySet[Any, Any] = counted.annotate(place=Value(place, output_field=IntegerField()), rank=rank)
    return found


def _of_the_stage(cycle: Cycle, reviews: QuerySet[Review]) -> Iterator[_Waits]:
    there = reviews.filter(dropped_at=None)
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    state = CycleState(cycle.state)
    if state is CycleState.SELF:
        yield _Waits(there.filter(~Exists(handed.filter(kind=RaterKind.SELF))), "person", _("assess themselves"))
    elif state is CycleState.MANAGER:
        left = there.filter(~Exists(handed.filter(kind=RaterKind.MANAGER)), reviewer__isnull=False)
        yield _Waits(left, "reviewer", _("rate"))
    elif cycle.released and state is not CycleState.CLOSED:
        seen = Acknowledgement.objects.filter(review=OuterRef("pk"), version=OuterRef("version"))
        left = there.filter(~Exists(seen), published_at__isnull=False)
        yield _Waits(left, "person", _("say that they have seen it"))


def _of_raters(user: User, cycle: Cycle, reviews: QuerySet[Review]) -> Iterator[_Waits]:
    """Who is asked by others and has not handed in; nobody once rating is over.

    Nobody reads it of those who rate themselves. Who rates from below is told to those alone who run the cycle.
    """
    if cycle.state not in UNTIL:
        return
    there = reviews.filter(dropped_at=None, published_at=None).exclude(person__user=user).order_by()
    invited = with_forms(Invitation.objects.filter(state=InvitationState.INVITED, review__in=there.values("pk")))
    if cycle.state == CycleState.SELF:
        invited = invited.filter(until=CycleState.SELF)
    yield _Waits(invited.filter(done=False), "rater", _("rate as invited"))
    if user.can(Right.RUN_CYCLES, Right.APPROVE_REVIEWS) and cycle.state == CycleState.MANAGER:
        yield _Waits(_silent_below(user, cycle), "person", _("rate from below"), "reviewer")


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
