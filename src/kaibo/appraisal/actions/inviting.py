"""Verbs on who else rates a review: proposing, inviting, withdrawing, declining."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.told import not_about_oneself, reason_of, require_unpublished
from kaibo.appraisal.cycle.inviting import require_invitable, require_time, standing
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.rater_models import Invitation, InvitationState
from kaibo.appraisal.cycle.review_models import Assessment, RaterKind, Review
from kaibo.audit.record import record
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def invite_rater(
    *, by: User | None, review: Review, rater: Person, until: str = CycleState.MANAGER, note: str = ""
) -> Invitation:
    """Ask somebody to rate the review, as a peer, for another department or for HR by where they stand; a proposal is
    taken by it. Raises ValidationError, by field; see `inviting`.
    """
    review = _locked(review)
    not_about_oneself(by, review)
    return _put(by, review, rater, InvitationState.INVITED, until, note)


@transaction.atomic
def propose_rater(*, by: User, review: Review, rater: Person, note: str = "") -> Invitation:
    """The reviewed say who else should rate them; the manager, or who runs cycles, invites. Raises ValidationError."""
    review = _locked(review)
    if review.person.user_id != by.pk:
        raise ValidationError(_("Only the reviewed propose who should rate them."))
    return _put(by, review, rater, InvitationState.PROPOSED, CycleState.MANAGER, note)


def _put(
    by: User | None, review: Review, rater: Person, state: InvitationState, until: str, note: str
) -> Invitation:  # fmt: skip
    require_invitable(review, rater)
    require_time(review, until)
    there = Invitation.objects.select_for_update().filter(review=review, rater=rater).first()
    proposed = InvitationState.PROPOSED
    taken = (InvitationState.INVITED, proposed) if state is proposed else (InvitationState.INVITED,)
    if there is not None and there.state in taken:
        raise ValidationError({"rater": _("%(name)s is named already.") % {"name": rater.name}})
    found = there or Invitation(review=review, rater=rater)
    if not (there and there.state == proposed and not note.strip()):
        found.note = " ".join(note.split())[:300]
    found.kind, found.state, found.until, found.reason = standing(review, rater), state, until, ""
    found.by, found.at = by, timezone.now()
    found.save()
    record(
        by=by, verb="propose_rater" if state is proposed else "invite_rater", target=review, rater=rater.pk,
        kind=found.kind, until=until,
    )  # fmt: skip
    return found


@transaction.atomic
def withdraw_invitation(*, by: User | None, invitation: Invitation, reason: str) -> None:
    """Nobody asks them any more, or a proposal is not taken. Raises ValidationError: handed in already, no reason."""
    review = _locked(invitation.review)
    not_about_oneself(by, review)
    proposed = InvitationState.PROPOSED
    _end(
        by, review, invitation.pk, {proposed: InvitationState.REFUSED, InvitationState.INVITED: WITHDRAWN}, reason
    )  # fmt: skip


WITHDRAWN = InvitationState.WITHDRAWN


@transaction.atomic
def decline_invitation(*, by: User, invitation: Invitation, reason: str) -> None:
    """The rater says that they do not rate, and why; a draft goes with it. Raises ValidationError."""
    review = _locked(invitation.review)
    if invitation.rater.user_id != by.pk:
        raise ValidationError(_("This form is somebody else's."))
    _end(by, review, invitation.pk, {InvitationState.INVITED: InvitationState.DECLINED}, reason)


def _end(
    by: User | None, review: Review, pk: int, ends: dict[InvitationState, InvitationState], reason: str
) -> None:  # fmt: skip
    reason = reason_of(reason)
    found = Invitation.objects.select_for_update(of=("self",)).select_related("rater").get(pk=pk)
    state = InvitationState(found.state)
    if state not in ends:
        raise ValidationError(_("It is so already."))
    forms = Assessment.objects.filter(review=review, kind=found.kind, rater=found.rater)
    if forms.exclude(submitted_at=None).exists():
        raise ValidationError(_("%(name)s has handed in already.") % {"name": found.rater.name})
    forms.delete()
    found.state, found.reason, found.by, found.at = ends[state], reason, by, timezone.now()
    found.save()
    verb = "decline_invitation" if found.state == InvitationState.DECLINED else "withdraw_invitation"
    record(by=by, verb=verb, target=review, rater=found.rater_id, reason=reason)


def rates_instead(by: User | None, review: Review, reviewer: Person) -> None:
    """Part of a verb: the reviewer to be is asked no longer as anything else. Raises ValidationError: handed in.

    Whether they rated from below decides nothing here, else naming people would tell who did; see count_from_below.
    """
    named = Assessment.objects.filter(review=review, rater=reviewer).exclude(kind=RaterKind.UPWARD)
    if named.exclude(submitted_at=None).exists():
        text = _("%(name)s has rated this review already. Choose somebody else.")
        raise ValidationError({"reviewer": text % {"name": reviewer.name}})
    asked = Invitation.objects.filter(review=review, rater=reviewer)
    for one in asked.filter(state__in=[InvitationState.PROPOSED, InvitationState.INVITED]):
        Assessment.objects.filter(review=review, kind=one.kind, rater=reviewer).delete()
        one.state, one.by, one.at = WITHDRAWN, by, timezone.now()
        one.save()


def _locked(review: Review) -> Review:
    found = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person").get(pk=review.pk)
    require_unpublished(found)
    if found.dropped_at is not None:
        raise ValidationError(_("This review was taken out of the cycle."))
    return found
