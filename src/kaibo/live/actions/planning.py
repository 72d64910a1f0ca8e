"""Planning shifts by hand: a new one, another time, room, role or person; what the roster's file said is kept."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.live.actions.changing import new_act, state_of, write
from kaibo.live.actions.waiting import lock_people
from kaibo.live.models import Account, CrewRole, Shift, ShiftState
from kaibo.live.months import months_of
from kaibo.live.planning import Slot, refused
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def plan_shift(
    *,
    by: User | None,
    person: Person,
    account: Account,
    role: CrewRole,
    start: datetime,
    end: datetime,
    note: str = "",
) -> str:
    """A shift that is still to be confirmed. Returns the act's name, for `undo`, after which it counts as cancelled.

    Raises ValidationError: an end before the start, or the person is planned there in that role already.
    """
    lock_people([person.pk])
    _refuse(Slot(person, account, role, start, end))
    act = new_act()
    shift = Shift.objects.create(
        account=account, person=person, role=role, planned_start=start, planned_end=end, note=note
    )
    now = state_of(shift)
    record(
        by=by, verb="plan_shift", target=shift, reason=note, act=act, person=person.pk, name=person.name,
        former={"state": ShiftState.CANCELLED}, now=now, months=months_of([(start, end)]),
    )  # fmt: skip
    return act


@transaction.atomic
def move_shift(
    *,
    by: User | None,
    shift: Shift,
    start: datetime,
    end: datetime,
    person: Person | None = None,
    account: Account | None = None,
    role: CrewRole | None = None,
    reason: str = "",
    seen: str = "",
) -> str:
    """Plan it at another time, in another room or role, or for someone else. Returns the act's name, for `undo`.

    A roster file read again does not move it back. `seen`: what the editor saw of it (audit.seen).
    Raises ValidationError as plan_shift does, and for a shift that is no longer planned: what was confirmed is
    corrected on its own page.
    """
    lock_people([shift.person_id, *([person.pk] if person else [])])
    claim(shift, seen)
    if shift.state != ShiftState.PLANNED or shift.planned_start is None or shift.planned_end is None:
        raise ValidationError(_("This shift is confirmed or set aside already. Open it to correct what was."))
    wanted = Slot(person or shift.person, account or shift.account, role or CrewRole(shift.role), start, end, shift.pk)
    _refuse(wanted)
    act, former = new_act(), state_of(shift)
    if shift.batch_id is not None and shift.rostered is None:
        shift.rostered = {
            "person": shift.person_id, "account": shift.account_id, "role": shift.role,
            "start": shift.planned_start.astimezone(UTC).isoformat(),
            "end": shift.planned_end.astimezone(UTC).isoformat(),
        }  # fmt: skip
    shift.person, shift.account, shift.role = wanted.person, wanted.account, wanted.role
    shift.planned_start, shift.planned_end = start, end
    write(by=by, verb="move_shift", shift=shift, former=former, act=act, reason=reason)
    return act


def _refuse(wanted: Slot) -> None:
    for sentence in refused(wanted):
        raise ValidationError({"start": sentence})
