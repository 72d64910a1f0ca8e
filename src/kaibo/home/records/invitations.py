"""Who is asked to rate whom: invitations, proposals, and what others ask of oneself."""

from typing import Any

from django.db.models import Q

from kaibo.appraisal import actions
from kaibo.appraisal.cycle import inviting
from kaibo.appraisal.cycle.access import (
    find_invitation_to_answer,
    find_invitation_to_end,
    find_own_review,
    find_review_to_invite,
)
from kaibo.appraisal.cycle.asked import Asked, asked, with_forms
from kaibo.appraisal.cycle.forms import InviteForm, ProposeForm
from kaibo.appraisal.cycle.rater_models import Invitation, InvitationState
from kaibo.home.records.saying import Kind, Plain, Told, Verb, at, month_as_text, number, read, words
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import superiors_of

INVITATION = {
    "id": "int", "review": "int", "person": "str", "month": "month", "rater": "int", "rater_name": "str", "kind": "str",
    "state": "str", "until": "str", "note": "str", "reason": "str", "handed_in": "bool", "at": "at",
}  # fmt: skip
ASKED = {
    "review": "int", "person": "str", "month": "month", "position": "str", "kind": "str", "due_at": "at?",
    "handed_in": "bool", "note": "str",
}  # fmt: skip


def _known(user: User) -> Any:
    """Those to reviews of one's own, to reviews that one asks others to rate, and one's own invitations."""
    others = Q() if user.can(Right.RUN_CYCLES) else Q(review__reviewer__user=user)
    others &= ~Q(review__person__in=superiors_of(user).values("pk"))
    mine = Q(review__person__user=user) | Q(rater__user=user, state=InvitationState.INVITED)
    found = Invitation.objects.filter(mine | others, review__dropped_at=None)
    return with_forms(found).select_related("review__person", "review__cycle", "rater").order_by("pk")


def _invitations(user: User, told: Told) -> Any:
    found = _known(user)
    if "review" in told:
        value = number(told, "review")
        found = found.filter(review=value) if 0 < value < 2**63 else found.none()
    return found


def _row(one: Any) -> Plain:
    return {
        "id": one.pk, "review": one.review_id, "person": one.review.person.name,
        "month": month_as_text(one.review.cycle.month), "rater": one.rater_id, "rater_name": one.rater.name,
        "kind": one.kind, "state": one.state, "until": one.until, "note": one.note, "reason": one.reason,
        "handed_in": one.done, "at": at(one.at),
    }  # fmt: skip


def _again(user: User, pk: int) -> Plain:
    found = with_forms(Invitation.objects.filter(pk=pk))
    return _row(found.select_related("review__person", "review__cycle", "rater").get())


def _invite(user: User, _pk: int, told: Told) -> Plain:
    review = find_review_to_invite(user, number(told, "review"))
    got = read(InviteForm, {name: value for name, value in told.items() if name != "review"})
    made = actions.invite_rater(
        by=user, review=review, rater=inviting.named(got["rater"]), until=got["until"], note=got["note"]
    )
    return _again(user, made.pk)


def _propose(user: User, _pk: int, told: Told) -> Plain:
    review = find_own_review(user, number(told, "review"))
    got = read(ProposeForm, {name: value for name, value in told.items() if name != "review"})
    made = actions.propose_rater(by=user, review=review, rater=inviting.named(got["rater"]), note=got["note"])
    return _again(user, made.pk)


def _withdraw(user: User, pk: int, told: Told) -> Plain:
    found = find_invitation_to_end(user, pk)
    actions.withdraw_invitation(by=user, invitation=found, reason=words(told, "reason"))
    return _again(user, pk)


def _decline(user: User, pk: int, told: Told) -> Plain:
    review = Invitation.objects.filter(pk=pk, rater__user=user).values_list("review", flat=True).first()
    found = find_invitation_to_answer(user, review or 0)
    actions.decline_invitation(by=user, invitation=found, reason=words(told, "reason"))
    return _again(user, pk)


def _asked(user: User) -> list[Asked]:
    return asked(user)


def _asked_row(one: Asked) -> Plain:
    return {
        "review": one.review.pk, "person": one.review.person.name, "month": month_as_text(one.review.cycle.month),
        "position": one.position, "kind": str(one.kind), "due_at": at(one.due_at), "handed_in": one.done,
        "note": one.note,
    }  # fmt: skip


INVITATIONS = Kind(
    "review-raters", "who else is asked by name to rate a review: yours, those you ask others to rate, you yourself",
    _invitations, _row,
    (
        Verb("invite", "ask somebody, by name (of two who are called so: name, department), until the end of a stage: "
             "self or manager; a proposal is taken by it", ("review", "rater", "until?", "note?"), _invite,
             of_one=False),
        Verb("propose", "who else should rate one's own review", ("review", "rater", "note?"), _propose, of_one=False),
        Verb("withdraw", "they are asked no longer, or a proposal is not taken", ("reason",), _withdraw),
        Verb("decline", "one does not rate, and why", ("reason",), _decline),
    ),
    asks=("review?",), shape=INVITATION, personal=True, area=Area.REVIEWS,
)  # fmt: skip
ASKED_OF_ME = Kind(
    "review-asked", "whom others ask you to rate now, as invited or from below; the verb say of reviews hands it in",
    _asked, _asked_row, shape=ASKED, personal=True, area=Area.REVIEWS,
)  # fmt: skip
