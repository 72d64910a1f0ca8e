"""Who may see and do what in review cycles. No row and no right look the same: 404.

A review in progress is hidden from the reviewed, and everyone's from who stands below them: one never sees the open
review of oneself or of one's own superior. Its reviewer sees it whatever else they may; who runs cycles sees that it is
there and how far it is; figures need the right to see numbers.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.findings import with_signs
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.rater_models import INVITED, Invitation, InvitationState
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Review, ReviewLine, ReviewNote
from kaibo.database.prepared import Prepared
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.look.ids import held, id_of
from kaibo.look.missing import missing
from kaibo.org.access import find_person, people_within, require, superiors_of
from kaibo.org.models import Person

RUNS = (Right.RUN_CYCLES, Right.APPROVE_REVIEWS)


def visible_cycles(user: User) -> QuerySet[Cycle]:
    """Every cycle, for who runs or approves them or sees others' scores; else those one is reviewed or rates in."""
    if user.can(*RUNS, Right.SEE_NUMBERS):
        return Cycle.objects.all()
    mine = Q(reviews__person__user=user) | Q(reviews__reviewer__user=user)
    return Cycle.objects.filter(mine, reviews__dropped_at=None).distinct()


def find_cycle(user: User, month: date, *rights: Right) -> Cycle:
    """The month's cycle with its signs, for who holds one of the rights (to see others' scores, or to run it)."""
    require(user, *(rights or (*RUNS, Right.SEE_NUMBERS)))
    found: Cycle | None = _cycle_of.first(month=month)
    if found is None:
        raise no_cycle(month)
    prefetch_related_objects([found], "deadlines")
    return found


def no_cycle(month: date) -> Http404:
    """Of a month that nobody opened a cycle for."""
    text = _("%(month)s has no review cycle yet") % {"month": numbers.month(month)}
    return missing(text, reverse("appraisal:cycles"), _("To the cycles"))


_cycle_of: Prepared[Any] = Prepared(lambda *, month: with_signs(Cycle.objects.filter(month=month))[:1])


def find_cycle_to_run(user: User, month: date) -> Cycle:
    """The cycle, for who opens, plans and computes; else Http404."""
    return find_cycle(user, month, Right.RUN_CYCLES)


def find_cycle_to_approve(user: User, month: date) -> Cycle:
    """The cycle, for who approves and publishes its reviews; else Http404."""
    return find_cycle(user, month, Right.APPROVE_REVIEWS)


def visible_reviews(user: User) -> QuerySet[Review]:
    """Reviews whose scores the user may see: one's own once published, those one rates, those of one's people.

    In progress never one's own or a superior's, whoever one is.
    """
    people = people_within(user, Right.SEE_NUMBERS).exclude(user=user) if user.can(Right.SEE_NUMBERS) else None
    over = Q(person__in=people.values("pk")) if people is not None else Q(pk__in=())
    if people is not None and not user.can(Right.APPROVE_REVIEWS):
        # HR reads scores of the whole company, but no open one of those above HR
        over &= ~Q(published_at=None, person__in=superiors_of(user, of_company=True).values("pk"))
    above = superiors_of(user).values("pk")
    hidden = Q(published_at=None) & (Q(person__user=user) | Q(person__in=above))
    mine = Q(person__user=user) | Q(reviewer__user=user)
    return Review.objects.filter(mine | over, dropped_at=None).exclude(hidden)


def sees_everybody(user: User) -> bool:
    """Whether the user may see every review but their own open one: all scores of the company, and nobody above them.

    What such a reader is shown is asked in words that are always the same.
    """
    company = user.reach(Right.SEE_NUMBERS).company and user.can(Right.APPROVE_REVIEWS)
    return company and superiors_of(user).query.is_empty()


def open_to(user: User, reviews: Sequence[Review]) -> set[int]:
    """Those of the reviews, read with their people, that `visible_reviews` has; no query for who sees everybody's."""
    if sees_everybody(user):
        there = [one for one in reviews if one.dropped_at is None]
        return {one.pk for one in there if one.published_at is not None or one.person.user_id != user.pk}
    found = visible_reviews(user).filter(pk__in=[one.pk for one in reviews])
    return set(found.values_list("pk", flat=True))


def counted_reviews(user: User, cycle: Cycle) -> QuerySet[Review]:
    """Reviews of the cycle that the user may know of, to count and chase: all, for who runs it; else one's people's."""
    return counted_in(user, Review.objects.filter(cycle=cycle))


def counted_in(user: User, every: QuerySet[Review]) -> QuerySet[Review]:
    """The same of these reviews, of any cycles."""
    if user.can(Right.RUN_CYCLES, Right.APPROVE_REVIEWS):
        return every
    return every.filter(pk__in=visible_reviews(user).values("pk"))


