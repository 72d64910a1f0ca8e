"""Who may decide an appeal: neither the appellant, nor who rated or changed the score, nor anybody under the appellant.

The rule that assigns: the rater's own manager and upwards, then who approves reviews, then who runs cycles; whoever
published the review comes last of all. On the second level somebody else again.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal, AppealRound
from kaibo.appraisal.cycle.managers import Managers, managers
from kaibo.appraisal.cycle.publishing import BY_HAND
from kaibo.appraisal.cycle.review_models import Assessment, ChangeKind, RaterKind, Review, ReviewChange
from kaibo.login.grants import Grant, in_force
from kaibo.login.models import User
from kaibo.login.rights import Right, Scope, roles_with
from kaibo.org.access import under
from kaibo.org.models import Person


def name_of(user: User | None) -> str:
    """The person's name, else the sign-in's; "" of nobody."""
    if user is None:
        return ""
    person = getattr(user, "person", None)
    return person.name if person else str(user)


@dataclass(frozen=True)
class Barred:
    """Sign-ins that cannot decide an appeal on a level, by why: read at once, however many are asked about."""

    own: int | None
    involved: frozenset[int]
    decided: frozenset[int]
    below: frozenset[int]

    def why(self, user: User) -> str:
        """Why this user cannot decide; "" where they can."""
        if user.pk == self.own:
            return _("Nobody decides on their own appeal.")
        if user.pk in self.involved:
            return _("Whoever rated the review, or changed a score of it, does not decide an appeal against it.")
        if user.pk in self.decided:
            return _("The second level is decided by somebody else than the first.")
        if user.pk in self.below:
            return _("Nobody decides on the appeal of their own superior.")
        return ""


def barred(appeal: Appeal, level: int, users: Collection[int]) -> Barred:
    """About these sign-ins."""
    review = appeal.review
    other_levels = AppealRound.objects.filter(appeal=appeal, decided_by__in=users).exclude(level=level)
    return Barred(
        review.person.user_id, frozenset(_involved(review)),
        frozenset(other_levels.order_by().values_list("decided_by", flat=True)),
        frozenset(under(review.person, users) | _managed(review.person, users)),
    )  # fmt: skip


def why_not(user: User, appeal: Appeal, level: int) -> str:
    """Why this user cannot decide the appeal on that level; "" where they can."""
    return barred(appeal, level, [user.pk]).why(user)


def require_independent(user: User, appeal: Appeal, level: int) -> None:
    """Raises ValidationError with the reason where this user cannot decide the appeal."""
    why = why_not(user, appeal, level)
    if why:
        raise ValidationError(why)


def assigned(appeal: Appeal, level: int) -> User | None:
    """Whom the rule names for this level; None: nobody who is independent has a sign-in."""
    return next(iter(eligible(appeal, level)), None)


def eligible(appeal: Appeal, level: int) -> list[User]:
    """Everyone whom the rule could name, in its order, to choose another from; as many queries for ten as for one."""
    users = list(_by_rule(appeal.review))
    bars = barred(appeal, level, [user.pk for user in users])
    return [user for user in users if not bars.why(user)]


def _by_rule(review: Review) -> Iterator[User]:
    seen: set[int] = set()
    for group in (_above(review), _with(Right.APPROVE_REVIEWS), _with(Right.RUN_CYCLES)):
        for user in group:
            # who published it approved of it: only where nobody else is left
            if user.pk not in seen and user.pk != review.published_by_id:
                seen.add(user.pk)
                yield user
    if review.published_by is not None and review.published_by.is_active:
        yield review.published_by


def _above(review: Review) -> list[User]:
    """The managers above the rater, the nearest first."""
    ids = list(_upwards(managers(timezone.localdate()), review.reviewer_id)) if review.reviewer_id else []
    users = User.objects.filter(person__in=ids, is_active=True).select_related("person")
    by_person = {user.person.pk: user for user in users}
    return [by_person[pk] for pk in ids if pk in by_person]


def _upwards(chain: Managers, person: int) -> Iterator[int]:
    """The manager of a person, and theirs, up to the top."""
    seen, at = {person}, chain.of(person)
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        at = chain.of(at)


def _with(right: Right) -> list[User]:
    """Who holds the right over the company, lent roles aside, the longest first."""
    held = Grant.objects.filter(
        in_force(timezone.localdate()), role__in=roles_with(right), scope=Scope.COMPANY, delegated_from=None
    )
    ids: Iterable[int] = dict.fromkeys(held.order_by("start", "pk").values_list("user", flat=True))
    by_id = User.objects.filter(is_active=True).select_related("person").in_bulk(list(ids))
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


def _managed(person: Person, users: Collection[int]) -> set[int]:
    """Those of these sign-ins above whose post the person's stands."""
    chain = managers(timezone.localdate())
    theirs = Person.objects.filter(user__in=users).order_by("pk").values_list("pk", "user")
    return {user for pk, user in theirs if user is not None and person.pk in _upwards(chain, pk)}
