"""Leave: asked for by one, decided by another. What was decided stays, with who and why."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.actions.waiting import lock_people
from kaibo.live.business_days import business_start
from kaibo.live.months import months_of
from kaibo.live.plan_models import Leave, LeaveKind, LeaveState
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.org.models import Person

STANDING = (LeaveState.ASKED, LeaveState.APPROVED)


@transaction.atomic
def ask_leave(
    *, by: User | None, person: Person, kind: LeaveKind, start: datetime, end: datetime, words: str = ""
) -> Leave:
    """Ask for time off. Raises ValidationError: an end before the start, or leave at that time already."""
    if end <= start:
        raise ValidationError({"last": _("The end must be after the start.")})
    lock_people([person.pk])
    _refuse_twice(person, start, end)
    leave = Leave.objects.create(
        person=person, kind=kind, start=start, end=end, words=" ".join(words.split()), asked_by=by
    )
    record(by=by, verb="ask_leave", target=leave, person=person.pk, name=person.name, start=start, end=end)
    return leave


def _refuse_twice(person: Person, start: datetime, end: datetime) -> None:
    there = Leave.objects.filter(person=person, state__in=STANDING, start__lt=end, end__gt=start).first()
    if there:
        text = _("%(person)s has leave at that time already: %(start)s to %(end)s.")
        span = {"start": numbers.day_clock(there.start), "end": numbers.day_clock(there.end)}
        raise ValidationError({"first": text % {"person": person.name, **span}})


@transaction.atomic
def decide_leave(*, by: User, leave: Leave, approve: bool, answer: str = "") -> Leave:
    """Approve it, refuse it, or take an approval back. From then on hours due are fewer, or are not.

    Raises ValidationError: it is one's own, it was withdrawn, other leave was asked for at that time since, or no
    reason is given for a refusal.
    """
    lock_people([leave.person_id])
    leave = Leave.objects.select_for_update(of=("self",)).select_related("person").get(pk=leave.pk)
    answer = " ".join(answer.split())
    if leave.person.user_id == by.pk:
        raise ValidationError(_("Nobody decides on their own leave. Another lead or the owner can."))
    if leave.state == LeaveState.WITHDRAWN:
        raise ValidationError(_("It was withdrawn; there is nothing left to decide."))
    if not approve and not answer:
        raise ValidationError({"answer": _("Say why, in a few words: %(person)s reads it.") % {"person": leave.person}})
    if approve and leave.state not in STANDING:
        _refuse_twice(leave.person, leave.start, leave.end)
    former = {"state": leave.state, "answer": leave.answer}
    leave.state = LeaveState.APPROVED if approve else LeaveState.REFUSED
    leave.decided_by, leave.decided_at, leave.answer = by, timezone.now(), answer
    leave.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    record(
        by=by, verb="decide_leave", target=leave, reason=answer, former=former, state=leave.state,
        person=leave.person_id, start=leave.start, end=leave.end, months=months_of([(leave.start, leave.end)]),
    )  # fmt: skip
    return leave


@transaction.atomic
def end_leave_early(*, by: User, leave: Leave, back_on: date, reason: str = "") -> Leave:
    """They were back before it was over: it ends where the business day `back_on` begins, and hours are due from then.

    Raises ValidationError: it is one's own, not approved, or the day is not inside it (had they never gone, the
    approval is taken back instead).
    """
    leave = Leave.objects.select_for_update(of=("self",)).select_related("person").get(pk=leave.pk)
    if leave.person.user_id == by.pk:
        raise ValidationError(_("Nobody decides on their own leave. Another lead or the owner can."))
    if leave.state != LeaveState.APPROVED:
        raise ValidationError(_("Only approved leave ends early."))
    end = business_start(back_on)
    if not leave.start < end < leave.end:
        text = _("Choose a day inside the leave, after its first: it lasts from %(start)s to %(end)s.")
        said = {"start": numbers.day_clock(leave.start), "end": numbers.day_clock(leave.end)}
        raise ValidationError({"back_on": text % said})
    former, leave.end = leave.end, end
    leave.save(update_fields=["end"])
    record(
        by=by, verb="end_leave_early", target=leave, reason=" ".join(reason.split()), former=former, end=end,
        person=leave.person_id, months=months_of([(end, former)]),
    )  # fmt: skip
    return leave


@transaction.atomic
def withdraw_leave(*, by: User | None, leave: Leave) -> Leave:
    """Take the request back. Raises ValidationError once it has begun, or was decided against."""
    leave = Leave.objects.select_for_update().get(pk=leave.pk)
    if leave.state not in STANDING:
        raise ValidationError(_("This leave is not asked for any more."))
    if leave.state == LeaveState.APPROVED and leave.start <= timezone.now():
        raise ValidationError(_("It has begun already. Ask your lead to correct it."))
    former, leave.state = leave.state, LeaveState.WITHDRAWN
    leave.save(update_fields=["state"])
    record(
        by=by, verb="withdraw_leave", target=leave, former=former, person=leave.person_id,
        months=months_of([(leave.start, leave.end)]),
    )  # fmt: skip
    return leave
