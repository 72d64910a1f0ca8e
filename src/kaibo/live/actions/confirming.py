"""Saying in bulk who was on air, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.models import AuditEvent
from kaibo.live.actions.changing import (
    FIELDS,
    INSTANTS,
    hold,
    new_act,
    put_times,
    refuse_overlaps,
    state_of,
    write_all,
)
from kaibo.live.models import Shift, ShiftState
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

    Raises ValidationError: an end before its start, one person twice in one role of the same session, or a shift that
    somebody changed since it was read.
    """
    act = act or new_act()
    hold([item.shift for item in items])
    former = {item.shift.pk: state_of(item.shift) for item in items}
    for item in items:
        put_times(item.shift, item.start, item.end, by)
    refuse_overlaps(item.shift for item in items)
    changed = [(item.shift, former[item.shift.pk]) for item in items]
    write_all(by=by, verb="confirm_shift", changed=changed, act=act, reason=reason)
    return act


@transaction.atomic
def undo(*, by: User | None, act: str) -> list[Shift]:
    """Give the shifts of one's own act their former state back.

    Raises ValidationError when one of them was changed by someone since, or when there is nothing of that name.
    """
    told = done_by(by, act)
    if not told:
        raise ValidationError(_("There is nothing left to undo here."))
    # not the people and rooms beside them: whoever plans or imports writes rows that point there
    rows = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("person", "account")
    shifts = {shift.pk: shift for shift in rows.filter(pk__in=[pk for pk, _data in told]).order_by("pk")}
    again = new_act()
    restored = []
    for pk, data in told:
        shift = shifts.get(pk)
        if shift is None or any(state_of(shift)[name] != data["now"][name] for name in data["now"]):
            name = shift.person.name if shift else str(pk)
            raise ValidationError(
                _("The shift of %(person)s was changed since; nothing was undone.") % {"person": name}
            )
        before = state_of(shift)
        for name in FIELDS:
            if name in data["former"]:
                value = data["former"][name]
                as_instant = value and name in INSTANTS
                setattr(shift, name, datetime.fromisoformat(value) if as_instant else value)
        restored.append((shift, before))
    refuse_overlaps(shift for shift, _before in restored)
    write_all(by=by, verb="undo", changed=restored, act=again, reason=act)
    return [shift for shift, _before in restored]


def done_by(by: User | None, act: str) -> list[tuple[int, dict[str, Any]]]:
    """What this user's act did to which shifts; none when it was undone already."""
    if not act or AuditEvent.objects.filter(verb="undo", payload__reason=act).exists():
        return []
    events = AuditEvent.objects.filter(
        target_type="live.shift", verb__in=UNDOABLE, payload__data__act=act, by_id=by.pk if by else None
    )
    return [(int(pk), data) for event in events for pk, data in event.each()]


def is_open(shift: Shift) -> bool:
    """Nobody has said yet whether it was so."""
    return shift.state == ShiftState.PLANNED