def find_review(user: User, pk: int) -> Review:
    """A review with its score, if this user may see it; else Http404."""
    return _first(visible_reviews(user), pk)


def find_published_review(user: User, pk: int) -> Review:
    """A review that stands as it is, to be printed; else Http404."""
    return _first(visible_reviews(user).exclude(published_at=None), pk)


def find_review_to_run(user: User, pk: int) -> Review:
    """A review to take out or to give to another reviewer, for who runs cycles; else Http404."""
    require(user, Right.RUN_CYCLES)
    return _first(Review.objects.exclude(person__user=user), pk)


def find_reviews_to_run(user: User, cycle: Cycle, told: Sequence[str]) -> list[Review]:
    """Those of the cycle that a form names by their numbers, likewise; Http404 where one's own is among them."""
    require(user, Right.RUN_CYCLES)
    ids = [pk for text in told if (pk := id_of(text)) is not None]
    found = list(_whole(Review.objects.filter(cycle=cycle, pk__in=ids)).order_by("person__name", "pk"))
    if any(one.person.user_id == user.pk for one in found):
        raise Http404
    return found


def find_own_review(user: User, pk: int) -> Review:
    """One's own review, to assess oneself or to say that one has seen it; its score is another matter. Else Http404."""
    require(user, Right.ACT_OWN)
    return _first(Review.objects.filter(person__user=user, dropped_at=None), pk)


def find_review_to_rate(user: User, pk: int) -> Review:
    """A review that this user is the reviewer of; else Http404."""
    require(user, Right.ACT_OWN)
    rates = Review.objects.filter(reviewer__user=user, dropped_at=None).exclude(person__user=user)
    return _first(rates.exclude(person__in=superiors_of(user).values("pk")), pk)


def find_review_to_invite(user: User, pk: int) -> Review:
    """A review that this user asks others to rate: its reviewer, or who runs cycles; else Http404."""
    if not user.can(Right.RUN_CYCLES):
        return find_review_to_rate(user, pk)
    there = Review.objects.filter(dropped_at=None).exclude(person__user=user)
    return _first(there.exclude(person__in=superiors_of(user).values("pk")), pk)


def find_invitation_to_end(user: User, pk: int) -> Invitation:
    """An invitation to a review that this user asks others to rate, or a proposal to it; else Http404."""
    found = Invitation.objects.filter(pk=pk).select_related("rater").first()
    if found is None:
        raise Http404
    found.review = find_review_to_invite(user, found.review_id)
    return found


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Those by which this user is asked to rate somebody."""
    asked = Invitation.objects.filter(rater__user=user, state=InvitationState.INVITED, review__dropped_at=None)
    return asked.exclude(review__person__user=user)


def asked_from_below(user: User) -> QuerySet[Review]:
    """Reviews of who rates this user in the same cycle, where the scorecard or the cycle asks those rated by them."""
    rated = Review.objects.filter(
        cycle=OuterRef("cycle"), reviewer=OuterRef("person"), person__user=user, dropped_at=None
    )
    words = Q(cycle__words_from_below=True, main=True)
    asked = Review.objects.filter(Exists(rated), Exists(lines_from_below()) | words, dropped_at=None)
    # whoever is their reviewer, too, rates as the manager: nobody rates a review twice
    return asked.exclude(person__user=user).exclude(reviewer__user=user)


def lines_from_below() -> QuerySet[ReviewLine]:
    """Of the review outside: items that those rated by the person rate."""
    there = ReviewLine.objects.filter(review=OuterRef("pk"), gone=False, left_out="", raters__has_key=RaterKind.UPWARD)
    return there.exclude(without__has_key=RaterKind.UPWARD)


def find_review_to_say(user: User, pk: int) -> tuple[Review, RaterKind]:
    """A review that this user is invited to rate, or rates from below, and as what; else Http404."""
    require(user, Right.ACT_OWN)
    asked = invitations_of(user).filter(review=held(pk)).first()
    if asked is not None:
        return _first(Review.objects.filter(dropped_at=None), pk), RaterKind(asked.kind)
    return _first(asked_from_below(user), pk), RaterKind.UPWARD


def find_invitation_to_answer(user: User, review: int) -> Invitation:
    """The invitation of this user to the review; else Http404."""
    require(user, Right.ACT_OWN)
    found = invitations_of(user).filter(review=held(review)).select_related("rater", "review").first()
    if found is None:
        raise Http404
    return found


def find_review_to_deliver(user: User, pk: int) -> Review:
    """A published review of one's own people, to hand it over and hold the talk; else Http404."""
    require(user, Right.ACT_OWN)
    review = _first(Review.objects.exclude(published_at=None).exclude(person__user=user), pk)
    if review.reviewer is None or review.reviewer.user_id != user.pk:
        require(user, Right.RUN_CYCLES)
    return review


