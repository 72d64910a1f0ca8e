"""Saying in bulk who was on air, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.models import AuditEvent
from kaibo.live.actions.changing import (
    FIELDS,
    INSTANTS,
    new_act,
    put_times,
    refuse_overlaps,
    state_of,
    stretches,
    write,
)
from kaibo.live.models import Shift, ShiftState
from kaibo.live.months import months_of
from kaibo.login.models import User

UNDOABLE = ("confirm_shift", "edit_shift", "mark_absent", "cancel_shift", "plan_shift", "move_shift")


@dataclass(frozen=True)
class Confirmation:
    """A shift and the times to confirm it with."""

    shift: Shift
    start: datetime
    end: datetime


@transaction.atomic
def confirm_shifts(*, by: User | None, items: Sequence[Confirmation], reason: str = "", act: str = "") -> str:
    """Confirm all or none; returns the act's name, which `undo` takes.

    Raises ValidationError: an end before its start, or one person twice in one role of the same session.
    """
    act = act or new_act()
    former = {item.shift.pk: state_of(item.shift) for item in items}
    for item in items:
        put_times(item.shift, item.start, item.end, by)
    refuse_overlaps(item.shift for item in items)
    # once for all: a month's confirming is one write transaction, and nobody else writes meanwhile
    months = months_of([pair for item in items for pair in stretches(item.shift, former[item.shift.pk])])
    for item in items:
        about = former[item.shift.pk]
        write(by=by, verb="confirm_shift", shift=item.shift, former=about, act=act, reason=reason, months=months)
    return act


@transaction.atomic
def undo(*, by: User | None, act: str) -> list[Shift]:
    """Give the shifts of one's own act their former state back.

    Raises ValidationError when one of them was changed by someone since, or when there is nothing of that name.
    """
    events = events_of(by, act)
    if not events:
        raise ValidationError(_("There is nothing left to undo here."))
    # not the people and rooms beside them: whoever plans or imports writes rows that point there
    rows = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("person", "account")
    shifts = {shift.pk: shift for shift in rows.filter(pk__in=[e.target_id for e in events]).order_by("pk")}
    again = new_act()
    restored = []
    for event in events:
        shift = shifts.get(int(event.target_id))
        if shift is None or any(state_of(shift)[name] != event.data["now"][name] for name in event.data["now"]):
            name = shift.person.name if shift else event.target_id
            raise ValidationError(
                _("The shift of %(person)s was changed since; nothing was undone.") % {"person": name}
            )
        before = state_of(shift)
        for name in FIELDS:
            if name in event.data["former"]:
                value = event.data["former"][name]
                as_instant = value and name in INSTANTS
                setattr(shift, name, datetime.fromisoformat(value) if as_instant else value)
        restored.append((shift, before))
    refuse_overlaps(shift for shift, _before in restored)
    months = months_of([pair for shift, before in restored for pair in stretches(shift, before)])
    for shift, before in restored:
        write(by=by, verb="undo", shift=shift, former=before, act=again, reason=act, months=months)
    return [shift for shift, _before in restored]


def events_of(by: User | None, act: str) -> list[AuditEvent]:
    """What this user's act did to shifts; none when it was undone already."""
    if not act or AuditEvent.objects.filter(verb="undo", payload__reason=act).exists():
        return []
    return list(
        AuditEvent.objects.filter(
            target_type="live.shift", verb__in=UNDOABLE, payload__data__act=act, by_id=by.pk if by else None
        )
    )


def is_open(shift: Shift) -> bool:
    """Nobody has said yet whether it was so."""
    return shift.state == ShiftState.PLANNED
