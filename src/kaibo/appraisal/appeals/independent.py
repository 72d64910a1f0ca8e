"""Who may decide an appeal: neither the appellant, nor who rated or changed the score, nor anybody under the appellant.

The rule that assigns: the rater's own manager and upwards, then who approves reviews, then who runs cycles; whoever
published the review comes last of all. On the second level somebody else again.
"""

from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal, AppealRound
from kaibo.appraisal.cycle.managers import managers
from kaibo.appraisal.cycle.publishing import BY_HAND
from kaibo.appraisal.cycle.review_models import Assessment, ChangeKind, RaterKind, Review, ReviewChange
from kaibo.login.grants import Grant, in_force
from kaibo.login.models import User
from kaibo.login.rights import Right, Scope, roles_with
from kaibo.org.access import superiors_of
from kaibo.org.models import Person


def name_of(user: User | None) -> str:
    """The person's name, else the sign-in's; "" of nobody."""
    if user is None:
        return ""
    person = Person.objects.filter(user=user).first()
    return person.name if person else str(user)


def why_not(user: User, appeal: Appeal, level: int) -> str:
    """Why this user cannot decide the appeal on that level; "" where they can."""
    review = appeal.review
    if review.person.user_id == user.pk:
        return _("Nobody decides on their own appeal.")
    if user.pk in _involved(review):
        return _("Whoever rated the review, or changed a score of it, does not decide an appeal against it.")
    if AppealRound.objects.filter(appeal=appeal).exclude(level=level).filter(decided_by=user).exists():
        return _("The second level is decided by somebody else than the first.")
    if _is_under(user, review.person):
        return _("Nobody decides on the appeal of their own superior.")
    return ""


def require_independent(user: User, appeal: Appeal, level: int) -> None:
    """Raises ValidationError with the reason where this user cannot decide the appeal."""
    why = why_not(user, appeal, level)
    if why:
        raise ValidationError(why)


def assigned(appeal: Appeal, level: int) -> User | None:
    """Whom the rule names for this level; None: nobody who is independent has a sign-in."""
    return next((user for user in _by_rule(appeal.review) if not why_not(user, appeal, level)), None)


def eligible(appeal: Appeal, level: int) -> list[User]:
    """Everyone whom the rule could name, in its order, to choose another from."""
    return [user for user in _by_rule(appeal.review) if not why_not(user, appeal, level)]


def _by_rule(review: Review) -> Iterator[User]:
    seen: set[int] = set()
    for group in (list(_above(review)), _with(Right.APPROVE_REVIEWS), _with(Right.RUN_CYCLES)):
        for user in group:
            # who published it approved of it: only where nobody else is left
            if user.pk not in seen and user.pk != review.published_by_id:
                seen.add(user.pk)
                yield user
    if review.published_by is not None and review.published_by.is_active:
        yield review.published_by


def _above(review: Review) -> Iterator[User]:
    """The managers above the rater, the nearest first."""
    chain = managers(timezone.localdate())
    at, seen = review.reviewer_id, set[int]()
    while at is not None and at not in seen:
        seen.add(at)
        at = chain.of(at)
        found = User.objects.filter(person=at, is_active=True).first() if at is not None else None
        if found is not None:
            yield found


def _with(right: Right) -> list[User]:
    """Who holds the right over the company, lent roles aside, the longest first."""
    held = Grant.objects.filter(
        in_force(timezone.localdate()), role__in=roles_with(right), scope=Scope.COMPANY, delegated_from=None
    )
    ids: Iterable[int] = dict.fromkeys(held.order_by("start", "pk").values_list("user", flat=True))
    by_id = User.objects.filter(is_active=True).in_bulk(list(ids))
    return [by_id[pk] for pk in ids if pk in by_id]


def _involved(review: Review) -> set[int]:
    """Sign-ins of the rater, of everybody who rated, and of who changed a score by hand; appeals are no scoring."""
    by_hand = [kind for kind in BY_HAND if kind != ChangeKind.APPEALED]
    changed = ReviewChange.objects.filter(review=review, kind__in=by_hand, by__isnull=False)
    rated = Assessment.objects.filter(review=review).exclude(kind=RaterKind.SELF).exclude(submitted_at=None)
    found = set(changed.order_by().values_list("by", flat=True))
    found |= set(rated.exclude(rater__user=None).values_list("rater__user", flat=True))
    if review.reviewer is not None and review.reviewer.user_id:
        found.add(review.reviewer.user_id)
    return found


def _is_under(user: User, person: Person) -> bool:
    """Whether the person is above the user, by a right over them or as the manager of their post."""
    if superiors_of(user).filter(pk=person.pk).exists():
        return True
    own = Person.objects.filter(user=user).first()
    if own is None:
        return False
    chain, seen = managers(timezone.localdate()), set[int]()
    at: int | None = own.pk
    while at is not None and at not in seen:
        seen.add(at)
        at = chain.of(at)
        if at == person.pk:
            return True
    return False