def find_line_to_change(user: User, pk: int) -> ReviewLine:
    """A line whose part in the score this user may decide on: its reviewer, or who approves reviews; else Http404."""
    line = ReviewLine.objects.select_related("review").filter(pk=pk, gone=False).first()
    if line is None:
        raise Http404
    line.review = find_review_to_change(user, line.review_id)
    return line


def find_review_to_change(user: User, pk: int) -> Review:
    """A review whose score this user may decide on: its reviewer, or who approves reviews; else Http404."""
    review = find_review(user, pk)
    rates = review.reviewer is not None and review.reviewer.user_id == user.pk
    if review.person.user_id == user.pk or not (rates or user.can(Right.APPROVE_REVIEWS)):
        raise Http404
    return review


def find_assessment_to_hand_back(user: User, review: int, kind: RaterKind, rater: int | None = None) -> Assessment:
    """A form that was handed in: a self-assessment by the reviewer, others by who approves; `rater`: which of those who
    were invited. From below none. Else Http404.
    """
    there = find_review_to_rate(user, review) if kind is RaterKind.SELF else _to_approve(user, review)
    forms = Assessment.objects.filter(review=there, kind=kind).exclude(kind=RaterKind.UPWARD)
    if kind in INVITED:
        forms = forms.filter(rater=rater)
    found = forms.exclude(submitted_at=None).first()
    if found is None:
        raise Http404
    return found


def _to_approve(user: User, pk: int) -> Review:
    require(user, Right.APPROVE_REVIEWS)
    return find_review(user, pk)


def find_review_to_approve(user: User, pk: int) -> Review:
    """Somebody else's review, for who approves; else Http404."""
    review = _to_approve(user, pk)
    if review.person.user_id == user.pk:
        raise Http404
    return review


def sees_self_assessment(user: User, review: Review, forms: Iterable[Assessment] | None = None) -> bool:
    """Both sides are hidden from each other until the manager has handed in theirs, or the stage is over.

    `forms`: the review's, where they were read already.
    """
    if review.person.user_id == user.pk or review.cycle.since(CycleState.CALIBRATION):
        return True
    every = review.assessments.all() if forms is None else forms
    return any(one.kind == RaterKind.MANAGER and one.submitted_at for one in every)


def visible_notes(user: User, person: Person, month: date) -> QuerySet[ReviewNote]:
    """Notes on a person's month: one's own writing, what one is told; who rates or leads them reads all. One query.

    Nobody reads what was written of themselves without being told it.
    """
    every = ReviewNote.objects.filter(person=person, month=month, taken_back_at=None).select_related("by__person")
    if person.user_id == user.pk:
        return every.filter(Q(by=user) | Q(told=True))
    figures, above = user.reach(Right.SEE_NUMBERS), superiors_of(user).filter(pk=person.pk)
    rated = Review.objects.filter(person=person, cycle__month=month, reviewer__user=user, dropped_at=None)
    reads = Q() if figures.company else Q(Exists(rated))
    if not figures.company and not figures.narrow:
        reads |= Q(Exists(people_within(user, Right.SEE_NUMBERS).filter(pk=person.pk)))
    return every.filter(Q(by=user) | (reads & ~Q(Exists(above))))


def find_person_to_note(user: User, pk: int, month: date) -> Person:
    """A person whose month this user may write about: oneself, one's people, those one rates; else Http404."""
    require(user, Right.ACT_OWN)
    rated = Review.objects.filter(person=held(pk), cycle__month=month, reviewer__user=user, dropped_at=None)
    if rated.exists():
        return Person.objects.get(pk=pk)
    return find_person(user, pk, right=Right.SEE_NUMBERS)


def find_note_to_take_back(user: User, pk: int) -> ReviewNote:
    """One's own note; else Http404."""
    require(user, Right.ACT_OWN)
    found = ReviewNote.objects.filter(pk=pk, by=user, taken_back_at=None).select_related("person").first()
    if found is None:
        raise Http404
    return found


def _first(reviews: QuerySet[Review], pk: int) -> Review:
    found = _whole(reviews.filter(pk=pk)).first()
    if found is None:
        raise Http404
    return found


def _whole(reviews: QuerySet[Review]) -> QuerySet[Review]:
    return reviews.select_related("person", "cycle", "reviewer", "department", "position", "terms")
