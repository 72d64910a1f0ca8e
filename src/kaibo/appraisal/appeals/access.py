"""Who may see and do what with appeals. No row and no right look the same: 404."""

from django.db.models import Q, QuerySet
from django.http import Http404

from kaibo.appraisal.appeals.models import PENDING, Appeal, AppealFile
from kaibo.appraisal.cycle.review_models import Review
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import require

# who looks after appeals as a whole; an auditor reads them
WHOLE = (Right.RUN_CYCLES, Right.APPROVE_REVIEWS, Right.READ_AUDIT)


def visible_appeals(user: User) -> QuerySet[Appeal]:
    """One's own, those one decides or decided, those against reviews one rated; all, for who looks after them."""
    if user.can(*WHOLE):
        return Appeal.objects.all()
    mine = Q(review__person__user=user) | Q(review__reviewer__user=user)
    return Appeal.objects.filter(mine | Q(rounds__reviewer=user) | Q(rounds__decided_by=user)).distinct()


def find_appeal(user: User, pk: int) -> Appeal:
    """An appeal that this user may read; else Http404."""
    return _first(visible_appeals(user), pk)


def find_own_appeal(user: User, pk: int) -> Appeal:
    """One's own appeal, to withdraw or to take further; else Http404."""
    require(user, Right.ACT_OWN)
    return _first(Appeal.objects.filter(review__person__user=user), pk)


def find_appeal_to_decide(user: User, pk: int) -> Appeal:
    """For whom it was given to, and who approves reviews; never one's own. Else Http404.

    Whether they are independent is another question, whose answer has a reason.
    """
    require(user, Right.ACT_OWN, Right.APPROVE_REVIEWS)
    others = Appeal.objects.exclude(review__person__user=user)
    if not user.can(Right.APPROVE_REVIEWS):
        others = others.filter(rounds__reviewer=user).distinct()
    return _first(others, pk)


def find_appeal_to_settle(user: User, pk: int) -> Appeal:
    """A granted appeal to link its correction to: who decides it, or who runs cycles; never one's own. Else Http404."""
    require(user, Right.ACT_OWN, *WHOLE)
    others = Appeal.objects.exclude(review__person__user=user)
    if not user.can(Right.RUN_CYCLES, Right.APPROVE_REVIEWS):
        others = others.filter(rounds__reviewer=user).distinct()
    return _first(others, pk)


def find_appeal_to_hand_over(user: User, pk: int) -> Appeal:
    """An appeal to give to somebody else, for who runs cycles; never one's own. Else Http404."""
    require(user, Right.RUN_CYCLES)
    return _first(Appeal.objects.exclude(review__person__user=user), pk)


def find_file(user: User, pk: int) -> AppealFile:
    """Evidence: the appellant's and who decides or looks after it; not for who was only rated against. Else Http404."""
    found = AppealFile.objects.select_related("round__appeal__review").filter(pk=pk).first()
    if found is None or not sees_files(user, found.round.appeal):
        raise Http404
    return found


def sees_files(user: User, appeal: Appeal) -> bool:
    """The rater reads what is said, and not the evidence, which may be private."""
    if user.can(*WHOLE):
        return True
    there = Q(review__person__user=user) | Q(rounds__reviewer=user) | Q(rounds__decided_by=user)
    return Appeal.objects.filter(there, pk=appeal.pk).exists()


def find_review_to_appeal(user: User, pk: int) -> Review:
    """One's own review that was published once; whether the window is open has a reason. Else Http404."""
    require(user, Right.ACT_OWN)
    own = Review.objects.filter(person__user=user, dropped_at=None, published_at__isnull=False)
    found = own.select_related("person", "cycle", "reviewer").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def under_appeal(reviews: QuerySet[Review]) -> set[int]:
    """Those of the reviews that have an appeal pending: no consequence follows from them yet."""
    return set(Appeal.objects.filter(review__in=reviews, state__in=PENDING).order_by().values_list("review", flat=True))


def _first(appeals: QuerySet[Appeal], pk: int) -> Appeal:
    chosen = appeals.select_related("review__person", "review__cycle", "review__reviewer", "line", "shift")
    found = chosen.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
